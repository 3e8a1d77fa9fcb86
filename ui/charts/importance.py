"""How important each gene is."""

from collections.abc import Sequence

import plotly.graph_objects as go

from ui.charts.frame import GRID, ROW_PX, blank
from ui.formats import for_plotly
from ui.importance import Weight
from ui.palette import FAINT, GREEN


def importance_chart(weights: Sequence[Weight], trials: int) -> go.Figure:
    """A bar per gene, the most important first. trials: how many the importance is from; a gene
    that only some of them had is hatched, and says how many.
    """
    partly = [weight.trials < trials for weight in weights]
    figure = blank(max(120, ROW_PX * len(weights) + 56))
    figure.add_bar(
        x=[weight.importance for weight in weights],
        y=list(range(len(weights))),
        orientation="h",
        marker={
            "color": [FAINT if some else GREEN for some in partly],
            "line": {"color": GREEN, "width": 1},
            "pattern": {
                "shape": ["/" if some else "" for some in partly],
                "fgcolor": GREEN,
                "solidity": 0.4,
            },
        },
        text=[
            f"{weight.importance:.1%}" + (f", in {weight.trials:,} trials" if some else "")
            for weight, some in zip(weights, partly, strict=True)
        ],
        textposition="outside",
        textfont={"size": 12},
        cliponaxis=False,
        customdata=[[for_plotly(w.gene), f"{w.trials:,}"] for w in weights],
        hovertemplate="%{customdata[0]}: %{x:.1%}<br>in %{customdata[1]} of "
        f"{trials:,} trials<extra></extra>",
    )
    figure.update_yaxes(
        tickvals=list(range(len(weights))),
        ticktext=[for_plotly(weight.gene, 34) for weight in weights],
        range=[len(weights) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    most = max((weight.importance for weight in weights), default=1.0)
    room = 1.45 if any(partly) else 1.15
    figure.update_xaxes(
        title="share of the importance of all genes",
        tickformat=".0%",
        range=[0, max(most, 0.01) * room],
        gridcolor=GRID,
        zeroline=False,
    )
    return figure.update_layout(showlegend=False, bargap=0.4)
