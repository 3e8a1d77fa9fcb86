"""Opening a store: what is refused and how that is said, and looking at it without touching it."""

import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from evolve.store import Reader, open_engine
from evolve.store.connecting import shown
from evolve.store.opening import make_engine
from evolve.store.tables import searches
from search_spaces.errors import ConfigError
from tests.evolve.store.drivers import add_trial, open_ledger
from tests.evolve.store.schemas import migrate
from tests.postgres import GUEST, Server

SECRET = "Planted-p4ss/w:rd%"  # noqa: S105
QUOTED = "Planted-p4ss%2Fw%3Ard%25"


@pytest.fixture
def reading(engine: Engine) -> Iterator[Engine]:
    """The same store, opened for reading, with one trial in it."""
    ledger = open_ledger(engine)
    add_trial(ledger)
    ledger.flush()
    opened = open_engine(engine.url.render_as_string(hide_password=False), read_only=True)
    yield opened
    opened.dispose()


def test_who_looks_cannot_write(reading: Engine, engine: Engine) -> None:
    (search,) = Reader(reading).searches()
    assert len(Reader(reading).trials(search.id)) == 1
    for statement in (
        "UPDATE searches SET name = 'x'",
        "DELETE FROM trials",
        "DROP TABLE outcomes",
        "CREATE TABLE mine (id INTEGER)",
    ):
        for options in ({}, {"writes": True}):
            connection = reading.connect().execution_options(**options)
            with connection, pytest.raises(SQLAlchemyError, match=r"(?i)read.?only|query_only"):
                connection.execute(text(statement))
    assert Reader(engine).searches() == [search]
    ledger = open_ledger(engine, "e" * 32)
    assert {s.id for s in Reader(reading).searches()} == {search.id, ledger.search_id}


def test_looking_makes_nothing_and_upgrades_nothing(store_url: str, tmp_path: Path) -> None:
    for how in ({"read_only": True}, {"create": False}):
        with pytest.raises(ConfigError, match=r"no database at|holds no searches"):
            open_engine(store_url, **how)
    assert not (tmp_path / "store.db").exists()
    old = make_engine(store_url)
    migrate(old, "0003")
    with pytest.raises(ConfigError, match=r"older schema .* opened for reading only"):
        open_engine(store_url, read_only=True)
    open_engine(store_url, create=False).dispose()
    open_engine(store_url, read_only=True).dispose()
    old.dispose()


