"""The checks on tell() that every optimizer makes."""

import math


class Told:
    """Which calls of ask() have been answered."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()

    def check(self, number: int, fitness: float | None, *, asked: int) -> None:
        """Raises: ValueError for NaN or Inf, for a number never asked, and for one told before."""
        if fitness is not None and not math.isfinite(fitness):
            raise ValueError(
                f"trial {number}: fitness is {fitness}; a candidate without a score is told as "
                "None"
            )
        if not 0 <= number < asked:
            raise ValueError(f"trial {number} was never asked; {asked} were")
        if number in self._numbers:
            raise ValueError(f"trial {number} was told before")
        self._numbers.add(number)
