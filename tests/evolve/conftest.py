"""A pool without Ray: one real worker in this process, results in an order of the test's
choosing.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from evolve.cli.running import goals_of
from evolve.cli.searches import Opened, open_search
from evolve.driver import Driver
from evolve.rounds import Rounds
from evolve.setup import Setup
from evolve.splits import split_tasks
from evolve.store import Ledger, Reader, open_engine
from search_spaces.messages import Job, Result
from workers.worker import Worker

QUICK: dict[str, object] = {
    "splits": {"search": 6, "validation": 4, "report": 10},
    "finalists": 2,
    "ablations": 0,
    "racing": "off",
}
"""Of a search file: what makes a search that has few items and asks few questions about them."""


class LocalPool:
    """`slots` jobs at a time; their results come in an order drawn from `seed`.

    spoil: turns a result into another one before anybody sees it; die_after: raises
    KeyboardInterrupt instead of giving result number so many.
    """

    def __init__(
        self,
        worker: Worker,
        slots: int,
        seed: int = 0,
        spoil: Callable[[Job, Result], Result] = lambda job, result: result,
        die_after: int | None = None,
    ) -> None:
        self._worker = worker
        self._slots = slots
        self._random = random.Random(seed)
        self._spoil = spoil
        self._left = die_after
        self._jobs: list[Job] = []
        self.most_at_once = 0

    @property
    def free(self) -> int:
        return self._slots - len(self._jobs)

    @property
    def size(self) -> int:
        return self._slots

    def submit(self, job: Job) -> str:
        self._jobs.append(job)
        self.most_at_once = max(self.most_at_once, len(self._jobs))
        return "local"

    def next(self, timeout_s: float) -> Result | None:
        """A job is done only while somebody waits for it."""
        if not self._jobs or timeout_s == 0:
            return None
        if self._left == 0:
            raise KeyboardInterrupt
        if self._left is not None:
            self._left -= 1
        job = self._jobs.pop(self._random.randrange(len(self._jobs)))
        return self._spoil(job, self._worker.run(job))


def _not_to_the_disk(connection: Any, record: Any) -> None:
    """No test here pulls the plug, and waiting for the disk is a third of a search's time."""
    connection.execute("PRAGMA synchronous=OFF")


class Bench:
    """Opens a search file, and drives it with a LocalPool."""

    pool_class: type[LocalPool] = LocalPool

    def __init__(self, file: Path) -> None:
        self.opened: Opened = open_search(file)
        self.engine: Engine = open_engine(self.opened.config.store)
        event.listen(self.engine, "connect", _not_to_the_disk)
        self.engine.dispose()  # what is open is opened anew
        self.reader = Reader(self.engine)
        self.worker = Worker(self.opened.worker_spec())
        self.tasks = self.worker.describe_tasks()
        self.splits = split_tasks(self.opened.config, self.tasks)
        self.worker.set_splits(self.splits)

    def ledger(self) -> Ledger:
        config = self.opened.config
        found = Ledger.open(
            self.engine,
            digest=self.opened.digest,
            name=config.name,
            config=config.model_dump(mode="json"),
            genes=[],
            goals=[vars(g) for g in goals_of(self.opened, self.tasks)],
            holder="test:1",
        )
        if not self.reader.splits(found.search_id):
            found.set_splits(self.splits)
        return found

    def drive(
        self,
        slots: int = 1,
        seed: int = 0,
        spoil: Callable[[Job, Result], Result] = lambda job, result: result,
        die_after: int | None = None,
        ledger: Ledger | None = None,
        finish: bool = False,
    ) -> LocalPool:
        held = ledger or self.ledger()
        pool = self.pool_class(self.worker, slots, seed, spoil, die_after)
        Driver(self.setup(held, slots), held, self.reader, pool, finish=finish).run()
        return pool

    def rounds(
        self, spoil: Callable[[Job, Result], Result] = lambda job, result: result
    ) -> Rounds:
        """What the phases of a search are given, to drive one of them alone."""
        held = self.ledger()
        return Rounds(self.setup(held), held, self.reader, LocalPool(self.worker, 1, 0, spoil))

    def setup(self, held: Ledger, slots: int = 1) -> Setup:
        config, space = self.opened.config, self.opened.space
        ids = {
            p.reference: held.add_model(
                kind=k, name=n, digest=p.fingerprint, reference=p.reference
            )
            for k, n, p in [
                ("base", "base", self.opened.base),
                *(("parent", n, p) for n, p in self.opened.parents.items()),
            ]
        }
        goals = goals_of(self.opened, self.tasks)
        return Setup(config, space, goals, self.opened.fingerprints, ids, self.opened.sizes, slots)

    @property
    def search(self):  # type: ignore[no-untyped-def]
        found = self.reader.search(self.opened.digest)
        assert found is not None
        return found

    def optimizer_trials(self):  # type: ignore[no-untyped-def]
        return self.reader.trials(self.search.id, origin="optimizer")


def interrupted(bench: Bench, die_after: int, **drive: Any) -> None:
    """Drives until result number `die_after`, in which the driver dies."""
    with pytest.raises(KeyboardInterrupt):
        bench.drive(die_after=die_after, **drive)


def scored_as(result: Result, value: float) -> Result:
    """The same result with every outcome set to one value."""
    if result.score is None:
        return result
    outcomes = {
        t: {m: (value,) * len(v) for m, v in ms.items()} for t, ms in result.score.outcomes.items()
    }
    return replace(result, score=replace(result.score, outcomes=outcomes))


def mostly_right(result: Result) -> Result:
    """The same result with three of four outcomes right."""
    if result.score is None:
        return result
    outcomes = {
        t: {m: tuple(float(i % 4 > 0) for i in range(len(v))) for m, v in ms.items()}
        for t, ms in result.score.outcomes.items()
    }
    return replace(result, score=replace(result.score, outcomes=outcomes))


@pytest.fixture
def bench(search_file: Callable[..., Path]) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**changes: object) -> Bench:
        made.append(Bench(search_file(**changes)))
        return made[-1]

    yield make
    for one in made:
        one.engine.dispose()
