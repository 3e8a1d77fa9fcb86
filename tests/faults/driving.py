"""Real `evolve run` processes, and what they leave in their store."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text

from evolve.store import Reader, open_engine
from tests.conftest import tiny_search

Process = subprocess.Popen[str]
TRIALS = 24
SEARCH = {"budget": {"trials": TRIALS}, "racing": "irt", "workers": {"count": 1}}


def environment(**more: str) -> dict[str, str]:
    quiet = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **quiet, **more}


@contextmanager
def running(file: Path, *words: str, **more: str) -> Iterator[Process]:
    """`evolve run FILE`, killed with all its children at the end; more: environment."""
    process = subprocess.Popen(
        [sys.executable, "-m", "evolve", "run", str(file), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run(file: Path, *words: str, timeout_s: float = 240, **more: str) -> tuple[int, str]:
    """(exit code, what it said) of `evolve run FILE`; negative where a signal ended it."""
    with running(file, *words, **more) as process:
        out, err = process.communicate(timeout=timeout_s)
        return process.returncode, out + err


def scalar(store: str, query: str) -> Any:
    """The first column of the first row; None while there is no such table yet."""
    try:
        engine = open_engine(store, create=False, read_only=True)
    except Exception:
        return None
    try:
        with engine.connect() as connection:
            return connection.execute(text(query)).scalar()
    finally:
        engine.dispose()


def wait_until(true: Callable[[], Any], process: Process, limit_s: float = 120) -> None:
    until = time.monotonic() + limit_s
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def trials_done(store: str, least: int) -> Callable[[], bool]:
    query = "SELECT count(*) FROM trials WHERE origin = 'optimizer' AND state != 'asked'"
    return lambda: (scalar(store, query) or 0) >= least


def story(store: str) -> list[tuple[object, ...]]:
    """All that a search found, by number: recipes, fitness, every outcome; and its verdict."""
    engine = open_engine(store, create=False)
    reader = Reader(engine)
    (search,) = reader.searches()
    splits = reader.splits(search.id)
    found: list[tuple[object, ...]] = [
        (
            *(t.number, t.origin, t.name, t.point, t.recipe, t.state, t.fitness, t.error, t.items),
            *(t.asked, t.told),
            *(repr(reader.outcomes(t.id, split)) for split in [*splits, "probe"]),
        )
        for t in reader.trials(search.id)
    ]
    chosen = None if search.chosen_trial_id is None else reader.trial(search.chosen_trial_id)
    found.append((search.state, None if chosen is None else chosen.number, repr(search.verdict)))
    engine.dispose()
    return found


def counts_once(store: str, trials: int) -> None:
    """Every trial has one attempt that counts, but on validation items, which come in parts and
    of which the store refuses one that comes twice; every ask and tell has its own place.
    """
    twice = (
        "SELECT count(*) FROM (SELECT trial_id, split FROM attempts WHERE state IN "
        "('done', 'failed') AND split != 'validation' GROUP BY trial_id, split "
        "HAVING count(*) > 1) AS found"
    )
    assert scalar(store, twice) == 0
    assert scalar(store, "SELECT count(*) FROM attempts WHERE state = 'running'") == 0
    asked = "SELECT count(DISTINCT asked) FROM trials WHERE origin = 'optimizer'"
    told = "SELECT count(DISTINCT told) FROM trials WHERE origin = 'optimizer'"
    assert (scalar(store, asked), scalar(store, told)) == (trials, trials)


def workers_of(process: Process) -> list[int]:
    """Process ids of the Ray workers that a driver started."""
    listing = subprocess.run(
        ["ps", "-eo", "pid,sid,args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [
        int(line.split()[0])
        for line in listing
        if "ray::_Actor" in line and line.split()[1] == str(process.pid)
    ]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def write(family: Path, folder: Path, store: str, **changes: object) -> Path:
    """A search file in the folder."""
    data = tiny_search(family) | {"store": store} | SEARCH | changes
    file = folder / "search.yaml"
    file.write_text(yaml.safe_dump(data, sort_keys=False))
    return file
