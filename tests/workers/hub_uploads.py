"""The hub's side of an upload, as its Python library speaks it: a repository is made, every file
is announced, large ones are put by their sha256, and one commit ties all of it together.
"""

import base64
import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.workers.hub_server import Hub

Answer = tuple[int, dict[str, Any]]


def taken(hub: "Hub", method: str, path: str, body: bytes, token: str | None) -> Answer:
    """(status, JSON) of a POST or PUT; what it brought is then in the hub."""
    assert hub.folder is not None
    if method == "PUT":  # where the batch said; no token goes there
        (hub.folder / path.rpartition("/")[2]).write_bytes(body)
        return 200, {}
    account = hub.accounts.get(token or "")
    if path == "/api/validate-yaml":
        return _card(hub, json.loads(body)["content"])
    if hub.fails is not None and hub.fails in path:
        return 403, {"error": "Forbidden: not by this token"}
    if account is None:
        return 401, {}
    if path == "/api/repos/create":
        return _made(hub, json.loads(body))
    if path.endswith("/objects/batch"):
        return 200, _batch(hub, json.loads(body))
    parts = path.split("/")
    name = "/".join(parts[3:5])
    if parts[5] == "preupload":
        return 200, _modes(json.loads(body))
    return _commit(hub, name, [json.loads(line) for line in body.splitlines()])


def _card(hub: "Hub", text: str) -> Answer:
    front = text.split("---")[1]
    bad = [name for name in hub.refused if f"{name}:" in front]
    return 400 if bad else 200, {"errors": [{"message": f'"{b}" is not valid'} for b in bad]}


def _made(hub: "Hub", wanted: dict[str, Any]) -> Answer:
    from tests.workers.hub_server import Repo, commit_of

    assert hub.folder is not None
    name = f"{wanted['organization']}/{wanted['name']}"
    url = f"{hub.url}/{name}"
    if name in hub.repos:
        return 409, {"error": "You already created this model repo", "url": url}
    first = commit_of(f"first of {name}")
    folder = hub.folder / first
    folder.mkdir()
    (folder / ".gitattributes").write_text("*.safetensors filter=lfs")
    private = wanted.get("visibility") == "private"
    hub.repos[name] = Repo({"main": first}, {first: folder}, private=private)
    return 200, {"url": url}


def _modes(wanted: dict[str, Any]) -> dict[str, Any]:
    def mode(name: str) -> str:
        return "lfs" if name.endswith(".safetensors") else "regular"

    files = [f["path"] for f in wanted["files"]]
    return {"files": [{"path": f, "uploadMode": mode(f), "shouldIgnore": False} for f in files]}


def _batch(hub: "Hub", wanted: dict[str, Any]) -> dict[str, Any]:
    def action(oid: str) -> dict[str, Any]:
        return {"actions": {"upload": {"href": f"{hub.url}/put/{oid}"}}}

    objects = [{"oid": o["oid"], "size": o["size"]} | action(o["oid"]) for o in wanted["objects"]]
    return {"transfer": "basic", "objects": objects}


def _commit(hub: "Hub", name: str, lines: list[dict[str, Any]]) -> Answer:
    from tests.workers.hub_server import commit_of

    assert hub.folder is not None
    repo = hub.repos[name]
    header = lines[0]["value"]
    before = repo.revisions["main"]
    if header.get("parentCommit", before) != before:
        return 412, {"error": "A commit has happened since"}
    commit = commit_of(json.dumps([before, *lines]))
    folder = hub.folder / commit
    shutil.copytree(repo.commits[before], folder)
    for line in lines[1:]:
        _apply(hub.folder, folder, line["key"], line["value"])
    repo.commits[commit], repo.revisions["main"] = folder, commit
    hub.commits.append(header)
    url = f"{hub.url}/{name}/commit/{commit}"
    return 200, {"commitOid": commit, "commitUrl": url, "success": True}


def _apply(put: Path, folder: Path, kind: str, value: dict[str, Any]) -> None:
    file = folder / value["path"]
    if kind == "deletedFile":
        file.unlink()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    if kind == "file":
        file.write_bytes(base64.b64decode(value["content"]))
        return
    body = (put / value["oid"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == value["oid"] and len(body) == value["size"]
    file.write_bytes(body)
