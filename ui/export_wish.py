"""What somebody wants exported and where to: checked before anything starts, and as a command."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from search_spaces.model_names import hub_model

Place = Literal["folder", "bucket", "hub"]
What = Literal["model", "recipe", "front"]

_BUCKET = re.compile(r"(?P<scheme>[a-z][a-z0-9+]*)://(?P<host>[^/\s]+)/(?P<path>\S+)")


@dataclass(frozen=True)
class Wish:
    """digest: of the search; trial: its number, which a front does not need; to: a folder, a URL
    or a name on the hub, as it was typed.
    """

    digest: str
    trial: int
    what: What
    place: Place
    to: str
    private: bool = False
    replace: bool = False


def problem(wish: Wish) -> str | None:
    """Why it cannot be, as far as can be known without asking the network; None where it can."""
    to = wish.to.strip()
    if wish.place == "folder":
        return _folder_problem(to, wish.replace)
    if wish.place == "bucket":
        return _bucket_problem(to)
    found = hub_model(to)
    if found is None or found.revision is not None:
        return "A name on the hub is an account and a name: org/name."
    return None


def words(wish: Wish) -> list[str]:
    """The command after `evolve`."""
    found = ["export", wish.digest]
    if wish.what == "front":
        found.append("--front")
    else:
        found += ["--trial", str(wish.trial)]
    if wish.what == "recipe":
        found.append("--recipes-only")
    to = wish.to.strip()
    if wish.place == "hub":
        found += ["--push", to, *(["--private"] if wish.private else [])]
    else:
        found += ["--to", folder_of(to) if wish.place == "folder" else to]
    return [*found, *(["--replace"] if wish.replace else [])]


def folder_of(typed: str) -> str:
    """A path as the command gets it, and as it is shown: absolute, without ~."""
    return str(Path(typed.strip()).expanduser().absolute())


def _folder_problem(to: str, replace: bool) -> str | None:
    if not to:
        return "Name a folder."
    if "://" in to:
        return "That is no folder; for s3:// or gs:// choose a bucket above."
    try:
        folder = Path(folder_of(to))
        there = next(p for p in (folder, *folder.parents) if p.exists())
        if folder.is_file() or there.is_file():
            return f"{there} is a file."
        if folder.is_dir() and any(folder.iterdir()) and not replace:
            return f"{folder} is not empty; name a new folder, or let an older export be replaced."
    except (OSError, ValueError, RuntimeError) as error:  # too long, NUL, an unknown ~user
        return f"That cannot be a folder: {getattr(error, 'strerror', None) or error}."
    if not os.access(there, os.W_OK):
        return f"{there} cannot be written by this process."
    return None


def _bucket_problem(to: str) -> str | None:
    found = _BUCKET.fullmatch(to)
    if found is None or found["scheme"] in ("file", "local"):
        return "A place in a bucket is a URL with a name after the bucket: s3://bucket/name."
    if "@" in found["host"] or "?" in to:
        return (
            "Leave credentials out of the URL: every user of this machine can see command lines. "
            "They come from the environment, as the store's own tools take them."
        )
    return None
