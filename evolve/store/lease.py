"""One driver per search: who holds it, until when, and taking it over.

A driver gets an epoch when it opens its search, one higher than the last (a fencing token, see
M. Kleppmann, Designing Data-Intensive Applications, section 8.4). It holds a lease that it renews
from a thread. While the lease lasts nobody else opens the search; afterwards anybody may, and the
former holder, should it wake up, finds that its epoch is over and writes nothing.
"""

import os
import secrets
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from evolve.store.tables import searches
from search_spaces.errors import StopError

LEASE_S = 30.0
_BEATS = 15  # in the length of a lease: whoever asks something of a driver waits for one of them


class HeldError(StopError):
    """Another driver holds the search. holder: as it is stored; who: in words; until: its lease
    lasts, UTC; left_s: of it.
    """

    def __init__(self, holder: str, until: datetime, left_s: float) -> None:
        self.who = named(holder)
        super().__init__(
            f"{self.who} is running this search, and its lease runs for "
            f"{left_s:.0f} s more; watch it with `evolve show` or `evolve ui`, or end that "
            "process and run the same command again"
        )
        self.holder = holder
        self.until = until
        self.left_s = left_s


def named(holder: str) -> str:
    """A holder in words."""
    host, pid = _host_and_pid(holder)
    here = " (this machine)" if host == socket.gethostname() else ""
    return f"process {pid} on {host}{here}"


def me() -> str:
    """host:pid/PLACE.START.TOKEN of this driver: which boot and namespace of process numbers, and
    when the process began, tell it from others of that host's name and number.
    """
    token = secrets.token_hex(3)
    return f"{socket.gethostname()}:{os.getpid()}/{_place()}.{_start(os.getpid())}.{token}"


def _place() -> str:
    """This boot of this machine, or of this container."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as boot:
            return boot.read()[:8] + os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        return "unknown"


def _start(pid: int) -> str | None:
    """When a process began, in ticks since the boot; None where none is to be seen."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _host_and_pid(holder: str) -> tuple[str, str]:
    host, _, rest = holder.rpartition(":")
    return host, rest.partition("/")[0]


def lease_end(connection: Connection, seconds: float = LEASE_S) -> datetime:
    return now(connection) + timedelta(seconds=seconds)


def now(connection: Connection) -> datetime:
    """By the server's clock where there is a server, so that drivers on several machines agree."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found


def refuse_if_held(connection: Connection, row: Row[Any]) -> None:
    """row: of a search.

    Raises: HeldError while its holder's lease lasts, unless that is a process of this machine
    that is gone.
    """
    holder, until = row.holder, row.lease_until
    if row.state != "running" or holder is None or until is None:
        return
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    left = (until - now(connection)).total_seconds()
    if left > 0 and not is_gone(holder):
        raise HeldError(holder, until, left)


def refuse_held(engine: Engine, digest: str) -> None:
    """Raises: HeldError while another driver's lease on the search with this digest lasts."""
    with engine.connect() as connection:
        row = connection.execute(select(searches).where(searches.c.digest == digest)).first()
        if row is not None:
            refuse_if_held(connection, row)


def is_gone(holder: str) -> bool:
    """Was it a process of this machine, or of this container, that has ended? Only where that is
    certain.
    """
    host, pid = _host_and_pid(holder)
    place, _, rest = holder.rpartition("/")[2].partition(".")
    if host != socket.gethostname() or place != _place() or place == "unknown":
        return False
    return _start(int(pid)) != rest.partition(".")[0]


class Heartbeat:
    """Renews a lease from a thread of its own, every two seconds, and reads what somebody asked of
    the driver (wishing.py). Use as a context.
    """

    def __init__(
        self, engine: Engine, search_id: int, epoch: int, lease_s: float = LEASE_S
    ) -> None:
        self._engine = engine
        self._search_id = search_id
        self._epoch = epoch
        self._lease_s = lease_s
        self._wish: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=1.0)

    @property
    def wish(self) -> str | None:
        """The last one that was found in the store."""
        return self._wish

    def _beat(self) -> None:
        while not self._over.wait(self._lease_s / _BEATS):
            try:
                with (
                    self._engine.connect().execution_options(writes=True) as connection,
                    connection.begin(),
                ):
                    found = connection.execute(
                        update(searches)
                        .where(searches.c.id == self._search_id, searches.c.epoch == self._epoch)
                        .values(lease_until=lease_end(connection, self._lease_s))
                        .returning(searches.c.wish)
                    ).all()
                self._wish = found[0].wish if found else None
            except SQLAlchemyError:
                continue  # the database is away; the driver itself notices that
