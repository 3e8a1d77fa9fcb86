"""A server that speaks as much of the Hugging Face hub as its Python library asks for."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.workers.hub_uploads import taken


def commit_of(name: str) -> str:
    """40 hex digits that stand for a commit."""
    return hashlib.sha1(name.encode()).hexdigest()  # noqa: S324 - as git's


@dataclass
class Repo:
    """revisions: branch -> commit; commits: commit -> folder with its files. token: needed to see
    it; gated: needed to read its files.
    """

    revisions: dict[str, str]
    commits: dict[str, Path]
    token: str | None = None
    gated: str | None = None
    private: bool = False

    def commit(self, revision: str) -> str | None:
        found = self.revisions.get(revision, revision)
        return found if found in self.commits else None


def one(folder: Path) -> Repo:
    """A repository whose main branch holds a folder."""
    commit = commit_of(str(folder))
    return Repo({"main": commit}, {commit: folder})


@dataclass
class Hub:
    """repos: by name; asked: (method, path) of every request, in order. For uploads see
    hub_uploads.py: accounts: token -> what whoami says; folder: for what is pushed.
    """

    repos: dict[str, Repo] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False
    url: str = ""
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    folder: Path | None = None
    refused: set[str] = field(default_factory=set)  # names of fields that cards may not have
    fails: str | None = None  # a part of a path that is answered with 403
    commits: list[dict[str, Any]] = field(default_factory=list)  # headers of what was pushed

    def files_read(self) -> set[str]:
        """Names of the files whose content was sent."""
        return {p.rpartition("/")[2] for m, p in self.asked if m == "GET" and "/resolve/" in p}


@contextmanager
def served() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Nothing on the terminal."""

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._take()

        def do_PUT(self) -> None:
            self._take()

        def _take(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append((self.command, path))
            body = self._body()
            token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
            status, found = taken(hub, self.command, path, body, token)
            self._send(status, json.dumps(found).encode(), {"Content-Type": "application/json"})

        def _body(self) -> bytes:
            if "Content-Length" in self.headers:
                return self.rfile.read(int(self.headers["Content-Length"]))
            found = b""
            while size := int(self.rfile.readline(), 16):  # in chunks
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

        def _answer(self) -> None:
            path = urlsplit(self.path).path
            hub.asked.append((self.command, unquote(path)))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
            if hub.broken:
                self._send(503, b"down")
                return
            if path == "/api/whoami-v2":
                account = hub.accounts.get(token or "")
                self._send(200 if account else 401, json.dumps(account or {}).encode())
                return
            parts = [unquote(part) for part in path.strip("/").split("/")]
            # api/KIND/org/name/..., datasets/org/name/..., org/name/...
            parts = parts[{"api": 2, "datasets": 1}.get(parts[0], 0) :]
            org, name, *rest = parts if len(parts) > 1 else ("", "")
            repo = hub.repos.get(f"{org}/{name}")
            if repo is None or (repo.token is not None and token != repo.token):
                self._fail(404 if token else 401, "RepoNotFound")
                return
            commit = repo.commit(rest[1]) if len(rest) > 1 else repo.commit("main")
            if commit is None:
                self._fail(404, "RevisionNotFound")
            elif rest[:1] == ["resolve"]:
                self._file(repo, commit, "/".join(rest[2:]), token)
            elif rest[:1] == ["tree"]:
                self._json([_entry(f, repo.commits[commit]) for f in _files(repo, commit)])
            else:
                names = [f.relative_to(repo.commits[commit]) for f in _files(repo, commit)]
                self._json(
                    {
                        "id": f"{org}/{name}",
                        "sha": commit,
                        "private": repo.private,
                        "gated": bool(repo.gated) and "manual",
                        "siblings": [{"rfilename": n.as_posix()} for n in names],
                    }
                )

        def _file(self, repo: Repo, commit: str, name: str, token: str | None) -> None:
            file = repo.commits[commit] / name
            if repo.gated is not None and token != repo.gated:
                self._fail(403 if token else 401, "GatedRepo")
            elif not file.is_file():
                self._fail(404, "EntryNotFound")
            else:
                body = file.read_bytes()
                etag = hashlib.sha256(body).hexdigest()
                start = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0]
                status = 206 if "Range" in self.headers else 200
                more = {"ETag": f'"{etag}"', "X-Repo-Commit": commit}
                self._send(status, body[int(start) :], more)

        def _json(self, found: Any) -> None:
            self._send(200, json.dumps(found).encode(), {"Content-Type": "application/json"})

        def _fail(self, status: int, code: str) -> None:
            self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

        def _send(self, status: int, body: bytes, more: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **(more or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _files(repo: Repo, commit: str) -> list[Path]:
    return sorted(f for f in repo.commits[commit].rglob("*") if f.is_file())


def _entry(file: Path, folder: Path) -> dict[str, Any]:
    body = file.read_bytes()
    return {
        "type": "file",
        "path": file.relative_to(folder).as_posix(),
        "size": len(body),
        "oid": hashlib.sha1(body).hexdigest(),  # noqa: S324 - as git's
    }
