"""The genes of a recipe inside their bounds."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.charts.frame import GRID, ROW_PX, blank, styled
from ui.formats import for_plotly
from ui.palette import FAINT, GREEN


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
        return blank(80)
    height = sum(sizes) * ROW_PX + len(sizes) * 64
    figure = make_subplots(
        rows=len(families),
        cols=1,
        row_heights=sizes,
        subplot_titles=[for_plotly(name) for name in families],
        vertical_spacing=min(0.9 / len(sizes), 64 / height),
    )
    for row, (name, family) in enumerate(families.items(), start=1):
        _add_genes(figure, row, name, family, genome)
    return styled(figure, height).update_layout(
        barmode="overlay", showlegend=False, bargap=0.45, margin={"t": 30}
    )


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
    figure.update_xaxes(range=reach, gridcolor=GRID, row=row, col=1)
