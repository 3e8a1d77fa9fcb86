"""Results as they come, gathered until there are enough to learn from."""

import math
from collections.abc import Sequence

import numpy as np

from evolve.optimizers.protocol import Scores
from evolve.optimizers.told import Told
from search_spaces.space import Gene, Point, Space


class Arrivals:
    """There is no generation barrier: any `population` results make an update, whichever
    distribution their points were drawn from. Failed trials teach nothing; no result is dropped.
    """

    def __init__(self, population: int) -> None:
        self.population = population
        self.asked = 0
        self._waiting: list[tuple[int, float]] = []
        self._told = Told()

    def take(self, number: int, scores: Scores | None) -> list[tuple[int, float]]:
        """A population of (number, score), in the order of arrival, when this result makes it
        full; else none.

        Raises: ValueError as Optimizer.tell.
        """
        self._told.check(number, scores, asked=self.asked)
        if scores is not None:
            self._waiting.append((number, scores[0]))
        if len(self._waiting) < self.population:
            return []
        full, self._waiting = self._waiting, []
        return full


def default_population(dimension: int, workers: int) -> int:
    """4 + floor(3 ln n) (arXiv:1604.00772, table 1), rounded up to a multiple of the workers."""
    return whole_rounds(4 + int(3 * math.log(max(1, dimension))), workers)


def whole_rounds(population: int, workers: int) -> int:
    """The least multiple of the workers that is not below `population`."""
    return math.ceil(population / max(1, workers)) * max(1, workers)


def centred(space: Space, point: Point) -> Point:
    """The point that decodes to the same values, with its genes that mean nothing in the middle.

    It is what every optimizer here asks for, so that one recipe is one point.
    """
    return np.where(space.active(point), point, 0.5)


def conditional(genes: Sequence[Gene]) -> bool:
    """Whether there are points at which some gene means nothing."""
    return any(gene.when is not None for gene in genes)
