"""A command that is started again when it pauses (exit code 33) or is killed."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from search_spaces.errors import PauseError

_STEADY_S = 600.0
"""Whoever lasted so long has met a new trouble: the repetitions are counted anew."""
_LONGEST_PAUSE_S = 300.0
_STEP_S = 0.05
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>


def supervise(
    command: Sequence[str],
    *,
    restarts: int,
    pause_s: float,
    say: Callable[[str], None],
    environ: Mapping[str, str] | None = None,
) -> int:
    """The exit code of the last start; 128 + N where signal N ended it.

    restarts: at most so many in a row; pause_s: before the first, twice as long before each next
    one. SIGTERM and SIGINT are passed on, and then nothing is started again. What is killed
    (out of memory, a drill) is started again like what pauses: its state is in the database.
    """
    child: subprocess.Popen[bytes] | None = None
    stopping = False

    def pass_on(number: int, _: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        if child is not None and child.poll() is None:
            child.send_signal(number)

    before = {n: signal.signal(n, pass_on) for n in (signal.SIGTERM, signal.SIGINT)}
    die_with_parent = _die_with_parent()
    again = 0
    try:
        while True:
            started = time.monotonic()
            child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                env=None if environ is None else dict(environ),
                process_group=0,  # or Ctrl-C would reach it twice
                preexec_fn=die_with_parent,
            )
            if stopping:  # a signal came before there was whom to tell
                child.send_signal(signal.SIGTERM)
            code = child.wait()
            code = 128 - code if code < 0 else code
            if stopping or not _goes_on(code):
                return code
            again = 1 if time.monotonic() - started > _STEADY_S else again + 1
            if again > restarts:
                return code
            pause = min(_LONGEST_PAUSE_S, pause_s * 2 ** (again - 1))
            why = "paused" if code == PauseError.exit_code else f"was ended by signal {code - 128}"
            say(f"the search {why}; it goes on in {pause:g} s ({again} of {restarts})")
            until = time.monotonic() + pause
            while time.monotonic() < until:
                if stopping:
                    return code
                time.sleep(min(_STEP_S, pause))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _goes_on(code: int) -> bool:
    """A pause, or a kill; 128 + SIGINT and SIGTERM were wanted."""
    return code in (PauseError.exit_code, 128 + signal.SIGKILL, 128 + signal.SIGABRT) or code in (
        128 + signal.SIGSEGV,
        128 + signal.SIGBUS,
    )


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux, the search gets SIGTERM when this process is killed, and does not stay behind."""
    if os.uname().sysname != "Linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_DEATH_SIGNAL, signal.SIGTERM)

    return ask
