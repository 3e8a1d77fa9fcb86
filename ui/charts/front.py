"""The Pareto front of a search with several objectives, two of them at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from evolve import pareto
from evolve.objective_words import heading, natural
from evolve.store import TrialRow
from ui.charts.frame import GRID, blank
from ui.formats import for_plotly
from ui.palette import BLUE, GREEN, GREY, MARKERS, SCALE


def front_chart(
    front: Mapping[str, Any],
    others: Sequence[TrialRow],
    across: int,
    up: int,
    shade: int | None = None,
    line: Sequence[Mapping[str, Any]] | None = None,
) -> go.Figure:
    """Points of the front, the chosen one as a star, over other trials (grey, hollow); the line is
    the front of these two objectives alone, so with more objectives points lie behind it.

    front: of `evolve.front.described`; across, up, shade: positions among its objectives; others:
    with objectives; line: rows of the whole front, where `front` has only some.
    """
    names, rows = front["objectives"], front["rows"]
    figure = blank(460)
    figure.add_scatter(
        x=[_value(names, t.objectives or (), across) for t in others],
        y=[_value(names, t.objectives or (), up) for t in others],
        mode="markers",
        name="other trials",
        marker={"color": GREY, "symbol": "circle-open", "size": 7, "opacity": 0.9},
        text=[for_plotly(t.name or f"trial {t.number}", 60) for t in others],
        hovertemplate="%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>",
        visible=bool(others),
    )
    figure.add_scatter(**_steps(names, rows if line is None else line, across, up))
    for chosen in (False, True):
        some = [row for row in rows if bool(row["chosen"]) == chosen]
        if some:
            figure.add_scatter(**_points(names, some, rows, (across, up, shade), chosen))
    figure.update_xaxes(title=_head(names[across]), gridcolor=GRID, zeroline=False)
    return figure.update_yaxes(title=_head(names[up]), gridcolor=GRID, zeroline=False)


def _points(
    names: Sequence[str],
    some: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    axes: tuple[int, int, int | None],
    chosen: bool,
) -> dict[str, Any]:
    across, up, shade = axes
    marker: dict[str, Any] = {
        "color": GREEN if chosen else BLUE,
        "symbol": MARKERS["chosen"] if chosen else "circle",
        "size": 18 if chosen else 10,
        "line": {"color": "white", "width": 1},
    }
    if shade is not None:
        values = [_value(names, row["scores"], shade) for row in rows]
        marker |= {
            "color": [_value(names, row["scores"], shade) for row in some],
            "colorscale": [[i / (len(SCALE) - 1), colour] for i, colour in enumerate(SCALE)],
            "cmin": min(values),
            "cmax": max(values),
            "showscale": len(some) == len(rows) or not chosen,
            "colorbar": {"title": {"text": _head(names[shade])}, "thickness": 12},
        }
    return {
        "x": [_value(names, row["scores"], across) for row in some],
        "y": [_value(names, row["scores"], up) for row in some],
        "mode": "markers",
        "name": "chosen" if chosen else "on the front",
        "marker": marker,
        "text": [_words(names, row) for row in some],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _steps(
    names: Sequence[str], rows: Sequence[Mapping[str, Any]], across: int, up: int
) -> dict[str, Any]:
    """The front of two objectives as a step line: what is as good in both as some point."""
    table = [[row["scores"][across], row["scores"][up]] for row in rows]
    found = sorted({(table[i][0], table[i][1]) for i in pareto.front(table)}) if table else []
    points = [{across: x, up: y} for x, y in found]
    return {
        "x": [_value(names, point, across) for point in points],
        "y": [_value(names, point, up) for point in points],
        "mode": "lines",
        "name": "the front",
        "line": {"color": BLUE, "width": 1.5, "shape": "vh"},
        "hoverinfo": "skip",
    }


def _words(names: Sequence[str], row: Mapping[str, Any]) -> str:
    lines = [f"<b>{for_plotly(str(row['name']), 60)}</b>"]
    lines += [f"{_head(n)}: {_value(names, row['scores'], i):.4g}" for i, n in enumerate(names)]
    return "<br>".join(lines)


def _value(
    names: Sequence[str], scores: Sequence[float] | Mapping[int, float], place: int
) -> float:
    """As people read it: layers, and parameters in millions."""
    return natural(names[place], scores[place]) / _size(names[place])


def _size(name: str) -> float:
    return 1e6 if name == "size" else 1.0


def _head(name: str) -> str:
    return for_plotly(heading(name), 40)
