"""The family tree -> a Plotly figure: parents left, children right, edges as thick as weights.

Few models are shapes with labels; thousands are small points drawn by WebGL. What a model is shows
in its shape, whatever the colours mean.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from evolve.ancestry.layout import MOST_ROWS, Places, places
from evolve.ancestry.pedigree import FOLDED, Edge, Node, Pedigree, in_cycles
from evolve.ancestry.svg import dash_of
from evolve.ancestry.words import RELATION_WORDS, relation, title
from ui.charts.frame import styled
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
_WIDTHS = (1.0, 2.0, 3.0, 4.5, 6.0, 8.0)
_DASHES = {
    "solid": "solid",
    "negative": "dash",
    "base": "dot",
    "finetune": "longdash",
    "adapter": "dashdot",
    "quantized": "longdashdot",
}
_LABELLED = 60  # models; of more, only those that stand out have labels
_CROWD = 400  # models; more are small points, drawn by WebGL
_CURVED = 400  # edges; of more, those to candidates are bundled, and what is left is straight
_DRAWN_EDGES = 4000
_CURVE = np.linspace(0.0, 1.0, 13)
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
    figure.add_traces(_edges(shown, at, look))
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
        marker={"symbol": "circle-open", "size": 34, "color": VERMILLION, "line": {"width": 2.5}},
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


def _edges(shown: Pedigree, at: Places, look: Look) -> list[go.Scatter | go.Scattergl]:
    """A trace per style, one of invisible points on the edges, to hover over, and the legend's."""
    edges, texts = _bundled(shown, at, look.selected)
    rings = in_cycles((e.parent, e.child) for e in edges)
    curved = len(edges) <= _CURVED
    styles: dict[tuple[str, bool, float, bool], list[Edge]] = {}
    for edge in edges:
        near = look.near is None or {edge.parent, edge.child} <= look.near
        ring = (edge.parent, edge.child) in rings
        styles.setdefault((dash_of(edge), ring, _width(edge), near), []).append(edge)
    thin = 1.0 if len(edges) <= _LABELLED else 0.5
    words: dict[str, dict[str, Any]] = {}
    found = []
    for (dash, ring, width, near), some in sorted(styles.items()):
        xs, ys = _lines(some, at, curved)
        line = {"color": VERMILLION if ring else GREY, "dash": _DASHES[dash]}
        words.setdefault(_word(dash, ring, some), line)
        opacity = (0.55 if curved else 0.14) * (1.0 if near else 0.3)
        found.append(
            (go.Scatter if curved else go.Scattergl)(
                x=xs,
                y=ys,
                mode="lines",
                line={**line, "width": max(1.0, width * thin)},
                opacity=0.9 if ring and near else opacity,
                hoverinfo="skip",
                showlegend=False,
            )
        )
    if curved and edges:
        found.append(_hovered(edges, shown, at, texts))
    return found + [_line_of_legend(word, line) for word, line in words.items()]


def _line_of_legend(word: str, line: dict[str, Any]) -> go.Scatter:
    return go.Scatter(x=[None], y=[None], mode="lines", name=word, line={**line, "width": 3})


def _word(dash: str, ring: bool, edges: Sequence[Edge]) -> str:
    if ring:
        return "cycle"
    if dash == "solid":
        weighed = any(e.weight is not None for e in edges)
        return "as thick as the weight" if weighed else "merged"
    words = {"negative": "negative weight", "base": "from the base"}
    return words.get(dash) or RELATION_WORDS[dash]


def _width(edge: Edge) -> float:
    """In pixels, in few steps so that edges can share a trace."""
    if edge.weight is None:
        return _WIDTHS[0] if edge.role == "base" else _WIDTHS[1]
    return _WIDTHS[min(len(_WIDTHS) - 1, round(abs(edge.weight) * (len(_WIDTHS) - 1)))]


