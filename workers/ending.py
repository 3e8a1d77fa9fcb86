"""Ends processes of workers: by Ray, and where one does not listen to it, by a signal."""

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

from workers.fleet import Host

_PATIENCE_S = 3.0


class Ending:
    """Knows which processes of this machine were told to end."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._here: str = ray.get_runtime_context().get_node_id()
        self._told: list[tuple[int, float]] = []

    def watch(self, host: Host) -> None:
        """It should be gone by now, or soon."""
        if host.node == self._here and host.pid is not None:
            self._told.append((host.pid, time.monotonic()))

    def insist(self, now: float) -> None:
        """SIGKILL for those that are still there after some seconds."""
        for pid, at in list(self._told):
            if now - at > _PATIENCE_S:
                self._told.remove((pid, at))
                _kill(pid)

    def all(self, hosts: list[Host]) -> None:
        """Ends them and leaves Ray."""
        for host in hosts:
            self.watch(host)
            with contextlib.suppress(Exception):
                self._ray.kill(host.actor)
        self._ray.shutdown()
        for pid, _ in self._told:
            _kill(pid)


def _kill(pid: int) -> None:
    """If it is still a worker of Ray, and not another process that has its number now."""
    with contextlib.suppress(OSError):
        if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::"):
            os.kill(pid, signal.SIGKILL)
