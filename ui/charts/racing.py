"""How many search items each trial got, where clearly worse ones are stopped early."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.charts.sample import thinned
from ui.charts.trial_axis import along_trials, reach
from ui.columns import Columns
from ui.palette import BLUE, GREY, SKY

_PX = 260
_DOTS = 150
_STEPS = 80  # of the line
_IN_A_STEP = 5  # trials at least


def racing_chart(trials: Columns, *, budget: int | None = None, most: int = _DOTS) -> go.Figure:
    """Items against trial: those that were stopped early as at most `most` dots, the average of
    all scored ones as a line, all search items as a level. budget: as of `score_chart`.
    """
    stopped = thinned(trials, _scored(trials, ("pruned",)), most)
    numbers, means = _average(trials, _scored(trials, ("done", "pruned")))
    ends, whole = reach(trials, budget), trials.tally.of_one
    level = {
        "type": "scatter",
        "x": ends,
        "y": [whole] * 2,
        "mode": "lines",
        "name": f"all {whole:,} search items",
        "line": {"color": SKY, "width": 2, "dash": "dash"},
        "hoverinfo": "skip",
    }
    dots = {
        "type": "scatter",
        "x": trials.number[stopped],
        "y": trials.items[stopped].astype(np.int32),
        "mode": "markers",
        "name": "stopped early",
        "marker": {"color": GREY, "symbol": "circle-open", "size": 5},
        "hovertemplate": "trial %{x}: stopped after %{y:,d} items<extra></extra>",
    }
    average = {
        "type": "scatter",
        "x": numbers,
        "y": means,
        "mode": "lines",
        "name": "average of all trials",
        "line": {"color": BLUE, "width": 2.5},
        "hovertemplate": "around trial %{x}: %{y:,.0f} items on average<extra></extra>",
    }
    height = [0, max(1, whole) * 1.06]
    y = {"title": {"text": "search items"}, "range": height, "tickformat": ",d"}
    return along_trials([level, dots, average], _PX, ends, **y)


def saved(trials: Columns) -> str:
    """What stopping early has saved, in words."""
    tally, stopped = trials.tally, _scored(trials, ("pruned",))
    if not len(stopped):
        return "No trial was stopped early so far: all were scored on all search items."
    share = 1 - tally.items / (tally.scored * tally.of_one)
    mean = trials.items[stopped].mean()
    return (
        f"{_percent(share)} of the search items were saved: {len(stopped):,} of {tally.scored:,} "
        f"scored trials were stopped early, on average after {mean:,.0f} of {tally.of_one:,}."
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"


def _scored(trials: Columns, states: tuple[str, ...]) -> NDArray[np.int64]:
    found = trials.where(states=states)
    return found[~np.isnan(trials.fitness[found])]


def _average(
    trials: Columns, scored: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(number in the middle, mean items) of steps of equally many trials."""
    steps = max(1, min(_STEPS, len(scored) // _IN_A_STEP))
    parts = [part for part in np.array_split(scored, steps) if len(part)]
    middle = [int(trials.number[part[len(part) // 2]]) for part in parts]
    means = [float(trials.items[part].mean()) for part in parts]
    return np.array(middle, dtype=np.int64), np.array(means)
