"""A real PostgreSQL server for tests, in a temporary folder, which tests may stop and kill.

It is Debian's package: found where that puts it (or on the PATH), installed where the tests run as
root, else asked for. Nothing survives the session: folder, server and databases go with it, and
the server ends with its parent process however that ends.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

USER = "evolve"
GUEST = "guest"  # comes in by TLS only, reads only, and has no tables of its own
_INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "postgresql"]
# A test never pulls the plug: what the kernel has is safe, and waiting for the disk is most of a
# small commit. What was committed outlives a killed server, for synchronous_commit is on.
_SETTINGS = [
    *("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=60"),
    *("wal_level=minimal", "max_wal_senders=0", "autovacuum=off", "listen_addresses=127.0.0.1"),
    *("ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key"),
]
_DURABLE = ["fsync=on", "full_page_writes=on", "autovacuum=on", "shared_buffers=128MB"]
_HBA = f"""
local   all {USER}                trust
hostssl all {GUEST}  127.0.0.1/32 scram-sha-256
host    all {USER}   127.0.0.1/32 scram-sha-256
"""


class Missing(Exception):
    """There is no server to start; says what is missing and how to get it."""


class Server:
    """A server on a free port of the loopback, with its own Unix socket.

    password: of USER, a superuser, and of GUEST. durable: with every setting that guards data as
    the package has it, for measurements.
    """

    def __init__(self, binaries: Path, folder: Path, *, durable: bool = False) -> None:
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self._settings = [*_SETTINGS, *(_DURABLE if durable else ())]
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.certificate = self._data / "server.crt"  # signed by itself
        self.password = "p:" + secrets.token_hex(6) + "/#%"  # needs quoting in a URL
        self.port = _free_port()
        self._initialize()

    def start(self, patience_s: float = 20.0) -> None:
        """Returns when the server answers. What a killed one left behind is waited for."""
        settings = [word for setting in self._settings for word in ("-c", setting)]
        command = [self._binaries / "postgres", "-D", self._data, "-p", str(self.port)]
        until = time.monotonic() + patience_s
        with (self._folder / "log").open("ab") as log:
            while True:
                if self._process is None or self._process.poll() is not None:
                    self._process = subprocess.Popen(
                        [*_unprivileged(), *command, "-k", self._folder, *settings],
                        stdout=log,
                        stderr=log,
                        cwd="/",
                    )
                try:
                    psycopg.connect(self._local("postgres"), connect_timeout=5).close()
                    return
                except psycopg.OperationalError:
                    if time.monotonic() > until:
                        said = (self._folder / "log").read_text()[-2000:]
                        raise TimeoutError(f"PostgreSQL did not start: {said}") from None
                    time.sleep(0.02)

    def stop(self) -> None:
        """Cuts every connection and shuts down in order, as a restart of the service does."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As when the machine goes: no goodbye; the next start recovers from the log."""
        self._end(signal.SIGKILL)

    def database(self, template: str = "template0") -> str:
        """The name of a new database, a copy of the template."""
        self._made += 1
        name = f"test_{self._made}"
        self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, database: str, *, user: str = USER, password: str | None = None) -> str:
        """SQLAlchemy's, over TCP and with the password, as users have it."""
        from sqlalchemy.engine import URL

        return URL.create(
            "postgresql+psycopg",
            user,
            self.password if password is None else password,
            "127.0.0.1",
            self.port,
            database,
        ).render_as_string(hide_password=False)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """As USER, outside a transaction."""
        with psycopg.connect(self._local(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _local(self, database: str) -> str:
        return f"host={self._folder} port={self.port} user={USER} dbname={database}"

    def _initialize(self) -> None:
        password = self._folder / "password"
        password.write_text(self.password)
        if os.getuid() == 0:
            for path in (self._folder, password):
                os.chown(path, *_account())
        self._run(
            *(self._binaries / "initdb", "-D", self._data, "-U", USER, "--pwfile", password),
            *("--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C"),
        )
        key = self._data / "server.key"
        self._run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", key),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-out", self.certificate),
        )
        (self._data / "pg_hba.conf").write_text(_HBA)
        password.unlink()

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            [*_unprivileged(), *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout[-2000:]}")

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None


def binaries() -> Path:
    """The folder with `postgres` and `initdb` of the newest version here.

    Raises: Missing.
    """
    found = _found()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _found()
    if found is None:
        raise Missing(
            "these tests need the PostgreSQL server's programs `initdb` and `postgres`, which are "
            f"not in /usr/lib/postgresql/*/bin nor on the PATH; as root: {' '.join(_INSTALL)}"
        )
    if shutil.which("openssl") is None:
        raise Missing("these tests need `openssl`; as root: apt-get install -y openssl")
    return found


def _found() -> Path | None:
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda f: float(f.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    return next(
        (f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None
    )


def _install() -> None:
    """One process at a time; the second finds it done."""
    with open(Path(tempfile.gettempdir()) / "evolve-apt.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _found() is not None:
            return
        print("Installing PostgreSQL for the tests (once) ...", file=sys.stderr, flush=True)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], _INSTALL):
            done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
            if done.returncode and command is _INSTALL:
                raise Missing(f"{' '.join(command)} failed: {done.stderr[-500:]}")


def _unprivileged() -> list[str]:
    """What comes before a command: the server refuses to be root, and goes with its parent."""
    if not sys.platform.startswith("linux"):
        return []
    words = ["setpriv", "--pdeathsig", "INT"]
    if os.getuid() == 0:
        user, group = _account()
        words += [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return words


def _account() -> tuple[int, int]:
    """User and group of `postgres`, which the package makes, else of `nobody`."""
    names = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def running(*, durable: bool = False) -> Iterator[Server]:
    """A server for as long as the iterator lives. The folder's name is short: a socket has 107
    characters.

    Raises: Missing.
    """
    folder = Path(tempfile.mkdtemp(prefix="evolve-pg-"))
    server = None
    try:
        server = Server(binaries(), folder, durable=durable)
        server.start()
        server.execute(f"CREATE ROLE {GUEST} LOGIN PASSWORD '{server.password}'")
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server per process of tests; it is running, and whoever stops it starts it again."""
    try:
        yield from running()
    except Missing as missing:
        if os.environ.get("EVOLVE_REQUIRE_POSTGRES") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of its own, once on SQLite and once on a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    server: Any = request.getfixturevalue("postgres")
    name = server.database()
    yield server.url(name)
    server.drop(name)
