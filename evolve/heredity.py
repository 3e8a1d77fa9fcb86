"""What to expect of a candidate's abilities from its parents' weights, before any item is scored.

MERGE3 takes a child's abilities for a linear mix of its parents' (arXiv:2502.10436). That holds
between the parents but not around an optimum, where more of each parent is no longer better; so
here they are a Gaussian process in the parents' weights (Rasmussen and Williams 2006, chapters 2
and 5): a linear kernel, which is MERGE3's, plus a smooth one, plus what the weights do not tell.
All abilities share the kernel K and differ by a covariance S: U ~ N(level, S x (K + noise I)).
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from evolve.estimate import FloatArray

LENGTHS = (0.5, 1.0, 2.0)
NOISES = (0.03, 0.1, 0.3, 1.0)
_NARROWEST = 0.02  # a standard deviation of weights under this one is taken for it


@dataclass(frozen=True)
class Ability:
    """A candidate's abilities, as a normal distribution: mean (rank,), covariance (rank, rank)."""

    mean: FloatArray
    covariance: FloatArray


@dataclass(frozen=True)
class Heredity:
    """The process, given candidates whose abilities are known.

    centre, scale: (n_parents,) of the weights; points: (m, n_parents) standardized; abilities: (m,
    rank); level: (rank,); inverse: (m, m) of K + noise I; covariance: S (rank, rank).
    """

    centre: FloatArray
    scale: FloatArray
    length: float
    noise: float
    points: FloatArray
    abilities: FloatArray
    level: FloatArray
    inverse: FloatArray
    covariance: FloatArray

    def of(self, parents: FloatArray) -> Ability:
        """What to expect of the parents' weights (n_parents,)."""
        one = ((parents - self.centre) / self.scale)[None]
        near = kernel(one, self.points, self.length)[0]
        told = near @ self.inverse
        own = float(kernel(one, one, self.length)[0, 0]) + self.noise
        mean = self.level + told @ (self.abilities - self.level)
        return Ability(mean, max(own - float(told @ near), self.noise) * self.covariance)

    def of_each(self) -> tuple[FloatArray, FloatArray]:
        """((m, rank) means, (m,) factors of S): what the others tell of each (equation 5.12)."""
        factors = 1 / self.inverse.diagonal()
        away = self.inverse @ (self.abilities - self.level)
        return self.abilities - away * factors[:, None], factors

    def at(self, abilities: FloatArray, spread: FloatArray) -> "Heredity":
        """The same candidates with other abilities (m, rank), of spread (m, rank, rank)."""
        level, covariance = _moments(abilities, spread, self.inverse)
        return replace(self, abilities=abilities, level=level, covariance=covariance)


def inherit(
    parents: FloatArray, abilities: FloatArray, spread: FloatArray, like: Heredity | None = None
) -> Heredity:
    """With the length and noise of `like`, or those with the largest expected likelihood.

    parents: (m, n_parents) weights; abilities: (m, rank), known up to spread (m, rank, rank).
    """
    centre = parents.mean(axis=0)
    scale = np.maximum(parents.std(axis=0), _NARROWEST)
    points: FloatArray = np.asarray((parents - centre) / scale)
    grid = product(LENGTHS, NOISES) if like is None else [(like.length, like.noise)]
    found: list[tuple[float, Heredity]] = []
    for length, noise in grid:
        covariance = kernel(points, points, length) + noise * np.eye(len(points))
        inverse: FloatArray = np.asarray(np.linalg.inv(covariance))
        level, shared = _moments(abilities, spread, inverse)
        _, volume = np.linalg.slogdet(covariance)
        _, size = np.linalg.slogdet(shared)
        likelihood = -(len(level) * float(volume) + len(points) * float(size)) / 2
        process = Heredity(centre, scale, length, noise, points, abilities, level, inverse, shared)
        found.append((likelihood, process))
    return max(found, key=lambda one: one[0])[1]


def kernel(x: FloatArray, z: FloatArray, length: float) -> FloatArray:
    """(m, n) of (m, n_parents) and (n, n_parents) standardized weights."""
    size = x.shape[1]
    mixed = x @ z.T / size
    squares = (x**2).sum(axis=1)[:, None] + (z**2).sum(axis=1)[None] - 2 * size * mixed
    smooth = np.exp(-np.maximum(squares, 0.0) / (2 * size * length**2))
    return np.asarray(mixed + smooth)


def _moments(
    abilities: FloatArray, spread: FloatArray, inverse: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(level (rank,), S (rank, rank)) that are most likely, by one step of expectation and
    maximization over abilities with that spread.
    """
    sums = inverse.sum(axis=0)
    level = sums @ abilities / sums.sum()
    away = abilities - level
    unknown = np.tensordot(inverse.diagonal(), spread, axes=1)
    return level, (away.T @ inverse @ away + unknown) / len(away) + 1e-4 * np.eye(len(level))
