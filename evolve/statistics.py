"""Intervals for means over items, and for differences of models that answered the same items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

_RESAMPLES = 10_000
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean over `items` items with its 95 % interval [low, high]."""

    mean: float
    low: float
    high: float
    items: int


def mean_interval(values: Sequence[float]) -> Interval:
    """Wilson's score interval (1927) for outcomes that are 0 or 1, else normal with the standard
    error.
    """
    array = np.asarray(values, dtype=np.float64)
    count, mean, z = len(array), float(array.mean()), float(ndtri(0.975))
    if set(np.unique(array)) <= {0.0, 1.0}:
        centre = (mean + z * z / (2 * count)) / (1 + z * z / count)
        half = z * (mean * (1 - mean) / count + z * z / (4 * count * count)) ** 0.5
        half /= 1 + z * z / count
        return Interval(mean, centre - half, centre + half, count)
    half = z * float(array.std(ddof=1)) / count**0.5 if count > 1 else float("inf")
    return Interval(mean, mean - half, mean + half, count)


def weighted_interval(
    tasks: Sequence[Sequence[float]], weights: Sequence[float], *, seed: int
) -> Interval:
    """The weighted mean of task means, with a percentile bootstrap interval stratified by task.

    tasks: per-item values of each task; of differences for a paired comparison (Efron 1979: items
    are resampled within their task, 10,000 times). seed: of the resampling.
    """
    generator = np.random.default_rng(seed)
    share = np.asarray(weights, dtype=np.float64) / sum(weights)
    means = np.zeros(_RESAMPLES)
    centre = 0.0
    for values, weight in zip(tasks, share, strict=True):
        array = np.asarray(values, dtype=np.float64)
        centre += float(weight * array.mean())
        means += weight * _resampled_means(array, generator)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(centre, float(low), float(high), sum(len(v) for v in tasks))


def paired_difference(
    ours: Sequence[Sequence[float]],
    theirs: Sequence[Sequence[float]],
    weights: Sequence[float],
    *,
    seed: int,
) -> Interval:
    """ours - theirs on the same items, as `weighted_interval` of the per-item differences."""
    differences = [
        (np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)).tolist()
        for a, b in zip(ours, theirs, strict=True)
    ]
    return weighted_interval(differences, weights, seed=seed)


def _resampled_means(values: Values, generator: np.random.Generator) -> Values:
    """Means of bootstrap samples; equal values are drawn together, so few distinct ones cost
    little.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= 16:
        drawn = generator.multinomial(len(values), counts / len(values), size=_RESAMPLES)
        return np.asarray(drawn @ distinct / len(values))
    picks = generator.integers(0, len(values), size=(_RESAMPLES, len(values)), dtype=np.int32)
    return np.asarray(values[picks].mean(axis=1))
