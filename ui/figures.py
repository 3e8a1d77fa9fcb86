"""Rows -> Plotly figures: pure functions, transparent, readable in light and dark."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evolve.attribution import change, label
from evolve.fitness import Goal
from evolve.signed import signed
from evolve.store import TrialRow
from ui.formats import estimated, for_plotly, interval, score
from ui.palette import BLUE, COLOURS, FAINT, GREEN, GREY, MARKERS, NAMES, SKY, VERMILLION
from ui.tables import STOPPED_EARLY, average_label, chosen_first, goal_label

_ROW_PX = 30
_RIVALS = {"parent": "best parent: ", "plain": "best plain merge: ", "one_scale": ""}
_GRID = "rgba(140, 140, 140, 0.18)"


def score_chart(
    trials: Sequence[TrialRow], *, chosen_id: int | None = None, budget: int | None = None
) -> go.Figure:
    """Search score against trial number: every trial, the best so far of those that were scored
    in full, the references.

    trials: all of a search; budget: of the optimizer, to leave room for trials still to come.
    """
    mine = [t for t in trials if t.origin in ("optimizer", "mean")]
    done = [t for t in mine if t.state == "done" and t.fitness is not None]
    pruned = [t for t in mine if t.state == "pruned" and t.scored]
    failed = [t for t in mine if t.state == "failed"]
    first = mine[0].number if mine else len(trials)
    last = max([t.number for t in mine] + [first + (budget or 0) - 1])
    rivals = best_references(trials)
    figure = _blank(400)
    figure.add_traces([_level(t, first - 0.5, last + 0.5) for t in rivals])
    marker = {"color": SKY, "size": 7, "opacity": 0.75}
    figure.add_trace(_dots("trial", done, marker))
    if pruned:
        figure.add_trace(_dots(STOPPED_EARLY, pruned, {"color": GREY, "symbol": "circle-open"}))
    figure.add_scatter(
        x=[t.number for t in done],
        y=best_so_far([t.fitness or 0.0 for t in done]),
        mode="lines",
        name="best so far",
        line={"color": GREEN, "width": 2.5, "shape": "hv"},
        hovertemplate="best so far: %{y:.3f}<extra></extra>",
    )
    figure.add_traces([_star(t) for t in [*done, *pruned] if t.id == chosen_id])
    if failed:
        figure.add_trace(_crosses(failed, [t.fitness or 0.0 for t in [*done, *pruned, *rivals]]))
    figure.update_xaxes(title="trial", range=[first - 1, last + 1], gridcolor=_GRID)
    figure.update_yaxes(title="score on search items", gridcolor=_GRID, tickformat=".2f")
    return figure


def task_chart(rows: Sequence[Mapping[str, Any]], goals: Sequence[Goal]) -> go.Figure:
    """Scores on report items with their 95 % intervals: a panel per task and one for the average.

    rows: of `evolve.report.summary`; those that have not been scored on report items are left out.
    """
    shown = [row for row in chosen_first(rows) if row["average"] is not None]
    panels = [(average_label(goals), None), *((goal_label(g), g.task) for g in goals)]
    if len(goals) == 1:
        panels = panels[1:]
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        shared_yaxes=True,
        subplot_titles=[for_plotly(title, 34) for title, _ in panels],
        horizontal_spacing=0.03,
        vertical_spacing=0.22 / lines,
    )
    for index, (_, task) in enumerate(panels):
        place = {"row": index // columns + 1, "col": index % columns + 1}
        found = [row["average"] if task is None else row["tasks"][task] for row in shown]
        for height, (row, value) in enumerate(zip(shown, found, strict=True)):
            figure.add_trace(_whisker(height, row, value), **place)
        if shown and shown[0]["role"] == "chosen":
            line = {"color": GREEN, "width": 1.5, "dash": "dot"}
            figure.add_vline(found[0]["mean"], line=line, layer="below", **place)
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[for_plotly(_row_label(row), 26) for row in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(showgrid=True, gridcolor=_GRID, zeroline=False, tickformat=".2f", nticks=7)
    height = lines * (len(shown) * _ROW_PX + 70) + 20
    return _styled(figure, height).update_layout(showlegend=False, margin={"t": 40})


def gene_chart(genome: Mapping[str, float | str], genes: Sequence[Mapping[str, Any]]) -> go.Figure:
    """The chosen value of every numeric gene, inside its bounds: a panel per parameter.

    genes: of the search, with `name`, `low` and `high`; a gene that is a choice has no bar.
    """
    families: dict[str, list[Mapping[str, Any]]] = {}
    for gene in genes:
        if isinstance(genome.get(gene["name"]), int | float):
            families.setdefault(str(gene["name"]).split(".")[0], []).append(gene)
    sizes = [len(family) for family in families.values()]
    if not sizes:
        return _blank(80)
    height = sum(sizes) * _ROW_PX + len(sizes) * 64
    figure = make_subplots(
        rows=len(families),
        cols=1,
        row_heights=sizes,
        subplot_titles=[for_plotly(name) for name in families],
        vertical_spacing=min(0.9 / len(sizes), 64 / height),
    )
    for row, (name, family) in enumerate(families.items(), start=1):
        _add_genes(figure, row, name, family, genome)
    return _styled(figure, height).update_layout(
        barmode="overlay", showlegend=False, bargap=0.45, margin={"t": 30}
    )


def attribution_chart(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """The gain of having each parent and each gene, with its 95 % interval; a bar is hatched where
    that holds zero.

    rows: of the attribution in `evolve.report.summary`; those without a gain are left out.
    """
    shown = [row for row in rows if row["gain"] is not None]
    gains = [row["gain"] for row in shown]
    figure = _blank(len(shown) * _ROW_PX + 70)
    figure.add_bar(
        x=[gain["mean"] for gain in gains],
        y=list(range(len(shown))),
        orientation="h",
        marker={
            "color": [BLUE if row["kind"] == "parent" else SKY for row in shown],
            "pattern": {"shape": ["/" if g["low"] <= 0 <= g["high"] else "" for g in gains]},
        },
        error_x={
            "array": [gain["high"] - gain["mean"] for gain in gains],
            "arrayminus": [gain["mean"] - gain["low"] for gain in gains],
            "thickness": 2,
            "width": 4,
            "color": GREY,
        },
        text=[
            f"{for_plotly(label(row))} {for_plotly(change(row))}<br>{signed(row['gain'])}, "
            f"{row['gain']['items']:,} items"
            for row in shown
        ],
        textposition="none",
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[for_plotly(label(row), 34) for row in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
    )
    title = "gain of having it, on validation items"
    figure.update_xaxes(title=title, gridcolor=_GRID, zerolinecolor=GREY, tickformat="+.2f")
    return figure.update_layout(showlegend=False, bargap=0.45)


def best_so_far(values: Sequence[float]) -> list[float]:
    """The running maximum."""
    found: list[float] = []
    for value in values:
        found.append(max(value, found[-1]) if found else value)
    return found


def best_references(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """The best parent, the best plain merge and the best single scale on search items."""
    found = []
    for origin in ("parent", "plain", "one_scale"):
        scored = [t for t in trials if t.origin == origin and t.fitness is not None]
        if scored:
            found.append(max(scored, key=lambda t: (t.fitness or 0.0, -t.number)))
    return found


def _level(trial: TrialRow, start: float, end: float) -> go.Scatter:
    """A reference's score as a line over the trials."""
    label = f"{_RIVALS[trial.origin]}{for_plotly(trial.name, 24)} {score(trial.fitness)}"
    return go.Scatter(
        x=[start, end],
        y=[trial.fitness] * 2,
        mode="lines",
        name=label,
        line={"color": COLOURS[trial.origin], "width": 2, "dash": "dash"},
        hovertemplate=label + "<extra></extra>",
    )


