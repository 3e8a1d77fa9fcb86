"""Who worked on what when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import plotly.graph_objects as go

from evolve.store import AttemptRow
from ui.at_work import Bar, lanes
from ui.charts.frame import GRID, chart
from ui.formats import for_plotly
from ui.palette import BLUE, GREY, ORANGE, SKY, VERMILLION

_COLOURS = {"done": SKY, "running": BLUE, "failed": VERMILLION, "lost": ORANGE}
_STATES = {"done": "done", "running": "under way", "failed": "failed", "lost": "lost"}
_PATTERNS = {"search": "", "validation": "/", "report": "x", "probe": "."}
_LANE_PX, _LEAST_PX = 26, 9
_ROOM_PX = 620  # for all lanes, as long as each has its least
_REASON = 60


def worker_chart(
    attempts: Sequence[AttemptRow],
    numbers: Mapping[int, int],
    now: datetime,
    zone: tzinfo = UTC,
) -> go.Figure:
    """A row per worker, a bar per attempt from its start to its end, or to `now` where it has not
    ended: coloured by how it ended, patterned by the split that it was on.

    numbers: trial id -> number; zone: of the clock below. Thin bars in a row of their own are
    attempts under way, whose workers are not known yet.
    """
    found = lanes(attempts, now)
    px = max(_LEAST_PX, min(_LANE_PX, _ROOM_PX // max(1, len(found))))
    shift = now.astimezone(zone).utcoffset() or timedelta()
    kinds: dict[tuple[str, str], list[tuple[int, Bar]]] = {}
    for row, bars in enumerate(found.values()):
        for bar in bars:
            kinds.setdefault((bar.attempt.state, bar.attempt.split), []).append((row, bar))
    name = for_plotly(now.astimezone(zone).tzname() or str(zone))
    return chart(
        [_bars(*kind, kinds[kind], numbers, shift) for kind in sorted(kinds, key=_place)],
        len(found) * px + 110,
        barmode="overlay",
        uirevision="kept",
        xaxis={"type": "date", "title": {"text": f"time ({name})"}, "gridcolor": GRID},
        yaxis={
            "tickvals": list(range(len(found))),
            "ticktext": [for_plotly(lane, 24) for lane in found],
            "range": [len(found) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
        },
    )


def _place(kind: tuple[str, str]) -> tuple[int, int]:
    orders = (list(_STATES), list(_PATTERNS))
    first, second = (
        order.index(word) if word in order else len(order)
        for order, word in zip(orders, kind, strict=True)
    )
    return second, first


def _bars(
    state: str,
    split: str,
    found: Sequence[tuple[int, Bar]],
    numbers: Mapping[int, int],
    shift: timedelta,
) -> dict[str, Any]:
    """shift: of the clock from UTC."""
    bars = [bar for _, bar in found]
    on = "" if split == "search" else f", {for_plotly(split)} items"
    return {
        "type": "bar",
        "base": np.array([1000 * (b.attempt.started_at + shift).timestamp() for b in bars]),
        "x": np.array([max(1.0, 1000 * bar.seconds) for bar in bars]),
        "y": np.array([row - 0.4 + 0.8 * (b.part + 0.5) / b.parts for row, b in found]),
        "width": np.array([0.8 / bar.parts for bar in bars]),
        "orientation": "h",
        "name": f"{_STATES.get(state, for_plotly(state))}{on}",
        "marker": {
            "color": _COLOURS.get(state, GREY),
            "pattern": {"shape": _PATTERNS.get(split, "+"), "solidity": 0.35, "size": 6},
            "line": {"width": 0.5, "color": "rgba(140, 140, 140, 0.7)"},
        },
        "text": [_told(bar, numbers, split) for bar in bars],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _told(bar: Bar, numbers: Mapping[int, int], split: str) -> str:
    attempt = bar.attempt
    said = f"trial {numbers.get(attempt.trial_id, '?')}, {for_plotly(split)} items<br>"
    if attempt.state == "running":
        return f"{said}under way for {bar.seconds:,.1f} s"
    if attempt.reason is not None:
        return f"{said}{attempt.state} after {bar.seconds:,.1f} s: " + for_plotly(
            attempt.reason, _REASON
        )
    if attempt.merge_s is None or attempt.score_s is None:
        return f"{said}{bar.seconds:,.1f} s"
    return f"{said}{attempt.merge_s:,.1f} s merging, {attempt.score_s:,.1f} s scoring"
