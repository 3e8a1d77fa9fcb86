"""Exports and logs at URLs: a real S3 server (moto's) in a process of its own, and others."""

import importlib.util
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
import structlog
from rich.console import Console

from evolve.cli.exporting import export_trial
from evolve.cli.logs import logged_to
from evolve.cli.merging import merge_file
from evolve.cli.remote import (
    MARKER,
    check_target,
    is_url,
    local_path,
    upload_folder,
    without_secrets,
)
from evolve.cli.remote_log import RemoteLog
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.references import soup
from tests.evolve.conftest import QUICK, Bench
from tests.s3_server import s3_server

AWAY = "http://127.0.0.1:9"


def quiet(done: int, total: int) -> None:
    """For a writer that reports."""


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A file system of an S3 server with the bucket `models`, which the environment names."""
    pytest.importorskip("s3fs")
    with s3_server() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        place = fsspec.filesystem("s3")
        place.mkdir("models")
        yield place


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the machine keeps what is on its way."""
    monkeypatch.setenv("EVOLVE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def until(true: Callable[[], bool], limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("it did not become true in time")


def names(place: Any, path: str) -> list[str]:
    place.invalidate_cache()
    found = (str(name).lstrip("/") for name in place.find(path))
    return sorted(name.removeprefix(path.lstrip("/") + "/") for name in found)


def recipe_file(family: Path, file: Path, models: str) -> Path:
    file.write_text(soup([str(family / name) for name in models], "float32").to_yaml())
    return file


def test_what_is_a_url(tmp_path: Path) -> None:
    assert is_url("s3://bucket/x") and is_url("memory://x")
    assert not is_url("models/x") and not is_url(f"file://{tmp_path}")
    assert local_path(f"file://{tmp_path}/x") == tmp_path / "x"
    assert without_secrets("sftp://me:pass@host/x?token=1") == "sftp://host/x"
    with pytest.raises(ConfigError, match=r"nope://x: .* Known are s3://"):
        check_target("nope://x", replace=False)
    if importlib.util.find_spec("gcsfs") is None:
        with pytest.raises(ConfigError, match=r"pip install 'evolve-merge\[gcs\]'"):
            check_target("gs://bucket/x", replace=False)


def test_a_merge_is_uploaded_whole_and_replaced_whole(
    s3: Any, family: Path, tmp_path: Path, cache: Path
) -> None:
    file = recipe_file(family, tmp_path / "r.yml", "ab")
    here = merge_file(file, tmp_path / "here", quiet)
    there = merge_file(file, "s3://models/one/best", quiet)
    assert there == here | {"folder": "s3://models/one/best"}
    for name in here["files"]:
        if name != "README.md":  # which says what the folder is called
            assert (
                s3.cat_file(f"models/one/best/{name}") == (tmp_path / "here" / name).read_bytes()
            )
    assert b"# best" in s3.cat_file("models/one/best/README.md")
    with pytest.raises(ConfigError, match=r"is not empty .* --replace"):
        merge_file(file, "s3://models/one/best", quiet)
    s3.pipe_file("models/one/best/model-00001-of-00002.safetensors", b"of an older one")
    other = recipe_file(family, tmp_path / "other.yml", "bc")
    merge_file(other, "s3://models/one/best", quiet, replace=True)
    assert names(s3, "models/one/best") == here["files"]
    assert s3.cat_file("models/one/best/mergekit_config.yml") == other.read_bytes()
    s3.pipe_file("models/mine/data.csv", b"1")
    with pytest.raises(ConfigError, match="older exports only, and this holds none of"):
        merge_file(file, "s3://models/mine", quiet, replace=True)
    assert list((cache / "exports").iterdir()) == []


def test_an_upload_that_was_cut_off_is_no_model_and_is_gone_on_with(
    s3: Any, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for name in ("config.json", "README.md", "mergekit_config.yml", "model.safetensors"):
        (model / name).write_text(f"of {name}")
    url, code = "s3://models/cut", "import sys; from pathlib import Path\n"
    code += "from evolve.cli.remote import *; upload_folder(Path(sys.argv[1]), sys.argv[2])"
    command = [sys.executable, "-c", code, str(model), url]
    fault = os.environ | {"EVOLVE_FAULT": "export.uploading:kill"}
    assert subprocess.run(command, env=fault, timeout=120).returncode == -9
    assert names(s3, "models/cut") == [MARKER, "mergekit_config.yml", "model.safetensors"]
    check_target(url, replace=False)  # it is ours, and may be gone on with
    first = s3.info("models/cut/model.safetensors")["LastModified"]
    (model / "mergekit_config.yml").write_text("changed")
    time.sleep(1.1)
    assert upload_folder(model, url) == sorted(p.name for p in model.iterdir())
    assert names(s3, "models/cut") == sorted(p.name for p in model.iterdir())
    s3.invalidate_cache()
    assert s3.info("models/cut/model.safetensors")["LastModified"] == first  # not sent again
    assert s3.cat_file("models/cut/mergekit_config.yml") == b"changed"
    # Over a whole one: no moment at which the old card or configuration stands beside new weights.
    assert subprocess.run(command, env=fault, timeout=120).returncode == -9
    assert "config.json" not in names(s3, "models/cut")


def test_a_trial_is_exported_to_a_url_and_known_by_it(
    s3: Any, bench: Callable[..., Bench], tmp_path: Path
) -> None:
    one = bench(**QUICK, optimizer="random", budget={"trials": 2})
    one.drive()
    trial = one.reader.trials(one.search.id, origin="optimizer")[0]
    found = export_trial(one.engine, one.search, trial.number, "s3://models/won/", quiet)
    assert found["recipe"] == "s3://models/won/mergekit_config.yml"
    assert names(s3, "models/won") == found["files"]
    (model,) = [m for m in one.reader.models() if m.id == trial.model_id]
    assert (model.reference, model.name) == ("s3://models/won", "won")
    memory = export_trial(one.engine, one.search, 0, "memory://exports/won", quiet)
    assert names(fsspec.filesystem("memory"), "exports/won") == memory["files"]
    local = export_trial(one.engine, one.search, 0, f"file://{tmp_path}/won", quiet)
    assert local["folder"] == str(tmp_path / "won") and (tmp_path / "won" / "config.json").exists()


def test_a_store_that_cannot_be_had_is_one_clear_error(
    s3: Any, family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = recipe_file(family, tmp_path / "r.yml", "ab")
    began: list[int] = []
    with pytest.raises(EvolveError, match="s3://no-bucket/x: no such bucket"):
        merge_file(file, "s3://no-bucket/x", lambda *_: began.append(1))
    s3.clear_instance_cache()
    monkeypatch.setenv("AWS_ENDPOINT_URL", AWAY)
    began_s = time.monotonic()
    with pytest.raises(EvolveError, match=r"s3://models/x: cannot be reached") as error:
        merge_file(file, "s3://models/x", lambda *_: began.append(1))
    assert time.monotonic() - began_s < 20 and began == []
    assert "very-secret" not in str(error.value)
    s3.clear_instance_cache()


def lines(text: bytes) -> list[str]:
    return [json.loads(line)["event"] for line in text.decode().splitlines()]


def log(event: str) -> None:
    structlog.get_logger().info(event)


def test_a_log_at_a_url_is_there_at_the_end_after_what_was_there(s3: Any, cache: Path) -> None:
    shown = io.StringIO()
    for part in ("one", "two"):
        with logged_to(Console(file=shown), "s3://models/logs/search.jsonl"):
            log(part)
            log(f"{part} more")
    with (
        pytest.raises(KeyboardInterrupt),
        logged_to(Console(file=shown), "s3://models/logs/search.jsonl"),
    ):
        log("three")
        raise KeyboardInterrupt
    text = s3.cat_file("models/logs/search.jsonl")
    assert lines(text) == ["one", "one more", "two", "two more", "three"]
    assert shown.getvalue() == "" and list((cache / "logs").iterdir()) == []


def test_a_log_at_a_url_follows_the_search(s3: Any, cache: Path) -> None:
    s3.pipe_file("models/logs/live.jsonl", b"earlier\n")
    said: list[str] = []
    live = RemoteLog("s3://models/logs/live.jsonl", said.append, every_s=0.05)

    def there() -> bytes:
        s3.invalidate_cache()
        return bytes(s3.cat_file("models/logs/live.jsonl"))

    live.write("one\n")
    until(lambda: there() == b"earlier\none\n")
    live.write("two\n")
    until(lambda: there() == b"earlier\none\ntwo\n")
    live.close()
    assert said == [] and there() == b"earlier\none\ntwo\n"


def test_a_log_that_cannot_be_sent_is_said_once_and_stays_here(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", AWAY)
    s3.clear_instance_cache()
    said: list[str] = []
    lost = RemoteLog("s3://models/logs/lost.jsonl", said.append, every_s=0.05)
    lost.write("one\n")
    until(lambda: bool(said))
    lost.write("two\n")
    began = time.monotonic()
    lost.close()
    assert time.monotonic() - began < 4
    (line,) = said
    assert line.startswith("log s3://models/logs/lost.jsonl: cannot be reached")
    assert f"the search goes on, its events are in {lost.file}" in line
    assert lost.file.read_text() == "one\ntwo\n"
    s3.clear_instance_cache()
    with pytest.raises(ConfigError), logged_to(Console(), "nope://x/y"):
        pytest.fail("it was begun")


def test_a_log_in_a_file_is_appended_to(tmp_path: Path) -> None:
    for to in (tmp_path / "log.jsonl", f"file://{tmp_path}/log.jsonl"):
        with logged_to(Console(file=io.StringIO()), to):
            log("event")
    assert lines((tmp_path / "log.jsonl").read_bytes()) == ["event", "event"]
