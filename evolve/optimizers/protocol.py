"""The protocol between the driver and every optimizer."""

from typing import Protocol

from search_spaces.space import Point


class Optimizer(Protocol):
    """Proposes points and learns from what they scored. Higher fitness is better.

    Promises, held by one contract suite on every implementation:
    - the sequence of points is a function of the seed and of the order of ask and tell, and of
    nothing
      else: not of global random state, and an equal sequence of calls replayed gives equal bits;
    - tell may come in any order and any time later; a point may never be told.
    """

    population: int
    """Points that make a generation: what it learns at a time, or a number as good as any."""

    def ask(self) -> Point:
        """The next point, a `(dimension,)` float64 vector in the unit cube; calls are numbered
        from 0.
        """
        ...

    def tell(self, number: int, fitness: float | None) -> None:
        """What call `number` of ask scored; None for a trial that failed.

        Raises: ValueError for NaN, for a number never asked, and for one told before.
        """
        ...

    def mean(self) -> Point | None:
        """The centre of what has been learnt, where the optimizer has one; less noisy than any
        trial.
        """
        ...
