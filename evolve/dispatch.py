"""Jobs out to the pool, results into the ledger: each trial and split until it has an outcome."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from evolve.fitness import Goal, fitness
from evolve.store import Ledger, TrialRow
from search_spaces.errors import CandidateError
from search_spaces.messages import Job, Result, Split
from search_spaces.recipe import parse_recipe

MAX_ATTEMPTS = 3
_WAIT_S = 0.5


class Pool(Protocol):
    """Workers that turn jobs into results, in any order."""

    @property
    def free(self) -> int: ...

    def submit(self, job: Job) -> str: ...

    def next(self, timeout_s: float) -> Result | None: ...


_LOG = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """A trial that has to be scored on a split; `attempts` so far."""

    trial: TrialRow
    split: Split
    attempts: int = 0


@dataclass(frozen=True)
class Ended:
    """How it ended: `fitness` on that split, or None and the reason."""

    trial: TrialRow
    split: Split
    fitness: float | None
    reason: str | None


class Dispatch:
    """Keeps the pool busy with what is due. Everything is in the ledger before anybody hears of
    it.
    """

    def __init__(
        self,
        pool: Pool,
        ledger: Ledger,
        goals: Sequence[Goal],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._ledger = ledger
        self._goals = goals
        self._clock = clock
        self._last = clock()
        self._waiting: deque[Due] = deque()
        self._running: dict[int, Due] = {}

    @property
    def open(self) -> int:
        """How many are waiting or running."""
        return len(self._waiting) + len(self._running)

    @property
    def wants_more(self) -> bool:
        """Is a worker idle with nothing waiting for it?"""
        self._send()
        return not self._waiting and self._pool.free > 0

    def add(self, trial: TrialRow, split: Split) -> None:
        """Something more to score."""
        self._waiting.append(Due(trial, split))
        self._send()

    def next(self) -> Ended | None:
        """Waits for a moment for a trial to end; None if none did. A lost attempt is tried
        again.
        """
        self._send()
        result = self._pool.next(_WAIT_S)
        if result is None:
            return None
        due = self._running.pop(result.attempt_id)
        due = replace(due, attempts=due.attempts + 1)
        if result.lost and due.attempts >= MAX_ATTEMPTS:
            result = replace(result, lost=None, failed=f"lost {due.attempts} times: {result.lost}")
        value, result = self._judged(result)
        now = self._clock()
        self._ledger.finish_attempt(
            result,
            trial_id=due.trial.id,
            split=due.split,
            fitness=value if due.split == "search" else None,
            tell=due.trial.origin == "optimizer" and due.split == "search" and not result.lost,
            spent_s=now - self._last,
        )
        self._last = now
        _tell(result, due)
        if result.lost:
            self._waiting.append(due)
            self._send()
            return None
        return Ended(due.trial, due.split, value, result.failed)

    def _judged(self, result: Result) -> tuple[float | None, Result]:
        if result.score is None:
            return None, result
        try:
            return fitness(self._goals, result.score.outcomes), result
        except CandidateError as error:
            return None, replace(result, score=None, failed=str(error))

    def _send(self) -> None:
        while self._waiting and self._pool.free > 0:
            due = self._waiting.popleft()
            attempt_id = self._ledger.start_attempt(due.trial.id, due.split)
            self._running[attempt_id] = due
            self._pool.submit(Job(attempt_id, parse_recipe(due.trial.recipe), due.split))


def _tell(result: Result, due: Due) -> None:
    """One log event per attempt that ended."""
    facts = {"name": due.trial.name, "split": due.split, "worker": result.worker}
    if result.lost:
        _LOG.warning("attempt lost, trying again", **facts, reason=result.lost)
    elif result.failed:
        _LOG.warning("candidate failed", **facts, reason=result.failed)
    elif result.score is not None:
        score = result.score
        times = {"merge_s": round(score.merge_s, 4), "score_s": round(score.score_s, 4)}
        _LOG.info("scored", **facts, **times, tokens=score.tokens)
