"""What the pages start: processes that outlive them, up to a whole search from a typed text."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from evolve.store import Reader, SearchRow, open_engine
from search_spaces.errors import EvolveError
from tests.conftest import tiny_search
from ui import checking, commands, detached


def test_what_is_started_has_a_session_and_a_log_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "x.log"
    log.parent.mkdir()
    log.write_text("from before\n")
    code = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"
    started = detached.start([sys.executable, "-c", code], os.environ, log)
    wait_for(lambda: detached.exit_code(started) is not None, 20)
    assert detached.exit_code(started) == 0
    assert detached.tail(started) == "True True"
    assert log.read_text().startswith("from before\n")


def test_an_early_death_is_noticed_with_its_last_words(tmp_path: Path) -> None:
    code = "import sys; print('\\n'.join(map(str, range(40)))); sys.exit('no models')"
    started = detached.start([sys.executable, "-c", code], os.environ, tmp_path / "x.log")
    assert detached.exit_code(started) is None or detached.exit_code(started) == 1
    wait_for(lambda: detached.exit_code(started) is not None, 20)
    assert detached.exit_code(started) == 1
    said = detached.tail(started, lines=3).splitlines()
    assert len(said) == 3
    assert "no models" in said


def test_what_cannot_be_started_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "s.log").mkdir()
    with pytest.raises(checking.RefusedError, match="cannot be started"):
        checking.launch(tmp_path / "s.yaml", "sqlite:///x.db")


@pytest.mark.faults
def test_a_typed_search_is_started_paused_resumed_and_stopped(
    family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.delenv("EVOLVE_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    url = "sqlite:///pages.db"
    changes = {"budget": {"trials": 5000}, "workers": {"count": 1}, "ablations": 0}
    text = yaml.safe_dump(tiny_search(family) | changes)
    (tmp_path / "mine").mkdir()
    checked = checking.check(text, "mine", url)
    assert checked.plan is not None, checked.problems
    digest = str(checked.plan["search"]["digest"])

    file = checking.save(text, "mine", "tiny.yaml")
    first = checking.launch(file, url)
    try:
        wait_for(lambda: trials(url, digest) > 3, 120)
        code, said = commands.asked(url, "pause", digest)
        assert code == 0, said
        wait_for(lambda: row(url, digest).state == "stopped", 60)
        wait_for(lambda: detached.exit_code(first) is not None, 60)
        assert detached.exit_code(first) == 0, detached.tail(first)
        assert "paused, as `evolve pause` asked" in first.log.read_text()
        before = trials(url, digest)

        again = commands.control_argv(sys.executable, url, "resume", digest, "--on", "local")
        second = detached.start(again, commands.environ_of(url), tmp_path / "again.log")
        wait_for(lambda: trials(url, digest) > before, 120)
        code, said = commands.asked(url, "stop", digest)
        assert code == 0, said
        wait_for(lambda: detached.exit_code(second) is not None, 120)
    finally:
        for started in (first, *([second] if "second" in locals() else [])):
            if detached.exit_code(started) is None:
                os.killpg(started.pid, 15)
    assert detached.exit_code(second) == 0, detached.tail(second)
    found = row(url, digest)
    assert found.state == "finished"
    assert found.verdict is not None
    assert found.wish is None
    assert before < trials(url, digest) < 5000


def row(url: str, digest: str) -> SearchRow:
    engine = open_engine(url, create=False)
    try:
        found = Reader(engine).search(digest)
    finally:
        engine.dispose()
    assert found is not None
    return found


def trials(url: str, digest: str) -> int:
    """How many have ended; none before there is a database."""
    try:
        engine = open_engine(url, create=False)
    except EvolveError:
        return 0
    try:
        reader = Reader(engine)
        search = reader.search(digest)
        return 0 if search is None else reader.tally(search.id).scored
    finally:
        engine.dispose()


def wait_for(true: Callable[[], bool], limit_s: float) -> None:
    until = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)
