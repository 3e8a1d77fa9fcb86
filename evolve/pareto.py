"""Several objectives: the front, how much it covers, and how to choose from it.

Pure functions over scores, (n, m) float64, a row per point and a column per objective, higher is
better. Indices are those of the rows. Raises: ValueError for scores that are not such a table of
finite numbers, and for none where a point is wanted.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Table = NDArray[np.float64]

_SAME = 1e-12  # of the range of the front: what differs by less is rounding


def front(scores: ArrayLike) -> list[int]:
    """Points that no other beats or equals everywhere; of equal points the first. Ascending."""
    return _front(_table(scores))


def hypervolume(scores: ArrayLike, reference: Sequence[float]) -> float:
    """Volume between the reference and what the points reach, exactly; meant for m up to 6.

    reference: (m,); a point that is not above it in every objective adds nothing. Slices of While
    et al., doi:10.1109/TEVC.2010.2077298: in ascending order of the last objective, each point
    adds a slab whose base is its own less what the points after it cover.
    """
    table, corner = _table(scores), np.asarray(reference, dtype=np.float64)
    if corner.shape != table.shape[1:] or not np.isfinite(corner).all():
        raise ValueError(f"the reference is {reference}; wanted {table.shape[1]} finite numbers")
    above = table - corner
    return _volume(above[(above > 0).all(axis=1)])


def knee(scores: ArrayLike) -> int:
    """The point of the front that is farthest above the plane through the best of each objective.

    Objectives are scaled to the range of the front before; Das 1999,
    doi:10.1007/s001580050111. Where the front is flat or hollow nothing lies above the plane: of
    points on it the one whose weakest objective is best is taken, then the greater sum, then the
    first.
    """
    table = _some(scores)
    indices = _front(table)
    scaled = _scaled(table[indices])
    normal = _normal(scaled[_extremes(scaled)])
    height = np.round(scaled @ normal / _SAME) * _SAME
    weakest, total = scaled.min(axis=1, initial=1.0), table[indices].sum(axis=1)
    best = max(range(len(indices)), key=lambda i: (height[i], weakest[i], total[i], -i))
    return indices[best]


def by_weights(scores: ArrayLike, weights: Sequence[float]) -> int:
    """The point of the front with the greatest weighted sum of its scores as they are, not scaled;
    of equal ones the first. weights: (m,), none negative, not all zero.
    """
    table, wanted = _some(scores), np.asarray(weights, dtype=np.float64)
    fits = wanted.shape == table.shape[1:] and np.isfinite(wanted).all()
    if not fits or (wanted < 0).any() or not wanted.any():
        raise ValueError(
            f"the weights are {list(weights)}; wanted {table.shape[1]} numbers, none negative and "
            "not all zero"
        )
    indices = _front(table)
    return indices[int(np.argmax(table[indices] @ wanted))]


def spread(scores: ArrayLike, count: int) -> list[int]:
    """At most `count` points of the front that cover it, ascending.

    Begins with the best of each objective, or with the knee where `count` has no room for them,
    and adds the point farthest from all taken, in objectives scaled to the range of the front: no
    point of the front is then farther from one taken than twice the least possible (Gonzalez
    1985, doi:10.1016/0304-3975(85)90224-5).
    """
    table = _table(scores)
    indices = _front(table)
    if count >= len(indices) or count < 1:
        return indices[: max(0, count)]
    scaled = _scaled(table[indices])
    taken = sorted(set(_extremes(scaled)))
    if len(taken) > count:
        taken = [indices.index(knee(table))]
    distance = np.min([((scaled - scaled[t]) ** 2).sum(axis=1) for t in taken], axis=0)
    while len(taken) < count:
        taken.append(int(np.argmax(distance)))
        distance = np.minimum(distance, ((scaled - scaled[taken[-1]]) ** 2).sum(axis=1))
    return sorted(indices[t] for t in taken)


def _front(table: Table) -> list[int]:
    # What dominates a point, or equals it and is earlier, comes before it in this order.
    order = np.lexsort((np.arange(len(table)), *-table.T[::-1]))
    kept: list[int] = []
    for index in order.tolist():
        if not (table[kept] >= table[index]).all(axis=1).any():
            kept.append(index)
    return sorted(kept)


def _volume(above: Table) -> float:
    """Of the union of boxes from the origin to each point, (n, m), all positive."""
    if len(above) == 0:
        return 0.0
    if above.shape[1] == 1:
        return float(above.max())
    if above.shape[1] == 3:
        return _volume_of_three(above)
    kept = above[_front(above)]
    kept = kept[np.argsort(kept[:, -1], kind="stable")]
    base, height = kept[:, :-1], kept[:, -1]
    own = base.prod(axis=1)
    covered = [_volume(np.minimum(base[i + 1 :], base[i])) for i in range(len(base))]
    return float((height * (own - covered)).sum())


def _volume_of_three(above: Table) -> float:
    """All heights at once, over the grid of the first two objectives: the recursion ends here, as
    a loop in Python would take most of its time below.
    """
    x, y = np.argsort(above[:, 0]), np.argsort(above[:, 1])
    heights = np.zeros((len(above), len(above)))
    heights[np.argsort(x), np.argsort(y)] = above[:, 2]
    reached = np.maximum.accumulate(heights[::-1, ::-1], axis=0)
    reached = np.maximum.accumulate(reached, axis=1)[::-1, ::-1]
    widths = np.diff(above[x, 0], prepend=0.0)
    return float(widths @ reached @ np.diff(above[y, 1], prepend=0.0))


def _scaled(points: Table) -> Table:
    """In [0, 1] per objective; objectives in which the points are all equal are left out."""
    low, high = points.min(axis=0), points.max(axis=0)
    differs = high > low
    return np.asarray((points - low)[:, differs] / (high - low)[differs])


def _extremes(scaled: Table) -> list[int]:
    """The best of each objective; among equals the one with the greatest sum, then the first."""
    # lexsort is by the last key first.
    order = np.lexsort((np.arange(len(scaled)), -scaled.sum(axis=1)))
    return [int(order[np.argmax(column[order])]) for column in scaled.T]


def _normal(extremes: Table) -> Table:
    """Of the plane through the extreme points, (m, m), of length one and nowhere negative; of the
    plane through the unit points where they span none such.
    """
    size = len(extremes)
    if size == 0:
        return np.empty(0)
    normal: Table = np.ones(size)
    if np.linalg.matrix_rank(extremes) == size:
        found = np.asarray(np.linalg.solve(extremes, normal), dtype=np.float64)
        normal = found if (found > 0).all() else normal
    return np.asarray(normal / np.linalg.norm(normal), dtype=np.float64)


def _table(scores: ArrayLike) -> Table:
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0 or not np.isfinite(table).all():
        raise ValueError(
            f"scores of shape {table.shape}; wanted a table of finite numbers, a row per point"
        )
    return table


def _some(scores: ArrayLike) -> Table:
    table = _table(scores)
    if len(table) == 0:
        raise ValueError("there is no point to choose from")
    return table
