"""How long to wait: for a silent worker until it is taken for hung, and for more results before
those that are here are written.
"""

import time
from collections.abc import Callable

from search_spaces.messages import Job, Result

_FIRST_S = 3600.0  # before anything was scored: compiling kernels, reading caches
_LEAST_S = 120.0
_LINGER = 0.01  # of the time of a job
_TIMES = 20.0  # as long as the slowest so far, by its number of items


class Deadlines:
    """Of jobs, from how long earlier ones took from being sent to their result; fixed_s: of all
    deadlines instead.
    """

    def __init__(
        self, fixed_s: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fixed_s = fixed_s
        self._clock = clock
        self._begun: dict[int, tuple[float, int]] = {}
        self._slowest_s: float | None = None  # a job, for what does not depend on its items
        self._slowest_item_s = 0.0
        self._mean_s = 0.0

    def linger_s(self, workers: int) -> float:
        """A hundredth of the time of a job, where more than one other result comes in that time:
        what is written together costs less. 0 where there are few workers.
        """
        return _LINGER * self._mean_s if _LINGER * workers > 1 else 0.0

    def begin(self, attempt_id: int, items: int) -> float:
        """Seconds that a job with so many items may take, from now."""
        self._begun[attempt_id] = self._clock(), items
        if self._fixed_s is not None:
            return self._fixed_s
        if self._slowest_s is None:
            return _FIRST_S
        return max(_LEAST_S, _TIMES * (self._slowest_s + items * self._slowest_item_s))

    def see(self, job: Job, result: Result) -> None:
        """A job has ended; one that was scored tells how long jobs take."""
        begun, items = self._begun.pop(job.attempt_id)
        if result.score is None:
            return
        took = self._clock() - begun
        self._mean_s += 0.1 * (took - self._mean_s)
        self._slowest_s = max(self._slowest_s or 0.0, took)
        self._slowest_item_s = max(self._slowest_item_s, took / max(1, items))
