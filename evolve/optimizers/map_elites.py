"""MAP-Elites with task scores as descriptors, as CycleQD (arXiv:2410.14735), told as results come.

Every task has an archive: its score there is the quality, and the scores on the other tasks, cut
into bins, are the cell. A cell holds the best point that fell into it. The tasks take turns: each
ask breeds from the archive of the next one; what is told enters all of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evolve.optimizers.breeding import WARM_UP, child, drawn, is_known
from evolve.optimizers.protocol import Known, Scores
from evolve.optimizers.told import Told
from search_spaces.space import Gene, Point, Space

_LOW, _HIGH = 0.5, 0.8  # alpha_low and alpha_high of CycleQD
_CELLS = 256  # per archive, about
_MOST_BINS = 16


@dataclass(frozen=True)
class Cell:
    """The best point so far of one cell.

    task: whose score is the quality; bins: of the other tasks' scores, in their order, from 0;
    number: a call of ask, or -1, -2, ... for a known point.
    """

    task: int
    bins: tuple[int, ...]
    number: int
    scores: Scores


class MapElites:
    """The archives are a function of the set of what was told, whatever the order: the first asked
    wins among equals, and all is put into cells anew whenever the range of the scores grows.

    A task's bins are of equal width, from the worst known point (without two known points: the
    worst seen) to the best seen; what is below falls into the lowest bin. So a merge that broke
    everything does not push all that work into one cell.
    """

    def __init__(
        self,
        genes: Sequence[Gene],
        *,
        seed: int,
        start: Point,
        objectives: int,
        known: Sequence[Known] = (),
    ) -> None:
        """objectives: tasks, two or more. Raises: ValueError for fewer."""
        if objectives < 2:
            raise ValueError(
                "map-elites tells models apart by their scores on other tasks, so it needs two or "
                f"more objectives; found {objectives}"
            )
        self.population = WARM_UP
        self.bins = max(2, min(_MOST_BINS, round(_CELLS ** (1 / (objectives - 1)))))
        self._space = Space(tuple(genes))
        self._generator = np.random.default_rng(seed)
        self._start = np.clip(start, 0.0, 1.0)
        self._tasks = objectives
        self._known = tuple(known)
        self._points: list[Point] = []
        self._bred: list[dict[int, float]] = []
        self._told = Told(objectives)
        self._scores = {-1 - i: k.scores for i, k in enumerate(known)}
        self._low = np.full(objectives, math.inf)
        self._high = np.full(objectives, -math.inf)
        self._archives: list[dict[tuple[int, ...], int]] = [{} for _ in range(objectives)]
        for number in list(self._scores):
            self._place(number)

    def ask(self) -> Point:
        number = len(self._points)
        if number == 0 and not is_known(self._start, self._known):
            self._bred.append({})
            self._points.append(self._start.copy())
        elif number + len(self._known) < WARM_UP or len(self._scores) < 2:
            self._bred.append({})
            self._points.append(drawn(self._space, self._start, self._generator))
        else:
            self._points.append(self._child(number % self._tasks))
        return self._points[-1].copy()

    def tell(self, number: int, scores: Scores | None) -> None:
        self._told.check(number, scores, asked=len(self._points))
        if scores is not None:
            self._scores[number] = scores
            self._place(number)

    def mean(self) -> Point | None:
        return None

    def parents_of(self, number: int) -> dict[int, float]:
        return dict(self._bred[number])

    def archive(self) -> list[Cell]:
        """All cells that are taken, by task and bins."""
        return [
            Cell(task, bins, number, self._scores[number])
            for task, cells in enumerate(self._archives)
            for bins, number in sorted(cells.items())
        ]

    def _child(self, task: int) -> Point:
        """Of two elites of this task's archive, mixed with one random weight in all numbers."""
        elites = sorted(self._archives[task].values())
        if len(elites) < 2:  # all fell into one cell; the other archives may tell them apart
            elites = sorted({n for cells in self._archives for n in cells.values()})
        if len(elites) < 2:
            elites = sorted(self._scores)
        odds = elite_odds(np.array([self._scores[n] for n in elites]))
        first, second = self._generator.choice(len(elites), 2, replace=False, p=odds)
        mates = elites[first], elites[second]
        weight = self._generator.random()
        whole = self._generator.random(self._space.dimension) < weight
        choices = np.array([bool(g.choices) for g in self._space.genes])
        point, share = child(
            self._space,
            (self._point(mates[0]), self._point(mates[1])),
            np.where(choices, whole, weight),
            [self._point(n) for n in elites],
            self._generator,
        )
        shares = {mates[0]: share, mates[1]: 1 - share}
        self._bred.append({n: s for n, s in shares.items() if s > 0})
        return point

    def _point(self, number: int) -> Point:
        return self._points[number] if number >= 0 else self._known[-1 - number].point

    def _place(self, number: int) -> None:
        scores = np.array(self._scores[number])
        counts = number < 0 or len(self._known) < 2
        low = np.minimum(self._low, scores) if counts else self._low
        high = np.maximum(self._high, scores)
        if (low < self._low).any() or (high > self._high).any():
            self._low, self._high = low, high
            self._archives = [{} for _ in range(self._tasks)]
            for earlier in self._scores:
                self._enter(earlier)
        else:
            self._enter(number)

    def _enter(self, number: int) -> None:
        scores = self._scores[number]
        width = np.maximum(self._high - self._low, np.finfo(np.float64).tiny)
        unit = np.clip((np.array(scores) - self._low) / width, 0.0, 1.0)
        bins = np.minimum((unit * self.bins).astype(int), self.bins - 1).tolist()
        for task, cells in enumerate(self._archives):
            cell = tuple(b for other, b in enumerate(bins) if other != task)
            holder = cells.get(cell)
            # Better, or as good and asked before it; known points come first, in their order.
            if holder is None or (scores[task], *_age(number)) > (
                self._scores[holder][task],
                *_age(holder),
            ):
                cells[cell] = number


def _age(number: int) -> tuple[bool, int]:
    return (True, number) if number < 0 else (False, -number)


def elite_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chances of elites to be mates, (n,), from their scores, (n, tasks): the product over tasks
    of the score scaled to [_LOW, _HIGH] among them, so that those good at all tasks are preferred
    (arXiv:2410.14735, section 3.2).
    """
    low, high = scores.min(axis=0), scores.max(axis=0)
    unit = (scores - low) / np.where(high > low, high - low, 1.0)
    odds = (_LOW + (_HIGH - _LOW) * unit).prod(axis=1)
    return np.asarray(odds / odds.sum())
