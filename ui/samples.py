"""Which trials a chart draws where there are too many: the best ones, and an even sample."""

import numpy as np
from numpy.typing import NDArray

from ui.charts.sample import thinned
from ui.columns import Columns


def best_and_even(
    trials: Columns, positions: NDArray[np.int64], best: int, others: int
) -> NDArray[np.int64]:
    """The `best` best of these trials and at most `others` of the rest, by number; more of the
    rest where there are fewer with a score.
    """
    top = trials.best(positions, best)
    rest = without(trials, positions, top)
    return np.union1d(top, thinned(trials, rest, others + best - len(top)))


def without(
    trials: Columns, positions: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Those of the positions that are not among the others, in their order."""
    left = np.ones(len(trials), dtype=np.bool_)
    left[others] = False
    return positions[left[positions]]


def with_score(trials: Columns, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the positions that have a score, from all of their items or from some."""
    return positions[~np.isnan(trials.fitness[positions])]
