"""infra/postgres/roles.sql on a real server: the driver owns its tables, the pages only read."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from evolve.store import Reader, open_engine
from tests import postgres as server_of_tests
from tests.postgres import Missing, Server, binaries, running

ROLES = Path(__file__).parents[2] / "infra" / "postgres" / "roles.sql"
WORDS = {"EVOLVE_PASSWORD": "writer's word", "EVOLVE_READER_PASSWORD": "reader's word"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server as the image of PostgreSQL has it: a superuser `postgres`, others by password."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(server_of_tests, "USER", "postgres")
        hba = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        changed.setattr(server_of_tests, "_HBA", hba)
        try:
            servers = running()
            found = next(servers)
        except Missing as missing:
            pytest.skip(str(missing))
        psql = [binaries() / "psql", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", ROLES]
        where = ["-h", "127.0.0.1", "-p", str(found.port), "-U", "postgres", "-d", "postgres"]
        done = subprocess.run(
            [*psql, *where],
            env=os.environ | WORDS | {"PGPASSWORD": found.password},
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr
        yield found
        servers.close()


def test_the_driver_makes_its_tables_and_the_pages_read_them(server: Server) -> None:
    writer, reader = urls(server)
    open_engine(writer).dispose()
    engine = open_engine(reader, create=False)
    assert Reader(engine).searches() == []
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM searches",
        "CREATE TABLE mine (x int)",
        "DROP TABLE searches",
        "SET default_transaction_read_only = off; DELETE FROM searches",
    ],
)
def test_the_pages_cannot_write(server: Server, statement: str) -> None:
    writer, reader = urls(server)
    open_engine(writer).dispose()
    engine = create_engine(reader)
    with pytest.raises(DBAPIError) as refused, engine.begin() as connection:
        connection.execute(text(statement))
    assert type(refused.value.orig).__name__ in ("InsufficientPrivilege", "ReadOnlySqlTransaction")
    engine.dispose()


def urls(server: Server) -> tuple[str, str]:
    writer = server.url("evolve", user="evolve", password=WORDS["EVOLVE_PASSWORD"])
    reader = server.url("evolve", user="evolve_reader", password=WORDS["EVOLVE_READER_PASSWORD"])
    return writer, reader
