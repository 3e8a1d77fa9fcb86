"""Jobs out to the pool, results into the ledger: each trial and split until it has an outcome."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from evolve.deadlines import Deadlines
from evolve.fitness import Goal, Outcomes, fitness
from evolve.masking import masked
from evolve.sheet import Items, Sheet
from evolve.store import Ledger, TrialRow
from evolve.store.recording import OutcomesByTask, as_stored
from evolve.track import Heat
from search_spaces.errors import CandidateError, WorkerLostError
from search_spaces.faults import reach
from search_spaces.messages import PROBE, Job, Result, Score, Split
from search_spaces.recipe import Recipe, stored_recipe

MAX_ATTEMPTS = 3
_WAIT_S = 0.5


class Pool(Protocol):
    """Workers that turn jobs into results, in any order.

    Between a result and the next call of `next`, its worker is free for the same attempt's next
    part. free: how many jobs could start now; size: workers that are alive.
    """

    @property
    def free(self) -> int: ...

    @property
    def size(self) -> int: ...

    def submit(self, job: Job) -> str: ...

    def next(self, timeout_s: float) -> Result | None: ...


_LOG = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """A trial that has to be scored on a split: on all of it, on `part`, or on what its heat asks
    for. sheet: what is known so far; it outlives a lost worker. attempts: so far.
    """

    trial: TrialRow
    recipe: Recipe
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
    it failed. pruned: it was stopped early; objectives: on search items, where there are several;
    outcomes: as a reader of the store will find them; result: of its last attempt.
    """

    trial: TrialRow
    recipe: Recipe
    split: Split
    fitness: float | None
    reason: str | None
    error: float | None = None
    pruned: bool = False
    items: int = 0
    objectives: tuple[float, ...] | None = None
    outcomes: OutcomesByTask = field(default_factory=dict)
    result: Result | None = None

    @property
    def scores(self) -> tuple[float, ...] | None:
        """What the optimizer is told; None where it failed."""
        if self.fitness is None:
            return None
        return (self.fitness,) if self.objectives is None else self.objectives


