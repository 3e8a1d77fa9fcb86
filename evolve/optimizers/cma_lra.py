"""CMA-ES whose learning rates adapt to noise (LRA-CMA-ES, arXiv:2304.03473), through `cmaes`.

The more of an update is noise, the smaller a step is taken, so the population needs no tuning.
Told results as they come, as in cma_es.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evolve.optimizers.arrivals import Arrivals, centred, default_population
from evolve.optimizers.protocol import Scores
from search_spaces.space import Gene, Point, Space


class CmaLra:
    """Draws again what falls out of the cube, and clips it in the end. A choice is the cell of
    one coordinate; where a gene means nothing, its coordinate is told as the distribution's mean.
    """

    def __init__(
        self,
        genes: Sequence[Gene],
        *,
        seed: int,
        start: Point,
        sigma: float = 1 / 6,
        population: int | None = None,
        workers: int = 1,
    ) -> None:
        """sigma, population: as CmaEs."""
        from cmaes import CMA

        self._space = Space(tuple(genes))
        self.population = population or default_population(len(genes), workers)
        self._strategy: Any = CMA(
            mean=np.clip(start, 0.0, 1.0).astype(np.float64),
            sigma=sigma,
            bounds=np.array([[0.0, 1.0]] * len(genes)),
            seed=seed % 2**32,
            population_size=self.population,
            lr_adapt=True,
        )
        self._arrivals = Arrivals(self.population)
        self._points: list[Point] = []

    def ask(self) -> Point:
        point: Point = self._strategy.ask()
        self._points.append(point)
        self._arrivals.asked += 1
        return centred(self._space, point)

    def tell(self, number: int, scores: Scores | None) -> None:
        full = self._arrivals.take(number, scores)
        if full:
            self._strategy.tell([(self._felt(n), -score) for n, score in full])

    def mean(self) -> Point | None:
        return centred(self._space, np.clip(self._strategy.mean, 0.0, 1.0))

    def _felt(self, number: int) -> Point:
        point = self._points[number]
        return np.where(self._space.active(point), point, self._strategy.mean)
