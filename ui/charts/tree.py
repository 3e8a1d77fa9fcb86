"""The family tree -> a Plotly figure: parents left, children right, edges as thick as weights.

Few models are shapes with labels; thousands are small points drawn by WebGL. What a model is shows
in its shape, whatever the colours mean.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from evolve.ancestry.layout import MOST_ROWS, Places, places
from evolve.ancestry.pedigree import FOLDED, Node, Pedigree
from ui.charts.frame import styled
from ui.charts.tree_edges import edges_of
from ui.formats import for_plotly, score
from ui.palette import (
    BLUE,
    COLOURS,
    GREEN,
    GREY,
    MARKERS,
    NAMES,
    ORANGE,
    PURPLE,
    SCALE,
    SKY,
    VERMILLION,
    between,
)

BY = ("what it is", "score", "licence", "search")
_ROLES = ("base", "parent", "imported", FOLDED, "candidate", "best", "chosen", "exported")
_CATEGORIES = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY)
_LABELLED = 60  # models; of more, only those that stand out have labels
_CROWD = 400  # models; more are small points, drawn by WebGL
_PX_PER_LETTER = 6.4


@dataclass(frozen=True)
class Look:
    """How a tree is drawn. by: of `BY`; selected: the model that is looked at; near: models that
    stand out, None for all; width: of the chart in pixels, about.
    """

    by: str = BY[0]
    selected: int | None = None
    near: frozenset[int] | None = None
    width: int = 1180


def tree_chart(shown: Pedigree, look: Look | None = None) -> go.Figure:
    """Every point has the key of its model as customdata, see `key_of`.

    An edge is as thick as its mean weight over the model, dashed where that is negative, dotted to
    the base; a model card's relations have a dash of their own, and edges of a cycle a colour.
    """
    look = look or Look()
    at = places(shown)
    figure = go.Figure()
    figure.add_traces(edges_of(shown, at, look.selected, look.near))
    painted = _paint(shown, look.by)
    letters = _letters(shown, at, look.width)
    for role in _ROLES:
        nodes = [n for n in shown.nodes.values() if n.role == role]
        if role == "candidate" and len(nodes) > _CROWD:
            figure.add_traces(_crowds(nodes, at, painted))
        elif nodes:
            figure.add_trace(_nodes(role, nodes, at, look, painted, len(shown.nodes), letters))
    figure.add_traces([*_legend_of(shown, painted, look.by), *_bar_of(painted)])
    if look.selected in at:
        figure.add_trace(_ring(at[look.selected]))
    ys = [y for _, y in at.values()]
    rows = max(ys, default=0.0) - min(ys, default=0.0) + 1
    figure = styled(figure, round(min(1000, max(380, 74 * rows + 110))))
    side = 0.22 + 0.03 * max((x for x, _ in at.values()), default=0.0)
    return figure.update_layout(
        legend={"itemsizing": "trace", "itemclick": False, "itemdoubleclick": False},
        xaxis=_axis([x for x, _ in at.values()], side),
        yaxis=_axis(ys, 0.75),
        dragmode="pan",
        uirevision="tree",
    )


def key_of(node: Node) -> str:
    """By which a click on a point is understood: a model's id, or a folded node's. Points of a
    crowd have the number of their trial instead, see `crowds_of`.
    """
    return f"{'f' if node.role == FOLDED else 'm'}{node.id}"


@dataclass(frozen=True)
class _Painted:
    """colours: per model id, a colour or a number on the scale; legend: what colours mean."""

    colours: dict[int, Any]
    legend: tuple[tuple[str, str], ...] = ()
    scale: tuple[float, float] | None = None


def _paint(shown: Pedigree, by: str) -> _Painted:
    nodes = shown.nodes.values()
    if by == "score":
        known = {n.id: n.score for n in nodes if n.score is not None}
        scale = (min(known.values()), max(known.values())) if known else None
        return _Painted(dict(known), scale=scale)
    if by not in ("licence", "search"):
        return _Painted({n.id: COLOURS.get(n.role, GREY) for n in nodes})
    word = {
        n.id: n.license if by == "licence" else n.search if _is_merge(n) else None for n in nodes
    }
    counts: dict[str, int] = {}
    for found in word.values():
        if found is not None:
            counts[found] = counts.get(found, 0) + 1
    named = sorted(counts, key=lambda w: (-counts[w], w))
    colour = dict(zip(named, _CATEGORIES, strict=False))
    legend = [(w, colour[w]) for w in colour]
    unknown = "no licence known" if by == "licence" else "of no search"
    if len(named) > len(colour):
        legend.append((f"{len(named) - len(colour)} others", GREY))
    elif len(word) > sum(counts.values()):
        legend.append((unknown, GREY))
    return _Painted({i: colour.get(w or "", GREY) for i, w in word.items()}, tuple(legend))


def _is_merge(node: Node) -> bool:
    return node.role in ("candidate", "best", "chosen", "exported", FOLDED)


def _nodes(
    role: str,
    nodes: Sequence[Node],
    at: Places,
    look: Look,
    painted: _Painted,
    total: int,
    letters: int,
) -> go.Scatter | go.Scattergl:
    crowd = len(nodes) > _CROWD
    large = {"candidate": 11, FOLDED: 24, "chosen": 20}.get(role, 17)
    size = max(4.0, 7.0 - len(nodes) / 3000) if crowd else 13 if total > 200 else large
    marker: dict[str, Any] = {"symbol": MARKERS.get(role, "circle"), "size": size, "opacity": 1.0}
    if role == FOLDED:
        marker["size"] = [min(40, 18 + 5 * math.log10(n.count)) for n in nodes]
    marker |= _colours(nodes, painted)
    if role == "candidate" and painted.scale is not None:
        marker["symbol"] = "circle"
    if look.near is not None:
        marker["opacity"] = [1.0 if n.id in look.near else 0.25 for n in nodes]
    labelled = total <= _LABELLED or (role != "candidate" and not crowd and len(nodes) <= 30)
    labels = labelled and letters >= 8
    text = [_label(n, letters) if labels else "" for n in nodes]
    kind = go.Scattergl if crowd else go.Scatter
    hover: dict[str, Any] = {"hovertemplate": "%{hovertext}<extra></extra>"}
    hover["hovertext"] = [_brief(n) if crowd else _described(n) for n in nodes]
    return kind(
        x=np.array([at[n.id][0] for n in nodes], dtype=np.float32),
        y=np.array([at[n.id][1] for n in nodes], dtype=np.float32),
        mode="markers+text" if labels else "markers",
        name=NAMES.get(role, role),
        showlegend=False,
        marker=marker,
        customdata=[key_of(n) for n in nodes],
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        **({"text": text, "textposition": "bottom center"} if labels else {}),
        **({"cliponaxis": False} if not crowd else {}),
        **hover,
    )


def _crowds(nodes: Sequence[Node], at: Places, painted: _Painted) -> list[go.Scattergl]:
    """Thousands of candidates, a trace per search: a few bytes each. Those without a score are
    apart where colours mean scores.
    """
    traces: dict[tuple[int, bool], list[Node]] = {}
    for node in nodes:
        grey = painted.scale is not None and node.score is None
        traces.setdefault((node.search_id or 0, grey), []).append(node)
    found = []
    for (search_id, grey), some in sorted(traces.items()):
        scored = painted.scale is not None and not grey
        value = "<br>search score %{marker.color:.3f}" if scored else ""
        colours: dict[str, Any] = {
            "color": GREY if grey else painted.colours.get(some[0].id, GREY)
        }
        if scored:
            colours = _on_scale(painted) | {
                "color": np.array([n.score for n in some], dtype=np.float32)
            }
        of = for_plotly(some[0].search or "no search", 40)
        found.append(
            go.Scattergl(
                x=np.array([at[n.id][0] for n in some], dtype=np.float32),
                y=np.array([at[n.id][1] for n in some], dtype=np.float32),
                mode="markers",
                name=NAMES["candidate"],
                meta=search_id,
                showlegend=False,
                marker={"size": max(4.0, 7.0 - len(nodes) / 3000), **colours},
                customdata=np.array([n.trial or 0 for n in some], dtype=np.int32),
                hovertemplate=f"trial %{{customdata}} of {of}{value}<extra></extra>",
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
            )
        )
    return found


def crowds_of(figure: go.Figure) -> dict[int, int]:
    """Position of a trace -> the search whose candidates it has by their trials' numbers."""
    return {i: int(t.meta) for i, t in enumerate(figure.data) if t.meta is not None}


