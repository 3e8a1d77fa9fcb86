"""Commands that outlive the page that started them: in a session of their own, with a log file."""

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_TAIL_BYTES = 16_000


@dataclass(frozen=True)
class Started:
    """pid: of the process; log: what it says is appended there, from byte `offset` on."""

    pid: int
    log: Path
    offset: int
    when: datetime


_lock = threading.Lock()
_processes: dict[int, subprocess.Popen[bytes]] = {}  # so that one that has ended is noticed


def start(argv: Sequence[str], environ: Mapping[str, str], log: Path) -> Started:
    """Raises: OSError where the log cannot be written or the command not be started."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        offset = out.tell()
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            start_new_session=True,
        )
    with _lock:
        _processes[process.pid] = process
    return Started(process.pid, log, offset, datetime.now(UTC))


def exit_code(started: Started) -> int | None:
    """None while it runs; -1 where it has ended and nobody knows how: the pages were restarted."""
    with _lock:
        process = _processes.get(started.pid)
    if process is not None:
        return process.poll()
    try:
        os.kill(started.pid, 0)
    except ProcessLookupError:
        return -1
    except PermissionError:
        pass
    return None


def tail(started: Started, lines: int = 12) -> str:
    """The last lines of what it has said so far."""
    try:
        with started.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(started.offset, size - _TAIL_BYTES))
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.replace("\r", "\n").rstrip().splitlines()[-lines:])
