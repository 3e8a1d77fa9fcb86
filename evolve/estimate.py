"""The mean over all search items from some of them, whatever model predicts the others.

A goal's mean over N items is estimated from `known` items, taken as they are, and a random sample
of the others, by the difference estimator (Sarndal, Swensson and Wretman 1992, section 6.3):
(sum_known y + |U| (mean_U p + mean_sample (y - p))) / N, U: all items that are not known. It is
unbiased whatever the quality of the predictions p, if p and the choice of `known` do not depend
on the sample.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Observations that the expected variance counts for: what a few equal values cannot outweigh.
_PRIOR_ITEMS = 4.0


@dataclass(frozen=True)
class Estimate:
    """The fitness of a candidate from `items` of its items; error: its standard error, 0 where all
    were scored.
    """

    mean: float
    error: float
    items: int


def stratified_mean(
    values: FloatArray, task_of: IntArray, sizes: IntArray, share: FloatArray, expected: FloatArray
) -> tuple[float, float]:
    """(sum_t share_t mean_t, its standard error), of a sample without replacement of every goal.

    values, task_of: (n_seen,); sizes: (n_goals,) items that the sample of each goal is drawn from;
    share: (n_goals,); expected: (n_goals,) variances that are usual here, worth four observations.
    """
    goals = len(sizes)
    counts = np.bincount(task_of, minlength=goals)
    if (counts == 0).any():
        return 0.0, float("inf")
    means = np.bincount(task_of, values, minlength=goals) / counts
    squares = np.bincount(task_of, (values - means[task_of]) ** 2, minlength=goals)
    variances = (squares + _PRIOR_ITEMS * expected) / (counts - 1 + _PRIOR_ITEMS)
    unseen = 1 - counts / np.maximum(sizes, counts)
    error = float(np.sum(share**2 * variances / counts * unseen)) ** 0.5
    return float(share @ means), error


def difference_estimate(
    values: FloatArray,
    predicted: FloatArray,
    known: BoolArray,
    sample: BoolArray,
    task_of: IntArray,
    share: FloatArray,
    expected: FloatArray,
) -> Estimate:
    """values, predicted, known, sample, task_of: (n_items,); share: (n_goals,), sums to one;
    expected: (n_goals,) usual variances of y - p.
    """
    goals = len(share)
    sizes = np.bincount(task_of, minlength=goals)
    filled = np.where(known, values, predicted)
    level = np.bincount(task_of, filled, minlength=goals) / sizes
    items = int(np.count_nonzero(known | sample))
    if not sample.any():
        return Estimate(float(share @ level), 0.0, items)
    unknown = np.bincount(task_of[~known], minlength=goals)
    residual, error = stratified_mean(
        (values - predicted)[sample], task_of[sample], unknown, share * unknown / sizes, expected
    )
    return Estimate(float(share @ level) + residual, error, items)
