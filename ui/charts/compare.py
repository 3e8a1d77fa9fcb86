"""The best so far of several searches, over trials, hours or dollars."""

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from ui.charts.frame import GRID, blank
from ui.comparing import Course
from ui.formats import for_plotly
from ui.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION

MOST = 7
Over = Literal["trials", "hours", "usd"]
_TITLES: dict[str, str] = {
    "trials": "trials that have ended",
    "hours": "hours that drivers spent on it",
    "usd": "dollars of workers",
}
_TOLD: dict[str, str] = {"trials": "%{x:,.0f} trials", "hours": "%{x:.2f} h", "usd": "$%{x:,.2f}"}
# A colour, a line and a marker for each: told apart also without the colour.
_LOOKS = (
    (BLUE, "solid", "circle"),
    (ORANGE, "dash", "square"),
    (GREEN, "dot", "diamond"),
    (PURPLE, "dashdot", "triangle-up"),
    (VERMILLION, "longdash", "x"),
    (SKY, "longdashdot", "star"),
    (GREY, "solid", "hexagon"),
)


def compare_chart(courses: Sequence[Course], over: Over = "trials") -> go.Figure:
    """A line per search, in the order given, at most MOST; those without a price have none over
    dollars.
    """
    figure = blank(380)
    for number, one in enumerate(courses[:MOST]):
        x = getattr(one, over)
        if x is None or not len(one.score):
            continue
        colour, dash, symbol = _LOOKS[number]
        name = for_plotly(one.name, 40)
        figure.add_scatter(
            x=x,
            y=one.score,
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2.5, "shape": "hv", "dash": dash},
            marker={"color": colour, "symbol": symbol, "size": 8},
            hovertemplate=f"{name}<br>%{{y:.3f}} after {_TOLD[over]}<extra></extra>",
        )
    prefix = "$" if over == "usd" else ""
    figure.update_xaxes(title=_TITLES[over], gridcolor=GRID, rangemode="tozero", tickprefix=prefix)
    figure.update_yaxes(title="best score on search items", gridcolor=GRID, tickformat=".2f")
    figure.update_layout(showlegend=True)
    return figure
