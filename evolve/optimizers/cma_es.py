"""CMA-ES through `cma` (Hansen, arXiv:1604.00772), told results as they come.

There is no generation barrier: points are drawn one at a time from the current distribution, and
whenever a population's worth of results has come in, whichever generation they were drawn in, the
distribution is updated from them. Results of older generations are used, not thrown away.
"""

import math
import warnings
from typing import Any

import numpy as np

from evolve.optimizers.protocol import Scores
from evolve.optimizers.told import Told
from search_spaces.space import Point

with warnings.catch_warnings():  # it would rather plot with matplotlib
    warnings.simplefilter("ignore", UserWarning)
    import cma


class CmaEs:
    """Moves in the unit cube by cma's boundary transformation; its random generator is its own."""

    def __init__(
        self,
        dimension: int,
        *,
        seed: int,
        start: Point,
        sigma: float = 1 / 6,
        population: int | None = None,
        workers: int = 1,
    ) -> None:
        """sigma: initial standard deviation in the unit cube; population: by default 4 + floor(3
        ln n), rounded up to a multiple of the workers."""
        self.population = population or default_population(dimension, workers)
        generator = np.random.default_rng(seed)
        # cma cannot do one dimension; a second one that nothing depends on costs nothing.
        self._padding = 1 if dimension == 1 else 0
        options = {
            "bounds": [0, 1],
            "popsize": self.population,
            "randn": lambda *shape: generator.standard_normal(shape),
            "seed": math.nan,
            "verbose": -9,
            # These plant chosen points into the next population; there is none here.
            "CMA_mirrors": 0,
            "mean_shift_line_samples": False,
            "pc_line_samples": False,
        }
        inside = np.clip(np.append(start, [0.5] * self._padding), 1e-3, 1 - 1e-3)
        self._strategy: Any = cma.CMAEvolutionStrategy(inside, sigma, options)
        self._points: list[Any] = []
        self._waiting: list[tuple[int, float]] = []
        self._updated = False
        self._told = Told()

    def ask(self) -> Point:
        point = self._strategy.ask(number=1)[0]
        self._updated = False
        self._points.append(point)
        return self._inside(point)

    def tell(self, number: int, scores: Scores | None) -> None:
        self._told.check(number, scores, asked=len(self._points))
        if scores is not None:
            self._waiting.append((number, scores[0]))
        if len(self._waiting) >= self.population:
            if self._updated:  # cma wants an ask between two updates; this point is not used
                self._strategy.ask(number=1)
            self._updated = True
            self._strategy.tell(
                [self._points[n] for n, _ in self._waiting], [-f for _, f in self._waiting]
            )
            self._waiting = []

    def mean(self) -> Point | None:
        phenotype = self._strategy.result.xfavorite
        return None if phenotype is None else self._inside(phenotype)

    def _inside(self, point: Any) -> Point:
        whole = np.clip(np.asarray(point, dtype=np.float64), 0.0, 1.0)
        return whole[: len(whole) - self._padding]


def default_population(dimension: int, workers: int) -> int:
    """4 + floor(3 ln n) (arXiv:1604.00772, table 1), rounded up to a multiple of the workers."""
    plain = 4 + int(3 * math.log(max(1, dimension)))
    return math.ceil(plain / workers) * workers
