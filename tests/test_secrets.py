"""Secrets are planted where users have them; then real commands run, and all that they print, log,
store and export is searched.
"""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from evolve.cli.logs import logged_to
from evolve.config import SearchConfig, read_search, without_password
from evolve.masking import masked, secrets_of
from evolve.store.connecting import make_engine
from search_spaces.errors import ConfigError
from ui.commands import export_argv
from ui.queries import Store

PASSWORD = "planted-pass%40word-database"  # noqa: S105
SECRETS = {
    "HF_TOKEN": "hf_plantedTokenOfHuggingFace",
    "WANDB_API_KEY": "planted0wandb1key2",
    "RAY_AUTH_TOKEN": "planted-ray-token-3",
    "AWS_SECRET_ACCESS_KEY": "planted+aws/key=4",
    "PGPASSWORD": "planted-pg-password-5",
}
PLANTED = "planted"
WRONG = f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/evolve"
SINK = "http://me:planted-mlflow-password@127.0.0.1:1"


def run(
    *words: str | Path, cwd: Path | None = None, store: str | None = None, timeout: int = 240
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **SECRETS, "RAY_ADDRESS": ""}
    environment.pop("RAY_ADDRESS")
    if store is not None:
        environment["EVOLVE_STORE"] = store
    done = subprocess.run(
        [sys.executable, "-m", "evolve", *map(str, words)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert PLANTED not in done.stdout
    assert PLANTED not in done.stderr
    return done


def clean(folder: Path) -> int:
    """No file below it holds a secret, nor a file's name. Gives the number of files."""
    count = 0
    for path in folder.rglob("*"):
        assert PLANTED not in path.name
        if path.is_file():
            count += 1
            assert PLANTED.encode() not in path.read_bytes(), path
    return count


def test_commands_that_cannot_reach_their_database_say_so_without_its_password(
    search_file: Callable[..., Path], tmp_path: Path
) -> None:
    file = search_file(store=WRONG, store_limit_s=0.1)
    for words in (["run", file], ["list", "--store", WRONG]):
        done = run(*words)
        assert done.returncode in (2, 33), done.stderr
        assert "127.0.0.1:1/evolve" in done.stderr
    done = run("export", "x", "--to", tmp_path / "out", store=WRONG + "?password=planted-too")
    assert done.returncode != 0
    for url in (f"postgresql+psycopg://me:{PASSWORD}@host:port/x", f"://me:{PASSWORD}@h/x"):
        with pytest.raises(ConfigError) as refused:
            make_engine(url)
        assert PLANTED not in str(refused.value)


def test_plan_prints_the_search_file_without_passwords(search_file: Callable[..., Path]) -> None:
    file = search_file(store=WRONG, sinks={"mlflow": SINK})
    done = run("plan", file)
    assert done.returncode == 0, done.stderr
    assert "me:***@127.0.0.1:1/evolve" in done.stdout
    assert "me:***@127.0.0.1:1" in done.stdout


def test_a_search_leaves_no_secret_in_its_database_log_and_export(
    search_file: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    store = f"sqlite:///{folder / 'evolve.db'}"
    file = search_file(store=store, budget={"trials": 2}, finalists=1, ablations=0)
    done = run("run", file, "--log", folder / "log.jsonl", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert run("show", "tiny", store=store).returncode == 0
    assert run("export", "tiny", "--to", folder / "model", store=store).returncode == 0
    assert (folder / "log.jsonl").stat().st_size > 0
    assert clean(folder) > 6


def test_the_pages_start_without_a_word_of_their_secrets(tmp_path: Path) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    said = tmp_path / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "evolve", "ui", "--port", str(port)],
            env={**os.environ, **SECRETS, "EVOLVE_STORE": WRONG, "HOME": str(tmp_path)},
            cwd=tmp_path,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            page = _page(f"http://127.0.0.1:{port}/")
            command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    assert PLANTED.encode() not in page + command
    assert f"127.0.0.1:{port}" in said.read_text()
    clean(tmp_path)


def _page(url: str) -> bytes:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(url) as found:  # noqa: S310
            content: bytes = found.read()
            return content
        time.sleep(0.1)
    raise AssertionError("the pages did not start")


def test_configurations_engines_and_errors_have_no_password_in_their_repr(
    search_file: Callable[..., Path],
) -> None:
    config = read_search(search_file(store=WRONG, sinks={"mlflow": SINK}))
    engine = make_engine(WRONG)
    shown = [repr(config), str(config), repr(config.sinks), json.dumps(config.shown())]
    shown += [repr(engine), str(engine.url), repr(engine.url), without_password(WRONG)]
    shown += [repr(Store(WRONG, None, None))]  # type: ignore[arg-type]
    shown += export_argv("python", WRONG, "d", 1, "/out")
    shown += export_argv(
        "python", WRONG.replace(f":{PASSWORD}", "") + "?password=planted", "d", 1, "/o"
    )
    with pytest.raises(SQLAlchemyError) as failed, engine.connect() as connection:
        connection.execute(text("select :x"), {"x": PASSWORD})
    shown += [str(failed.value), repr(failed.value)]
    with make_engine("sqlite://").connect() as connection:
        with pytest.raises(SQLAlchemyError) as wrong:
            connection.execute(text("select * from nothing where x = :x"), {"x": PASSWORD})
        shown.append(str(wrong.value))
    assert not [line for line in shown if PLANTED in line]
    assert isinstance(config, SearchConfig)


def test_a_mistake_in_the_search_file_is_told_without_its_values(
    search_file: Callable[..., Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(f"store: {WRONG}\nbase: [\n")
    for changes in ({"stroe": WRONG}, {"store": [WRONG]}, {"sinks": {"mlflow": [SINK]}}, None):
        with pytest.raises(ConfigError) as refused:
            read_search(broken if changes is None else search_file(**changes))
        assert PLANTED not in str(refused.value)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from evolve import masking

    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    masking._of_this_process.cache_clear()
    yield
    monkeypatch.undo()
    masking._of_this_process.cache_clear()


@pytest.mark.usefixtures("environment")
def test_events_are_logged_and_shown_without_secrets(tmp_path: Path) -> None:
    shown = io.StringIO()
    with logged_to(Console(file=shown, width=1000), tmp_path / "log"):
        found: Any = structlog.get_logger()
        token = SECRETS["HF_TOKEN"]
        found.warning(f"failed at {WRONG}", error=ValueError(WRONG), more={"a": [token, SINK]})
        found.info("at", token=token, count=3, share=0.5)
    lines = (tmp_path / "log").read_text()
    assert PLANTED not in lines + shown.getvalue()
    assert "me:***@127.0.0.1:1/evolve" in lines
    assert json.loads(lines.splitlines()[1])["count"] == 3


WORDS = st.text("abcXYZ019._~-%+", min_size=6, max_size=30)


@given(WORDS, WORDS, st.sampled_from(["postgresql+psycopg", "https", "redis"]))
def test_the_password_of_any_url_is_masked_and_nothing_else(
    user: str, password: str, scheme: str
) -> None:
    url = f"{scheme}://{user}:{password}@host:5432/name"
    assert masked(f"at {url}, and", ()) == f"at {scheme}://{user}:***@host:5432/name, and"
    plain = f"at {scheme}://{user}@host:5432/name and https://host/a@b"
    assert masked(plain, ()) == plain
    assert masked(f"x?password={password}&a=1", ()) == "x?password=***&a=1"


@given(WORDS)
def test_values_of_variables_that_hold_secrets_are_masked(secret: str) -> None:
    names = ("HF_TOKEN", "WANDB_API_KEY", "MY_SECRET", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD")
    for name in names:
        assert secrets_of({name: secret, "PATH": "/usr/bin", "TOKENIZERS": "yes"}) == (secret,)
    found = secrets_of({"EVOLVE_STORE": f"postgresql://me:{secret}@h/x"})
    assert secret in found
    assert secret not in masked(f"a {secret} b", found)
