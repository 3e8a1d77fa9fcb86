"""The pages as users start them: `evolve ui`, a process of its own on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode

_PATIENCE_S, _SAID = 60.0, "said.txt"


@dataclass(frozen=True)
class Served:
    """Pages that are up. pid: of the one process that serves them; folder: where it runs."""

    url: str
    pid: int
    folder: Path

    def page(self, name: str, **query: str) -> str:
        """The address of a page: `live`, search=DIGEST."""
        path = "" if name == "searches" else name  # Streamlit knows the first page by no name
        return f"{self.url}/{path}" + (f"?{urlencode(query)}" if query else "")

    @property
    def said(self) -> str:
        """All that the process has printed."""
        return (self.folder / _SAID).read_text(errors="replace")

    @property
    def memory_mb(self) -> float:
        """What the process holds in memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@contextmanager
def pages(store: str, folder: Path, changes: Mapping[str, str] | None = None) -> Iterator[Served]:
    """store: the database's URL; folder: an empty one, the process's home; changes: of its
    environment.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    said = folder / _SAID
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("EVOLVE_")},
        "HOME": str(folder),
        "EVOLVE_STORE": store,
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        **(changes or {}),
    }
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "evolve", "ui", "--port", str(port)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, said)
        yield Served(url, process.pid, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the pages did not start: {said.read_text()}")
