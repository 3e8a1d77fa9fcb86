"""SIGTERM, as a scheduler or a spot notice sends it: the search stops as by Ctrl-C, but asks to be
given again (exit code 33), and is gone within five seconds whatever hangs.
"""

import os
import signal
import sys
import threading
from types import FrameType

from search_spaces.errors import PauseError

_LIMIT_S = 4.5
_AGAIN_S = 1.0


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


class OnSigterm:
    """Raises Terminated in the main thread. Should that be swallowed somewhere it is raised again
    a second later, until `heard` is called; after 4.5 s the process ends, cleaned up or not.
    """

    def __init__(self) -> None:
        self._came = False
        self._heard = False

    def install(self) -> None:
        """Again after Ray has started, which puts a handler of its own there."""
        signal.signal(signal.SIGTERM, self._handle)
        signal.signal(signal.SIGALRM, self._handle)

    def heard(self) -> None:
        """From now on nothing is raised: the search is being left."""
        self._heard = True
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._heard:
            return
        if not self._came:
            self._came = True
            watchdog = threading.Timer(_LIMIT_S, _leave)
            watchdog.daemon = True
            watchdog.start()
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        raise Terminated


def _leave() -> None:
    sys.stderr.write("evolve: stopped; the same command goes on from here\n")
    sys.stderr.flush()
    os._exit(PauseError.exit_code)
