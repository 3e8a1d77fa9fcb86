"""Thompson sampling around the best point of a Gaussian process.

Every question is the best of some points near the process's own optimum under one function drawn
from the process (Thompson 1933; in many dimensions with few changed genes each, as TuRBO does,
arXiv:1910.01739): a draw is never the same, so any number of workers may ask at once, and results
are used whenever they come. Its answer is the optimum of the process, not the luckiest trial.
"""

from collections.abc import Sequence

import numpy as np

from evolve.optimizers.arrivals import centred, conditional, default_population
from evolve.optimizers.gaussian_process import (
    FloatArray,
    Process,
    Scale,
    best_scale,
    near_and_far,
)
from evolve.optimizers.protocol import Known, Scores
from evolve.optimizers.told import Told
from search_spaces.space import Gene, Point, Space

_CANDIDATES = 128
_CHANGED = 20  # genes of a candidate that differ from the best point, about
_NEAR, _FAR = 0.02, 0.4  # standard deviations of a changed gene, drawn between
_LEAST = 3  # results that a process needs
_MOST = 1000  # results that it is made of
_SLACK = 32  # it waits for one result in so many that it has
_GROWN = 1.2  # and is scaled anew when it has so many times more
_REACH = 0.1  # of the process's optimum from a point that was scored, in every gene
_OTHER = 0.5  # distance between two choices of a gene


class Thompson:
    """A choice is a place of its own for every option; where a gene means nothing, its coordinate
    is in the middle.
    """

    def __init__(
        self,
        genes: Sequence[Gene],
        *,
        seed: int,
        start: Point,
        known: Sequence[Known] = (),
        workers: int = 1,
    ) -> None:
        self.population = default_population(len(genes), workers)
        self._space = Space(tuple(genes))
        self._conditional = conditional(genes)
        self._numbers = np.array([not gene.choices for gene in genes])
        self._generator = np.random.default_rng(seed)
        self._best = np.clip(start, 0.0, 1.0)
        self._started = any(np.array_equal(k.point, start) for k in known)
        self._points: list[Point] = []
        self._inputs = [k.point for k in known]
        self._values = [k.scores[0] for k in known]
        self._scale: Scale | None = None
        self._scaled_at = self._modelled_at = 0
        self._process: Process | None = None
        self._told = Told()

    def ask(self) -> Point:
        started, self._started = self._started, True
        self._learn()
        point = self._best if not started else self._drawn()
        self._points.append(point)
        return point.copy()

    def tell(self, number: int, scores: Scores | None) -> None:
        self._told.check(number, scores, asked=len(self._points))
        if scores is not None:
            self._inputs.append(self._points[number])
            self._values.append(scores[0])

    def mean(self) -> Point | None:
        self._learn(at_once=True)
        return self._best.copy()

    def _learn(self, *, at_once: bool = False) -> None:
        """A new process where there are enough new results, and its optimum."""
        count, new = len(self._values), len(self._values) - self._modelled_at
        wanted = 1 if at_once else max(1, count // _SLACK)
        if count < _LEAST or new < wanted:
            return
        points, values = np.array(self._inputs), np.array(self._values)
        kept = near_and_far(points, self._best, _MOST)
        points, values = points[kept], values[kept]
        places, centre = self._placed(points), self._placed(self._best[None])[0]
        if self._scale is None or count >= _GROWN * self._scaled_at:
            self._scale, self._scaled_at = best_scale(places, values, centre), count
        self._process = Process(places, values, centre, self._scale)
        self._modelled_at = count
        top = points[int(np.argmax(self._process.mean(places)))]
        self._best = self._climbed(self._process, top)

    def _climbed(self, process: Process, start: Point) -> Point:
        """Uphill from a point that was scored, along its numbers, within reach of it: farther off
        the trend promises what nobody has seen.
        """
        from scipy.optimize import minimize

        free = self._numbers & self._space.active(start)
        if not free.any():
            return start

        def whole(part: FloatArray) -> Point:
            point = start.copy()
            point[free] = part
            return point

        def downhill(part: FloatArray) -> tuple[float, FloatArray]:
            value, slope = process.slope(self._placed(whole(part)[None])[0])
            return -value, -slope[: len(start)][free]

        low, high = np.clip([start[free] - _REACH, start[free] + _REACH], 0.0, 1.0)
        found = minimize(
            downhill,
            start[free],
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(low, high, strict=True)),
            options={"maxiter": 30},
        )
        return whole(np.clip(found.x, low, high))

    def _drawn(self) -> Point:
        generator, size = self._generator, len(self._best)
        spread = np.exp(generator.uniform(np.log(_NEAR), np.log(_FAR), _CANDIDATES))
        changed = generator.random((_CANDIDATES, size)) < min(1.0, _CHANGED / size)
        changed[np.arange(_CANDIDATES), generator.integers(0, size, _CANDIDATES)] = True
        moved = spread[:, None] * generator.standard_normal((_CANDIDATES, size))
        other = generator.random((_CANDIDATES, size))
        moved = np.where(self._numbers, self._best + moved, other)
        flipped = changed & (self._numbers | (generator.random((_CANDIDATES, size)) < _OTHER))
        points = np.clip(np.where(flipped, moved, self._best), 0.0, 1.0)
        if self._conditional:
            points = np.array([centred(self._space, point) for point in points])
        if self._process is None:
            return np.asarray(points[0])
        worth = self._process.draw(self._placed(points), generator)
        return np.asarray(points[int(np.argmax(worth))])

    def _placed(self, points: FloatArray) -> FloatArray:
        """(n, n_genes) -> (n, n_genes and one more per option of a choice): numbers as they are,
        choices in the middle of the cube and, further on, at a corner of their own.
        """
        if self._numbers.all():
            return points
        columns = [np.where(self._numbers, points, 0.5)]
        for index, gene in enumerate(self._space.genes):
            if gene.choices:
                count = len(gene.choices)
                cell = np.minimum((points[:, index] * count).astype(int), count - 1)
                columns.append(_OTHER / np.sqrt(2) * np.eye(count)[cell])
        return np.hstack(columns)
