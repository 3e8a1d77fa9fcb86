"""Numbers and choices searched together: CatCMA with Margin (arXiv:2504.07884), through `cmaes`.

A normal distribution over the numbers and one categorical distribution per choice are learnt by
natural gradient, so no order is put on choices; a margin keeps each of them possible. Told
results as they come, as in cma_es.py.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evolve.optimizers.arrivals import Arrivals, centred, default_population
from evolve.optimizers.protocol import Scores
from search_spaces.space import Gene, Point, Space


class CatCma:
    """Clips at the bounds of the cube, and tells the distance as a penalty. Where a gene means
    nothing, it is told as the mean of its distribution, which it then does not move.
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
        """start: of the numbers; every choice is as likely as another at first. sigma, population:
        as CmaEs."""
        from cmaes import CatCMAwM

        self._space = Space(tuple(genes))
        self.population = population or default_population(len(genes), workers)
        self._numbers = np.array([not g.choices for g in genes], dtype=np.bool_)
        self._counts = [len(g.choices) for g in genes if g.choices]
        # A choice of one is none, and the library refuses it: it is left out.
        self._free = [i for i, count in enumerate(self._counts) if count > 1]
        numeric = int(self._numbers.sum())
        self._strategy: Any = CatCMAwM(
            x_space=[[0.0, 1.0]] * numeric if numeric else None,
            c_space=[self._counts[i] for i in self._free] or None,
            mean=np.clip(start, 0.0, 1.0)[self._numbers] if numeric else None,
            sigma=sigma,
            cov=np.eye(numeric) if numeric else None,
            population_size=self.population,
            seed=seed % 2**32,
        )
        self._arrivals = Arrivals(self.population)
        self._solutions: list[Any] = []

    def ask(self) -> Point:
        solution = self._strategy.ask()
        self._solutions.append(solution)
        self._arrivals.asked += 1
        return self._point(solution.x, solution.c)

    def tell(self, number: int, scores: Scores | None) -> None:
        full = self._arrivals.take(number, scores)
        if not full:
            return
        # Ranks, not scores: the library weighs its penalty by the spread of what it is told, and
        # cannot do with a population of equal scores.
        best_first = sorted(full, key=lambda pair: -pair[1])
        self._strategy.tell([(self._felt(n), float(i)) for i, (n, _) in enumerate(best_first)])

    def mean(self) -> Point | None:
        """The centre of the numbers, and the likeliest of every choice."""
        numeric = self._numbers.any()
        return self._point(
            np.clip(self._strategy._mean, 0.0, 1.0) if numeric else None,
            self._strategy._q if self._free else None,
        )

    def _point(self, numbers: Any, choices: Any) -> Point:
        """numbers: (numeric,) in [0, 1]; choices: (free choices, most cells), the largest is
        taken.
        """
        point = np.empty(self._space.dimension, dtype=np.float64)
        if numbers is not None:
            point[self._numbers] = numbers
        cells = [0] * len(self._counts)
        for row, i in enumerate(self._free):
            cells[i] = int(np.argmax(choices[row]))
        point[~self._numbers] = [
            (cell + 0.5) / n for cell, n in zip(cells, self._counts, strict=True)
        ]
        return centred(self._space, point)

    def _felt(self, number: int) -> Any:
        """What call `number` drew, with what meant nothing there put to the mean."""
        drawn = self._solutions[number]
        active: NDArray[np.bool_] = self._space.active(self._point(drawn.x, drawn.c))
        if active.all():
            return drawn
        felt = drawn
        if drawn.x is not None:  # before clipping: the distribution is told what it drew
            raw = np.where(active[self._numbers], drawn._v_raw, self._strategy._mean)
            felt = replace(felt, _v_raw=raw)
        if drawn.c is not None:
            held = active[~self._numbers][self._free]
            felt = replace(felt, c=np.where(held[:, None], drawn.c, self._strategy._q))
        return felt
