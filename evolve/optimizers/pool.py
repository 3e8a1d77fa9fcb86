"""A pool of models that never stops breeding (AutoMerger; M2N2, arXiv:2508.16204).

Two members are chosen by complementary strengths and crossed at a split point over depth; the
child joins, and when the pool is full the worst of its niche leaves. There are no generations: ask
breeds from the pool as it is, and what is told joins when it comes.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evolve.optimizers.breeding import WARM_UP, child, drawn, is_known
from evolve.optimizers.protocol import Known, Scores
from evolve.optimizers.told import Told
from search_spaces.space import Gene, Point, Space

Table = NDArray[np.float64]

_SIZE = 16
_GROUP = re.compile(r"\.g(\d+)(?=\.|$)")


class ModelPool:
    """The pool is a function of what was told, in order; the best on each task never leaves."""

    def __init__(
        self,
        genes: Sequence[Gene],
        *,
        seed: int,
        start: Point,
        objectives: int = 1,
        known: Sequence[Known] = (),
        population: int | None = None,
    ) -> None:
        """objectives: tasks; known: join first, in their order; population: members that the pool
        holds, 16 by default and never less than two per task.
        """
        self.population = max(population or _SIZE, 2 * objectives)
        self._space = Space(tuple(genes))
        self._generator = np.random.default_rng(seed)
        self._start = np.clip(start, 0.0, 1.0)
        self._known = tuple(known)
        self._depths = depths(genes)
        self._points: list[Point] = []
        self._bred: list[dict[int, float]] = []
        self._told = Told(objectives)
        self._members: dict[int, Scores] = {}
        for index, point in enumerate(self._known):
            self._join(-1 - index, point.scores)

    def ask(self) -> Point:
        number = len(self._points)
        if number == 0 and not is_known(self._start, self._known):
            self._bred.append({})
            self._points.append(self._start.copy())
        elif number + len(self._known) < WARM_UP or len(self._members) < 2:
            self._bred.append({})
            self._points.append(drawn(self._space, self._start, self._generator))
        else:
            self._points.append(self._child())
        return self._points[-1].copy()

    def tell(self, number: int, scores: Scores | None) -> None:
        self._told.check(number, scores, asked=len(self._points))
        if scores is not None:
            self._join(number, scores)

    def mean(self) -> Point | None:
        return None

    def parents_of(self, number: int) -> dict[int, float]:
        return dict(self._bred[number])

    def members(self) -> dict[int, Scores]:
        """Who is in the pool, longest there first: calls of ask, and -1, -2, ... for the first,
        second, ... known point; and their scores.
        """
        return dict(self._members)

    def _child(self) -> Point:
        """Genes before the split are w A + (1 - w) B, those after it (1 - w) A + w B."""
        numbers = list(self._members)
        first, second = self._mates()
        mates = numbers[first], numbers[second]
        levels = np.unique(self._depths)
        weight = self._generator.random()
        split = levels[self._generator.integers(1, len(levels))] if len(levels) > 1 else np.inf
        point, share = child(
            self._space,
            (self._point(mates[0]), self._point(mates[1])),
            np.where(self._depths < split, weight, 1 - weight),
            [self._point(n) for n in numbers],
            self._generator,
        )
        shares = {mates[0]: share, mates[1]: 1 - share}
        self._bred.append({n: s for n, s in shares.items() if s > 0})
        return point

    def _mates(self) -> tuple[int, int]:
        """The first by fitness, the second by what it is better at; positions in the pool."""
        held = holdings(list(self._members.values()))
        fitness = held.sum(axis=1)
        first = int(self._generator.choice(len(held), p=fitness / fitness.sum()))
        wanted = attraction(held, first)
        if not wanted.any():  # the first is the best at everything
            wanted = np.where(np.arange(len(held)) == first, 0.0, fitness)
        if not wanted.any():  # and the others are the worst at everything
            wanted = (np.arange(len(held)) != first).astype(np.float64)
        return first, int(self._generator.choice(len(held), p=wanted / wanted.sum()))

    def _point(self, number: int) -> Point:
        return self._points[number] if number >= 0 else self._known[-1 - number].point

    def _join(self, number: int, scores: Scores) -> None:
        self._members[number] = scores
        if len(self._members) > self.population:
            leaver = leaving(list(self._members.values()))
            del self._members[list(self._members)[leaver]]


def depths(genes: Sequence[Gene]) -> NDArray[np.int64]:
    """Where over depth each gene works: its layer group, from the name; without groups its place
    in the order. A gene of no group, where others have one, comes before them all.
    """
    found = [_GROUP.findall(gene.name) for gene in genes]
    if not any(found):
        return np.arange(len(genes))
    return np.array([int(groups[-1]) if groups else -1 for groups in found])


def holdings(scores: Sequence[Scores]) -> Table:
    """What each member holds of each task, (members, tasks), columns summing to one.

    A task is a resource of fixed size that members share by their scores on it (M2N2, competition
    for limited resources), counted from the worst member's: so neither the unit of a score nor its
    level matters, and what every member can do feeds none of them. A task on which all are equal
    is shared equally.
    """
    table = np.array(scores, dtype=np.float64)
    gains = table - table.min(axis=0)
    totals = gains.sum(axis=0)
    return np.where(totals > 0, gains / np.where(totals > 0, totals, 1.0), 1.0 / len(table))


def attraction(held: Table, first: int) -> Table:
    """What each member holds more than the first, summed over tasks, (members,); M2N2's score of
    complementary strengths, its capacities one for every task.
    """
    return np.asarray(np.maximum(held - held[first], 0.0).sum(axis=1))


def leaving(scores: Sequence[Scores]) -> int:
    """Who leaves, now that the last has joined: a position.

    A member's niche is the task of which it holds most. Of the newcomer's niche, or of the most
    crowded one where the newcomer's has room (less than an equal part of the pool), the one that
    holds least of all tasks together leaves, unless the newcomer holds still less; of equal ones
    the last. The best on a task, the first of equal ones, never leaves.
    """
    table, held = np.array(scores, dtype=np.float64), holdings(scores)
    size, tasks = held.shape
    differs = table.max(axis=0) > table.min(axis=0)  # else it is nobody's niche
    fitness, niches = held.sum(axis=1), np.where(differs, held, -1.0).argmax(axis=1)
    crowded = np.bincount(niches, minlength=tasks)
    niche = niches[-1] if crowded[niches[-1]] * tasks >= size else crowded.argmax()
    best = set(table.argmax(axis=0)[differs].tolist())
    free = [i for i in range(size) if i not in best]
    there = [i for i in free if niches[i] == niche or i == size - 1]
    return min(there or free, key=lambda i: (fitness[i], -i))
