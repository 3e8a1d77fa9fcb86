"""Model folders on disk: found below a folder, their small files read."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from evolve.ancestry.cards import read_card
from evolve.ancestry.claims import FILES, Described
from evolve.ancestry.describing import describe
from search_spaces.errors import ConfigError
from search_spaces.reading import CARD, CONFIG, RECIPE, Limits, read_bytes

_LIMITS: dict[str, Limits] = {
    "README.md": CARD,
    "mergekit_config.yml": RECIPE,
    "mergekit_moe_config.yml": RECIPE,
    "adapter_config.json": CONFIG,
    "config.json": CONFIG,
}
MOST_FOLDERS = 100_000
DEEPEST = 12
_SNAPSHOT = re.compile(r"models--(?P<org>[\w.-]+?)--(?P<name>[\w.-]+)/snapshots/[0-9a-f]{40}$")


def model_folders(top: Path, problems: list[str]) -> Iterator[Path]:
    """Folders with a model's files, `top` among them, by name; what lies in a model's folder
    belongs to it. Links are not followed, hidden folders left out. problems: gets what was not
    looked at.
    """
    waiting, seen = [(top, 0)], 0
    while waiting:
        folder, depth = waiting.pop()
        seen += 1
        if seen > MOST_FOLDERS:
            problems.append(f"{top}: more than {MOST_FOLDERS:,} folders; the rest was not read")
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as error:
            problems.append(f"{folder}: {error.strerror}")
            continue
        if _is_model(folder, {e.name for e in entries}):
            yield folder
            continue
        inner = [e for e in entries if not e.name.startswith(".") and _is_real_folder(e)]
        if inner and depth >= DEEPEST:
            problems.append(f"{folder}: more than {DEEPEST} folders deep; not read further")
            continue
        waiting += [(Path(e.path), depth + 1) for e in reversed(inner)]


def read_folder(folder: Path) -> Described:
    """What the files of a model's folder say. A folder of the hub's cache is its model there."""
    files: dict[str, bytes] = {}
    problems: list[str] = []
    for name in FILES:
        try:
            files[name] = _read(folder / name, _LIMITS[name])
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(f"{folder / name}: {error.strerror or error}")
        except ConfigError as error:
            problems.append(str(error))
    cached = _SNAPSHOT.search(str(folder))
    reference = f"{cached['org']}/{cached['name']}" if cached else str(folder)
    name = reference if cached else folder.name or str(folder)
    return describe(name, reference, files, folder, tuple(problems))


def _read(file: Path, limits: Limits) -> bytes:
    """Raises: ConfigError for a pipe as well, which would be waited for without end."""
    if stat.S_ISFIFO(file.stat().st_mode):
        raise ConfigError(f"{file}: expected a file, found a pipe")
    return read_bytes(file, limits)


def has_weights(folder: Path) -> bool:
    """Is it a whole checkpoint, whose content says which model it is?"""
    found = (folder / "model.safetensors", folder / "model.safetensors.index.json")
    return (folder / "config.json").is_file() and any(file.is_file() for file in found)


def _is_model(folder: Path, names: set[str]) -> bool:
    if names & set(FILES[1:]):
        return True
    if "README.md" not in names:
        return False
    text = b""
    try:
        text = _read(folder / "README.md", CARD)
        return read_card(text, "README.md")[0].is_model
    except OSError:
        return False
    except ConfigError:
        return text.startswith(b"---")  # a broken card, which is worth a line


def _is_real_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
