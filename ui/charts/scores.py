"""Search score against trial."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from evolve.store import TrialRow
from ui.charts.sample import MOST, best_so_far, drawn
from ui.charts.trial_axis import along_trials, reach
from ui.columns import STATES, Columns
from ui.formats import for_plotly, score
from ui.palette import COLOURS, GREEN, GREY, MARKERS, SKY, VERMILLION

_RIVALS = {"parent": "best parent: ", "plain": "best plain merge: ", "one_scale": ""}
_MANY = 400  # dots from which on they are small
_PX = 400

_Trace = dict[str, Any]


def score_chart(
    trials: Columns,
    others: Sequence[TrialRow],
    *,
    chosen: int | None = None,
    budget: int | None = None,
    most: int = MOST,
) -> go.Figure:
    """Search score against trial number: at most `most` dots, the best so far of all trials that
    were scored in full, the references.

    others: trials that are not the optimizer's; chosen: number of the chosen trial; budget: of the
    optimizer, to leave room for trials still to come.
    """
    shown = drawn(trials, chosen, most)
    done, pruned, failed = (
        shown[trials.state[shown] == STATES.index(s)] for s in ("done", "pruned", "failed")
    )
    rivals, ends = best_references(others), reach(trials, budget)
    size = 7 if len(shown) < _MANY else 5
    marker = {"color": SKY, "size": size, "opacity": 0.75 if len(shown) < _MANY else 0.55}
    traces = [_level(t, ends, t.number == chosen) for t in rivals]
    traces.append(_dots("trial", trials, done, marker))
    if len(pruned):
        hollow = {"color": GREY, "symbol": "circle-open", "size": size}
        traces.append(_dots("stopped early", trials, pruned, hollow))
    traces.append(_line(trials, shown))
    if chosen is not None:
        scored = np.concatenate([done, pruned])
        traces += [_star(trials, p) for p in scored[trials.number[scored] == chosen]]
    if len(failed):
        traces.append(_crosses(trials, failed, [t.fitness or 0.0 for t in rivals]))
    title = {"text": "score on search items"}
    return along_trials(traces, _PX, ends, title=title, tickformat=".2f")


def best_references(others: Sequence[TrialRow]) -> list[TrialRow]:
    """The best parent, the best plain merge and the best single scale on search items."""
    found = []
    for origin in ("parent", "plain", "one_scale"):
        scored = [t for t in others if t.origin == origin and t.fitness is not None]
        if scored:
            found.append(max(scored, key=lambda t: (t.fitness or 0.0, -t.number)))
    return found


def _line(trials: Columns, shown: NDArray[np.int64]) -> _Trace:
    """The best so far, a point per record, up to the last trial that is shown."""
    records = best_so_far(trials)[-MOST:]
    x, y = trials.number[records], trials.fitness[records]
    if len(shown):
        x, y = np.append(x, trials.number[shown[-1]]), np.append(y, y[-1:])
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "name": "best so far",
        "line": {"color": GREEN, "width": 2.5, "shape": "hv"},
        "hovertemplate": "best so far: %{y:.3f}<extra></extra>",
    }


def _level(trial: TrialRow, ends: tuple[float, float], chosen: bool) -> _Trace:
    """A reference's score as a line over the trials."""
    label = f"{_RIVALS[trial.origin]}{for_plotly(trial.name, 24)} {score(trial.fitness)}"
    label += " (chosen)" if chosen else ""
    return {
        "type": "scatter",
        "x": ends,
        "y": [trial.fitness] * 2,
        "mode": "lines",
        "name": label,
        "line": {"color": COLOURS[trial.origin], "width": 2, "dash": "dash"},
        "hovertemplate": label + "<extra></extra>",
    }


def _dots(
    name: str, trials: Columns, positions: NDArray[np.int64], marker: Mapping[str, Any]
) -> _Trace:
    """Trials with what their scores rest on to hover over."""
    items, error = trials.items[positions], trials.error[positions]
    rests = ", %{customdata:,d} items"
    about: NDArray[Any] = items.astype(np.int32)
    if (~np.isnan(error)).any():
        about = np.column_stack([items, np.nan_to_num(error)]).astype(np.float32)
        rests = " ± %{customdata[1]:.3f}, after %{customdata[0]:,d} items"
    return {
        "type": "scatter",
        "x": trials.number[positions],
        "y": trials.fitness[positions].astype(np.float32),
        "mode": "markers",
        "name": name,
        "marker": marker,
        "customdata": about,
        "hovertemplate": "trial %{x}: %{y:.3f}" + rests + "<extra></extra>",
    }


def _star(trials: Columns, position: int) -> _Trace:
    edge = {"color": "white", "width": 1}
    return {
        "type": "scatter",
        "x": trials.number[[position]],
        "y": trials.fitness[[position]],
        "mode": "markers",
        "name": "chosen",
        "marker": {"color": GREEN, "symbol": MARKERS["chosen"], "size": 16, "line": edge},
        "hovertemplate": "chosen: trial %{x}, %{y:.3f}<extra></extra>",
    }


def _crosses(trials: Columns, positions: NDArray[np.int64], levels: Sequence[float]) -> _Trace:
    """Failed trials, a little below the lowest score. levels: further scores that are shown."""
    known = np.concatenate([trials.fitness[trials.origin == 0], levels])
    known = known[~np.isnan(known)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    below = low - max(0.06 * (high - low), 0.005)
    return {
        "type": "scatter",
        "x": trials.number[positions],
        "y": np.full(len(positions), below, dtype=np.float32),
        "mode": "markers",
        "name": "failed, no score",
        "marker": {"color": VERMILLION, "symbol": "x", "size": 7},
        "hovertemplate": "trial %{x} failed<extra></extra>",
    }
