"""What somebody asks of the driver of a search, wherever that runs: it reads it with its lease."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, Engine, select, update

from evolve.store.away import patiently
from evolve.store.lease import is_gone, now
from evolve.store.tables import searches

Wish = Literal["pause", "stop"]
"""pause: end, at a moment when nothing is half done; stop: ask no more trials, and choose."""
WISHES: tuple[str, ...] = get_args(Wish)


def ask_driver(engine: Engine, search_id: int, wish: Wish) -> bool:
    """Leaves the wish in the store; of several the last counts. False where no driver holds the
    search: then nothing is written.

    Raises: PauseError for a database that is away for too long.
    """
    held = (searches.c.state == "running") & searches.c.holder.is_not(None)
    change = update(searches).where(searches.c.id == search_id, held).values(wish=wish)

    def write() -> bool:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            return connection.execute(change).rowcount == 1

    return patiently(engine, write)


def silent_for_s(engine: Engine, search_id: int) -> float | None:
    """Seconds since the lease of a search ran out, at least 0 where its driver's process is known
    to be gone; None while its driver lives, and where nobody holds it.
    """

    def read() -> float | None:
        with engine.connect() as connection:
            return _silent_for_s(connection, search_id)

    return patiently(engine, read)


def _silent_for_s(connection: Connection, search_id: int) -> float | None:
    query = select(searches.c.state, searches.c.holder, searches.c.lease_until)
    row = connection.execute(query.where(searches.c.id == search_id)).one()
    until: datetime | None = row.lease_until
    if row.state != "running" or row.holder is None or until is None:
        return None
    over = (now(connection) - until).total_seconds()
    if over <= 0 and not is_gone(row.holder):
        return None
    return max(0.0, over)
