"""Jobs out to the pool, results into the ledger: each trial and split until it has an outcome."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from evolve.fitness import Goal, Outcomes, fitness
from evolve.sheet import Items, Sheet
from evolve.store import Ledger, TrialRow
from evolve.track import Heat
from search_spaces.errors import CandidateError
from search_spaces.messages import PROBE, Job, Result, Split
from search_spaces.recipe import parse_recipe

MAX_ATTEMPTS = 3
_WAIT_S = 0.5


class Pool(Protocol):
    """Workers that turn jobs into results, in any order.

    Between a result and the next call of `next`, its worker is free for the same attempt's next
    part.
    """

    @property
    def free(self) -> int: ...

    def submit(self, job: Job) -> str: ...

    def next(self, timeout_s: float) -> Result | None: ...


_LOG = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """A trial that has to be scored on a split: on all of it, on `part`, or on what its heat asks
    for. sheet: what is known so far; it outlives a lost worker. attempts: so far.
    """

    trial: TrialRow
    split: Split
    sheet: Sheet
    heat: Heat | None = None
    part: Items | None = None
    attempts: int = 0

    @property
    def items(self) -> Items | None:
        """Of the next job; None for all."""
        return self.part if self.heat is None else self.heat.items


@dataclass(frozen=True)
class Ended:
    """How it ended: `fitness` on the items of that split that were scored, with its standard error
    if it is an estimate, or None and the reason. A probe has no fitness, and a reason only where
    it failed. pruned: it was stopped early; objectives: on search items, where there are several.
    """

    trial: TrialRow
    split: Split
    fitness: float | None
    reason: str | None
    error: float | None = None
    pruned: bool = False
    items: int = 0
    objectives: tuple[float, ...] | None = None

    @property
    def scores(self) -> tuple[float, ...] | None:
        """What the optimizer is told; None where it failed."""
        if self.fitness is None:
            return None
        return (self.fitness,) if self.objectives is None else self.objectives


class Dispatch:
    """Keeps the pool busy with what is due. Everything is in the ledger before anybody hears of
    it.
    """

    def __init__(
        self,
        pool: Pool,
        ledger: Ledger,
        goals: Sequence[Goal],
        splits: Mapping[Split, Items],
        clock: Callable[[], float] = time.monotonic,
        objectives: Callable[[TrialRow, Outcomes], tuple[float, ...]] | None = None,
    ) -> None:
        """objectives: from a trial's outcomes on search items, where there are several."""
        self._objectives = objectives
        self._pool = pool
        self._ledger = ledger
        self._goals = goals
        self._splits = splits
        self._clock = clock
        self._last = clock()
        self._waiting: deque[Due] = deque()
        self._running: dict[int, tuple[Due, Job]] = {}

    @property
    def open(self) -> int:
        """How many are waiting or running."""
        return len(self._waiting) + len(self._running)

    @property
    def wants_more(self) -> bool:
        """Is a worker idle with nothing waiting for it?"""
        self._send()
        return not self._waiting and self._pool.free > 0

    def add(
        self,
        trial: TrialRow,
        split: Split,
        *,
        heat: Heat | None = None,
        part: Items | None = None,
    ) -> None:
        """Something more to score: a whole split, a part of it, or what a heat asks for."""
        self._waiting.append(Due(trial, split, Sheet(self._splits[split]), heat, part))
        self._send()

    def next(self) -> Ended | None:
        """Waits for a moment for a trial to end; None if none did. A lost attempt is tried
        again, for what of it is missing.
        """
        self._send()
        result = self._pool.next(_WAIT_S)
        if result is None:
            return None
        due, job = self._running.pop(result.attempt_id)
        result = _taken(result, due, job)
        if result.score is not None and due.heat is not None and due.heat.items is not None:
            self._submit(due, replace(job, items=dict(due.heat.items)))
            return None
        return self._ended(due, result)

    def _ended(self, due: Due, result: Result) -> Ended | None:
        due = replace(due, attempts=due.attempts + 1)
        if result.lost and due.attempts >= MAX_ATTEMPTS:
            result = replace(result, lost=None, failed=f"lost {due.attempts} times: {result.lost}")
        ended = Ended(due.trial, due.split, None, result.failed)
        if result.score is not None:
            try:
                ended = self._judged(due)
                result = replace(result, score=due.sheet.score())
            except CandidateError as error:
                ended = replace(ended, reason=str(error))
                result = replace(result, score=None, failed=str(error))
        on_search = due.split == "search"
        now = self._clock()
        self._ledger.finish_attempt(
            result,
            trial_id=due.trial.id,
            split=due.split,
            fitness=ended.fitness if on_search else None,
            error=ended.error if on_search else None,
            objectives=ended.objectives,
            pruned=ended.pruned,
            seen=due.sheet.seen,
            tell=due.trial.origin == "optimizer" and on_search and not result.lost,
            spent_s=now - self._last,
        )
        self._last = now
        _tell(result, due, ended)
        if result.lost:
            self._waiting.append(due)
            self._send()
            return None
        return ended

    def _judged(self, due: Due) -> Ended:
        """Raises: CandidateError when there is no fitness."""
        sheet, heat = due.sheet, due.heat
        if due.split == PROBE:
            return Ended(due.trial, due.split, None, None, items=sheet.count)
        goals = [g for g in self._goals if due.part is None or g.task in due.part]
        if heat is None or sheet.seen is None:
            value, error = fitness(goals, sheet.score().outcomes), None
        else:
            estimate = heat.estimate()
            value, error = estimate.mean, estimate.error
        pruned = heat is not None and heat.stopped
        several = None
        if self._objectives is not None and due.split == "search":
            several = self._objectives(due.trial, sheet.score().outcomes)
        return Ended(due.trial, due.split, value, None, error, pruned, sheet.count, several)

    def _send(self) -> None:
        while self._waiting and self._pool.free > 0:
            due = self._waiting.popleft()
            attempt_id = self._ledger.start_attempt(due.trial.id, due.split)
            recipe = parse_recipe(due.trial.recipe)
            items = None if due.items is None else dict(due.items)
            self._submit(due, Job(attempt_id, recipe, due.split, items))

    def _submit(self, due: Due, job: Job) -> None:
        self._running[job.attempt_id] = due, job
        self._pool.submit(job)


def _taken(result: Result, due: Due, job: Job) -> Result:
    """Puts what came on the trial's sheet, and lets its heat see it."""
    if result.score is None:
        return result
    try:
        due.sheet.add(job.items, result.score)
        if due.heat is not None:
            due.heat.see(result.score.outcomes)
    except CandidateError as error:
        return replace(result, score=None, failed=str(error))
    return result


def _tell(result: Result, due: Due, ended: Ended) -> None:
    """One log event per attempt that ended."""
    facts = {"name": due.trial.name, "split": due.split, "worker": result.worker}
    if result.lost:
        _LOG.warning("attempt lost, trying again", **facts, reason=result.lost)
    elif result.failed:
        _LOG.warning("candidate failed", **facts, reason=result.failed)
    elif result.score is not None:
        score = result.score
        times = {"merge_s": round(score.merge_s, 4), "score_s": round(score.score_s, 4)}
        event = "stopped early" if ended.pruned else "scored"
        _LOG.info(event, **facts, **times, items=ended.items, tokens=score.tokens)
