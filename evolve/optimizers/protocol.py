"""The protocol between the driver and every optimizer."""

from dataclasses import dataclass
from typing import Protocol

from search_spaces.space import Point

Scores = tuple[float, ...]
"""One number per objective, higher is better; a single one where there is one objective."""


@dataclass(frozen=True)
class Known:
    """A point that was scored before the search began."""

    point: Point
    scores: Scores


class Optimizer(Protocol):
    """Proposes points and learns from what they scored.

    Promises, held by one contract suite on every implementation:
    - the sequence of points is a function of the seed and of the order of ask and tell, and of
    nothing
      else: not of global random state, and an equal sequence of calls replayed gives equal bits;
    - tell may come in any order and any time later; a point may never be told.
    - where a gene means nothing, its coordinate is 0.5: one recipe is one point.
    """

    population: int
    """Points that make a generation: what it learns at a time, or a number as good as any."""

    def ask(self) -> Point:
        """The next point, a `(dimension,)` float64 vector in the unit cube; calls are numbered
        from 0.
        """
        ...

    def tell(self, number: int, scores: Scores | None) -> None:
        """What call `number` of ask scored; None for a trial that failed.

        Raises: ValueError for NaN, for another number of objectives, for a number never asked, and
        for one told before.
        """
        ...

    def mean(self) -> Point | None:
        """The centre of what has been learnt, where the optimizer has one; less noisy than any
        trial.
        """
        ...


class Breeder(Optimizer, Protocol):
    """An optimizer whose points come from points before them."""

    def parents_of(self, number: int) -> dict[int, float]:
        """What call `number` of ask was bred from, with shares that add up to one: numbers of
        calls, and -1, -2, ... for the first, second, ... of the known points. Empty for a point
        that was drawn.
        """
        ...
