"""The mean score over two genes, where trials have been."""

from collections.abc import Sequence
from itertools import pairwise
from math import log10
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from search_spaces.space import Gene
from ui.charts.frame import GRID, blank
from ui.formats import for_plotly
from ui.palette import SCALE

_BINS = 24
_PER_BIN = 4  # trials; fewer bins where there are few trials


def contour_chart(
    across: Gene, up: Gene, values: NDArray[np.float32], scores: NDArray[np.float64]
) -> go.Figure:
    """A cell per range of both genes, coloured by the mean score of its trials; a cell without a
    trial stays empty: nothing is interpolated.

    values: (n, 2), of `across` and `up`; scores: (n,), NaN where there is none.
    """
    known = ~np.isnan(values).any(axis=1) & ~np.isnan(scores)
    values, scores = values[known].astype(np.float64), scores[known]
    bins = int(np.clip(np.sqrt(len(scores) / _PER_BIN), 4, _BINS))
    edges = [_edges(gene, bins) for gene in (across, up)]
    places = [
        np.clip(np.searchsorted(edge, values[:, i], side="right") - 1, 0, len(edge) - 2)
        for i, edge in enumerate(edges)
    ]
    shape = (len(edges[1]) - 1, len(edges[0]) - 1)
    cells = places[1] * shape[1] + places[0]
    count = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    total = np.bincount(cells, weights=scores, minlength=shape[0] * shape[1]).reshape(shape)
    means = [
        [None if n == 0 else round(float(t / n), 4) for t, n in zip(sums, counted, strict=True)]
        for sums, counted in zip(total, count, strict=True)
    ]
    figure = blank(460)
    figure.add_heatmap(
        x=_drawn(across, edges[0]),
        y=_drawn(up, edges[1]),
        z=means,
        text=_words(across, up, edges, count, means),
        colorscale=[[i / (len(SCALE) - 1), colour] for i, colour in enumerate(SCALE)],
        hoverongaps=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{text}<extra></extra>",
        colorbar={"title": {"text": "mean score"}, "thickness": 12, "outlinewidth": 0},
    )
    figure.update_xaxes(**_axis(across, edges[0]))
    figure.update_yaxes(**_axis(up, edges[1]))
    return figure


def _edges(gene: Gene, bins: int) -> NDArray[np.float64]:
    """Ends of the bins, ascending; of a choice half steps."""
    if gene.choices:
        return np.linspace(-0.5, len(gene.choices) - 0.5, len(gene.choices) + 1)
    if gene.log:
        return 10 ** np.linspace(log10(gene.low), log10(gene.high), bins + 1)
    return np.linspace(gene.low, gene.high, bins + 1)


def _drawn(gene: Gene, edges: NDArray[np.float64]) -> list[float]:
    """Where Plotly draws the edges: a logarithm's own scale is drawn as it is."""
    return [float(f"{log10(e) if gene.log else e:.6g}") for e in edges]


def _words(
    across: Gene,
    up: Gene,
    edges: Sequence[NDArray[np.float64]],
    count: NDArray[np.int64],
    means: Sequence[Sequence[float | None]],
) -> list[list[str]]:
    """Of each cell where it is, how many trials it has and their mean; nothing without a trial."""
    columns, rows = (
        [f"{for_plotly(gene.name, 40)}: {told}" for told in _ranges(gene, edge)]
        for gene, edge in zip((across, up), edges, strict=True)
    )
    return [
        [
            ""
            if mean is None
            else f"{column}<br>{row}<br>{n:,} trial{'' if n == 1 else 's'}, mean {mean:.3f}"
            for column, n, mean in zip(columns, counted, line, strict=True)
        ]
        for row, counted, line in zip(rows, count.tolist(), means, strict=True)
    ]


def _ranges(gene: Gene, edges: NDArray[np.float64]) -> list[str]:
    if gene.choices:
        return [for_plotly(choice, 40) for choice in gene.choices]
    return [f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges.tolist())]


def _axis(gene: Gene, edges: NDArray[np.float64]) -> dict[str, Any]:
    drawn = _drawn(gene, edges)
    found: dict[str, Any] = {
        "title": for_plotly(gene.name, 40),
        "gridcolor": GRID,
        "zeroline": False,
        "range": [drawn[0], drawn[-1]],
    }
    if gene.choices:
        ticks = [for_plotly(choice, 16) for choice in gene.choices]
        found |= {"tickvals": list(range(len(ticks))), "ticktext": ticks}
    elif gene.log:
        at = np.linspace(drawn[0], drawn[-1], 6).tolist()
        found |= {"tickvals": at, "ticktext": [f"{10**v:.2g}" for v in at]}
    return found
