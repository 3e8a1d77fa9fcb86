"""What `evolve run` does: opens everything, starts the workers, hands them to the driver."""

import contextlib
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from evolve.cli.searches import Opened
from evolve.cli.signals import Paused, Signals, Terminated
from evolve.driver import Driver
from evolve.export import license_of
from evolve.fitness import Goal, metric_of
from evolve.item_texts import keep_texts
from evolve.progress import Observe
from evolve.setup import Setup
from evolve.sinks import End, Sinks, end_of, open_sinks, search_facts
from evolve.splits import split_tasks
from evolve.stopping import Limits
from evolve.store import Ledger, Reader
from evolve.store.away import patiently
from evolve.store.importing import settle
from evolve.store.lease import Heartbeat, HeldError, me, refuse_held
from search_spaces.errors import EvolveError, LimitError, PauseError, StopError
from search_spaces.faults import reach
from search_spaces.messages import TaskItems

_LAST_WORDS_S = 2.0


def run_search(
    opened: Opened,
    engine: Engine,
    observe: Observe,
    *,
    finish: bool = False,
    limits: Limits | None = None,
    signals: Signals | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Runs or resumes the search until its verdict is in the store. finish: asks no more trials;
    say: what happens before the first moment to observe.

    Raises: EvolveError, PauseError among them after SIGTERM; KeyboardInterrupt, Paused among them
    after `evolve pause`. After each of them the same command goes on.
    """
    from workers.pool import RayPool

    config, began = opened.config, time.monotonic()
    sinks = open_sinks(config.sinks)
    engine = engine.execution_options(away_limit_s=config.store_limit_s)
    signals = signals or Signals()
    try:
        _wait_for_the_lease(engine, opened.digest, say)
        pool = RayPool(
            opened.worker_spec(),
            config.workers.count,
            gpus_per_worker=config.workers.gpus_per_worker,
            address=config.workers.address,
            gone_limit_s=config.workers.gone_limit_s,
            on_connected=signals.install,
        )
        try:
            with sinks:
                _drive(
                    opened,
                    engine,
                    pool,
                    observe,
                    sinks,
                    signals,
                    finish=finish,
                    limits=limits,
                    began=began,
                )
        finally:
            signals.hold()
            pool.close()
    except SystemExit as end:
        if end.code != signal.SIGTERM:  # which Ray makes of it while it starts
            raise
        raise Terminated from None


def _drive(
    opened: Opened,
    engine: Engine,
    pool: Any,
    observe: Observe,
    sinks: Sinks,
    signals: Signals,
    *,
    finish: bool,
    limits: Limits | None,
    began: float,
) -> None:
    config, reader = opened.config, Reader(engine)
    tasks = pool.describe_tasks()
    splits = split_tasks(config, tasks)
    pool.set_splits(splits)
    goals = goals_of(opened, tasks)
    ledger = Ledger.open(
        engine,
        digest=opened.digest,
        name=config.name,
        config=config.shown() | _found_out(opened, tasks),
        genes=[asdict(gene) for gene in opened.space.space.genes],
        goals=[asdict(goal) for goal in goals],
        holder=me(),
        workers=pool.size,
    )
    reach("driver.opened")
    ledger.spend(time.monotonic() - began, pool.size)  # workers were paid while they started
    try:
        signals.hold()
        with Heartbeat(engine, ledger.search_id, ledger.epoch) as heartbeat:
            stored = reader.splits(ledger.search_id)
            if not stored:
                ledger.set_splits(splits)
            elif stored != splits:
                raise StopError(
                    "resume: the tasks give other items than when the search began; was lm-eval "
                    "changed?"
                )
            keep_texts(pool, ledger, reader, splits)
            setup = Setup(
                config,
                opened.space,
                goals,
                opened.fingerprints,
                _models(opened, ledger, engine),
                opened.sizes,
                _first_worker_count(reader, ledger),
            )
            sinks.begin(search_facts(reader, ledger.search_id))
            Driver(
                setup,
                ledger,
                reader,
                pool,
                sinks.beside(observe),
                finish=finish,
                wish=lambda: heartbeat.wish,
                limits=limits,
                hear=sinks.ended,
                check=lambda: _check(signals, heartbeat),
            ).run()
            sinks.close(end_of(reader, ledger.search_id))
    except (KeyboardInterrupt, PauseError, LimitError):
        _release(ledger, "stopped")
        raise
    except BaseException:
        _release(ledger, "failed")
        sinks.close(End("failed"))
        raise
    finally:
        ledger.close()


def _check(signals: Signals, heartbeat: Heartbeat) -> None:
    """Raises: Terminated or KeyboardInterrupt, by signals; Paused, by a wish in the store."""
    signals.check()
    if heartbeat.wish == "pause":
        raise Paused


def _release(ledger: Ledger, state: str) -> None:
    """Writes what is known and gives the search free, without waiting long for the database."""
    with contextlib.suppress(EvolveError, SQLAlchemyError):
        ledger.release(state, limit_s=_LAST_WORDS_S)


def _wait_for_the_lease(engine: Engine, digest: str, say: Callable[[str], None]) -> None:
    """Before any worker is started: another driver's lease, renewed or run out.

    Raises: HeldError when its holder renews it.
    """
    held: HeldError | None = None
    while True:
        try:
            patiently(engine, lambda: refuse_held(engine, digest))
        except HeldError as error:
            if held is None:
                say(f"{error.who} holds this search; waiting to see whether it still lives")
            elif error.until > held.until:
                raise
            held = held or error
            time.sleep(min(1.0, error.left_s + 0.1))
            continue
        return


def goals_of(opened: Opened, tasks: list[TaskItems]) -> tuple[Goal, ...]:
    """What is maximized, by the search file's weights and metrics."""
    by_name = {task.name: task for task in tasks}
    metrics = {t.name: metric_of(by_name[t.name], t.metric) for t in opened.config.tasks}
    return tuple(
        Goal(t.name, metrics[t.name], t.weight, by_name[t.name].higher_is_better[metrics[t.name]])
        for t in opened.config.tasks
    )


def _first_worker_count(reader: Reader, ledger: Ledger) -> int:
    """The population is a multiple of the workers that the search began with, also on another
    machine.
    """
    search = reader.search_by_id(ledger.search_id)
    return search.workers or int(search.config["workers"].get("count") or 1)


def _found_out(opened: Opened, tasks: list[TaskItems]) -> dict[str, Any]:
    """What the configuration does not say and the pages show beside it."""
    sources = {t.name: t.source for t in tasks if t.source}
    return {"data_sets": sources, "layers": opened.base.layers}


def _models(opened: Opened, ledger: Ledger, engine: Engine) -> dict[str, int]:
    """Their ids by reference. Their licences are kept with them."""
    ids, licenses = {}, {}
    everyone = [("base", "base", opened.base)]
    everyone += [("parent", name, parent) for name, parent in opened.parents.items()]
    for kind, name, parent in everyone:
        ids[parent.reference] = ledger.add_model(
            kind=kind, name=name, digest=parent.fingerprint, reference=parent.reference
        )
        licenses[ids[parent.reference]] = license_of(parent.folder)
    settle(engine, licenses)
    return ids
