"""A Gaussian process of scores: a smooth part around a linear trend, plus noise.

The kernel is exp(-|x - x'|^2 / (2 l^2)) + 4 / d (x - c)(x' - c)^T: far from its data the process
keeps the slope it has learnt instead of falling back to a mean, which is what many genes and few
trials need. The length scale l, the noise and the amplitude are those of the greatest likelihood
(Rasmussen and Williams 2006, eq. 5.8) on a grid, through one eigendecomposition per length scale;
lengths grow with sqrt(d), as distances in a cube do (arXiv:2402.02229).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_LENGTHS = (0.175, 0.3, 0.5, 0.85, 1.5, 3.0)  # times sqrt(d)
_NOISES = 10.0 ** np.linspace(-3, 2, 16)  # variances, of the amplitude's
_USUAL_NOISE, _DECADES = 0.3, 3.0  # a weak belief about them: log-normal
_MOST_FITTED = 250  # points that the grid is tried on
_JITTER = 1e-6


@dataclass(frozen=True)
class Scale:
    """length: of the smooth part; noise: its variance in units of the amplitude's."""

    length: float
    noise: float
    amplitude: float


@dataclass(frozen=True)
class Process:
    """Fitted to inputs (n, d) and values (n,); centre: (d,) where the trend is zero."""

    inputs: FloatArray
    values: FloatArray
    centre: FloatArray
    scale: Scale

    def mean(self, points: FloatArray) -> FloatArray:
        """(m, d) -> (m,), of the values' standardized scale."""
        return np.asarray(kernel(points, self.inputs, self.centre, self.scale) @ self._alpha)

    def draw(self, points: FloatArray, generator: np.random.Generator) -> FloatArray:
        """One function drawn from the process, at (m, d) points -> (m,)."""
        from scipy.linalg import solve_triangular

        across = kernel(points, self.inputs, self.centre, self.scale)
        explained = solve_triangular(self._factor, across.T, lower=True)
        spread = kernel(points, points, self.centre, self.scale) - explained.T @ explained
        spread[np.diag_indices(len(points))] += _JITTER
        normal = np.linalg.cholesky(spread) @ generator.standard_normal(len(points))
        return np.asarray(across @ self._alpha + self.scale.amplitude * normal)

    @cached_property
    def _standard(self) -> FloatArray:
        return standardized(self.values)

    @cached_property
    def _factor(self) -> FloatArray:
        found = kernel(self.inputs, self.inputs, self.centre, self.scale)
        found[np.diag_indices(len(found))] += self.scale.noise
        return np.asarray(np.linalg.cholesky(found))

    @cached_property
    def _alpha(self) -> FloatArray:
        from scipy.linalg import cho_solve

        return np.asarray(cho_solve((self._factor, True), self._standard))


def kernel(a: FloatArray, b: FloatArray, centre: FloatArray, scale: Scale) -> FloatArray:
    """(n, d) and (m, d) -> (n, m)."""
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * (a @ b.T)
    smooth = np.exp(np.maximum(squared, 0.0) * (-0.5 / scale.length**2))
    return np.asarray(smooth + (4 / a.shape[1]) * ((a - centre) @ (b - centre).T))


def best_scale(inputs: FloatArray, values: FloatArray, centre: FloatArray) -> Scale:
    """The likeliest on the grid, for `_MOST_FITTED` of the points."""
    kept = near_and_far(inputs, centre, _MOST_FITTED)
    near, wanted = inputs[kept], standardized(values[kept])
    belief = -0.5 * (np.log(_NOISES / _USUAL_NOISE) / _DECADES) ** 2
    found: list[tuple[float, Scale]] = []
    for length in np.array(_LENGTHS) * np.sqrt(inputs.shape[1]):
        grid = kernel(near, near, centre, Scale(float(length), 0.0, 1.0))
        lambdas, vectors = np.linalg.eigh(grid)
        variances = np.maximum(lambdas, 0.0) + _NOISES[:, None]
        amplitudes = ((vectors.T @ wanted) ** 2 / variances).mean(axis=1)
        amplitudes = np.maximum(amplitudes, _JITTER)  # where all values are the same
        likelihood = -0.5 * (len(near) * np.log(amplitudes) + np.log(variances).sum(axis=1))
        best = int(np.argmax(likelihood + belief))
        scale = Scale(float(length), float(_NOISES[best]), float(np.sqrt(amplitudes[best])))
        found.append((float(likelihood[best] + belief[best]), scale))
    return max(found, key=lambda pair: pair[0])[1]


def near_and_far(inputs: FloatArray, centre: FloatArray, count: int) -> NDArray[np.int64]:
    """Of `count` points, half are those nearest to the centre, and half are spread over the rest
    by their distance: near points alone differ by noise, and show no trend.
    """
    order = np.argsort(((inputs - centre) ** 2).sum(axis=1), kind="stable")
    if len(order) <= count:
        return np.arange(len(order))
    half = count // 2
    far = np.linspace(half, len(order) - 1, count - half).round().astype(np.int64)
    return np.sort(order[np.concatenate([np.arange(half), far])])


def standardized(values: FloatArray) -> FloatArray:
    """Around their median, in standard deviations."""
    return np.asarray((values - np.median(values)) / max(float(values.std()), 1e-12))