def _dots(name: str, trials: Sequence[TrialRow], marker: Mapping[str, Any]) -> go.Scatter:
    """Trials with what their scores rest on to hover over."""
    return go.Scatter(
        x=[t.number for t in trials],
        y=[t.fitness for t in trials],
        mode="markers",
        name=name,
        marker=marker,
        text=[f"{for_plotly(t.name)}: {estimated(t)}" for t in trials],
        hovertemplate="%{text}<extra></extra>",
    )


def _star(trial: TrialRow) -> go.Scatter:
    edge = {"color": "white", "width": 1}
    return go.Scatter(
        x=[trial.number],
        y=[trial.fitness],
        mode="markers",
        name="chosen",
        marker={"color": GREEN, "symbol": MARKERS["chosen"], "size": 16, "line": edge},
        hovertemplate=f"chosen: {for_plotly(trial.name)}, %{{y:.3f}}<extra></extra>",
    )


def _crosses(failed: Sequence[TrialRow], scores: Sequence[float]) -> go.Scatter:
    """Failed trials, a little below the lowest score, with their reasons to hover over."""
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    reasons = [(t.name, t.reason or "no reason was recorded") for t in failed]
    return go.Scatter(
        x=[t.number for t in failed],
        y=[low - 0.06 * (high - low)] * len(failed),
        mode="markers",
        name="failed, no score",
        marker={"color": VERMILLION, "symbol": "x", "size": 7},
        text=[f"{for_plotly(name)} failed:<br>{for_plotly(why, 90)}" for name, why in reasons],
        hovertemplate="%{text}<extra></extra>",
    )


