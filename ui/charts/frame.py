"""What all charts share: transparent, readable in light and dark, quiet grids."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

GRID = "rgba(140, 140, 140, 0.18)"
ROW_PX = 30
CONFIG: dict[str, Any] = {"displayModeBar": False}  # for st.plotly_chart


def blank(height: int) -> go.Figure:
    """An empty chart. height: in pixels."""
    return styled(go.Figure(), height)


def styled(figure: go.Figure, height: int) -> go.Figure:
    """Sets the look of a whole figure; a horizontal legend above it. height: in pixels."""
    return figure.update_layout(
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hoverlabel={"align": "left"},
    )


def chart(traces: Sequence[Mapping[str, Any]], height: int, **layout: Any) -> go.Figure:
    """As `styled`, made in one go: each change of a figure that is there takes Plotly ten
    milliseconds, which a page that is drawn every two seconds has no time for.

    traces: with their `type`; layout: of what is not the same for all charts.
    """
    look: dict[str, Any] = {
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        "hoverlabel": {"align": "left"},
    }
    return go.Figure(list(traces), layout=look | layout)
