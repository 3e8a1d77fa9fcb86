"""`evolve pause`, `stop` and `resume`: what a driver does when it is asked, and what is said."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, update
from typer.testing import CliRunner

from evolve.cli.app import app
from evolve.cli.controlling import pause_search, stop_search
from evolve.cli.resuming import open_stored, stored_config, write_stored
from evolve.cli.running import _check
from evolve.cli.searches import open_search
from evolve.cli.signals import Paused, Signals
from evolve.driver import Driver
from evolve.store.lease import Heartbeat
from evolve.store.tables import searches
from evolve.store.wishing import ask_driver
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.messages import Job, Result
from tests.conftest import write_model
from tests.evolve.conftest import QUICK, Bench, LocalPool

WIDE: dict[str, Any] = QUICK | {"budget": {"trials": 30}}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv("EVOLVE_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    yield


def drive_asked(bench: Bench, wish: str, after: int) -> None:
    """Drives with a real heartbeat; the wish is in the store after so many results."""
    ledger = bench.ledger()
    results = 0
    with Heartbeat(bench.engine, ledger.search_id, ledger.epoch, lease_s=0.1) as heartbeat:

        def ask(job: Job, result: Result) -> Result:
            nonlocal results
            results += 1
            if results == after:
                ask_driver(bench.engine, ledger.search_id, wish)  # type: ignore[arg-type]
                until = time.monotonic() + 10
                while heartbeat.wish != wish and time.monotonic() < until:
                    time.sleep(0.01)
            return result

        Driver(
            bench.setup(ledger, 2),
            ledger,
            bench.reader,
            LocalPool(bench.worker, 2, 0, ask),
            wish=lambda: heartbeat.wish,
            check=lambda: _check(Signals(), heartbeat),
        ).run()


def test_a_driver_that_is_asked_to_pause_does_and_nothing_is_lost(
    bench: Callable[..., Bench],
) -> None:
    one = bench(**QUICK | {"budget": {"trials": 6}})
    with pytest.raises(Paused):
        drive_asked(one, "pause", 24)
    before = one.optimizer_trials()
    ledger = one.ledger()  # a new epoch, as who resumes has it
    assert one.search.wish is None
    assert 0 < sum(t.state == "done" for t in before) < 6
    one.drive(slots=2, ledger=ledger)
    after = one.optimizer_trials()
    assert one.search.state == "finished"
    assert [t.point for t in after][: len(before)] == [t.point for t in before]
    assert len(after) == 6


def test_a_driver_that_is_asked_to_stop_chooses_from_what_there_is(
    bench: Callable[..., Bench],
) -> None:
    one = bench(**WIDE)
    drive_asked(one, "stop", 26)
    assert one.search.state == "finished"
    assert one.search.verdict is not None
    assert one.search.wish is None
    trials = one.optimizer_trials()
    assert 0 < len(trials) < 30
    assert all(t.state == "done" for t in trials)  # what was in flight is counted


def test_pause_waits_for_the_answer_and_says_it(bench: Callable[..., Bench]) -> None:
    one = bench(**QUICK)
    ledger = one.ledger()
    elsewhere(one)
    said: list[str] = []

    def answer(seconds: float) -> None:
        assert one.search.wish == "pause"
        ledger.release("stopped")

    found = pause_search(one.engine, one.search, say=said.append, sleep=answer)
    assert found.said.startswith("paused; `evolve resume")
    assert "process 7 on far-away" in said[0]
    assert (found.search.state, found.search.wish) == ("stopped", None)


def test_a_driver_that_does_not_answer_is_named_and_the_wish_stays(
    bench: Callable[..., Bench],
) -> None:
    one = bench(**QUICK)
    one.ledger()
    elsewhere(one)
    with pytest.raises(EvolveError, match="process 7 on far-away has not answered for 0 s"):
        pause_search(one.engine, one.search, wait_s=0.01)
    assert one.search.wish == "pause"


def test_a_driver_that_is_gone_is_not_waited_for(bench: Callable[..., Bench]) -> None:
    one = bench(**QUICK)
    one.ledger()
    elsewhere(one, lease_s=-40)
    for ask in (pause_search, stop_search):
        found = ask(one.engine, one.search)
        assert "process 7 on far-away, has ended without a word" in found.said
        assert "its lease ran out 40 s ago" in found.said
    assert one.search.wish is None


def test_stop_needs_something_to_choose_from(bench: Callable[..., Bench]) -> None:
    one = bench(**QUICK)
    one.ledger()
    elsewhere(one)
    with pytest.raises(EvolveError, match="no scored trial to choose from yet"):
        stop_search(one.engine, one.search)
    assert one.search.wish is None


def test_a_search_that_does_not_run_is_left_as_it_is(bench: Callable[..., Bench]) -> None:
    one = bench(**QUICK | {"budget": {"trials": 4}})
    one.ledger().release("stopped")
    url = one.opened.config.store
    before = one.search
    for verb, then in (("pause", "goes on"), ("stop", "--finish` chooses from")):
        done = CliRunner().invoke(app, [verb, "tiny", "--store", url])
        assert done.exit_code == 0
        assert "it is stopped" in flat(done.output)
        assert then in flat(done.output)
    assert one.search == before
    one.drive()
    for verb in ("pause", "stop"):
        done = CliRunner().invoke(app, [verb, "tiny", "--store", url, "--json"])
        found = json.loads(done.output)
        assert found["search"]["state"] == "finished"
        assert f"nothing to {verb}" in found["said"]


def test_pause_without_waiting_only_asks(bench: Callable[..., Bench]) -> None:
    one = bench(**QUICK)
    one.ledger()
    elsewhere(one)
    url = one.opened.config.store
    done = CliRunner().invoke(app, ["pause", "tiny", "--no-wait", "--store", url])
    assert done.exit_code == 0
    assert "is asked to pause" in flat(done.output)
    assert one.search.wish == "pause"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"space": {"method": ["ties", "dare_linear"], "layer_groups": 2, "fixed": {"density": 1}}},
        {
            "optimizer": {"name": "auto"},
            "racing": "off",
            "objectives": ["tasks"],
            "choose": "knee",
        },
        {"starts": {"descent": "entropy"}, "budget": {"trials": None, "hours": 2}},
        {"space": {"kind": "dataflow"}},
    ],
)
def test_a_search_is_opened_as_it_is_stored(
    changes: dict[str, Any], bench: Callable[..., Bench]
) -> None:
    one = bench(**changes)
    stored(one)
    url = one.opened.config.store
    opened = open_stored(one.reader, one.search, url)
    assert opened.digest == one.opened.digest
    assert opened.config.shown() == one.opened.config.shown()
    file = Path("again.yaml")
    write_stored(one.search, url, file)
    assert open_search(file).digest == one.opened.digest


def test_a_changed_parent_is_named(
    search_file: Callable[..., Path], tmp_path: Path, family: Path
) -> None:
    parents = {n: str(write_model(tmp_path / n, seed)) for seed, n in enumerate("pq", 5)}
    one = Bench(search_file(parents=parents, **QUICK | {"budget": {"trials": 4}}))
    stored(one)
    one.drive()
    write_model(tmp_path / "q", 99)
    with pytest.raises(ConfigError, match=r"parent 'q' at .* has changed.*evolve run FILE"):
        open_stored(one.reader, one.search, one.opened.config.store)
    one.engine.dispose()


def test_a_configuration_of_another_version_is_not_guessed_at(bench: Callable[..., Bench]) -> None:
    one = bench(**QUICK)
    one.ledger()
    strange = replace(one.search, config=one.search.config | {"brakes": 4})
    with pytest.raises(ConfigError, match=r"another version of Evolve.*brakes"):
        stored_config(strange, "sqlite:///x.db")


def test_a_password_that_is_not_stored_is_not_needed(
    bench: Callable[..., Bench], capsys: pytest.CaptureFixture[str]
) -> None:
    one = bench(**QUICK, sinks={"mlflow": "http://me:secret@127.0.0.1:5000"})
    stored(one)
    url = "postgresql+psycopg://me:secret@host/evolve"
    config = stored_config(one.search, url)
    assert make_url(config.store).password == "secret"  # noqa: S105
    assert config.sinks.mlflow is None
    assert "without MLflow" in flat(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--address", "http://x:1"], "--address: goes with --on ray"),
        (["--on", "ray", "--finish"], "--finish: goes with a search that runs here"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["resume", "tiny", *words])
    assert isinstance(done.exception, ConfigError)
    assert said in str(done.exception)


def test_a_finished_search_is_not_resumed(bench: Callable[..., Bench]) -> None:
    one = bench(**QUICK | {"budget": {"trials": 4}})
    one.drive()
    stored(one)
    done = CliRunner().invoke(app, ["resume", "tiny", "--store", one.opened.config.store])
    assert done.exit_code == 0, done.exception
    assert "is finished; nothing to do" in flat(done.output)


def flat(text: str) -> str:
    return " ".join(text.split())


def stored(bench: Bench) -> None:
    """With the configuration as the command line stores it."""
    if bench.reader.search(bench.opened.digest) is None:
        bench.ledger()
    config = bench.opened.config.shown() | {"data_sets": {"letters": "json"}}
    change(bench, config=config)


def elsewhere(bench: Bench, lease_s: float = 30) -> None:
    """As if a process of another machine held it."""
    until = datetime.now(UTC) + timedelta(seconds=lease_s)
    change(bench, holder="far-away:7/x.1.z", lease_until=until)


def change(bench: Bench, **values: Any) -> None:
    with bench.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(searches).values(**values))
