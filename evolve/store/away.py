"""A database that is away for a moment: waited for, and asked again."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from evolve.store.connecting import shown
from search_spaces.errors import PauseError

_LOG = structlog.get_logger()
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0
# SQLSTATE classes and codes after which the same transaction may do: connection lost, server
# shutting down or starting, too many connections, disk full, deadlock, cannot serialize.
_PASSING = ("08", "57P", "53", "40")
# What SQLite says of a file that another process holds, or a disk that is full or away.
_PASSING_SQLITE = ("locked", "disk I/O error", "unable to open", "disk is full", "busy")

Found = TypeVar("Found")


def is_away(error: DBAPIError) -> bool:
    """Is it the database that is gone, rather than the statement that is wrong?"""
    if error.connection_invalidated:
        return True
    origin = error.orig
    if type(origin).__module__.startswith("sqlite3"):
        return any(word in str(origin) for word in _PASSING_SQLITE)
    if type(origin).__name__ == "InterfaceError":
        return True
    state = getattr(origin, "sqlstate", None)
    if state is None:  # never reached the server, or lost it without a word
        return type(origin).__name__ == "OperationalError"
    return str(state).startswith(_PASSING)


def patiently(
    engine: Engine,
    do: Callable[[], Found],
    *,
    limit_s: float | None = None,
    tell: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Found:
    """What `do` gives, tried again for as long as the engine's option `away_limit_s` (0: not at
    all) while the database is away. `do` must be whole transactions that may be repeated; tell:
    instead of the log.

    Raises: PauseError when it is away for longer; what `do` raises otherwise.
    """
    limit = float(engine.get_execution_options().get("away_limit_s", 0))
    limit = limit if limit_s is None else limit_s
    since: float | None = None
    wait = _FIRST_WAIT_S
    while True:
        try:
            found = do()
        except DBAPIError as error:
            if limit <= 0 or not is_away(error):
                raise
            since = clock() if since is None else since
            left = since + limit - clock()
            reason = next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)
            if left <= 0:
                raise PauseError(
                    f"store: {shown(engine.url)} has been away for {limit:.0f} s ({reason}). What "
                    "was recorded is there; run the same command again when it is back"
                ) from None
            if wait == _FIRST_WAIT_S and tell is not None:
                tell(f"the database is away ({reason}); waiting for up to {limit:.0f} s")
            elif wait == _FIRST_WAIT_S:
                _LOG.warning("the database is away, waiting", reason=reason, limit_s=limit)
            sleep(min(wait, left))
            wait = min(2 * wait, _LONGEST_WAIT_S)
            continue
        if since is not None and tell is None:
            _LOG.info("the database is back", away_s=round(clock() - since, 1))
        return found
