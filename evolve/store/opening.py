"""Opening a database: SQLite with WAL for one machine, PostgreSQL beyond; the schema brought up
to date.
"""

import logging
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from search_spaces.errors import ConfigError, StopError

_MIGRATIONS = Path(__file__).parent / "migrations"


def make_engine(url: str) -> Engine:
    """An engine that has not connected yet.

    Raises: ConfigError for what is not a database URL, and for a driver that is not installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("store: not a database URL; expected e.g. sqlite:///evolve.db") from None
    try:
        engine = create_engine(parsed, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        hint = "; pip install 'evolve-merge[postgres]'" if "psycopg" in str(error) else ""
        shown = parsed.render_as_string(hide_password=True)
        raise ConfigError(f"store: {shown} cannot be opened: {error}{hint}") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def open_engine(url: str, *, create: bool = True) -> Engine:
    """url: SQLAlchemy's, e.g. sqlite:////data/evolve.db or postgresql+psycopg://host/name.

    create: make the database (and for SQLite its folder) if it is not there.

    Raises: ConfigError for a URL or server that does not work; StopError for a schema newer than
    this version of the software. A password in the URL is never printed.
    """
    engine = make_engine(url)
    shown = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name == "sqlite" and engine.url.database not in (None, "", ":memory:"):
        file = Path(str(engine.url.database))
        if not create and not file.exists():
            raise ConfigError(
                f"store: no database at {file}; `evolve run FILE` makes it, --store names another"
            )
        file.parent.mkdir(parents=True, exist_ok=True)
    try:
        _upgrade(engine, shown, create)
    except OperationalError as error:
        raise ConfigError(f"store: {shown} cannot be reached: {error.orig}") from None
    except SQLAlchemyError as error:
        raise ConfigError(f"store: {shown} is not an Evolve database: {error}") from None
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = (
        None  # SQLAlchemy says when a transaction begins, see _begin_immediate
    )
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    """Readers begin deferred and never wait; writers take the lock at once, so that none
    starves.
    """
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrations() -> Config:
    """Alembic's configuration; a connection goes into its attributes before a command."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _upgrade(engine: Engine, shown: str, create: bool) -> None:
    config = migrations()
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == script.get_current_head():
        return
    if current is None and not create:
        raise ConfigError(
            f"store: {shown} holds no searches; `evolve run FILE` makes the first one"
        )
    if current is not None and current not in {r.revision for r in script.walk_revisions()}:
        raise StopError(
            f"store: the database has schema {current}, which this version does not know "
            f"(its newest is {script.get_current_head()}); upgrade evolve-merge"
        )
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