def _colours(nodes: Sequence[Node], painted: _Painted) -> dict[str, Any]:
    found = [painted.colours.get(n.id, GREY) for n in nodes]
    if painted.scale is not None:
        low, high = painted.scale
        found = [
            GREY if n.score is None else between(SCALE, (n.score - low) / ((high - low) or 1.0))
            for n in nodes
        ]
    return {"color": found[0] if len(set(found)) == 1 else found}


def _on_scale(painted: _Painted) -> dict[str, Any]:
    low, high = painted.scale or (0.0, 1.0)
    return {"colorscale": list(SCALE), "cmin": low, "cmax": high if high > low else low + 1e-6}


def _bar_of(painted: _Painted) -> list[go.Scatter]:
    """What colours mean where they are scores."""
    if painted.scale is None:
        return []
    title = {"text": "search score", "side": "right"}
    bar = {"title": title, "thickness": 8, "len": 0.7, "outlinewidth": 0, "tickformat": ".2f"}
    marker = {
        **_on_scale(painted),
        "color": [painted.scale[0]],
        "showscale": True,
        "colorbar": bar,
    }
    return [go.Scatter(x=[None], y=[None], mode="markers", marker=marker, showlegend=False)]


def _legend_of(shown: Pedigree, painted: _Painted, by: str) -> list[go.Scatter]:
    """What shapes mean, then what colours do."""
    there = {n.role for n in shown.nodes.values()}
    shapes = [
        (NAMES.get(r, r), {"symbol": MARKERS.get(r, "circle"), "size": 13, "color": _plain(r, by)})
        for r in _ROLES
        if r in there
    ]
    colours = [
        (for_plotly(word, 30), {"symbol": "line-ew", "size": 14, "line": _thick(colour)})
        for word, colour in painted.legend
    ]
    return [
        go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker)
        for name, marker in (*shapes, *colours)
    ]


