"""What `evolve run` does: opens everything, starts the workers, hands them to the driver."""

import os
import signal
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from evolve.cli.searches import Opened
from evolve.driver import Driver
from evolve.fitness import Goal, metric_of
from evolve.progress import Observe
from evolve.setup import Setup
from evolve.splits import split_tasks
from evolve.store import Ledger, Reader
from search_spaces.errors import StopError
from search_spaces.messages import TaskItems


def run_search(opened: Opened, engine: Engine, observe: Observe, *, finish: bool = False) -> None:
    """Runs or resumes the search until its verdict is in the store. finish: asks no more trials.

    Raises: EvolveError; KeyboardInterrupt, after which the same command goes on.
    """
    from workers.pool import RayPool

    reader = Reader(engine)
    config, digest = opened.config, opened.digest
    known = reader.search(digest)
    if known is not None and known.state == "running" and known.holder is not None:
        refuse_second_driver(known.holder)
    pool = RayPool(
        opened.worker_spec(),
        config.workers.count or 1,
        gpus_per_worker=config.workers.gpus_per_worker,
        address=config.workers.address,
    )
    signal.signal(signal.SIGTERM, _interrupt)  # Ray has put its own there, which ends in a dump
    try:
        tasks = pool.describe_tasks()
        splits = split_tasks(config, tasks)
        pool.set_splits(splits)
        goals = goals_of(opened, tasks)
        ledger = Ledger.open(
            engine,
            digest=digest,
            name=config.name,
            config=config.shown(),
            genes=[asdict(gene) for gene in opened.space.space.genes],
            goals=[asdict(goal) for goal in goals],
            holder=f"{socket.gethostname()}:{os.getpid()}",
            refuse=refuse_second_driver,
        )
        stored = reader.splits(ledger.search_id)
        if not stored:
            ledger.set_splits(splits)
        elif stored != splits:
            raise StopError(
                "resume: the tasks give other items than when the search began; was lm-eval "
                "changed?"
            )
        setup = Setup(
            config,
            opened.space,
            goals,
            opened.fingerprints,
            _model_ids(opened, ledger),
            opened.sizes,
            _first_worker_count(reader, ledger, config.workers.count or 1),
        )
        try:
            Driver(setup, ledger, reader, pool, observe, finish=finish).run()
        except KeyboardInterrupt:
            ledger.set_state("stopped")
            raise
        except StopError:
            _mark_failed(ledger)
            raise
    finally:
        pool.close()


def _interrupt(*_: object) -> None:
    """A scheduler's SIGTERM stops a search as Ctrl-C does."""
    raise KeyboardInterrupt


def goals_of(opened: Opened, tasks: list[TaskItems]) -> tuple[Goal, ...]:
    """What is maximized, by the search file's weights and metrics."""
    by_name = {task.name: task for task in tasks}
    metrics = {t.name: metric_of(by_name[t.name], t.metric) for t in opened.config.tasks}
    return tuple(
        Goal(t.name, metrics[t.name], t.weight, by_name[t.name].higher_is_better[metrics[t.name]])
        for t in opened.config.tasks
    )


def refuse_second_driver(holder: str) -> None:
    """Raises: StopError when the process that holds the search is alive on this machine."""
    host, _, pid = holder.rpartition(":")
    if host != socket.gethostname() or int(pid) == os.getpid():
        return
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return
    except PermissionError:
        return  # another user's process has this number now
    if not _is_driver(int(pid)):
        return
    raise StopError(
        f"process {pid} on this machine is running this search; watch it with `evolve show` or "
        "`evolve ui`, "
        "or end that process and run the same command again"
    )


def _is_driver(pid: int) -> bool:
    """Is this process alive (no zombie), and not another that has its number now?"""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # no /proc here: believe kill(pid, 0)
    return state != "Z" and b"evolve" in words


def _first_worker_count(reader: Reader, ledger: Ledger, count: int) -> int:
    """The population is a multiple of the workers that the search began with, also on another
    machine.
    """
    config: dict[str, Any] = reader.search_by_id(ledger.search_id).config
    return int(config["workers"].get("count") or count)


def _model_ids(opened: Opened, ledger: Ledger) -> dict[str, int]:
    ids = {}
    everyone = [("base", "base", opened.base)]
    everyone += [("parent", name, parent) for name, parent in opened.parents.items()]
    for kind, name, parent in everyone:
        ids[parent.reference] = ledger.add_model(
            kind=kind, name=name, digest=parent.fingerprint, reference=parent.reference
        )
    return ids


def _mark_failed(ledger: Ledger) -> None:
    try:
        ledger.set_state("failed")
    except StopError:
        return  # another driver has the search; its state is that driver's
