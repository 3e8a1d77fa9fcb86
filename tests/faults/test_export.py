"""`evolve merge` killed in the middle: the older export stays whole, nothing stays behind. And the
log of a search whose machine is taken away.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from search_spaces.faults import POINTS
from search_spaces.references import soup
from tests.faults.driving import running, trials_done, wait_until
from tests.s3_server import s3_server

KILLS = ("export.writing:kill:7", "export.swapping:kill")


def merge(file: Path, to: Path | str, *options: str, **environment: str) -> tuple[int, str]:
    """(exit status, what it said)."""
    done = subprocess.run(
        [sys.executable, "-m", "evolve", "merge", str(file), "--to", str(to), *options],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    files = (f for f in folder.rglob("*") if f.is_file())
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}


def test_every_point_of_an_export_is_drilled() -> None:
    points = {p for p in POINTS if p.startswith("export.")}
    assert {k.split(":")[0] for k in KILLS} | {"export.uploading"} == points  # in test_remote.py


@pytest.mark.faults
def test_an_export_that_is_killed_leaves_the_older_one(family: Path, tmp_path: Path) -> None:
    files = {}
    for names in ("ab", "bc"):
        files[names] = tmp_path / f"{names}.yml"
        files[names].write_text(soup([str(family / n) for n in names], "float32").to_yaml())
    folder = tmp_path / "models" / "out"
    assert merge(files["ab"], folder) == (0, "")
    before = contents(folder)
    code, _ = merge(files["bc"], folder, "--replace", EVOLVE_FAULT=KILLS[0])
    assert code == -9 and contents(folder) == before
    assert len(list(folder.parent.iterdir())) == 2  # a hidden one besides
    # Dead between two renames: the older one is put back by whoever comes next.
    code, _ = merge(files["bc"], folder, "--replace", EVOLVE_FAULT=KILLS[1])
    assert code == -9 and not folder.exists()
    code, said = merge(files["bc"], folder)
    assert code == 2 and "exists and is not empty" in said and contents(folder) == before
    assert [p.name for p in folder.parent.iterdir()] == ["out"]
    assert merge(files["bc"], folder, "--replace") == (0, "")
    assert [p.name for p in folder.parent.iterdir()] == ["out"]
    assert contents(folder)["model.safetensors"] != before["model.safetensors"]


@pytest.mark.faults
def test_the_log_of_a_search_that_is_told_to_end_is_at_its_url(
    search_file: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("s3fs")
    store = f"sqlite:///{tmp_path}/evolve.db"
    file = search_file(store=store, budget={"trials": 5000}, ablations=0)
    with s3_server() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        place = fsspec.filesystem("s3")
        place.mkdir("logs")
        with running(file, "--log", "s3://logs/search.jsonl", **environment) as process:
            wait_until(trials_done(store, 5), process)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=60)
            assert process.returncode == 33, said
            assert time.monotonic() - began < 8
        place.invalidate_cache()
        events = [json.loads(line) for line in place.cat_file("logs/search.jsonl").splitlines()]
        assert len(events) >= 5 and all("event" in event for event in events)
