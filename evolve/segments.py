"""A sequence cut where it changes: contiguous groups of rows that are alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_WORTH, _ALIKE = 0.1, 0.1


def segments(features: Array, most: int, *, least: int = 1) -> tuple[int, ...]:
    """Edges of contiguous groups of rows; (n, f) -> (0, ..., n).

    The grouping of every size is the best one (dynamic programming); the size is the largest at
    which each group took away a tenth of the distance among all rows. least: rows of a group.
    """
    n = len(features)
    cost = _costs(features, least)
    everything = float(cost[0, n])
    if most < 2 or n < 2 * least or everything <= n * _ALIKE**2:
        return (0, n)
    best, cuts = cost[0].copy(), []
    chosen: tuple[int, ...] = (0, n)
    for groups in range(2, most + 1):
        through = best[:, None] + cost  # best up to a, then one group [a, b)
        cut = through.argmin(axis=0)
        shorter, best = best, through[cut, np.arange(n + 1)]
        cuts.append(cut)
        if not shorter[n] - best[n] >= _WORTH * everything:
            break
        chosen = _trace(cuts, n, groups)
    return chosen


def _trace(cuts: Sequence[NDArray[np.int64]], n: int, groups: int) -> tuple[int, ...]:
    edges = [n]
    for cut in reversed(cuts[: groups - 1]):
        edges.append(int(cut[edges[-1]]))
    return (0, *reversed(edges))


def _costs(features: Array, least: int) -> Array:
    """(n + 1, n + 1): squared distance of the rows [a, b) to their mean; inf where too few."""
    n = len(features)
    sums = np.vstack([np.zeros(features.shape[1]), np.cumsum(features, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((features**2).sum(axis=1))])
    cost = np.full((n + 1, n + 1), np.inf)
    for a in range(n):
        for b in range(a + least, n + 1):
            within = squares[b] - squares[a] - ((sums[b] - sums[a]) ** 2).sum() / (b - a)
            cost[a, b] = max(0.0, float(within))
    return cost
