"""Opening a database, with its schema brought up to date."""

import logging
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from evolve.store.away import patiently
from evolve.store.connecting import in_file, make_engine, reason, shown
from search_spaces.errors import ConfigError, PauseError, StopError

__all__ = ["make_engine", "migrations", "newest_schema", "open_engine", "shown"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADING = 0x45564F4C5645  # PostgreSQL's lock for programs: one upgrades, others wait for it
_NOT_YET = ("Connection refused", "starting up", "shutting down", "in recovery")
_NOT_ALLOWED = "42501"  # SQLSTATE: insufficient privilege
_PATIENCE = "30s"  # for tables that others read, before an upgrade gives up


def open_engine(
    url: str,
    *,
    create: bool = True,
    read_only: bool = False,
    wait_s: float = 0.0,
    tell: Callable[[str], None] = lambda line: None,
) -> Engine:
    """url: SQLAlchemy's, e.g. sqlite:////data/evolve.db or postgresql+psycopg://host/name.

    create: make the tables (and for SQLite the file and its folder) if they are not there.
    read_only: make nothing, upgrade nothing, and have the database itself refuse every write.
    wait_s: for a server that refuses connections or is starting up, which `tell` is told.

    Raises: ConfigError for a URL or server that does not work, and for an older schema with
    read_only; StopError for a schema newer than this version of the software; PauseError for a
    server that is still not there after `wait_s`. A password in the URL is never printed.
    """
    engine = make_engine(url, read_only=read_only)
    where = shown(engine.url)
    if in_file(engine.url):
        file = Path(str(engine.url.database))
        if (read_only or not create) and not file.exists():
            raise ConfigError(
                f"store: no database at {file}; `evolve run FILE` makes it, --store names another"
            )
        file.parent.mkdir(parents=True, exist_ok=True)
    try:
        if wait_s:
            _await(engine, wait_s, tell)
        if _is_behind(engine, where, create and not read_only):
            if read_only:
                raise ConfigError(
                    f"store: {where} has an older schema than this version reads, and is opened "
                    "for reading only; `evolve list --store URL`, as a user who may write, "
                    "brings it up to date"
                )
            _upgrade(engine)
    except OperationalError as error:
        engine.dispose()
        raise ConfigError(f"store: {where} cannot be reached: {reason(error)}") from None
    except SQLAlchemyError as error:
        engine.dispose()
        if getattr(getattr(error, "orig", None), "sqlstate", None) == _NOT_ALLOWED:
            raise ConfigError(
                f"store: {where} has to be brought up to date, and may not be changed by user "
                f"{engine.url.username}: {reason(error)}"
            ) from None
        raise ConfigError(f"store: {where} is not an Evolve database: {reason(error)}") from None
    except (ConfigError, StopError, PauseError):
        engine.dispose()
        raise
    return engine


def _await(engine: Engine, wait_s: float, tell: Callable[[str], None]) -> None:
    """Raises: OperationalError at once where waiting would not help, as for a wrong password."""

    def knock() -> OperationalError | None:
        try:
            engine.connect().close()
        except OperationalError as error:
            if any(word in str(error.orig) for word in _NOT_YET):
                raise
            return error
        return None

    refused = patiently(engine, knock, limit_s=wait_s, tell=tell)
    if refused is not None:
        raise refused


def migrations() -> Config:
    """Alembic's configuration; a connection goes into its attributes before a command."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def newest_schema() -> str:
    """The schema that this version reads and writes."""
    return str(ScriptDirectory.from_config(migrations()).get_current_head())


def _is_behind(engine: Engine, where: str, create: bool) -> bool:
    """Is there something to upgrade, or to make?"""
    script = ScriptDirectory.from_config(migrations())
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None and not create:
        raise ConfigError(
            f"store: {where} holds no searches; `evolve run FILE` makes the first one"
        )
    if current is not None and current not in {r.revision for r in script.walk_revisions()}:
        raise StopError(
            f"store: the database has schema {current}, which this version does not know "
            f"(its newest is {script.get_current_head()}); upgrade evolve-merge"
        )
    return current != script.get_current_head()


def _upgrade(engine: Engine) -> None:
    """In one transaction: whoever comes second waits, then finds that nothing is left to do."""
    config = migrations()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            _wait_for_turn(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _wait_for_turn(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADING})")
