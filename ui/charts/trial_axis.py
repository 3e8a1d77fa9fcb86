"""The axis of trials that charts below each other share."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from ui.charts.frame import GRID, chart
from ui.columns import Columns

_LEFT_PX = 64  # the same for all, so that trials stand below each other
_FIRST_ROOM = 50  # trials that there is room for at first, of a longer search


def reach(trials: Columns, budget: int | None) -> tuple[float, float]:
    """From where to where it goes: room for a short search as a whole, for a longer one always
    twice as much when it is full, so that the axis seldom moves. budget: of the optimizer, while
    trials are still to come.
    """
    mine = trials.number[trials.where(origins=("optimizer", "mean"))]
    first = int(mine[0]) if len(mine) else len(trials)
    count = int(mine[-1]) + 1 - first if len(mine) else 0
    room = count
    if budget is not None and budget > count:
        room = _FIRST_ROOM
        while room < 1.05 * count:
            room *= 2
        room = min(budget, room) if budget > 2 * _FIRST_ROOM else budget
    edge = max(1.0, 0.01 * room)
    return first - edge, first + room - 1 + edge


def along_trials(
    traces: Sequence[Mapping[str, Any]], height: int, ends: tuple[float, float], **y: Any
) -> go.Figure:
    """A chart on this axis; what somebody has zoomed to stays when it is drawn again. y: of the
    other axis.
    """
    return chart(
        traces,
        height,
        margin={"l": _LEFT_PX, "r": 8, "t": 8, "b": 8},
        uirevision="kept",
        xaxis={"title": {"text": "trial"}, "range": ends, "gridcolor": GRID, "tickformat": ",d"},
        yaxis={"gridcolor": GRID, "automargin": False, **y},
    )
