"""What `search.py` searches: surrogates of real trials, and noisy functions in closed form.

All are maximized in the unit cube, where a coordinate is a weight in [0, 1.5] of one of some
parents, and give one score per task; the truth is the mean of the tasks.
"""

import functools
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from layouts import TOP_WEIGHT, FloatArray, Layout
from numpy.typing import NDArray
from surrogate import FILE, load, noise_of

from search_spaces.references import ONE_SCALE_GRID

DIMENSIONS = (6, 24, 64)
FAMILIES = ("demo", "smollm2")
ANALYTIC = ("ellipsoid", "ridge", "multimodal")
NAMES = tuple(f"{f}-{d}" for f in (*FAMILIES, *ANALYTIC) for d in DIMENSIONS)

TASKS, NOISE = 3, 0.025  # of an analytic function; the standard deviation of one task's score


class Function(Protocol):
    """optimum: the largest truth."""

    @property
    def layout(self) -> Layout: ...

    @property
    def optimum(self) -> float: ...

    def truth(self, points: FloatArray) -> FloatArray:
        """points: (n, dimension) -> (n,)."""
        ...

    def told(self, point: FloatArray, seed: int) -> tuple[float, ...]:
        """One noisy score per task, the same for the same point and seed."""
        ...


@dataclass(frozen=True)
class Analytic:
    """1 - loss, with its terms dealt to the tasks in turn. middle: the optimum, (dimension,);
    turn: orthogonal, (dimension, dimension), so that no gene is on its own; scale: a loss of 1.
    """

    kind: str
    layout: Layout
    middle: FloatArray
    turn: FloatArray
    scale: float
    optimum: float = 1.0

    def scores(self, points: FloatArray) -> FloatArray:
        """points: (n, dimension), clipped to the unit cube -> (n, TASKS)."""
        losses = _terms(self.kind, (np.clip(points, 0, 1) - self.middle) @ self.turn) / self.scale
        tasks = [losses[:, t::TASKS].sum(axis=1) * TASKS for t in range(TASKS)]
        return np.asarray(1 - np.stack(tasks, axis=1))

    def truth(self, points: FloatArray) -> FloatArray:
        return np.asarray(self.scores(points).mean(axis=1))

    def told(self, point: FloatArray, seed: int) -> tuple[float, ...]:
        found = self.scores(point[None])[0] + NOISE * noise_of(point, seed, TASKS)
        return tuple(found.tolist())


def _terms(kind: str, y: FloatArray) -> FloatArray:
    """Nonnegative terms that are all 0 at y = 0 only; y: (n, dimension) -> the same shape."""
    if kind == "ellipsoid":  # one direction weighs 100 times another
        return np.asarray(y**2 * 100 ** np.linspace(0, 1, y.shape[1]))
    if kind == "multimodal":  # a bowl full of dents, three of them across what is worth searching
        return np.asarray(y**2 + 0.01 * (1 - np.cos(2 * np.pi * y / 0.2)))
    # A valley that is bent in every pair of directions (Rosenbrock 1960, with 10 for his 100).
    z = 1 + 3 * y
    bend = 10 * (z[:, 1:] - z[:, :-1] ** 2) ** 2 + (1 - z[:, :-1]) ** 2
    return np.asarray(np.column_stack([bend, np.zeros(len(y))]))


@functools.cache
def make(name: str) -> Function:
    """name: one of NAMES."""
    family, dimension = name.rsplit("-", 1)
    if family in FAMILIES:
        return load(family, int(dimension), FILE)
    return _analytic(family, int(dimension))


def _analytic(kind: str, dimension: int) -> Analytic:
    """The optimum has its own weight for each of three parents, and genes that differ from it."""
    generator = np.random.default_rng([dimension, ANALYTIC.index(kind)])
    parent = np.arange(dimension) % 3
    cells = np.eye(dimension), parent, np.zeros_like(parent)
    layout = Layout(parent, np.arange(dimension) // 3, *cells)
    middle = np.array([0.25, 0.4, 0.6])[parent] + 0.1 * generator.standard_normal(dimension)
    middle = np.clip(middle, 0.1, 0.9)
    turn = np.linalg.qr(generator.standard_normal((dimension, dimension)))[0]
    around = middle + 0.15 * generator.standard_normal((1000, dimension))
    # 0.15 of every gene off costs 6 points: what the surrogates have left at the best reference.
    scale = float(np.median(_terms(kind, (around - middle) @ turn).sum(axis=1)) / 0.06)
    return Analytic(kind, layout, middle, turn, scale)


def references(layout: Layout) -> list[FloatArray]:
    """What the product scores before a search: each parent alone, the uniform average, the grid
    of one scales; points of the unit cube.
    """
    count = int(layout.parent.max()) + 1
    every = [np.eye(count)[p] for p in range(count)]
    every += [np.full(count, s) for s in (1 / count, *ONE_SCALE_GRID)]
    return [at(layout, weights) for weights in every]


def at(layout: Layout, weights: NDArray[np.float64]) -> FloatArray:
    """The point with one natural weight per parent, and with lambda 1."""
    units = np.append(weights / TOP_WEIGHT, 0.5)  # the last one is taken by parent -1
    return np.asarray(np.clip(units[layout.parent], 0.0, 1.0))
