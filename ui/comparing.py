"""Several searches side by side: how each came to its best, and what it cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evolve.pricing import money, usd
from evolve.report import mean_workers
from evolve.store import SearchRow
from evolve.visible import visible
from ui.bests import Best
from ui.columns import Columns
from ui.formats import duration, gain, interval, score

_MOST = 400  # steps of a curve that are drawn
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """The best so far of one search, at its steps: trials that had ended, hours that drivers had
    spent, dollars (None where the price is not known), and the score, all of one length.
    """

    name: str
    trials: Values
    hours: Values
    usd: Values | None
    score: Values


def course(search: SearchRow, trials: Columns, name: str, price: float | None) -> Course:
    """Of the optimizer's trials that were scored in full, in the order in which they ended. price:
    of one worker and hour.
    """
    ended = trials.where(states=("done", "pruned", "failed"))
    ended = ended[~np.isnan(trials.finished_s[ended])]
    ended = ended[np.argsort(trials.finished_s[ended], kind="stable")]
    hours = active_hours(
        trials.finished_s[ended],
        search.created_at.timestamp(),
        max(search.updated_at.timestamp(), search.created_at.timestamp()),
        search.active_s,
    )
    whole = np.isin(ended, trials.where(states=("done",)))
    fitness = np.where(whole, trials.fitness[ended], -np.inf)
    fitness = np.where(np.isnan(fitness), -np.inf, fitness)
    best = np.maximum.accumulate(fitness) if len(fitness) else fitness
    steps = _steps(best)
    spent = None
    if price is not None:
        spent = np.array([usd(3600 * h * mean_workers(search), price) for h in hours[steps]])
    return Course(name, (steps + 1).astype(np.float64), hours[steps], spent, best[steps])


def active_hours(times: Values, start: float, end: float, active_s: float) -> Values:
    """(n,) hours that drivers had spent at each of `times`, seconds since 1970 and ascending.

    Only their sum is stored, so what the clock has more than that, between `start` and `end`, is
    taken from the longest waits: those are the times when nobody drove the search.
    """
    moments = np.concatenate([[start], times, [max(end, float(times[-1]) if len(times) else end)]])
    waits = np.maximum(np.diff(moments), 0.0)
    clock = float(waits.sum())
    if clock <= 0:
        return np.full(len(times), active_s / 3600)
    if active_s >= clock:
        waits = waits * (active_s / clock)
    else:
        waits = np.minimum(waits, _longest(waits, active_s))
    return np.cumsum(waits)[:-1] / 3600


def side_by_side(
    searches: Sequence[tuple[str, SearchRow, Mapping[str, Any], Best | None]],
) -> pd.DataFrame:
    """One line per (name, search, progress, best). Text, as the page shows it."""
    lines = []
    for name, search, progress, best in searches:
        over = None if search.verdict is None else search.verdict.get("over_parent")
        spent = progress["usd_spent"]
        lines.append(
            {
                "Search": visible(name),
                "Optimizer": str(search.config["optimizer"]["name"]),
                "Budget": budget_of(search),
                "Best, 95 % interval": best_words(best),
                "On": "" if best is None else f"{best.split} items",
                "Gain over the best parent": "no verdict yet"
                if over is None
                else gain(over["difference"]),
                "Time": duration(search.active_s),
                "Cost": "not known" if spent is None else money(spent),
            }
        )
    return pd.DataFrame(lines)


def budget_of(search: SearchRow) -> str:
    """When it stops asking, in words."""
    budget = search.config["budget"]
    parts = [
        f"{budget['trials']:,} trials" if budget.get("trials") else "",
        f"{budget['hours']:g} h" if budget.get("hours") else "",
        f"${budget['usd']:g}" if budget.get("usd") else "",
    ]
    return ", ".join(part for part in parts if part) or "without a limit"


def best_words(best: Best | None) -> str | None:
    """`0.512 [0.470, 0.553]`; the score alone where nothing more is known of it."""
    if best is None:
        return None
    return score(best.score) if best.interval is None else interval(best.interval)


def _steps(best: Values) -> NDArray[np.int64]:
    """Where a running maximum rises, and its end; thinned out where there are very many."""
    known = np.flatnonzero(np.isfinite(best))
    if not len(known):
        return known
    rises = known[np.concatenate([[True], np.diff(best[known]) > 0])]
    if len(rises) > _MOST:
        rises = rises[np.unique(np.linspace(0, len(rises) - 1, _MOST).astype(np.int64))]
    return np.unique(np.append(rises, len(best) - 1))


def _longest(waits: Values, total: float) -> float:
    """The length to which waits are cut, so that they sum up to `total`."""
    ordered = np.sort(waits)
    before = np.concatenate([[0.0], np.cumsum(ordered)[:-1]])
    rest = np.arange(len(ordered), 0, -1)
    # All that are longer than the k-th are cut to it: the sum would be before + rest * length.
    lengths = (total - before) / rest
    first = int(np.argmax(lengths <= ordered))
    return max(0.0, float(lengths[first]))
