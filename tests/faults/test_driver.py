"""Drivers that are killed, stopped, told to end, or two of them; databases that go away.

Every search here is driven by `evolve run` in a process of its own, with a real Ray.
"""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from search_spaces.faults import POINTS
from tests.faults.driving import (
    TRIALS,
    counts_once,
    kill,
    run,
    running,
    scalar,
    story,
    trials_done,
    wait_until,
    workers_of,
    write,
)

pytestmark = pytest.mark.faults

WriteFile = Callable[..., Path]
# The n-th time that a search on one worker gets there; each is later than the one before.
KILLS = (
    "driver.opened:kill:1",
    "driver.committing:kill:3",
    "driver.received:kill:5",
    "driver.committed:kill:8",
    "driver.asked:kill:2",
    "driver.asked:kill:9",
    "driver.chosen:kill:1",
    "driver.finishing:kill:1",
)


def test_kills_name_every_point_of_the_driver() -> None:
    assert {k.split(":")[0] for k in KILLS} == {p for p in POINTS if p.startswith("driver.")}


def test_a_driver_killed_at_every_point_ends_as_its_twin(
    family: Path, tmp_path: Path, twin: list[tuple[object, ...]]
) -> None:
    store = f"sqlite:///{tmp_path}/evolve.db"
    file = write(family, tmp_path, store)
    for fault in KILLS:
        code, said = run(file, EVOLVE_FAULT=fault)
        assert code == -signal.SIGKILL, (fault, said)
    code, said = run(file)
    assert code == 0, said
    counts_once(store, TRIALS)
    assert story(store) == twin


def test_sigterm_commits_and_exits_33_within_5_s_and_the_search_goes_on(
    family: Path, tmp_path: Path, twin: list[tuple[object, ...]]
) -> None:
    store = f"sqlite:///{tmp_path}/evolve.db"
    file = write(family, tmp_path, store)
    with running(file) as process:
        wait_until(trials_done(store, 5), process)
        began = time.monotonic()
        process.terminate()
        _, said = process.communicate(timeout=30)
        took = time.monotonic() - began
    assert process.returncode == 33, said
    assert "the same command goes on" in said
    assert took < 5, took
    assert scalar(store, "SELECT state FROM searches") == "stopped"
    assert scalar(store, "SELECT holder FROM searches") is None
    code, said = run(file)
    assert code == 0, said
    assert story(store) == twin


def test_a_worker_killed_between_its_result_and_the_commit_costs_nothing(
    family: Path, tmp_path: Path, twin: list[tuple[object, ...]]
) -> None:
    store = f"sqlite:///{tmp_path}/evolve.db"
    file = write(family, tmp_path, store)
    with running(file, EVOLVE_FAULT="driver.received:sleep:20") as process:
        wait_until(trials_done(store, 1), process)
        before = None
        while before != (before := scalar(store, "SELECT writes FROM searches")):
            time.sleep(2)  # until it stands still: the driver sleeps on a result
        for pid in workers_of(process):
            kill(pid)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    counts_once(store, TRIALS)
    assert story(store) == twin


@pytest.mark.parametrize("after_s", [2.0, 9.0])
def test_sigterm_while_workers_start_exits_33_too(
    family: Path, tmp_path: Path, after_s: float
) -> None:
    file = write(family, tmp_path, f"sqlite:///{tmp_path}/evolve.db")
    with running(file, EVOLVE_FAULT="worker.starting:hang") as process:
        time.sleep(after_s)
        began = time.monotonic()
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 33, said
    assert time.monotonic() - began < 5
    assert "the same command goes on" in said


def test_ctrl_c_stops_with_what_is_known_written(
    family: Path, tmp_path: Path, twin: list[tuple[object, ...]]
) -> None:
    store = f"sqlite:///{tmp_path}/evolve.db"
    file = write(family, tmp_path, store)
    with running(file) as process:
        wait_until(trials_done(store, 5), process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert scalar(store, "SELECT state FROM searches") == "stopped"
    assert scalar(store, "SELECT count(*) FROM attempts WHERE state = 'running'") <= 1
    code, said = run(file)
    assert code == 0, said
    assert story(store) == twin
