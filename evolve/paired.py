"""The paired rule: who is worse than the incumbents on the same items is dropped."""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from evolve.estimate import (
    BoolArray,
    Estimate,
    FloatArray,
    IntArray,
    difference_estimate,
    stratified_mean,
)
from evolve.sequential import boundary

INCUMBENTS = 3
_FIRST_LOOK = 30  # items: with fewer, a mean is too far from normal
_RECENT = 24  # candidates from which the usual variance of a difference is learned


class Incumbents:
    """The best candidates that were scored on all of some items, and what is usual there."""

    def __init__(self, task_of: IntArray, share: FloatArray, items: IntArray) -> None:
        """task_of: (n_items,) goals of all items; share: (n_goals,); items: positions of some."""
        self.task_of = task_of
        self.share = share
        self.items = items
        self.sizes = np.bincount(task_of[items], minlength=len(share))
        self._best: list[tuple[float, FloatArray]] = []
        self._others: deque[FloatArray] = deque(maxlen=_RECENT)
        self._mean: FloatArray | None = None
        self._typical: FloatArray | None = None
        self._usual: FloatArray | None = None

    def add(self, values: FloatArray) -> None:
        """values: (n_items,); a candidate with a NaN among the items is none of them."""
        found = values[self.items]
        if np.isnan(found).any():
            return
        totals = np.bincount(self.task_of[self.items], found, minlength=len(self.share))
        self._best.append((float(self.share @ (totals / self.sizes)), values))
        self._best.sort(key=lambda one: -one[0])  # stable: the first of equals stays first
        self._others.extend(v for _, v in self._best[INCUMBENTS:])
        self._best = self._best[:INCUMBENTS]
        self._mean = self._typical = self._usual = None

    def mean(self) -> FloatArray | None:
        """(n_items,) mean outcomes of the best; None until there are enough."""
        if len(self._best) < INCUMBENTS:
            return None
        if self._mean is None:
            self._mean = np.asarray(np.mean([v for _, v in self._best], axis=0))
        return self._mean

    def typical(self) -> FloatArray | None:
        """(n_items,) mean outcomes of the best and of the last others; None if there are none."""
        known = [*(v for _, v in self._best), *self._others]
        if known and self._typical is None:
            self._typical = np.asarray(np.mean(known, axis=0))
        return self._typical

    def lead(self) -> float:
        """How far the best is above the mean of the incumbents."""
        return self._best[0][0] - sum(m for m, _ in self._best) / len(self._best)

    def usual(self) -> FloatArray:
        """(n_goals,) mean variance, within a goal, of the last others' differences to the best."""
        mean = self.mean()
        if mean is None:
            return np.zeros(len(self.share))
        if self._usual is None:
            tasks = self.task_of[self.items]
            others = self._others or [v for _, v in self._best]
            found = [_variances((v - mean)[self.items], tasks, len(self.share)) for v in others]
            self._usual = np.asarray(np.mean(found, axis=0))
        return self._usual


class Paired:
    """Drops a candidate that is held to be worse than the best so far; of those that are as good,
    at most a part `error`.

    Compared is with the mean outcomes of the incumbents, which vary less from item to item than
    those of the best alone; that the best is above their mean is known exactly, and added.
    """

    audited = True

    def __init__(
        self, incumbents: Incumbents, everywhere: Incumbents, blocks: int, error: float
    ) -> None:
        """incumbents: on the items of the window; everywhere: on all, the same for all windows, so
        that none of them looks easier than another one; blocks: of the window.
        """
        self._task_of = incumbents.task_of
        self._share = incumbents.share
        self._sizes = incumbents.sizes
        self._everywhere = everywhere.typical()
        self._usual = incumbents.usual()
        self.rivals = incumbents.mean()
        self.lead = 0.0 if self.rivals is None else incumbents.lead()
        self._first = math.ceil(_FIRST_LOOK * blocks / len(incumbents.items))
        looks = range(self._first, blocks - 1)
        self.boundary = boundary([k / blocks for k in looks], error) if looks else math.inf

    def stops(self, values: FloatArray, looks: int) -> bool:
        if self.rivals is None or looks < self._first:
            return False
        mean, error = self.difference(values, np.ones(len(values), dtype=np.bool_))
        return error > 0 and mean - self.lead < -self.boundary * error

    def difference(self, values: FloatArray, counted: BoolArray) -> tuple[float, float]:
        """The mean difference to the incumbents on the items seen of some goals, counted:
        (n_items,), and its standard error as a sample of all items of the window.
        """
        if self.rivals is None:
            return 0.0, float("inf")
        share = np.where(np.bincount(self._task_of, counted) > 0, self._share, 0.0)
        seen = np.flatnonzero(~np.isnan(values))
        differences = values[seen] - self.rivals[seen]
        return stratified_mean(differences, self._task_of[seen], self._sizes, share, self._usual)

    def next(self, values: FloatArray, unseen: Sequence[IntArray]) -> int:
        return 0

    def estimate(self, values: FloatArray, decided: FloatArray | None) -> Estimate:
        predicted, usual = self.predict(values if decided is None else decided)
        return self.audited_estimate(values, decided, predicted, usual)

    def audited_estimate(
        self,
        values: FloatArray,
        decided: FloatArray | None,
        predicted: FloatArray,
        usual: FloatArray,
    ) -> Estimate:
        """The difference estimator; predicted, usual: as `predict` gives them."""
        seen = ~np.isnan(values)
        known = np.zeros_like(seen) if decided is None else ~np.isnan(decided)
        return difference_estimate(
            values, predicted, known, seen & ~known, self._task_of, self._share, usual
        )

    def predict(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """((n_items,) expected outcomes, (n_goals,) usual variances of what they miss).

        What is typical of those scored fully, shrunk towards its mean as far as the candidate's
        outcomes do not follow it; levels do not matter to the difference estimator.
        """
        goals = len(self._share)
        if self._everywhere is None:
            return np.zeros(len(values)), np.full(goals, 0.25)
        rivals, seen = self._everywhere, ~np.isnan(values)
        slope = _slope(rivals[seen], values[seen], self._task_of[seen], goals)
        usual = _variances(rivals, self._task_of, goals)
        if seen.any():
            missed = (values - slope * rivals)[seen]
            usual = _variances(missed, self._task_of[seen], goals)
        return slope * rivals, usual


def _variances(values: FloatArray, task_of: IntArray, goals: int) -> FloatArray:
    counts = np.maximum(np.bincount(task_of, minlength=goals), 1)
    means = np.bincount(task_of, values, minlength=goals) / counts
    return np.bincount(task_of, (values - means[task_of]) ** 2, minlength=goals) / counts


def _slope(x: FloatArray, y: FloatArray, task_of: IntArray, goals: int) -> float:
    """Of y on x within goals, in [0, 1]."""
    counts = np.maximum(np.bincount(task_of, minlength=goals), 1)
    x = x - (np.bincount(task_of, x, minlength=goals) / counts)[task_of]
    along = float(x @ x)
    return 0.0 if along == 0 else min(1.0, max(0.0, float(x @ y) / along))
