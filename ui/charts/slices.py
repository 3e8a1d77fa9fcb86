"""The score against each gene's value, a small panel per gene."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from search_spaces.space import Gene
from ui.charts.frame import GRID, styled
from ui.formats import for_plotly
from ui.palette import GREY, SCALE

AT_MOST = 8  # panels: each draws every trial again
_WIDE = 4
_PANEL_PX = 230


def slice_chart(
    genes: Sequence[Gene],
    values: NDArray[np.float32],
    numbers: NDArray[np.int64],
    scores: NDArray[np.float64],
    stopped: NDArray[np.bool_],
) -> go.Figure:
    """The first AT_MOST genes; a point per trial with a score, coloured from early (blue) to late
    (orange); one that was stopped early is hollow.

    values: (n, genes) as `ui.genes.Matrix` has them; numbers, scores, stopped: (n,).
    """
    genes = genes[:AT_MOST]
    lines = max(1, ceil(len(genes) / _WIDE))
    figure = make_subplots(
        rows=lines,
        cols=_WIDE,
        shared_yaxes=True,
        subplot_titles=[for_plotly(gene.name, 30) for gene in genes],
        horizontal_spacing=0.02,
        vertical_spacing=0.3 / lines,
    )
    ends = [float(numbers.min()), float(numbers.max())] if len(numbers) else [0.0, 1.0]
    for index, gene in enumerate(genes):
        row, column = index // _WIDE + 1, index % _WIDE + 1
        there = ~np.isnan(values[:, index]) & ~np.isnan(scores)
        # Late ones over early ones, whichever order they come in.
        found = np.flatnonzero(there)[np.argsort(numbers[there], kind="stable")]
        _add(figure, row, column, gene, values[found, index], scores[found], numbers[found])
        symbols = np.where(stopped[found], "circle-open", "circle").tolist()
        figure.data[-1].marker.symbol = symbols
        figure.data[-1].marker.update(cmin=ends[0], cmax=ends[1], showscale=index == 0)
    figure.update_yaxes(title="score", col=1, tickformat=".2f")
    figure.update_yaxes(gridcolor=GRID, zeroline=False)
    figure.update_annotations(font={"size": 12})
    styled(figure, lines * _PANEL_PX + 50)
    return figure.update_layout(showlegend=False, margin={"t": 34, "b": 34, "r": 70})


def _add(
    figure: go.Figure,
    row: int,
    column: int,
    gene: Gene,
    values: NDArray[np.float32],
    scores: NDArray[np.float64],
    numbers: NDArray[np.int64],
) -> None:
    marker = {
        "size": 5,
        "opacity": 0.75,
        "color": numbers.tolist(),
        "colorscale": [[i / (len(SCALE) - 1), colour] for i, colour in enumerate(SCALE)],
        "colorbar": {
            "title": {"text": "trial", "font": {"size": 12}},
            "thickness": 10,
            "outlinewidth": 0,
            "tickfont": {"size": 11},
            "tickcolor": GREY,
            "nticks": 5,
        },
    }
    figure.add_scatter(
        x=[_short(v) for v in values.tolist()],
        y=[_short(s) for s in scores.tolist()],
        mode="markers",
        marker=marker,
        text=[f"{n}" for n in numbers.tolist()],
        hovertemplate="trial %{text}<br>at %{x}: score %{y:.3f}<extra></extra>",
        row=row,
        col=column,
    )
    if gene.choices:
        figure.update_xaxes(
            tickvals=list(range(len(gene.choices))),
            ticktext=[for_plotly(choice, 12) for choice in gene.choices],
            range=[-0.5, len(gene.choices) - 0.5],
            row=row,
            col=column,
        )
    figure.update_xaxes(
        type="log" if gene.log else "linear",
        nticks=6,
        gridcolor=GRID,
        zeroline=False,
        row=row,
        col=column,
    )


def _short(value: float) -> float:
    return float(f"{value:.4g}")