def test_a_file_that_may_not_be_written_can_be_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "with space & 100%" / "store.db"
    url = f"sqlite:///{file}"
    opened = open_engine(url)
    open_ledger(opened)
    opened.dispose()
    file.chmod(0o444)
    looking = open_engine(url, read_only=True)
    assert [s.name for s in Reader(looking).searches()] == ["s"]
    looking.dispose()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://someone:{QUOTED}@127.0.0.1:%(closed)s/store",
        f"postgresql+psycopg://someone:{QUOTED}@no-such-host.invalid/store",
        f"postgresql+psycopg://evolve:{QUOTED}@127.0.0.1:%(port)s/postgres",
        f"postgresql+psycopg://nobody:{QUOTED}@127.0.0.1:%(port)s/postgres",
        f"postgresql+psycopg://evolve@127.0.0.1:%(port)s/postgres?password={QUOTED}",
        f"postgresql+psycopg://evolve:{QUOTED}@127.0.0.1:%(port)s/postgres?sslmode=wrong",
        f"postgresql+psycopg://evolve:{QUOTED}@127.0.0.1:%(port)s/postgres?no_such=option",
        f"postgresql+psycopg://evolve:{SECRET}@x@127.0.0.1:%(port)s/postgres",
        f"postgresql+psycopg://evolve:{SECRET}:@[127.0.0.1:%(port)s/postgres",
        f"postgresql+psycopg://evolve:x@127.0.0.1:{SECRET}/postgres",
        f"postgresql+nothing://evolve:{QUOTED}@127.0.0.1/postgres",
        f"nothing://evolve:{QUOTED}@127.0.0.1/postgres",
        f"evolve:{SECRET}@127.0.0.1",
    ],
)
def test_a_password_is_in_no_error(
    url: str, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports = {"port": postgres.port, "closed": closed.getsockname()[1]}
        whole = url.replace("%(port)s", str(ports["port"])).replace(
            "%(closed)s", str(ports["closed"])
        )
        with pytest.raises(ConfigError, match=r"^store: ") as raised:
            open_engine(whole)
    said = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + caplog.text
    for secret in (SECRET, QUOTED, "p4ss"):
        assert secret not in said
    assert "\n" not in str(raised.value).strip()


def test_a_database_that_is_not_there_is_named_and_its_password_is_not(postgres: Server) -> None:
    url = postgres.url("not_there")
    with pytest.raises(ConfigError, match='database "not_there" does not exist') as raised:
        open_engine(url)
    assert postgres.password not in str(raised.value)
    assert "evolve:***@127.0.0.1" in str(raised.value)


def test_a_url_is_shown_without_its_passwords() -> None:
    url = f"postgresql+psycopg://u:{QUOTED}@h:5/d?sslmode=require&password={QUOTED}&sslpassword=p"
    assert shown(url) == (
        "postgresql+psycopg://u:***@h:5/d?password=***&sslmode=require&sslpassword=***"
    )
    assert shown("sqlite:////data/evolve.db") == "sqlite:////data/evolve.db"


def test_a_server_that_says_nothing_is_given_up_after_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://u:p@127.0.0.1:{silent.getsockname()[1]}/d?connect_timeout=2"
        began = time.monotonic()
        with pytest.raises(ConfigError, match=r"cannot be reached: .*timeout"):
            open_engine(url)
        assert time.monotonic() - began < 10


def test_a_server_knows_who_is_connected_and_can_ask_for_tls(postgres: Server) -> None:
    name = postgres.database()
    open_engine(postgres.url(name)).dispose()
    postgres.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {GUEST}", name)
    guest = postgres.url(name, user=GUEST)
    for mode in (
        "",
        "?sslmode=require",
        f"?sslmode=verify-full&sslrootcert={postgres.certificate}",
    ):
        opened = open_engine(guest + mode, create=False)
        with opened.connect() as connection:
            row = connection.execute(
                text(
                    "SELECT ssl, application_name FROM pg_stat_ssl JOIN pg_stat_activity "
                    "USING (pid) WHERE pid = pg_backend_pid()"
                )
            ).one()
        assert tuple(row) == (True, "evolve")
        with pytest.raises(SQLAlchemyError, match="permission denied"):
            open_ledger(opened)
        opened.dispose()
    with pytest.raises(ConfigError, match="no encryption"):
        open_engine(guest + "?sslmode=disable")
    migrated = make_engine(postgres.url(name))
    migrate(migrated, "0003", down=True)
    migrated.dispose()
    with pytest.raises(ConfigError, match=r"may not be changed by user guest"):
        open_engine(guest, create=False)
    postgres.drop(name)


def test_a_driver_keeps_few_connections_and_lets_others_wait(engine: Engine) -> None:
    gate, counts = threading.Barrier(6), []

    def look() -> None:
        with engine.connect() as connection:
            connection.execute(searches.select()).all()
            gate.wait()
        counts.append(1)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 6
    assert engine.pool.checkedin() <= 5  # type: ignore[attr-defined]


def test_what_was_committed_outlives_a_killed_server(postgres: Server) -> None:
    name = postgres.database()
    opened = open_engine(postgres.url(name))
    ledger = open_ledger(opened)
    add_trial(ledger)
    ledger.flush()
    ledger.close()
    postgres.kill()
    with pytest.raises(ConfigError, match="cannot be reached"):
        open_engine(postgres.url(name))
    postgres.start()
    assert len(Reader(opened).trials(ledger.search_id)) == 1
    postgres.stop()
    postgres.start()
    assert Reader(opened).find("s").id == ledger.search_id
    opened.dispose()
    postgres.drop(name)
