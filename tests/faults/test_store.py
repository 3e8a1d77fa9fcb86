"""One driver per search, a store that goes away, and candidates of NaN.

Every search here is driven by `evolve run` in a process of its own, with a real Ray.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    write,
)
from tests.postgres import Server

pytestmark = pytest.mark.faults


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    name = postgres.database()
    yield postgres.url(name)
    postgres.start()
    postgres.drop(name)


def test_a_second_driver_exits_with_who_holds_the_search(family: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/evolve.db"
    file = write(family, tmp_path, store, budget={"trials": 5000}, racing="off")
    with running(file) as first:
        wait_until(trials_done(store, 2), first)
        code, said = run(file)
        assert code == 3
        assert f"process {first.pid} on" in said
        assert "is running this search" in said
        assert first.poll() is None
        assert scalar(store, "SELECT epoch FROM searches") == 1


def test_a_driver_that_wakes_after_its_lease_was_taken_writes_nothing(
    family: Path, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/evolve.db"
    file = write(family, tmp_path, store)
    with running(file) as first:
        wait_until(trials_done(store, 3), first)
        os.kill(first.pid, signal.SIGSTOP)
        code, said = run(file)
        assert code == 0, said
        assert "waiting to see whether it still lives" in said
        ended = story(store)
        writes = scalar(store, "SELECT writes FROM searches")
        os.kill(first.pid, signal.SIGCONT)
        _, said = first.communicate(timeout=60)
    assert first.returncode == 3, said
    assert "has taken over this search" in said
    assert scalar(store, "SELECT writes FROM searches") == writes
    assert story(store) == ended


def test_a_database_restarted_in_mid_search_is_invisible(
    family: Path,
    tmp_path: Path,
    database: str,
    postgres: Server,
    twin: list[tuple[object, ...]],
) -> None:
    file = write(family, tmp_path, database)
    with running(file) as process:
        for least, end in ((2, postgres.stop), (TRIALS // 2, postgres.kill)):
            wait_until(trials_done(database, least), process)
            end()
            time.sleep(3)
            postgres.start()
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "the database is away, waiting" in out + err
    counts_once(database, TRIALS)
    assert story(database) == twin


def test_a_database_away_for_longer_ends_with_33_and_loses_nothing(
    family: Path,
    tmp_path: Path,
    database: str,
    postgres: Server,
    twin: list[tuple[object, ...]],
) -> None:
    file = write(family, tmp_path, database, store_limit_s=4)
    with running(file) as process:
        wait_until(trials_done(database, 4), process)
        postgres.stop()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 33, said
    assert "has been away for 4 s" in said
    assert postgres.password not in said
    postgres.start()
    code, said = run(file)
    assert code == 0, said
    assert story(database) == twin


def test_two_workers_and_a_driver_killed_at_any_moment_count_every_trial_once(
    family: Path, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/evolve.db"
    trials, two = 120, {"count": 2}
    file = write(family, tmp_path, store, budget={"trials": trials}, workers=two, racing="off")
    for least in (4, trials // 2, trials - 3):
        with running(file) as process:
            wait_until(trials_done(store, least), process)
            kill(process.pid)
            process.communicate()
    code, said = run(file)
    assert code == 0, said
    counts_once(store, trials)
    assert scalar(store, "SELECT count(*) - 1 - max(number) FROM trials") == 0
    token = Path.home() / ".ray" / "auth_token"
    assert not token.exists() or token.stat().st_mode & 0o077 == 0


def test_a_candidate_of_nan_is_a_failed_trial_with_a_reason(family: Path, tmp_path: Path) -> None:
    """float16 and weights up to 1e5: what overflows is failed, the others go on."""
    store = f"sqlite:///{tmp_path}/evolve.db"
    wide = {"low": 0.01, "high": 1e6, "log": True}
    bounds = {"weight": [0.0, 1.0], "weight.a": wide}
    space = {"method": "task_arithmetic", "bounds": bounds}
    file = write(family, tmp_path, store, dtype="float16", space=space, optimizer="random")
    code, said = run(file)
    assert code == 0, said
    failed = "SELECT count(*) FROM trials WHERE state = 'failed' AND reason LIKE '%NaN%'"
    assert scalar(store, failed) > 0
    assert scalar(store, "SELECT state FROM searches") == "finished"
