"""What the driver itself costs, from 1 to 512 workers that sleep in place of scoring.

Everything else is real: driver, optimizer, store and Ray actors of `evolve run`, and results of
1,000 items with two metrics each. As 512 processes do not fit on a small machine, a process holds
up to 32 workers, each a thread of its own. Own cost: processor time of the driver's main thread
from the first ask to the last tell, by trial; waiting for the store's disk is given beside it.
"""

import argparse
import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from evolve import asking, driver
from evolve.cli.running import goals_of
from evolve.cli.searches import open_search
from evolve.driver import Driver
from evolve.splits import split_tasks
from evolve.store import Ledger, Reader, open_engine
from tests.benchmarks.simulated import Sleeper, setup_of, write_search
from workers.pool import RayPool

_SLOTS = 32
_ROUNDS = 5  # trials per worker


@dataclass
class Cost:
    """Of the asking phase: seconds."""

    trials: int = 0
    wall: float = 0.0
    cpu: float = 0.0  # of the main thread
    process: float = 0.0  # of all threads, Ray's too
    store: float = 0.0  # waiting for it


def measured(cost: Cost, real: Callable[..., None]) -> Callable[..., None]:
    def ask_and_tell(*args: Any, **options: Any) -> None:
        wall, cpu, process = time.perf_counter(), time.thread_time(), time.process_time()
        real(*args, **options)
        cost.wall += time.perf_counter() - wall
        cost.cpu += time.thread_time() - cpu
        cost.process += time.process_time() - process

    return ask_and_tell


class TimedLedger(Ledger):
    cost = Cost()

    def flush(self, *, limit_s: float | None = None) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        super().flush(limit_s=limit_s)
        self.cost.store += time.perf_counter() - wall - (time.thread_time() - cpu)


class Stop(Exception):
    """The asking phase is over."""


def one(
    workers: int,
    optimizer: str,
    racing: str,
    median_s: float,
    store: str | None,
    groups: int,
) -> str:
    trials = max(60, _ROUNDS * workers)
    folder = Path(tempfile.mkdtemp())
    url = store or f"sqlite:///{folder}/evolve.db"
    opened = open_search(
        write_search(
            folder, optimizer=optimizer, trials=trials, store=url, racing=racing, groups=groups
        )
    )
    os.environ["EVOLVE_SLEEP_S"] = str(median_s)
    slots = min(_SLOTS, workers)
    pool = RayPool(opened.worker_spec(), workers, actor=Sleeper, slots_per_actor=slots)
    try:
        while pool.size < workers:
            pool.next(1.0)
        tasks = pool.describe_tasks()
        splits = split_tasks(opened.config, tasks)
        pool.set_splits(splits)
        engine = open_engine(url)
        ledger = TimedLedger.open(
            engine,
            digest=opened.digest,
            name="scale",
            config=opened.config.shown(),
            genes=[],
            goals=[asdict(goal) for goal in goals_of(opened, tasks)],
            holder=f"bench:{os.getpid()}",
            workers=workers,
        )
        ledger.set_splits(splits)
        cost = ledger.cost = Cost(trials)

        def over(*_: Any, **__: Any) -> None:
            raise Stop

        driver.ask_and_tell = measured(cost, asking.ask_and_tell)
        driver.select = over  # type: ignore[assignment]
        with contextlib.suppress(Stop):
            Driver(setup_of(opened, tasks, ledger, workers), ledger, Reader(engine), pool).run()
        ledger.flush()
        rows = [t for t in Reader(engine).trials(ledger.search_id) if t.origin == "optimizer"]
        spent = {a.trial_id: a for a in Reader(engine).attempts(ledger.search_id)}
        begun = [spent[t.id] for t in rows]
        busy = _busy(begun, workers)
        ledger.close()
        engine.dispose()
    finally:
        pool.close()
    each = 1000 / trials
    return (
        f"| {workers} | {3 * groups} | {optimizer}{'' if racing == 'off' else ', ' + racing} "
        f"| {-(-workers // slots)} | {trials:,} | {trials / cost.wall:.1f} | {busy:.1%} "
        f"| {cost.cpu * each:.2f} | {(cost.store) * each:.2f} | {cost.process * each:.2f} |"
    )


def _busy(attempts: list[Any], workers: int) -> float:
    """Share of the workers' time in which they slept, from the first trial until the last one was
    handed out.
    """
    starts = sorted(a.started_at.timestamp() for a in attempts)
    first, last = starts[0], starts[-1]
    slept = 0.0
    for attempt in attempts:
        begun = attempt.started_at.timestamp()
        slept += max(0.0, min(attempt.score_s, last - begun))
    return slept / (workers * (last - first))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8, 64, 128, 256, 512])
    parser.add_argument("--optimizer", default="cma")
    parser.add_argument("--racing", default="off")
    parser.add_argument("--median", type=float, default=10.0, help="seconds a trial sleeps")
    parser.add_argument("--store", default=None, help="database URL; else a new SQLite file")
    parser.add_argument("--groups", type=int, default=1, help="of layers, three genes each")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(
        "| workers | genes | optimizer | processes | trials | trials/s | busy | driver, ms each "
        "| store's disk, ms | all threads, ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for workers in given.workers:
        # a lone worker's 60 trials need not take ten minutes
        median = given.median if workers >= 64 else min(given.median, 1.0)
        print(
            one(workers, given.optimizer, given.racing, median, given.store, given.groups),
            flush=True,
        )


if __name__ == "__main__":
    main()
