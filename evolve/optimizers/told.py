"""The checks on tell() that every optimizer makes."""

import math

from evolve.optimizers.protocol import Scores


class Told:
    """Which calls of ask() have been answered."""

    def __init__(self, objectives: int = 1) -> None:
        self._objectives = objectives
        self._numbers: set[int] = set()

    def check(self, number: int, scores: Scores | None, *, asked: int) -> None:
        """Raises: ValueError for NaN or Inf, for another number of objectives, for a number never
        asked, and for one told before.
        """
        if scores is not None and len(scores) != self._objectives:
            raise ValueError(
                f"trial {number}: {len(scores)} scores, but there are {self._objectives} "
                "objectives"
            )
        if scores is not None and not all(math.isfinite(s) for s in scores):
            raise ValueError(
                f"trial {number}: fitness is {scores}; a candidate without a score is told as None"
            )
        if not 0 <= number < asked:
            raise ValueError(f"trial {number} was never asked; {asked} were")
        if number in self._numbers:
            raise ValueError(f"trial {number} was told before")
        self._numbers.add(number)
