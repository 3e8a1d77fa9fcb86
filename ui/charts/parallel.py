"""Parallel coordinates as a Plotly figure, for the HTML report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from search_spaces.space import Gene
from ui.charts.frame import styled
from ui.formats import for_plotly
from ui.palette import GREY, SCALE

_AXES_AT_MOST = 60  # that Plotly draws in one figure
_AXIS_PX = 92


def parallel_chart(
    rows: Sequence[tuple[float, Mapping[str, float | str]]], genes: Sequence[Gene]
) -> go.Figure:
    """A line per row of (score, genome) through an axis per gene and one for the score.

    A gene that some of the rows do not have gets a step below its axis for these.
    """
    scores = [score for score, _ in rows]
    axes = [_axis(gene, [genome.get(gene.name) for _, genome in rows]) for gene in genes]
    axes = [*axes[: _AXES_AT_MOST - 1], {"label": "score", "values": scores, "tickformat": ".3f"}]
    figure = styled(go.Figure(), 420)
    figure.add_parcoords(
        dimensions=axes,
        line={
            "color": scores,
            "colorscale": [[i / (len(SCALE) - 1), colour] for i, colour in enumerate(SCALE)],
        },
        labelangle=-18,
        labelfont={"color": GREY, "size": 12},
        tickfont={"color": GREY, "size": 11, "shadow": "none"},
        rangefont={"color": GREY, "size": 10, "shadow": "none"},
        unselected={"line": {"opacity": 0.06}},
    )
    # Its labels stand above the axes and lean to the right.
    figure.update_layout(margin={"t": 90, "l": 60, "r": 90, "b": 24})
    return figure.update_layout(width=_AXIS_PX * len(axes) if len(axes) > 12 else None)


def _axis(gene: Gene, values: Sequence[float | str | None]) -> dict[str, Any]:
    label = for_plotly(gene.name, 24)
    there = [v is not None for v in values]
    if gene.choices:
        steps = [
            gene.choices.index(str(v)) if ok else -1 for v, ok in zip(values, there, strict=True)
        ]
        names = [for_plotly(choice, 14) for choice in gene.choices]
        at = list(range(len(names)))
        if not all(there):
            at, names = [-1, *at], ["none", *names]
        ends = [at[0] - 0.4, at[-1] + 0.4]
        return {"label": label, "values": steps, "tickvals": at, "ticktext": names, "range": ends}
    low, high = _place(gene, gene.low), _place(gene, gene.high)
    below = low - 0.12 * (high - low)
    places = [below if v is None else _place(gene, float(v)) for v in values]
    at_numbers = np.linspace(low, high, 5).tolist()
    texts = [f"{10**v if gene.log else v:.3g}" for v in at_numbers]
    if not all(there):
        at_numbers, texts = [below, *at_numbers], ["none", *texts]
    return {
        "label": label,
        "values": places,
        "tickvals": at_numbers,
        "ticktext": texts,
        "range": [at_numbers[0], at_numbers[-1]],
    }


def _place(gene: Gene, value: float) -> float:
    return float(np.log10(value)) if gene.log else value
