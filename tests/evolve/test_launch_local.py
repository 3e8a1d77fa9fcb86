"""`evolve launch --on local`: real processes, killed for real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evolve.cli.supervising import supervise
from evolve.store import Reader, open_engine

HERE = {
    **os.environ,
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "PYTHONWARNINGS": "ignore",
}
HERE.pop("EVOLVE_STORE", None)


def counting(folder: Path, *ends: str) -> list[str]:
    """A command whose Nth start does `ends[N]`, and the last one from then on."""
    cases = "\n".join(f"{n}) {end};;" for n, end in enumerate(ends[:-1], 1))
    count = folder / "count"
    return [
        "sh",
        "-c",
        f'echo x >> {count}; case "$(wc -l < {count})" in {cases}\n*) {ends[-1]};; esac',
    ]


def starts(folder: Path) -> int:
    return len((folder / "count").read_text().splitlines())


@pytest.mark.parametrize(
    ("ends", "code", "started"),
    [
        (["exit 0"], 0, 1),
        (["exit 33", "exit 33", "exit 0"], 0, 3),
        (["kill -9 $$", "kill -SEGV $$", "exit 0"], 0, 3),
        (["exit 33", "exit 2"], 2, 2),
        (["exit 3"], 3, 1),
        (["kill -9 $$"], 137, 4),
        (["exit 33"], 33, 4),
        (["kill -TERM $$"], 143, 1),
    ],
)
def test_what_pauses_or_is_killed_is_started_again_and_nothing_else(
    tmp_path: Path, ends: list[str], code: int, started: int
) -> None:
    said: list[str] = []
    found = supervise(counting(tmp_path, *ends), restarts=3, pause_s=0.0, say=said.append)
    assert (found, starts(tmp_path)) == (code, started)
    assert len(said) == started - 1


def test_pauses_grow(tmp_path: Path) -> None:
    said: list[str] = []
    began = time.monotonic()
    supervise(counting(tmp_path, "exit 33"), restarts=3, pause_s=0.05, say=said.append)
    assert time.monotonic() - began >= 0.05 + 0.1 + 0.2
    assert [line.split("goes on in ")[1].split(" s")[0] for line in said] == ["0.05", "0.1", "0.2"]


SUPERVISE = """
import sys
from evolve.cli.supervising import supervise
sys.exit(supervise(sys.argv[1:], restarts=3, pause_s={pause}, say=print))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on_once_and_ends_it_with_the_code_of_the_search(
    tmp_path: Path, number: signal.Signals
) -> None:
    child = (
        "import signal, sys, time, pathlib\n"
        "here = pathlib.Path(sys.argv[1])\n"
        "def end(n, _):\n    (here / f'got-{n}').touch(exist_ok=False)\n    sys.exit(33)\n"
        "signal.signal(signal.SIGTERM, end); signal.signal(signal.SIGINT, end)\n"
        "(here / 'up').touch()\ntime.sleep(60)"
    )
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", SUPERVISE.format(pause=0)),
            *(sys.executable, "-c", child, str(tmp_path)),
        ]
    )
    wait_for(tmp_path / "up")
    process.send_signal(number)
    assert process.wait(60) == 33
    assert (tmp_path / f"got-{number}").exists()


def test_a_signal_in_a_pause_ends_it_at_once(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE.format(pause=60), *counting(tmp_path, "exit 33")],
        stdout=subprocess.DEVNULL,
    )
    wait_for(tmp_path / "count")
    time.sleep(0.3)
    process.terminate()
    assert process.wait(60) == 33
    assert starts(tmp_path) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="a search outlives a killed parent elsewhere")
def test_a_search_does_not_stay_behind_when_its_parent_is_killed(tmp_path: Path) -> None:
    child = f"trap 'touch {tmp_path}/ended; exit 33' TERM; touch {tmp_path}/up; sleep 60 & wait"
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE.format(pause=0), "sh", "-c", child]
    )
    wait_for(tmp_path / "up")
    process.kill()
    process.wait(60)
    wait_for(tmp_path / "ended")


@pytest.mark.faults
def test_a_search_that_is_killed_goes_on_and_ends_as_one_that_was_not(
    search_file: Callable[..., Path], tmp_path: Path
) -> None:
    """EVOLVE_FAULT kills the driver after its second commit; no trial is lost or counted twice."""
    file = search_file(store=f"sqlite:///{tmp_path}/twin.db")
    command = [sys.executable, "-m", "evolve"]
    done = subprocess.run(
        [*command, "run", str(file)], env=HERE, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr

    file = search_file(store=f"sqlite:///{tmp_path}/killed.db")
    once = tmp_path / "struck"
    fault = {"EVOLVE_FAULT": "driver.committed:kill:2", "EVOLVE_FAULT_ONCE": str(once)}
    to = tmp_path / "model"
    done = subprocess.run(
        [
            *(*command, "launch", str(file), "--on", "local", "--restart-pause", "0.1"),
            *("--export", str(to)),
        ],
        env=HERE | fault,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert once.exists()
    assert "was ended by signal 9; it goes on in 0.1 s (1 of 10)" in done.stderr
    assert (to / "model.safetensors").exists()

    recipes = []
    for name in ("twin", "killed"):
        reader = Reader(open_engine(f"sqlite:///{tmp_path}/{name}.db"))
        (search,) = reader.searches()
        assert search.state == "finished"
        recipes.append([t.recipe for t in reader.trials(search.id, origin="optimizer")])
    assert recipes[0] == recipes[1]
    assert len(recipes[0]) == 8


def wait_for(file: Path) -> None:
    until = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < until, f"{file} did not come"
        time.sleep(0.02)
