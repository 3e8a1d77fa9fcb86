"""W&B offline: the files that `wandb sync` sends, read back with W&B's own reader."""

import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from evolve.blocks import SinksConfig
from evolve.sinks import End, open_sinks
from tests.evolve.sinks.facts import END, NOW, SEARCH, ended

pytest.importorskip("wandb")
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # W&B's own


def records(folder: Path) -> Iterator[Any]:
    """Of every run, in the order they were made."""
    from wandb.proto.wandb_internal_pb2 import Record

    for file in sorted(folder.glob("wandb/offline-run-*/*.wandb")):
        for data in _log(file.read_bytes()):
            record = Record()
            record.ParseFromString(data)
            yield record


def _log(data: bytes) -> Iterator[bytes]:
    """The records of a LevelDB log: blocks of 32 KiB, in which each part of a record has a header
    of checksum, length and kind (1 whole, 2 first, 3 middle, 4 last).
    """
    at, parts = 7, b""  # after W&B's own header
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        parts += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield parts
            parts = b""


def test_a_search_that_goes_on_has_the_same_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    for trials, end in [([ended(3, 0.3), ended(5, None)], End("stopped")), ([ended(4, 0.7)], END)]:
        sinks = open_sinks(SinksConfig(wandb="merges"))
        sinks._close_s = 60.0
        sinks.begin(SEARCH)
        for trial in trials:
            sinks.ended(trial)
        sinks.progress(NOW)
        with capture_logs() as logs:
            sinks.close(end)
        assert logs == []
        time.sleep(1.1)  # W&B names its folders by the second
    found = list(records(tmp_path))
    runs = [r.run for r in found if r.WhichOneof("record_type") == "run"]
    assert {(r.run_id, r.project, r.display_name) for r in runs} == {
        (SEARCH.digest, "merges", "night")
    }
    rows = [
        {(i.key or "/".join(i.nested_key)): json.loads(i.value_json) for i in r.history.item}
        for r in found
        if r.WhichOneof("record_type") == "history"
    ]
    assert [(row["trial"], row["fitness"]) for row in rows] == [(3, 0.3), (4, 0.7)]
    assert rows[0]["gene/method"] == "ties"
    summary = {
        (i.key or "/".join(i.nested_key)): json.loads(i.value_json)
        for r in found
        if r.WhichOneof("record_type") == "summary"
        for i in r.summary.update
    }
    assert summary["verdict"] == "improvement"
    assert summary["usd_spent"] == 3.0


_DRIVER = """
from evolve.blocks import SinksConfig
from evolve.sinks import open_sinks
from tests.evolve.sinks.facts import END, SEARCH, ended

sinks = open_sinks(SinksConfig(wandb="merges"))
sinks.begin(SEARCH)
sinks.ended(ended(3))
sinks.close(END)
print("closed", flush=True)
"""


@pytest.mark.slow
def test_a_server_that_is_away_does_not_keep_the_process(tmp_path: Path) -> None:
    with socket.socket() as silent:  # takes connections and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        server = f"http://127.0.0.1:{silent.getsockname()[1]}"
        before = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _DRIVER],
            cwd=tmp_path,
            env=os.environ
            | {"WANDB_BASE_URL": server, "WANDB_API_KEY": "a" * 40, "WANDB_MODE": "online"}
            | {"PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        took = time.monotonic() - before
    assert (done.returncode, done.stderr) == (0, "")
    assert "closed" in done.stdout
    assert "did not end in time" in done.stdout
    assert took < 30
