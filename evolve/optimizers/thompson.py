"""Thompson sampling around the best points of a Gaussian process.

Every question is the best of some points near the middle of the best ones, under one function
drawn from the process (Thompson 1933; in many dimensions with few changed genes each, as TuRBO
does, arXiv:1910.01739): a draw is never the same, so any number of workers may ask at once, and
results are used whenever they come. Its answer is that middle, not the luckiest trial.
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
_ELITE, _SHARE = 20, 4  # so many of the best results, or one in so many, make the middle
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
        if len(self._values) < _LEAST:
            return self._best.copy()
        process, points = self._fitted(self._scale)
        return self._middle(process, points)

    def _learn(self) -> None:
        """A new process where there are enough new results, and the middle of its best points."""
        count = len(self._values)
        if count < _LEAST or count - self._modelled_at < max(1, count // _SLACK):
            return
        grown = count >= _GROWN * self._scaled_at
        self._process, points = self._fitted(None if grown else self._scale)
        self._scale, self._modelled_at = self._process.scale, count
        self._scaled_at = count if grown else self._scaled_at
        self._best = self._middle(self._process, points)

    def _fitted(self, scale: Scale | None) -> tuple[Process, FloatArray]:
        """The process of what is known by now, and the points that it is made of."""
        points, values = np.array(self._inputs), np.array(self._values)
        kept = near_and_far(points, self._best, _MOST)
        points, values = points[kept], values[kept]
        places, centre = self._placed(points), self._placed(self._best[None])[0]
        scale = scale or best_scale(places, values, centre)
        return Process(places, values, centre, scale), points

    def _middle(self, process: Process, points: FloatArray) -> Point:
        order = np.argsort(-process.mean(process.inputs), kind="stable")
        return self._averaged(points[order[: min(_ELITE, max(1, len(points) // _SHARE))]])

    def _averaged(self, points: FloatArray) -> Point:
        """The middle of the best points, of those that make the first one's choices: where the
        process errs about one of them, it errs less about their mean.
        """
        cells = np.array([self._placed(p[None])[0, len(p) :] for p in points])
        same = points[(cells == cells[0]).all(axis=1)]
        return np.asarray(np.where(self._numbers, same.mean(axis=0), points[0]))

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
