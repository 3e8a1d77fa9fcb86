"""The family tree -> a Plotly figure: parents left, children right, edges as thick as weights."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from ui.formats import for_plotly, score
from ui.palette import COLOURS, GREY, MARKERS, NAMES
from ui.tree import Family, Member, positions

_ROLES = ("base", "parent", "candidate", "best", "chosen", "exported")
_WIDTHS = (1.0, 2.0, 3.0, 4.5, 6.0, 8.0)
_LABELLED = 40
_CURVED = 400
_STEPS = [i / 12 for i in range(13)]


def tree_chart(family: Family) -> go.Figure:
    """family: only the models to show.

    An edge is as thick as its mean weight over the model, dashed where that is negative, and
    dotted to the base, which has no weight.
    """
    places = positions(family.graph)
    figure = go.Figure()
    for trace in _edges(family, places):
        figure.add_trace(trace)
    for role in _ROLES:
        ids = [i for i in family.graph if family.members[i].role == role]
        if ids:
            figure.add_trace(_nodes(role, ids, family, places))
    heights = [y for _, y in places.values()]
    tallest = max(heights, default=0.0) - min(heights, default=0.0) + 1
    return figure.update_layout(
        height=round(min(1100, max(320, 84 * tallest + 80))),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "itemsizing": "trace"},
        hoverlabel={"align": "left"},
        xaxis={"visible": False, "range": _padded([x for x, _ in places.values()], 0.35)},
        yaxis={"visible": False, "range": _padded([y for _, y in places.values()], 0.7)},
    )


def described(member: Member, parents: list[tuple[str, float | None]]) -> str:
    """The hover text of a model: name, kind, score, digest, and what it was merged from."""
    lines = [f"<b>{for_plotly(member.model.name, 60)}</b>", NAMES.get(member.role, member.role)]
    if member.search is not None and member.model.kind == "candidate":
        lines.append(
            f"trial {member.trial} of {for_plotly(member.search, 40)}, "
            f"search score {score(member.fitness)}"
        )
    if member.model.reference is not None:
        lines.append(for_plotly(member.model.reference, 70))
    lines.append(f"digest {member.model.digest[:12]}")
    lines += [f"← {_weighted(name, weight)}" for name, weight in parents]
    return "<br>".join(lines)


def _nodes(
    role: str, ids: list[int], family: Family, places: dict[int, tuple[float, float]]
) -> go.Scatter:
    few = len(family.graph) <= _LABELLED
    marker: dict[str, Any] = {"color": COLOURS[role], "symbol": MARKERS[role], "size": 18}
    if role == "candidate":
        marker |= _by_score([family.members[i].fitness for i in ids]) | {"size": 9}
    labels = [_label(family.members[i]) for i in ids]
    return go.Scatter(
        x=[places[i][0] for i in ids],
        y=[places[i][1] for i in ids],
        mode="markers+text" if few or role != "candidate" else "markers",
        name=NAMES[role],
        marker=marker,
        text=labels,
        textposition="bottom center",
        hovertext=[_described(family, i) for i in ids],
        hovertemplate="%{hovertext}<extra></extra>",
        cliponaxis=False,
    )


def _by_score(scores: Sequence[float | None]) -> dict[str, Any]:
    """The marker of candidates: lighter for a better search score, hollow where there is none."""
    return {
        "symbol": ["circle-open" if s is None else "circle" for s in scores],
        "color": [math.nan if s is None else s for s in scores],
        "colorscale": "Cividis",
        "line": {"color": GREY, "width": 1},
        "colorbar": {"title": "search<br>score", "thickness": 8, "len": 0.4, "outlinewidth": 0},
    }


def _label(member: Member) -> str:
    """Trials are numbered anew in every search, so that a trial's label names its search too."""
    name = for_plotly(member.model.name, 26)
    if member.role in ("chosen", "best") and member.search is not None:
        return f"{name}<br>{for_plotly(member.search, 26)}"
    return name


def _described(family: Family, model_id: int) -> str:
    parents = [
        (family.members[p].model.name, edge["weight"])
        for p, _, edge in family.graph.in_edges(model_id, data=True)
    ]
    return described(family.members[model_id], parents)


def _edges(family: Family, places: dict[int, tuple[float, float]]) -> list[go.Scatter]:
    """A trace per thickness, and one of invisible points in the middle of edges, to hover over."""
    curved = family.graph.number_of_edges() <= _CURVED
    styles: dict[tuple[float, str], tuple[list[float | None], list[float | None]]] = {}
    middles: list[tuple[float, float, str]] = []
    for parent, child, edge in family.graph.edges(data=True):
        weight = edge["weight"]
        xs, ys = styles.setdefault(_style(weight), ([], []))
        (x0, y0), (x1, y1) = places[parent], places[child]
        for t in _STEPS if curved else (0.0, 1.0):
            xs.append(x0 + t * (x1 - x0))
            ys.append(y0 + (3 * t * t - 2 * t**3) * (y1 - y0))
        xs.append(None)
        ys.append(None)
        names = (family.members[i].model.name for i in (parent, child))
        source, target = (for_plotly(name, 40) for name in names)
        middles.append(
            ((x0 + x1) / 2, (y0 + y1) / 2, f"{_weighted(source, weight, safe=True)} → {target}")
        )
    crowded = len(family.graph) > _LABELLED
    opacity = (0.25 if crowded else 0.45) if curved else 0.1
    lines = [
        _line(xs, ys, width / 3 if crowded else width, dash, opacity)
        for (width, dash), (xs, ys) in sorted(styles.items())
    ]
    if not (curved and middles):
        return lines
    hover = go.Scatter(
        x=[m[0] for m in middles],
        y=[m[1] for m in middles],
        mode="markers",
        marker={"size": 14, "color": "rgba(0,0,0,0)"},
        hovertext=[m[2] for m in middles],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )
    return [*lines, hover]


def _line(xs: list[Any], ys: list[Any], width: float, dash: str, opacity: float) -> go.Scatter:
    return go.Scatter(
        x=xs,
        y=ys,
        mode="lines",
        line={"color": GREY, "width": width, "dash": dash},
        opacity=opacity,
        hoverinfo="skip",
        showlegend=False,
    )


def _style(weight: float | None) -> tuple[float, str]:
    """(width in pixels, dash), in few steps so that edges can share a trace."""
    if weight is None:
        return _WIDTHS[0], "dot"
    step = min(len(_WIDTHS) - 1, round(abs(weight) * (len(_WIDTHS) - 1)))
    return _WIDTHS[step], "dash" if weight < 0 else "solid"


def _weighted(name: str, weight: float | None, *, safe: bool = False) -> str:
    shown = name if safe else for_plotly(name, 40)
    return f"{shown} (base)" if weight is None else f"{weight:.2f} {shown}"


def _padded(values: list[float], by: float) -> list[float]:
    return [min(values, default=0.0) - by, max(values, default=0.0) + by]
