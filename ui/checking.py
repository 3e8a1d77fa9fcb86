"""A search file that is typed on a page: checked as `evolve plan` does, saved, and started."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evolve.visible import visible
from search_spaces.reading import SEARCH
from ui import commands, detached, plan_words
from ui.detached import Started

_TOO_LARGE = f"A search file has at most {SEARCH.bytes:,} bytes. Is it the right file?"


@dataclass(frozen=True)
class Checked:
    """text, folder: that were checked; problems: none where `plan`, of `evolve plan --json`, is
    there.
    """

    text: str
    folder: str
    problems: tuple[str, ...]
    plan: Mapping[str, Any] | None = None


class RefusedError(Exception):
    """What cannot be read or saved, in words."""


def text_of(uploaded: bytes) -> str:
    """Raises: RefusedError for what is no text, or too much of it."""
    if len(uploaded) > SEARCH.bytes:
        raise RefusedError(_TOO_LARGE)
    try:
        return uploaded.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise RefusedError("This is no text (UTF-8); a search file is a YAML file.") from None


def check(text: str, folder: str, url: str) -> Checked:
    """Opens models, tokenizers and tasks in a process of its own. url: of the pages' database,
    for a file that names none.
    """
    if len(text.encode()) > SEARCH.bytes:
        return Checked(text, folder, (_TOO_LARGE,))
    where = Path(folder).expanduser()
    if not where.is_dir():
        return Checked(text, folder, (f"There is no folder {visible(folder)}; make it first.",))
    # In that very folder: the paths in it count from there.
    file = where / f".evolve-check-{secrets.token_hex(4)}.yaml"
    try:
        file.write_text(text, encoding="utf-8")
        argv = commands.plan_argv(sys.executable, str(file))
        code, out, err = commands.answer_of(argv, commands.environ_of(url))
    except OSError as error:
        return Checked(text, folder, (f"{folder}: cannot be written: {error.strerror}",))
    finally:
        file.unlink(missing_ok=True)
    if code:
        problems = plan_words.problems_of(err or out, str(file))
        return Checked(text, folder, tuple(problems) or (f"It ended with exit code {code}.",))
    return Checked(text, folder, (), json.loads(out))


def save(text: str, folder: str, name: str) -> Path:
    """Writes the search file; one that is there with the same text is left as it is.

    Raises: RefusedError for a name that is taken, and a place that cannot be written.
    """
    if Path(name).name != name or not name.endswith((".yaml", ".yml")):
        raise RefusedError("The file needs a name that ends with .yaml, without a folder in it.")
    file = Path(folder).expanduser().resolve() / name
    try:
        with open(file, "x", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except FileExistsError:
        if _same(file, text):
            return file
        raise RefusedError(
            f"{file} is there already, with another text; give another name."
        ) from None
    except OSError as error:
        raise RefusedError(f"{file} cannot be written: {error.strerror}") from None
    return file


def launch(file: Path, url: str, address: str | None = None) -> Started:
    """Starts the search: here, or as a job of the Ray cluster at `address`; what it says goes into
    a file beside the search file.

    Raises: RefusedError where it cannot be started.
    """
    argv = commands.launch_argv(sys.executable, str(file), address)
    try:
        return detached.start(argv, commands.environ_of(url), file.with_suffix(".log"))
    except OSError as error:
        raise RefusedError(
            f"It cannot be started: {error.strerror or os.strerror(error.errno or 0)}"
        ) from None


def _same(file: Path, text: str) -> bool:
    try:
        return file.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
