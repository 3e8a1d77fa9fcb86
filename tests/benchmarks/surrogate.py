"""Smooth models of real trials: what a search costs and finds, thousands of times a second.

Per family and task a Gaussian process on the logit of the accuracy, over the weights that reach
the tensors (weight times lambda), with three squared-exponential kernels: over the mean weight of
every parent, over the mean weight of every parent in either half of the layers, and over all
weights. It learns from the trials of all the family's spaces together. `fit_surrogates.py` fits
them to recorded trials and writes `surrogates.npz`; nothing is fitted here.

Truth: the mean over the tasks of the predicted accuracies. Where there is no data the prediction
falls back to the mean of all recorded trials, which is far from good, so nothing is won by going
there. What a search is told: the truth, plus the error of a fixed set of items, which depends on
the point alone.
"""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from layouts import TOP_WEIGHT, FloatArray, Layout, layout_of
from numpy.typing import NDArray
from recorded_families import FAMILIES

FILE = Path(__file__).with_name("surrogates.npz")
SEARCH_ITEMS = 100  # per task, as the product scores by default


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
    """One family and dimension. inputs: the recorded points by the maps of the layout, (n, k)
    each; alpha, level: per task; residual: per task, the variance of what an accuracy of recorded
    items misses the prediction by, of what chance alone would give with as many items.
    """

    layout: Layout
    maps: tuple[FloatArray, ...]
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
        rates, factors = self._stacked
        found = np.empty((len(points), len(self.level)))
        for row, weight in enumerate(weights):
            reaching = [weight @ m for m in self.maps]
            squared = np.stack(
                [
                    n - 2 * (x @ u) + u @ u
                    for u, x, n in zip(reaching, self.inputs, self._norms, strict=True)
                ]
            )  # (3, n_trials)
            found[row] = (np.exp(rates * squared) * factors).sum(axis=(1, 2))
        return np.asarray(1 / (1 + np.exp(-self.level - found)))

    @functools.cached_property
    def _norms(self) -> list[FloatArray]:
        return [(x * x).sum(axis=1) for x in self.inputs]

    @functools.cached_property
    def _stacked(self) -> tuple[FloatArray, FloatArray]:
        """Of all kernels: -1/2 length^-2, (n_tasks, 3, 1); amplitude^2 alpha, (n_tasks, 3, n)."""
        rates = np.array([-0.5 / k.length**2 for k in self.kernels])[:, :, None]
        squares = np.array([k.amplitude**2 for k in self.kernels])[:, :, None]
        return rates, squares * self.alpha[:, None, :]

    def slope(self, point: FloatArray) -> tuple[float, FloatArray]:
        """The truth at one point inside the cube and its gradient, (dimension,)."""
        layout, weights = self.layout, self.layout.reaching(point[None])
        genes = layout.parent >= 0
        offsets = [
            (weights @ m) - x for m, x in zip(self.maps, self.inputs, strict=True)
        ]  # (n_trials, k)
        squared = [(o * o).sum(axis=1) for o in offsets]
        accuracies = self.accuracies(point[None])[0]
        uphill = np.zeros(genes.sum())
        for kernel, alpha, accuracy in zip(self.kernels, self.alpha, accuracies, strict=True):
            inner = accuracy * (1 - accuracy) / len(accuracies)
            for m, o, s, a, length in zip(
                self.maps, offsets, squared, kernel.amplitude, kernel.length, strict=True
            ):
                pull = alpha * np.exp(s * (-0.5 / length**2)) * (-((a / length) ** 2))
                uphill += inner * (m @ (pull @ o))
        found = np.zeros(self.dimension)
        found[genes] = uphill * layout.scales(point[None])[0]
        if not genes.all():
            products = uphill * TOP_WEIGHT * point[genes]
            found[~genes] = np.bincount(layout.factor_of(), products, (~genes).sum())
        return float(accuracies.mean()), found

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
        recorded = [
            (layout_of(family, d), found[f"{family}_{d}_points"].astype(np.float64))
            for d in FAMILIES[family].spaces
        ]
        fitted = {k: found[f"{family}_{k}"] for k in ("hyper", "alpha", "level")}
        fitted |= {k: found[f"{family}_{dimension}_{k}"] for k in ("residual", "best", "optimum")}
        return assemble(layout_of(family, dimension), recorded, fitted)


def assemble(
    layout: Layout,
    recorded: Sequence[tuple[Layout, FloatArray]],
    fitted: Mapping[str, NDArray[Any]],
) -> Surrogate:
    """layout: of the space; recorded: the points of all spaces, in the order of alpha; fitted:
    hyper (n_tasks, 7), alpha, level; residual, best and optimum where they are known.
    """
    maps = layout.maps()
    return Surrogate(
        layout,
        tuple(maps),
        tuple(inputs_of(recorded)),
        tuple(Kernel(h[:3], h[3:6], float(h[6])) for h in fitted["hyper"].astype(np.float64)),
        fitted["alpha"].astype(np.float64),
        fitted["level"].astype(np.float64),
        np.asarray(fitted.get("residual", 1.0), dtype=np.float64),
        np.asarray(fitted.get("best", ()), dtype=np.float64),
        float(fitted.get("optimum", 0.0)),
    )


def inputs_of(recorded: Sequence[tuple[Layout, FloatArray]]) -> list[FloatArray]:
    """What the three kernels see of all points, (n, k) each."""
    parts = [[lay.reaching(points) @ m for m in lay.maps()] for lay, points in recorded]
    return [np.concatenate(found) for found in zip(*parts, strict=True)]
