"""Engines: SQLite with WAL for one machine, PostgreSQL beyond. A password is never shown."""

import json
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from search_spaces.errors import ConfigError

# What libpq is told unless the URL says otherwise. A server that has vanished without a word is
# noticed after 25 s of silence, not after the two hours of TCP.
_LIBPQ = {
    "application_name": "evolve",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}

# A driver uses two connections at a time, pages one per visitor; what is idle for long may have
# been cut by a firewall.
_POOL = {"pool_size": 2, "max_overflow": 8, "pool_recycle": 1800}

_SECRET = ("password", "sslpassword", "passfile", "oauth_client_secret")


def make_engine(url: str, *, read_only: bool = False) -> Engine:
    """An engine that has not connected yet; with read_only the database refuses every write.

    Raises: ConfigError for what is not a database URL, and for a driver that is not installed.
    """
    parsed = _parsed(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    options: dict[str, Any] = {
        "pool_pre_ping": True,
        "hide_parameters": True,
        "json_serializer": _json,
    }
    if sqlite and read_only and in_file(parsed):
        options["creator"] = lambda: _open_to_read(str(parsed.database))
    elif parsed.get_backend_name() == "postgresql":
        own = {k: v for k, v in _LIBPQ.items() if k not in parsed.query}
        options |= _POOL | {"connect_args": own}
        if read_only:
            options["execution_options"] = {"postgresql_readonly": True}
    try:
        engine = create_engine(parsed, **options)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        hint = "; pip install 'evolve-merge[postgres]'" if "psycopg" in str(error) else ""
        raise ConfigError(f"store: {shown(parsed)} cannot be opened: {error}{hint}") from None
    if sqlite:
        event.listen(engine, "connect", _set_up_reading if read_only else _set_up_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def shown(url: URL | str) -> str:
    """The URL as it may be printed: stars for passwords, also for those given as `?password=`."""
    found = make_url(url)
    masked = found.update_query_dict({k: "***" for k in found.query if k in _SECRET})
    return masked.render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def in_file(url: URL) -> bool:
    """Is it an SQLite database in a file, not in memory?"""
    return url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")


def reason(error: SQLAlchemyError) -> str:
    """What the database itself said, in one line, without the statement and its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _json(value: Any) -> str:
    """PostgreSQL refuses NaN and infinity, which are no JSON; so does SQLite here."""
    return json.dumps(value, allow_nan=False)


def _parsed(url: str) -> URL:
    """The text of a URL that cannot be read is not shown: a password may be anywhere in it."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(
            "store: not a database URL; expected e.g. sqlite:///evolve.db or "
            "postgresql+psycopg://user:password@host:5432/name"
        ) from None
    if parsed.drivername in ("postgres", "postgresql"):  # as hosts of databases write it
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(
            f"store: '{parsed.drivername}' is not supported; expected sqlite:///evolve.db or "
            "postgresql+psycopg://user:password@host:5432/name"
        )
    if "@" in (parsed.host or ""):
        raise ConfigError(
            "store: the URL has two @ before its host; in a user name or password write @ as %40"
        )
    return parsed


def _set_up_sqlite(connection: Any, _: Any) -> None:
    _pragmas(connection, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def _set_up_reading(connection: Any, _: Any) -> None:
    _pragmas(connection, "query_only=ON")


def _pragmas(connection: Any, *pragmas: str) -> None:
    # SQLAlchemy says when a transaction begins, see _begin_immediate
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=30000", *pragmas):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _open_to_read(file: str) -> sqlite3.Connection:
    path = quote(str(Path(file).absolute()))
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)


def _begin_immediate(connection: Any) -> None:
    """Readers begin deferred and never wait; writers take the lock at once, so that none
    starves.
    """
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
