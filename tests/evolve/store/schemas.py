"""Databases at an earlier schema: for tests of migrations and of frozen databases."""

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Engine, MetaData, func, insert, inspect, select

from evolve.store.opening import migrations

FROZEN = Path(__file__).parent / "frozen"


def migrate(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = migrations()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def thaw(revision: str, file: Path) -> None:
    """Makes the SQLite database that the software of that time wrote."""
    connection = sqlite3.connect(file)
    connection.executescript((FROZEN / f"{revision}.sql").read_text())
    connection.close()


def copy(old: Engine, new: Engine) -> None:
    """Every row of an SQLite database into the empty tables of another one of the same schema."""
    tables, made = MetaData(), MetaData()
    tables.reflect(old)
    made.reflect(new)
    with old.connect() as reading, new.begin() as writing:
        for table in made.sorted_tables:
            if table.name == "alembic_version":
                continue
            stored = reading.execute(select(tables.tables[table.name]))
            rows = [{k: _aware(v) for k, v in r._mapping.items()} for r in stored]
            if rows:
                writing.execute(insert(table), rows)
            if new.dialect.name == "postgresql" and "id" in table.c:
                largest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
                writing.execute(select(func.setval(f"{table.name}_id_seq", largest, False)))


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """table -> its rows, by what they are called; of both databases the same."""
    tables = MetaData()
    tables.reflect(engine)
    found = {}
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            rows = [dict(r._mapping) for r in connection.execute(select(table))]
            found[table.name] = sorted(
                ({k: _plain(v) for k, v in row.items()} for row in rows), key=repr
            )
    return found


def shape(engine: Engine) -> dict[str, tuple[object, ...]]:
    """table -> its columns with their types, keys, indexes and foreign keys."""
    found = inspect(engine)
    return {
        name: (
            sorted(
                (c["name"], str(c["type"]), c["nullable"], _default(c["default"]))
                for c in found.get_columns(name)
            ),
            found.get_pk_constraint(name)["constrained_columns"],
            sorted((i["column_names"], bool(i["unique"])) for i in found.get_indexes(name)),
            sorted(u["column_names"] for u in found.get_unique_constraints(name)),
            sorted(
                (f["constrained_columns"], f["referred_table"], f["referred_columns"])
                for f in found.get_foreign_keys(name)
            ),
        )
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def _aware(value: Any) -> Any:
    """SQLite keeps times in UTC, and does not say so."""
    naive = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=UTC) if naive else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _aware(value).astimezone(UTC)
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _default(text: str | None) -> str | None:
    return None if text is None else re.sub(r"nextval.*", "next", text).strip("'()")
