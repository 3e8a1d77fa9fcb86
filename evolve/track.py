"""A race in a search's own words: tasks and item numbers instead of numbers on a board."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evolve.config import SearchConfig
from evolve.estimate import Estimate
from evolve.fitness import Goal, Outcomes
from evolve.racing import Course, Race, make_board
from evolve.sheet import Items
from search_spaces.errors import CandidateError
from search_spaces.recipe import Recipe
from search_spaces.resolve import mean_weights

_WINDOWS = 4  # parts of the search items that take turns where items rotate


class Track:
    """The race of one search. Every goal's items follow each other, in the split's order."""

    def __init__(
        self, config: SearchConfig, goals: Sequence[Goal], items: Items, population: int
    ) -> None:
        """items: of the search split; population: trials that meet the same window of items."""
        self._goals = tuple(goals)
        self._items = items
        self._parents = tuple(config.parents.values())
        self._population = population
        self._rotates = config.items == "rotate"
        total = sum(g.weight for g in goals)
        self._factor = sum(g.weight / g.unit for g in goals) / total
        self._zero = sum(g.weight * g.zero / g.unit for g in goals) / total
        self._places = [(g.task, place) for g in goals for place in range(len(items[g.task]))]
        board = make_board(
            [len(items[g.task]) for g in goals],
            [g.weight / g.unit for g in goals],
            blocks=config.racing.blocks,
            seed=config.seed,
        )
        self._race = Race(
            board,
            method=config.racing.method,
            error=config.racing.error,
            seed=config.seed,
            rotations=_WINDOWS if self._rotates else 1,
        )

    def add(self, recipe: Recipe, outcomes: Outcomes) -> None:
        """A candidate that ended. outcomes: as stored, NaN for what was not seen."""
        values = [
            goal.values(outcomes)
            if goal.task in outcomes
            else [np.nan] * len(self._items[goal.task])
            for goal in self._goals
        ]
        self._race.add(np.concatenate([np.asarray(v) for v in values]), self._weights(recipe))

    def open(self, index: int, recipe: Recipe) -> "Heat":
        """A candidate that starts. index: of its trial among the optimizer's; where items rotate,
        its generation's window is what counts.
        """
        number = index // self._population if self._rotates else index
        return Heat(self, self._race.open(number, self._weights(recipe)))

    def items(self, block: NDArray[np.int64]) -> dict[str, tuple[int, ...]]:
        """task -> item numbers, for a job."""
        found: dict[str, list[int]] = {}
        for number in block.tolist():
            task, place = self._places[number]
            found.setdefault(task, []).append(self._items[task][place])
        return {task: tuple(numbers) for task, numbers in found.items()}

    def values(self, block: NDArray[np.int64], outcomes: Outcomes) -> NDArray[np.float64]:
        """Values in the order of the block, higher is better, from the outcomes of its job.

        Raises: CandidateError when one is NaN or infinite.
        """
        answers = {g.task: iter(g.values(outcomes)) for g in self._goals if g.task in outcomes}
        found = np.array([next(answers[self._places[n][0]]) for n in block.tolist()])
        if not np.isfinite(found).all():
            raise CandidateError(f"an item's score is {found[~np.isfinite(found)][0]}")
        return found

    def fitness(self, found: Estimate) -> Estimate:
        """From the board's average of raw metrics to that of the goals' units."""
        mean = found.mean * self._factor - self._zero
        return Estimate(mean, found.error * self._factor, found.items)

    def _weights(self, recipe: Recipe) -> tuple[float, ...]:
        """The mean weight of every parent."""
        weights: Mapping[str, float] = mean_weights(recipe)
        return tuple(weights.get(parent, 0.0) for parent in self._parents)


class Heat:
    """One candidate on the track."""

    def __init__(self, track: Track, course: Course) -> None:
        self._track = track
        self._course = course

    @property
    def items(self) -> Items | None:
        """What to score next; None when it is over."""
        block = self._course.block
        return None if block is None else self._track.items(block)

    @property
    def stopped(self) -> bool:
        """Is it over before all its items were seen?"""
        return self._course.stopped

    def see(self, outcomes: Outcomes) -> None:
        """The outcomes of `items`, in their order.

        Raises: CandidateError when one is NaN or infinite.
        """
        if self._course.block is not None:
            self._course.see(self._track.values(self._course.block, outcomes))

    def estimate(self) -> Estimate:
        """The fitness on all search items, from those that were seen."""
        return self._track.fitness(self._course.estimate())


def make_track(
    config: SearchConfig, goals: Sequence[Goal], items: Items, population: int
) -> Track | None:
    """None where every trial is scored on all search items."""
    if config.racing.method == "off" and config.items == "fixed":
        return None
    return Track(config, goals, items, population)
