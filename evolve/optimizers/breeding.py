"""A child of two points of the unit cube, for the optimizers that breed.

In the cube a merge is a point of weights along the parents' task vectors, so mixing two points is
mixing two models, and a step along the directions in which good points differ does here what
CycleQD's mutation along singular vectors of task vectors does to weights (arXiv:2410.14735,
section 3.3).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evolve.optimizers.protocol import Known
from search_spaces.space import Point, Space

WARM_UP = 8
"""Points known or drawn before the first child."""

_ALONG = 0.3  # mutation in units of the standard deviation of the good points; w_max of CycleQD
# And in every direction, of the unit range: sometimes a fine step, sometimes a coarse one, since
# mixing alone never leaves the hull of the first points. 200 trials on made-up tasks of 4 to 64
# genes end higher so than with any one size from 0.02 to 0.15.
_FINE, _COARSE = 0.02, 0.3
_SWITCH = 0.05  # chance that a choice is drawn anew
_DRAWN = 1 / 6  # standard deviation around the start


def drawn(space: Space, start: Point, generator: np.random.Generator) -> Point:
    """A point around the start; its choices are uniform."""
    point = start + generator.normal(0.0, _DRAWN, space.dimension)
    anew = generator.random(space.dimension)
    return _settled(space, np.where(_choices(space), anew, point), generator, anew=None)


def is_known(start: Point, known: Sequence[Known]) -> bool:
    """Whether the start has been scored already, so that to ask it again would teach nothing."""
    return any(np.array_equal(start, k.point) for k in known)


def child(
    space: Space,
    mates: tuple[Point, Point],
    shares: Point,
    good: Sequence[Point],
    generator: np.random.Generator,
) -> tuple[Point, float]:
    """A child, and the share of the first mate in its genes before mutation.

    shares: (dimension,) in [0, 1], of the first mate in each gene; a choice is taken whole from
    the mate with the larger one, and a gene that means something in one mate only from that mate.
    good: points whose differences give the directions of mutation, each gene's mean and deviation
    being taken over the points in which it means something.
    """
    first, second = mates
    one, other = _active(space, first), _active(space, second)
    shares = np.where(_choices(space), np.round(shares), shares)
    shares = np.where(one == other, shares, one.astype(np.float64))
    mixed = shares * first + (1 - shares) * second
    point = _mutated(space, mixed, good, generator)
    settled = _settled(space, point, generator, anew=~(one | other))
    counted = _active(space, settled) & (one | other)
    return settled, float(shares[counted].mean()) if counted.any() else 0.5


def _mutated(
    space: Space, point: Point, good: Sequence[Point], generator: np.random.Generator
) -> Point:
    """A step ~ N(0, _ALONG^2 C + s^2 I), C the covariance of the good points and s log-uniform in
    [_FINE, _COARSE]; choices are drawn anew now and then.
    """
    points = np.stack(good)  # (n, dimension)
    active = np.stack([_active(space, p) for p in good])
    count = np.maximum(1, active.sum(axis=0))
    deviations = np.where(active, points - (points * active).sum(axis=0) / count, 0.0)
    # A sum of deviations with normal coefficients has their covariance; no need to decompose it.
    along = (generator.standard_normal((len(good), 1)) * deviations).sum(axis=0) / np.sqrt(count)
    size = _FINE * (_COARSE / _FINE) ** generator.random()
    moved = point + _ALONG * along + size * generator.standard_normal(space.dimension)
    switched = generator.random(space.dimension) < _SWITCH
    anew = generator.random(space.dimension)
    return np.where(_choices(space), np.where(switched, anew, point), moved)


def _settled(
    space: Space,
    point: Point,
    generator: np.random.Generator,
    anew: NDArray[np.bool_] | None,
) -> Point:
    """Inside the cube, as Space.encode writes it: a choice in the middle of its cell, a gene that
    means nothing in its middle. anew: numbers without a history; where one means something now it
    is drawn.
    """
    fresh = generator.random(space.dimension)
    if anew is not None:
        point = np.where(anew & ~_choices(space), fresh, point)
    return space.encode(space.decode(np.clip(point, 0.0, 1.0)))


def _choices(space: Space) -> NDArray[np.bool_]:
    return np.array([bool(gene.choices) for gene in space.genes], dtype=np.bool_)


def _active(space: Space, point: Point) -> NDArray[np.bool_]:
    if all(gene.when is None for gene in space.genes):  # no need to decode hundreds of points
        return np.ones(space.dimension, dtype=np.bool_)
    return space.active(point)
