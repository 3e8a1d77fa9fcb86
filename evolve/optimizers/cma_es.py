"""CMA-ES through `cma` (Hansen, arXiv:1604.00772), told results as they come.

There is no generation barrier: points are drawn one at a time from the current distribution, and
whenever a population's worth of results has come in, whichever generation they were drawn in, the
distribution is updated from them. Results of older generations are used, not thrown away.
"""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from evolve.optimizers.arrivals import Arrivals, centred, default_population
from evolve.optimizers.protocol import Scores
from search_spaces.space import Gene, Point, Space


class CmaEs:
    """Moves in the unit cube by cma's boundary transformation; its random generator is its own.

    A choice is the cell of one coordinate. Where a gene means nothing, its coordinate is told as
    the distribution's mean, so that it does not move it.
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
        """sigma: initial standard deviation in the unit cube; population: by default 4 + floor(3
        ln n), rounded up to a multiple of the workers."""
        cma = _library()
        self._space = Space(tuple(genes))
        self.population = population or default_population(len(genes), workers)
        generator = np.random.default_rng(seed)
        # cma cannot do one dimension; a second one that nothing depends on costs nothing.
        self._padding = 1 if len(genes) == 1 else 0
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
        self._arrivals = Arrivals(self.population)
        self._points: list[Any] = []
        self._updated = False

    def ask(self) -> Point:
        point = self._strategy.ask(number=1)[0]
        self._updated = False
        self._points.append(point)
        self._arrivals.asked += 1
        return centred(self._space, self._inside(point))

    def tell(self, number: int, scores: Scores | None) -> None:
        full = self._arrivals.take(number, scores)
        if not full:
            return
        if self._updated:  # cma wants an ask between two updates; this point is not used
            self._strategy.ask(number=1)
        self._updated = True
        mean = self._strategy.result.xfavorite
        self._strategy.tell([self._felt(n, mean) for n, _ in full], [-f for _, f in full])

    def mean(self) -> Point | None:
        phenotype = self._strategy.result.xfavorite
        return None if phenotype is None else centred(self._space, self._inside(phenotype))

    def _felt(self, number: int, mean: Any) -> Any:
        """What call `number` asked for, with what meant nothing there put to the mean."""
        point = self._points[number]
        active = np.append(self._space.active(self._inside(point)), [True] * self._padding)
        # The very object that was asked where nothing changes: cma knows its own points again.
        return point if active.all() else np.where(active, point, mean)

    def _inside(self, point: Any) -> Point:
        whole = np.clip(np.asarray(point, dtype=np.float64), 0.0, 1.0)
        return whole[: len(whole) - self._padding]


def _library() -> Any:
    with warnings.catch_warnings():  # it would rather plot with matplotlib
        warnings.simplefilter("ignore", UserWarning)
        import cma  # a second, which `evolve --help` need not wait for
    return cma


__all__ = ["CmaEs", "default_population"]