def _lines(edges: Sequence[Edge], at: Places, curved: bool) -> tuple[Any, Any]:
    """Curves or straight lines after each other, NaN between them."""
    steps = _CURVE if curved else np.array([0.0, 1.0])
    ends = np.array([[*at[e.parent], *at[e.child]] for e in edges], dtype=np.float64)
    x0, y0, x1, y1 = ends.T[:, :, None]
    xs = x0 + steps * (x1 - x0)
    ys = y0 + (3 * steps**2 - 2 * steps**3) * (y1 - y0)
    if curved:
        # Within a generation, as cycles are, an edge bends aside; to itself it is a loop.
        same, loop = x0 == x1, (x0 == x1) & (y0 == y1)
        bow = np.sin(np.pi * steps) * np.where(y1 > y0, 0.12, -0.12)
        xs = np.where(same, x0 + bow, xs)
        turn = 2 * np.pi * steps
        xs = np.where(loop, x0 + 0.07 * np.sin(turn), xs)
        ys = np.where(loop, y0 + 0.3 * (1 - np.cos(turn)), ys)
    gap = np.full((len(edges), 1), np.nan)
    return (
        np.hstack([xs, gap]).ravel().astype(np.float32),
        np.hstack([ys, gap]).ravel().astype(np.float32),
    )


def _hovered(
    edges: Sequence[Edge], shown: Pedigree, at: Places, texts: Mapping[Edge, str]
) -> go.Scatter:
    words, xs, ys = [], [], []
    for edge in edges:
        parent, child = (for_plotly(title(shown.nodes[i]), 40) for i in (edge.parent, edge.child))
        weight = "" if edge.weight is None else "weight "
        child = texts.get(edge, child)
        words.append(f"{parent} → {child}<br>{weight}{for_plotly(relation(edge))}")
        xs.append((at[edge.parent][0] + at[edge.child][0]) / 2)
        ys.append((at[edge.parent][1] + at[edge.child][1]) / 2)
    return go.Scatter(
        x=xs,
        y=ys,
        mode="markers",
        marker={"size": 14, "color": "rgba(0,0,0,0)"},
        hovertext=words,
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _bundled(
    shown: Pedigree, at: Places, selected: int | None
) -> tuple[list[Edge], dict[Edge, str]]:
    """(edges to draw, what some of them stand for). Of very many edges, those to candidates are
    one for each parent and block, to its middle, with the mean weight: thousands of lines are only
    a grey area. Those that lead to the selected model are all drawn.
    """
    if len(shown.edges) <= _CURVED:
        return list(shown.edges), {}
    into: dict[int, list[Edge]] = {}
    for edge in shown.edges:
        into.setdefault(edge.child, []).append(edge)
    up, waiting = set(), [selected] if selected is not None else []
    while waiting:
        node = waiting.pop()
        if node not in up:
            up.add(node)
            waiting += [e.parent for e in into.get(node, ())]
    kept: list[Edge] = []
    crowds: dict[tuple[int, int | None, str, int], list[Edge]] = {}
    for edge in shown.edges:
        child = shown.nodes[edge.child]
        if child.role == "candidate" and edge.child not in up:
            place = (edge.parent, child.search_id, edge.role, shown.depths[edge.child])
            crowds.setdefault(place, []).append(edge)
        else:
            kept.append(edge)
    texts = {}
    for (parent, _, role, _), edges in crowds.items():
        weights = [e.weight for e in edges if e.weight is not None]
        middle = min(edges, key=lambda e: (at[e.child][0], abs(at[e.child][1])))
        mean = sum(weights) / len(weights) if weights else None
        kept.append(Edge(parent, middle.child, role, mean))
        many = f"{len(edges):,} candidates" if len(edges) > 1 else "1 candidate"
        texts[kept[-1]] = (
            f"{many} of {for_plotly(shown.nodes[middle.child].search or '', 40)}, mean"
        )
    return kept[:_DRAWN_EDGES], texts


def _axis(values: Sequence[float], by: float) -> dict[str, Any]:
    spread = [min(values, default=0.0) - by, max(values, default=0.0) + by]
    return {"visible": False, "range": spread}
