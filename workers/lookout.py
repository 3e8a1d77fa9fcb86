"""Looks at the cluster's nodes now and then, away from whoever waits for results: a head node that
is away answers late.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from workers.cluster import nodes_of
from workers.placement import Node

_EVERY_S = 5.0


class Lookout(threading.Thread):
    """Tells what it sees every few seconds, and at once when it is asked to look."""

    def __init__(self, ray: Any, tell: Callable[[list[Node]], None]) -> None:
        super().__init__(name="evolve-lookout", daemon=True)
        self.heard_at = time.monotonic()  # when the cluster answered last
        self._ray = ray
        self._tell = tell
        self._asked = threading.Event()
        self._ends = False

    def look(self) -> None:
        """Soon."""
        self._asked.set()

    def end(self) -> None:
        """Looks no more."""
        self._ends = True
        self._asked.set()
        if self.is_alive():
            self.join(timeout=1.0)

    def run(self) -> None:
        while True:
            self._asked.wait(_EVERY_S)
            self._asked.clear()
            if self._ends:
                return
            try:
                found = nodes_of(self._ray)
            except Exception:  # noqa: S112  # it is away; the pool counts the seconds
                continue
            self.heard_at = time.monotonic()
            self._tell(found)