def _whisker(height: int, row: Mapping[str, Any], value: Mapping[str, Any]) -> go.Scatter:
    role = row["role"]
    label = f"{for_plotly(row['name'])} ({NAMES.get(role, role)})<br>{interval(value)}"
    return go.Scatter(
        x=[value["mean"]],
        y=[height],
        mode="markers",
        marker={
            "color": COLOURS.get(role, SKY),
            "symbol": MARKERS.get(role, "circle"),
            "size": 14 if role == "chosen" else 10,
        },
        error_x={
            "array": [value["high"] - value["mean"]],
            "arrayminus": [value["mean"] - value["low"]],
            "thickness": 2,
            "width": 4,
        },
        hovertemplate=f"{label}, {value['items']:,} items<extra></extra>",
    )


def _row_label(row: Mapping[str, Any]) -> str:
    return f"{row['name']} (chosen)" if row["role"] == "chosen" else str(row["name"])


def _add_genes(
    figure: go.Figure,
    row: int,
    name: str,
    family: Sequence[Mapping[str, Any]],
    genome: Mapping[str, float | str],
) -> None:
    values = [float(genome[g["name"]]) for g in family]
    low, high = min(float(g["low"]) for g in family), max(float(g["high"]) for g in family)
    rows = list(range(len(family)))
    figure.add_bar(
        x=[float(g["high"]) - float(g["low"]) for g in family],
        base=[float(g["low"]) for g in family],
        y=rows,
        orientation="h",
        marker={"color": FAINT},
        hoverinfo="skip",
        row=row,
        col=1,
    )
    figure.add_bar(
        x=values,
        y=rows,
        orientation="h",
        marker={"color": GREEN},
        text=[f"{v:.3f}" for v in values],
        textposition="outside",
        textfont={"size": 12},
        constraintext="none",
        cliponaxis=False,
        customdata=[
            [for_plotly(str(g["name"])), f"{g['low']:g}", f"{g['high']:g}"] for g in family
        ],
        hovertemplate="%{customdata[0]} = %{x:.4f}<br>"
        "bounds %{customdata[1]} to %{customdata[2]}<extra></extra>",
        row=row,
        col=1,
    )
    labels = [str(g["name"]).removeprefix(name).removeprefix(".") or "all" for g in family]
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[for_plotly(label, 26) for label in labels],
        range=[len(family) - 0.5, -0.5],
        showgrid=False,
        row=row,
        col=1,
    )
    left, right = min(low, 0.0, *values), max(high, *values)
    room = 0.1 * (right - left)
    reach = [left - (room if left < 0 else 0), right + room]
    figure.update_xaxes(range=reach, gridcolor=_GRID, row=row, col=1)


def _blank(height: int) -> go.Figure:
    return _styled(go.Figure(), height)


def _styled(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hoverlabel={"align": "left"},
    )
