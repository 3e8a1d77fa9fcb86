"""A store on each of the two databases: a copy of one that was made once, which is quicker."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from evolve.store import open_engine
from tests.evolve.store.drivers import close_ledgers
from tests.postgres import Server


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "made.db"
    open_engine(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture(scope="session")
def made_database(postgres: Server) -> str:
    name = postgres.database()
    open_engine(postgres.url(name)).dispose()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A store of its own without searches, once on SQLite and once on PostgreSQL."""
    server, name = None, ""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("made_file"), tmp_path / "store.db")
        opened = open_engine(f"sqlite:///{file}")
    else:
        server = request.getfixturevalue("postgres")
        name = server.database(request.getfixturevalue("made_database"))
        opened = open_engine(server.url(name))
    yield opened
    close_ledgers()
    opened.dispose()
    if server is not None:
        server.drop(name)
