"""How queries are asked: again where the database is away, and a few thousand rows at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Engine, Float, Select, Table, cast, extract, func, select
from sqlalchemy.exc import DBAPIError

from evolve.store.away import patiently

_AT_ONCE = 5000
_PARAMETERS = 900  # of one statement; SQLite had room for 999
Found = TypeVar("Found")


class Queries:
    """Queries over one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _each(self, query: Select[Any], take: Callable[[Iterable[Any]], Found]) -> Found:
        """What `take` makes of the rows, which come a few thousand at a time: there may be
        millions.
        """

        def read() -> Found:
            with self._engine.connect() as connection:
                return take(connection.execution_options(yield_per=_AT_ONCE).execute(query))

        return patiently(self._engine, read)

    def _some(
        self, query: Select[Any], column: Any, values: Iterable[Any], order: Any = None
    ) -> list[Any]:
        """The rows with one of these values in a column, asked for a few hundred at a time."""
        wanted = sorted(set(values))
        found: list[Any] = []
        for start in range(0, len(wanted), _PARAMETERS):
            part = query.where(column.in_(wanted[start : start + _PARAMETERS]))
            found += self._rows(part if order is None else part.order_by(order))
        return found

    def _seconds(self, moment: Any) -> Any:
        """A time as seconds since 1970, made by the database."""
        if self._engine.dialect.name == "sqlite":
            return (func.julianday(moment) - 2440587.5) * 86400
        return cast(extract("epoch", moment), Float)

    def _bare(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        """Rows as the database's own driver gives them: of 100,000 that is most of the time."""

        def read() -> list[tuple[Any, ...]]:
            with self._engine.connect() as connection:
                try:
                    return list(connection.execute(query).cursor.fetchall())
                except connection.dialect.loaded_dbapi.Error as error:
                    raise DBAPIError("SELECT ...", None, error) from error

        return patiently(self._engine, read)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        def read() -> Sequence[Any]:
            with self._engine.connect() as connection:
                return connection.execute(query).all()

        return patiently(self._engine, read)


def columns(table: Table, row: type) -> Select[Any]:
    """Of a row's class, in the order of its fields."""
    return select(*(table.c[f.name] for f in fields(row)))
