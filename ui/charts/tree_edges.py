"""The edges of the family tree: as thick as weights, a dash for each relation, bundled where there
are very many.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from evolve.ancestry.layout import Places
from evolve.ancestry.pedigree import Edge, Pedigree, in_cycles
from evolve.ancestry.svg import dash_of
from evolve.ancestry.words import RELATION_WORDS, relation, title
from ui.formats import for_plotly
from ui.palette import GREY, VERMILLION

_WIDTHS = (1.0, 2.0, 3.0, 4.5, 6.0, 8.0)
_DASHES = {
    "solid": "solid",
    "negative": "dash",
    "base": "dot",
    "finetune": "longdash",
    "adapter": "dashdot",
    "quantized": "longdashdot",
}
_CURVED = 400  # edges; of more, those to candidates are bundled, and what is left is straight
_DRAWN_EDGES = 4000
_CURVE = np.linspace(0.0, 1.0, 13)
_FEW = 60  # edges; more are drawn thinner


def edges_of(
    shown: Pedigree, at: Places, selected: int | None, kept: frozenset[int] | None
) -> list[go.Scatter | go.Scattergl]:
    """A trace per style, one of invisible points on the edges, to hover over, and the legend's.

    kept: models whose edges stand out, None for all.
    """
    edges, texts = _bundled(shown, at, selected)
    rings = in_cycles((e.parent, e.child) for e in edges)
    curved = len(edges) <= _CURVED
    styles: dict[tuple[str, bool, float, bool], list[Edge]] = {}
    for edge in edges:
        near = kept is None or {edge.parent, edge.child} <= kept
        ring = (edge.parent, edge.child) in rings
        styles.setdefault((dash_of(edge), ring, _width(edge), near), []).append(edge)
    thin = 1.0 if len(edges) <= _FEW else 0.5
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
