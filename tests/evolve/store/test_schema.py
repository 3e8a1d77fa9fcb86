"""The migrations: to the tables that the code names, both ways, and once."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from evolve.store import Reader, open_engine
from evolve.store.opening import make_engine
from evolve.store.tables import metadata
from search_spaces.errors import ConfigError, StopError
from tests.evolve.store.drivers import add_trial, close_ledgers, open_ledger
from tests.evolve.store.schemas import contents, migrate, shape

REVISIONS = ("0001", "0002", "0003", "0004", "0005")


@pytest.fixture
def bare(store_url: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = make_engine(store_url)
    yield engine
    close_ledgers()
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_names(bare: Engine) -> None:
    metadata.create_all(bare)
    named = shape(bare)
    metadata.drop_all(bare)
    migrate(bare, "head")
    assert shape(bare) == named


def test_every_schema_is_the_same_on_the_way_up_and_on_the_way_down(bare: Engine) -> None:
    up = {}
    for revision in REVISIONS:
        migrate(bare, revision)
        up[revision] = shape(bare)
    assert len({repr(s) for s in up.values()}) == len(REVISIONS)
    for revision in REVISIONS[-2::-1]:
        migrate(bare, revision, down=True)
        assert shape(bare) == up[revision], revision
    migrate(bare, "base", down=True)
    assert shape(bare) == {}


def test_ids_of_more_than_32_bits_do_not_go_back_to_where_there_is_no_room(bare: Engine) -> None:
    migrate(bare, "head")
    ledger = open_ledger(bare)
    add_trial(ledger)
    ledger.flush()
    before = contents(bare)
    if bare.dialect.name == "sqlite":  # whose integers always had 64 bits
        migrate(bare, "0003", down=True)
        migrate(bare, "head")
        assert Reader(bare).trials(ledger.search_id)[0].id == before["trials"][0]["id"]
        return
    with pytest.raises(StopError, match=r"models\.id holds \d{10,}, and schema 0003 has room"):
        migrate(bare, "0003", down=True)
    assert contents(bare) == before
    assert open_engine(bare.url.render_as_string(hide_password=False)).dispose() is None


def test_two_that_open_an_empty_database_at_once_make_it_once(store_url: str) -> None:
    found: list[object] = []
    gate = threading.Barrier(3)

    def make() -> None:
        gate.wait()
        try:
            opened = open_engine(store_url)
            found.append(Reader(opened).searches())
            opened.dispose()
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[], [], []]


def test_a_schema_from_the_future_is_refused(bare: Engine) -> None:
    migrate(bare, "head")
    with bare.connect().execution_options(writes=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    url = bare.url.render_as_string(hide_password=False)
    for how in ({"create": True}, {"create": False}, {"read_only": True}):
        with pytest.raises(StopError, match="schema 9999, which this version does not know"):
            open_engine(url, **how)


def test_a_database_of_another_program_is_refused(bare: Engine) -> None:
    with bare.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE trials (id INTEGER)")
    with pytest.raises(ConfigError, match=r"not an Evolve database|cannot be reached"):
        open_engine(bare.url.render_as_string(hide_password=False))
    with bare.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM trials").all() == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello " * 1000)
    with pytest.raises(ConfigError, match="not an Evolve database"):
        open_engine(f"sqlite:///{tmp_path}/text.db")
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(tmp_path / "text.db").execute("SELECT * FROM searches")
