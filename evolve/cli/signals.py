"""SIGTERM, as a scheduler or a spot notice sends it, and Ctrl-C: the search stops at a moment when
nothing is half done.

After SIGTERM it asks to be given again (exit code 33), and is gone within five seconds whatever
hangs. A second Ctrl-C leaves at once.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from search_spaces.errors import PauseError

_LIMIT_S = 4.0
_INTERRUPTED = 130


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


class Paused(KeyboardInterrupt):
    """`evolve pause` asked for it; nobody gives the search again by himself."""


class Signals:
    """What came, and when it is said: at once, or while `held` only in `check`."""

    def __init__(self) -> None:
        self._came: int | None = None
        self._held = False
        self._watched = False

    @contextmanager
    def handled(self) -> Iterator["Signals"]:
        """In the main thread; afterwards as before."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        self.install()
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def install(self) -> None:
        """Again after Ray has started, which puts handlers of its own there."""
        signal.signal(signal.SIGTERM, self._handle)
        signal.signal(signal.SIGINT, self._handle)

    def hold(self) -> None:
        """From now on nothing is raised but by `check`."""
        self._held = True

    def check(self) -> None:
        """Raises: Terminated or KeyboardInterrupt, if one came."""
        if self._came == signal.SIGTERM:
            raise Terminated
        if self._came is not None:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        again = self._came is not None
        if number == signal.SIGTERM and not self._watched:
            self._watched = True
            watchdog = threading.Timer(_LIMIT_S, _leave, [PauseError.exit_code])
            watchdog.daemon = True
            watchdog.start()
        if again and number == signal.SIGINT:
            _leave(_INTERRUPTED)
        if not again:
            self._came = number
            if not self._held:
                self.check()


def _leave(code: int) -> None:
    sys.stderr.write("evolve: stopped; the same command goes on from here\n")
    sys.stderr.flush()
    os._exit(code)
