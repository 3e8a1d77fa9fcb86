"""What a rented machine would do, done here: the script of the SkyPilot task on two nodes of one
machine, and a job of a Ray cluster that is there.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from evolve.config import read_search
from evolve.launch.shipping import ship
from evolve.launch.skypilot import sky_task
from evolve.launch.wanted import Wanted
from evolve.store import Reader, open_engine
from tests.infra.tools import ray_with_dashboard

pytestmark = pytest.mark.faults

TOKEN = "t" * 40
BIN = Path(sys.executable).parent


def environ(home: Path, store: str, **more: str) -> dict[str, str]:
    left = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "EVOLVE_"))}
    return left | {
        "HOME": str(home),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
        "RAY_USAGE_STATS_ENABLED": "0",
        "EVOLVE_STORE": store,
        **more,
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def is_finished(store: str) -> bool:
    reader = Reader(open_engine(store, create=False))
    (search,) = reader.searches()
    trials = reader.trials(search.id, origin="optimizer")
    return search.state == "finished" and len(trials) == 8


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """With all that it started: they are one process group."""
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def test_the_script_of_the_skypilot_task_runs_a_search_on_two_nodes(
    search_file: Callable[..., Path], tmp_path: Path
) -> None:
    config = read_search(search_file(workers={"count": 2}))
    shipped = ship(config)
    home = tmp_path / "home"
    for there, here in shipped.folders.items():  # SkyPilot's file_mounts
        (home / "evolve-search" / there).parent.mkdir(parents=True, exist_ok=True)
        (home / "evolve-search" / there).symlink_to(here)
    task = sky_task(Wanted("tiny", shipped.text, shipped.folders))
    script = re.sub(r"\b6379\b", str(free_port()), task["run"])
    store = f"sqlite:///{tmp_path}/there.db"
    nodes = []
    for rank in ("0", "1"):
        given = environ(
            home,
            store,
            SKYPILOT_NODE_RANK=rank,
            SKYPILOT_NODE_IPS="127.0.0.1\n127.0.0.1\n",
            SKYPILOT_NUM_GPUS_PER_NODE="0",
        )
        script_of_rank = script.replace(
            "--dashboard-agent-listen-port=52366", f"--dashboard-agent-listen-port={free_port()}"
        ).replace("evolve-ray.log", f"evolve-ray-{rank}.log")
        nodes.append(
            subprocess.Popen(["bash", "-c", script_of_rank], env=given, start_new_session=True)
        )
    with ended(nodes[0]), ended(nodes[1]):
        assert nodes[0].wait(420) == 0, (home / "evolve-ray-0.log").read_text()
        assert nodes[1].wait(60) == 0
    assert is_finished(store)
    assert "There are no" not in (home / "evolve-ray-1.log").read_text()


def test_a_search_runs_as_a_job_of_a_ray_cluster_with_a_token(
    search_file: Callable[..., Path], tmp_path: Path
) -> None:
    python = ray_with_dashboard()
    file = search_file()
    store = f"sqlite:///{tmp_path}/there.db"
    port, dashboard, home = free_port(), free_port(), tmp_path / "home"
    home.mkdir()
    given = environ(home, store, PATH=f"{python.parent}:{BIN}:{os.environ['PATH']}")
    head = subprocess.Popen(
        [
            *(python, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
            *(f"--port={port}", "--node-ip-address=127.0.0.1", "--num-cpus=1"),
            *("--include-dashboard=true", "--dashboard-host=127.0.0.1"),
            f"--dashboard-port={dashboard}",
            f"--dashboard-agent-listen-port={free_port()}",
        ],
        env=given,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{dashboard}"
    launch = [python, "-m", "evolve", "launch", str(file), "--on", "ray", "--address", address]
    with ended(head):
        await_port(dashboard)
        wrong = subprocess.run(
            [*launch, "--store-there"],
            env=given | {"RAY_AUTH_TOKEN": "u" * 40},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert wrong.returncode == 2, wrong.stderr
        assert "token" in wrong.stderr and "Traceback" not in wrong.stderr

        sent = subprocess.run(
            [*launch, "--store-there"], env=given, capture_output=True, text=True, timeout=60
        )
        assert sent.returncode == 0, sent.stderr
        (submitted,) = re.findall(r"Submitted as (\S+)\.", sent.stderr)
        state = follow(python, address, submitted, given)
    assert state == "SUCCEEDED"
    assert is_finished(store)


def follow(python: Path, address: str, submitted: str, given: dict[str, str]) -> str:
    """The state in which the job ended."""
    code = (
        "import sys, time\n"
        "from ray.job_submission import JobSubmissionClient\n"
        "client = JobSubmissionClient(sys.argv[1])\n"
        "while not (state := client.get_job_status(sys.argv[2])).is_terminal(): time.sleep(0.5)\n"
        "print(client.get_job_logs(sys.argv[2]), file=sys.stderr)\n"
        "print(state.value)"
    )
    done = subprocess.run(
        [python, "-c", code, address, submitted],
        env=given,
        capture_output=True,
        text=True,
        timeout=420,
    )
    print(done.stderr)
    return done.stdout.strip().splitlines()[-1]


def await_port(port: int) -> None:
    until = time.monotonic() + 90
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < until, f"nothing listens on {port}"
            time.sleep(0.2)
