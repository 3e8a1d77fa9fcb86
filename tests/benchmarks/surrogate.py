"""Smooth models of real trials: what a search costs and finds, thousands of times a second.

Per task a Gaussian process on the logit of the accuracy, over the weights that reach the tensors
(weight times lambda), with three squared-exponential kernels: over the mean weight of every
parent, over the mean weight of every parent in either half of the layers, and over all weights.
`fit_surrogates.py` fits them to recorded trials and writes `surrogates.npz`; nothing is fitted
here.

Truth: the mean over the tasks of the predicted accuracies. Where there is no data the prediction
falls back to the mean of all recorded trials, which is far from good, so nothing is won by going
there. What a search is told: the truth, plus the error of a fixed set of items, which depends on
the point alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("surrogates.npz")
SEARCH_ITEMS = 100  # per task, as the product scores by default
TOP_WEIGHT = 1.5  # of a weight gene in natural units; lambda goes from 0.5 to 1.5

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """What the genes of a space are. parent: (n_genes,), -1 for lambda; group: (n_genes,) the
    layer group of each.
    """

    parent: NDArray[np.int64]
    group: NDArray[np.int64]

    def reaching(self, points: FloatArray) -> FloatArray:
        """points: (n, n_genes) in the unit cube -> weight times lambda, (n, n_weights)."""
        weights = self.parent >= 0
        found = points[:, weights] * TOP_WEIGHT
        if not weights.all():
            factor = 0.5 + points[:, ~weights]
            found = found * factor[:, np.searchsorted(self.group[~weights], self.group[weights])]
        return found

    def maps(self) -> list[FloatArray]:
        """Matrices that make the three kernels' inputs from the weights, each (n_weights, k), so
        scaled that squared distances are means over the inputs."""
        weights = self.parent >= 0
        parent, group = self.parent[weights], self.group[weights]
        half = (2 * group) // (group.max() + 1)
        every = np.arange(len(parent))
        return [_means(owner) for owner in (parent, 2 * parent + half, every)]


def _means(owner: NDArray[np.int64]) -> FloatArray:
    one = (owner[:, None] == np.unique(owner)).astype(np.float64)
    means = one / one.sum(axis=0)
    return np.asarray(means / means.shape[1] ** 0.5)


@dataclass(frozen=True)
class Kernel:
    """Of one task: amplitudes and length scales, (3,) each; noise: standard deviation. In logits
    and natural weights.
    """

    amplitude: FloatArray
    length: FloatArray
    noise: float

    def __call__(self, squared: list[FloatArray]) -> FloatArray:
        """squared: distances by the three maps, any shape."""
        parts = [
            a**2 * np.exp(s * (-0.5 / length**2))
            for a, length, s in zip(self.amplitude, self.length, squared, strict=True)
        ]
        return np.asarray(parts[0] + parts[1] + parts[2])


@dataclass(frozen=True)
class Surrogate:
    """One family and dimension. inputs: the recorded points by the three maps, (n, k) each; alpha,
    level: per task; residual: per task, the variance of what an accuracy of recorded items misses
    the prediction by, of what chance alone would give with as many items.
    """

    layout: Layout
    inputs: tuple[FloatArray, ...]
    kernels: tuple[Kernel, ...]
    alpha: FloatArray
    level: FloatArray
    residual: FloatArray
    best: FloatArray
    optimum: float

    @property
    def dimension(self) -> int:
        return len(self.layout.parent)

    def accuracies(self, points: FloatArray) -> FloatArray:
        """points: (n, dimension), clipped to the unit cube -> (n, n_tasks)."""
        weights = self.layout.reaching(np.clip(points, 0.0, 1.0))
        squared = [
            distances(weights @ m, x) for m, x in zip(self.layout.maps(), self.inputs, strict=True)
        ]
        logits = [
            level + kernel(squared) @ alpha
            for kernel, alpha, level in zip(self.kernels, self.alpha, self.level, strict=True)
        ]
        return np.asarray(1 / (1 + np.exp(-np.stack(logits, axis=1))))

    def truth(self, points: FloatArray) -> FloatArray:
        """points: (n, dimension) -> (n,)."""
        return np.asarray(self.accuracies(points).mean(axis=1))

    def told(self, point: FloatArray, seed: int) -> tuple[float, ...]:
        """Per task, what SEARCH_ITEMS items say; the same for the same point and seed."""
        accuracy = self.accuracies(point[None])[0]
        spread = np.sqrt(accuracy * (1 - accuracy) / SEARCH_ITEMS * self.residual)
        return tuple((accuracy + spread * noise_of(point, seed, len(accuracy))).tolist())


def noise_of(point: FloatArray, seed: int, count: int) -> FloatArray:
    """Standard normal numbers that depend on the point and the seed alone, (count,)."""
    digest = hashlib.blake2b(point.tobytes(), digest_size=8, salt=seed.to_bytes(8, "little"))
    generator = np.random.default_rng(int.from_bytes(digest.digest(), "little"))
    return generator.standard_normal(count)


def distances(a: FloatArray, b: FloatArray) -> FloatArray:
    """Squared, (n, m) between the rows of (n, k) and (m, k)."""
    found = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * (a @ b.T)
    return np.asarray(np.maximum(found, 0.0))


def load(family: str, dimension: int, file: Path = FILE) -> Surrogate:
    """family: demo or smollm2; dimension: 6, 24 or 64."""
    with np.load(file) as found:
        prefix = f"{family}_{dimension}_"
        return assemble({k.removeprefix(prefix): found[k] for k in found if k.startswith(prefix)})


def assemble(found: Mapping[str, Any]) -> Surrogate:
    """found: points, layout (2, n_genes), hyper (n_tasks, 7), alpha, level, residual, best,
    optimum, as `fit_surrogates.py` makes them.
    """
    layout = Layout(*found["layout"].astype(np.int64))
    weights = layout.reaching(found["points"].astype(np.float64))
    return Surrogate(
        layout,
        tuple(weights @ m for m in layout.maps()),
        tuple(Kernel(h[:3], h[3:6], float(h[6])) for h in found["hyper"].astype(np.float64)),
        found["alpha"].astype(np.float64),
        found["level"].astype(np.float64),
        found["residual"].astype(np.float64),
        found["best"].astype(np.float64),
        float(found["optimum"]),
    )