def _plain(role: str, by: str) -> str:
    """The colour of a shape in the legend: none where colours mean something else."""
    return COLOURS.get(role, GREY) if by == BY[0] else GREY


def _thick(colour: str) -> dict[str, Any]:
    return {"color": colour, "width": 5}


def _ring(spot: tuple[float, float]) -> go.Scatter:
    return go.Scatter(
        x=[spot[0]],
        y=[spot[1]],
        mode="markers",
        marker={"symbol": "circle-open", "size": 27, "color": VERMILLION, "line": {"width": 2.5}},
        hoverinfo="skip",
        showlegend=False,
    )


def _label(node: Node, letters: int) -> str:
    """Trials are numbered anew in every search, so that a trial's label names its search too."""
    if node.role == FOLDED:
        return "<br>".join(for_plotly(line, letters) for line in node.name.split(" of ", 1))
    name = for_plotly(node.name, letters)
    if node.role in ("chosen", "best") and node.search is not None:
        return f"{name}<br>{for_plotly(node.search, letters)}"
    return name


def _described(node: Node) -> str:
    """The hover text: name, kind, score, licence, digest."""
    lines = [f"<b>{for_plotly(node.name, 60)}</b>"]
    if node.role == FOLDED:
        return "<br>".join([*lines, "click to unfold"])
    lines.append(NAMES.get(node.role, node.role))
    if node.search is not None:
        lines.append(
            f"trial {node.trial} of {for_plotly(node.search, 40)}, search score "
            f"{score(node.score)}"
        )
    if node.license is not None:
        lines.append(f"licence {for_plotly(node.license, 40)}")
    if node.reference is not None:
        lines.append(for_plotly(node.reference, 70))
    return "<br>".join([*lines, f"digest {node.digest[:12]}"])


def _brief(node: Node) -> str:
    name = for_plotly(node.name, 24)
    return name if node.score is None else f"{name}, {score(node.score)}"


def _letters(shown: Pedigree, at: Places, width: int) -> int:
    """How long a label may be, so that those of two columns do not meet."""
    xs = [x for x, _ in at.values()]
    columns = sorted({round(at[n.id][0], 3) for n in shown.nodes.values() if _stands_out(n)})
    if len(columns) > MOST_ROWS:
        return 0
    gap = min((b - a for a, b in pairwise(columns)), default=1.0)
    whole = max(xs, default=0.0) - min(xs, default=0.0) + 0.5
    return int(min(28, gap / whole * width / _PX_PER_LETTER))


def _stands_out(node: Node) -> bool:
    return node.role != "candidate"


def _axis(values: Sequence[float], by: float) -> dict[str, Any]:
    spread = [min(values, default=0.0) - by, max(values, default=0.0) + by]
    return {"visible": False, "range": spread}
