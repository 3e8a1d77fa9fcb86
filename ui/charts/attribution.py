"""What each parent and each gene gave."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from evolve.attribution import change, label
from evolve.signed import signed
from ui.charts.frame import GRID, ROW_PX, blank
from ui.formats import for_plotly
from ui.palette import BLUE, GREY, SKY


def attribution_chart(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """The gain of having each parent and each gene, with its 95 % interval; a bar is hatched where
    that holds zero.

    rows: of the attribution in `evolve.report.summary`; those without a gain are left out.
    """
    shown = [row for row in rows if row["gain"] is not None]
    gains = [row["gain"] for row in shown]
    figure = blank(len(shown) * ROW_PX + 70)
    figure.add_bar(
        x=[gain["mean"] for gain in gains],
        y=list(range(len(shown))),
        orientation="h",
        marker={
            "color": [BLUE if row["kind"] == "parent" else SKY for row in shown],
            "pattern": {"shape": ["/" if g["low"] <= 0 <= g["high"] else "" for g in gains]},
        },
        error_x={
            "array": [gain["high"] - gain["mean"] for gain in gains],
            "arrayminus": [gain["mean"] - gain["low"] for gain in gains],
            "thickness": 2,
            "width": 4,
            "color": GREY,
        },
        text=[
            f"{for_plotly(label(row))} {for_plotly(change(row))}<br>{signed(row['gain'])}, "
            f"{row['gain']['items']:,} items"
            for row in shown
        ],
        textposition="none",
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[for_plotly(label(row), 34) for row in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
    )
    title = "gain of having it, on validation items"
    figure.update_xaxes(title=title, gridcolor=GRID, zerolinecolor=GREY, tickformat="+.2f")
    return figure.update_layout(showlegend=False, bargap=0.45)