class Dispatch:
    """Keeps the pool busy with what is due. Everything is in the store before a worker hears of
    it: results that are there are all taken in, and what they lead to is written in one
    transaction and sent out.
    """

    def __init__(
        self,
        pool: Pool,
        ledger: Ledger,
        goals: Sequence[Goal],
        splits: Mapping[Split, Items],
        clock: Callable[[], float] = time.monotonic,
        objectives: Callable[[Recipe, Outcomes], tuple[float, ...]] | None = None,
        deadline_s: float | None = None,
    ) -> None:
        """objectives: from a trial's outcomes on search items, where there are several;
        deadline_s: after which a job is taken for hung, None: by how long jobs took so far.
        """
        self._objectives = objectives
        self._pool = pool
        self._ledger = ledger
        self._goals = goals
        self._splits = splits
        self._clock = clock
        self._last = clock()
        self._waiting: deque[Due] = deque()
        self._running: dict[int, tuple[Due, Job]] = {}
        self._outbox: list[Job] = []
        self._since: float | None = None  # when the first result came that is not written
        self._deadlines = Deadlines(deadline_s, clock)
        self.lost = 0  # attempts so far
        self.busy = 0  # workers with a job, once everything that can be sent is

    @property
    def open(self) -> int:
        """How many are waiting or running."""
        return len(self._waiting) + len(self._running)

    @property
    def wants_more(self) -> bool:
        """Is a worker idle with nothing waiting for it?"""
        self._send()
        return not self._waiting and self._room > 0

    def add(
        self,
        trial: TrialRow,
        split: Split,
        *,
        heat: Heat | None = None,
        part: Items | None = None,
        recipe: Recipe | None = None,
    ) -> None:
        """Something more to score: a whole split, a part of it, or what a heat asks for. recipe:
        the trial's, where it is at hand.
        """
        recipe = recipe or stored_recipe(trial.recipe)
        self._waiting.append(Due(trial, recipe, split, Sheet(self._splits[split]), heat, part))
        self._send()

    def next(self) -> Ended | None:
        """Waits for a moment for a trial to end; None if none did. A lost attempt is tried
        again, for what of it is missing.
        """
        self._send()
        result = self._pool.next(0.0) or self._pool.next(self._linger_s)
        if result is None:  # nothing more to take in
            self.flush()
            result = self._pool.next(_WAIT_S)
        if result is None:
            return None
        reach("driver.received")
        self._since = self._clock() if self._since is None else self._since
        due, job = self._running.pop(result.attempt_id)
        self._deadlines.see(job, result)
        result = _taken(_without_secrets(result), due, job)
        if result.score is not None and due.heat is not None and due.heat.items is not None:
            self._go_on(due, replace(job, items=dict(due.heat.items)))
            return None
        return self._ended(due, result)

    def flush(self) -> None:
        """Writes what is known, then lets workers hear of it."""
        self._ledger.flush()
        self._since = None
        while self._outbox and self._pool.free > 0:
            self._submit(self._outbox.pop(0))
        self.busy = len(self._running) - len(self._outbox)

    @property
    def _linger_s(self) -> float:
        """How long to wait for more results before those that were taken in are written."""
        if self._since is None:
            return 0.0
        until = self._since + self._deadlines.linger_s(self._pool.size)
        return max(0.0, until - self._clock())

    @property
    def _room(self) -> int:
        return self._pool.free - len(self._outbox)

    def _ended(self, due: Due, result: Result) -> Ended | None:
        due = replace(due, attempts=due.attempts + (not result.excused))
        if result.lost and due.attempts >= MAX_ATTEMPTS:
            result = replace(result, lost=None, failed=f"lost {due.attempts} times: {result.lost}")
        ended = Ended(due.trial, due.recipe, due.split, None, result.failed)
        if result.score is not None:
            try:
                score = due.sheet.score()
                ended = self._judged(due, score)
                result = replace(result, score=score)
                ended = replace(ended, outcomes=as_stored(score.outcomes, due.sheet.seen))
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
            workers=self._pool.size,
        )
        self._last = now
        _tell(result, due, ended)
        if result.lost:
            self.lost += 1
            self._waiting.append(due)
            self._send()
            return None
        return replace(ended, result=result)

    def _judged(self, due: Due, score: Score) -> Ended:
        """Raises: CandidateError when there is no fitness."""
        sheet, heat = due.sheet, due.heat
        if due.split == PROBE:
            return Ended(due.trial, due.recipe, due.split, None, None, items=sheet.count)
        goals = [g for g in self._goals if due.part is None or g.task in due.part]
        if heat is None or sheet.seen is None:
            value, error = fitness(goals, score.outcomes), None
        else:
            estimate = heat.estimate()
            value, error = estimate.mean, estimate.error
        pruned = heat is not None and heat.stopped
        several = None
        if self._objectives is not None and due.split == "search":
            several = self._objectives(due.recipe, score.outcomes)
        ended = Ended(due.trial, due.recipe, due.split, value, None, error, pruned)
        return replace(ended, items=sheet.count, objectives=several)

    def _send(self) -> None:
        while self._waiting and self._room > 0:
            due = self._waiting.popleft()
            attempt_id = self._ledger.start_attempt(due.trial.id, due.split)
            items = None if due.items is None else dict(due.items)
            job = Job(attempt_id, due.recipe, due.split, items)
            self._running[attempt_id] = due, job
            self._outbox.append(job)

    def _go_on(self, due: Due, job: Job) -> None:
        """The next part of an attempt that is in the store; its worker has just become free."""
        self._running[job.attempt_id] = due, job
        try:
            self._submit(job)
        except WorkerLostError:  # which is gone again
            self._outbox.append(job)

    def _submit(self, job: Job) -> None:
        items = self._splits[job.split] if job.items is None else job.items
        count = sum(len(numbers) for numbers in items.values())
        self._pool.submit(replace(job, deadline_s=self._deadlines.begin(job.attempt_id, count)))


def _without_secrets(result: Result) -> Result:
    """An error's words may hold a URL with a password, or a token."""
    if not (result.lost or result.failed):
        return result
    lost = None if result.lost is None else masked(result.lost)
    failed = None if result.failed is None else masked(result.failed)
    return replace(result, lost=lost, failed=failed)


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
