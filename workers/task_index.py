"""Which YAML defines which task, group or tag: in the user's folders, and in lm-eval's own.

lm-eval's TaskManager parses all its 14,000 files (7 to 15 s, and an import of torch before);
looking for names in their text takes a tenth of that and finds the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from search_spaces.errors import ConfigError
from search_spaces.suggest import did_you_mean
from workers.task_files import read_task

_NOT_TASKS = {"__pycache__", ".ipynb_checkpoints"}
_VALUE = r"[ \t]*([^\s\"'#\[{][^\n#]*?|\"[^\"\n]*\"|'[^'\n]*')[ \t]*(?:#.*)?$"
_NAME = re.compile(rf"^[\"']?(task|group)[\"']?[ \t]*:{_VALUE}", re.MULTILINE)
_CLASS = re.compile(r"^[\"']?class[\"']?[ \t]*:", re.MULTILINE)
_BLOCK = r"^[\"']?{}[\"']?[ \t]*:(.*(?:\n(?:[ \t]+.*|- .*|))*)"
_TAG = re.compile(_BLOCK.format("tag"), re.MULTILINE)
_INCLUDE = re.compile(_BLOCK.format("include"), re.MULTILINE)


@dataclass(frozen=True)
class TaskIndex:
    """files: name of a task or group -> its YAML; tags: tag -> names of its tasks, sorted."""

    files: Mapping[str, Path] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def knows(self, name: str) -> bool:
        """Is it a task, a group or a tag?"""
        return name in self.files or name in self.tags


def index_folders(folders: Sequence[Path]) -> TaskIndex:
    """The tasks, groups and tags of `folders` and their subfolders; the first folder wins.

    Raises: ConfigError for a folder that is not there.
    """
    files: dict[str, Path] = {}
    tags: dict[str, set[str]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"tasks: no folder {folder}")
        for file in _yaml_files(folder):
            try:
                config = read_task(file)
            except ConfigError:  # what is wrong with it is said if this task is wanted
                config = _named(file)
            kind = "group" if "group" in config and "class" not in config else "task"
            name = config.get(kind)
            if isinstance(name, str) and name not in files:
                files[name] = file
                if kind == "task":
                    for tag in _words(config.get("tag")):
                        tags.setdefault(tag, set()).add(name)
    return TaskIndex(files, {tag: tuple(sorted(names)) for tag, names in tags.items()})


@cache
def index_shipped() -> TaskIndex:
    """lm-eval's own."""
    package = find_spec("lm_eval")
    places = list(package.submodule_search_locations or ()) if package else []
    files: dict[str, Path] = {}
    tags: dict[str, set[str]] = {}
    for place in places:
        texts: dict[Path, tuple[str, ...]] = {}
        for file in _yaml_files(Path(place) / "tasks"):
            text = file.read_text(encoding="utf-8")
            names = {kind: name.strip("\"'") for kind, name in reversed(_NAME.findall(text))}
            kind = "group" if "group" in names and not _CLASS.search(text) else "task"
            name = names.get(kind)
            if name is not None and name not in files:
                files[name] = file
                if kind == "task":
                    for tag in _tags_in(text, file, texts):
                        tags.setdefault(tag, set()).add(name)
    return TaskIndex(files, {tag: tuple(sorted(names)) for tag, names in tags.items()})


def shipped_file(name: str) -> Path:
    """The YAML of a task of lm-eval's own. Raises: ConfigError if there is none."""
    file = index_shipped().files.get(name)
    if file is None:
        raise unknown_task(name, TaskIndex())
    return file


def unknown_task(name: str, local: TaskIndex) -> ConfigError:
    """The error for a name that neither the folders nor lm-eval have."""
    own = {*local.files, *local.tags}
    shipped = index_shipped()
    near = did_you_mean(name, {*own, *shipped.files, *shipped.tags}) if name else ""
    if not 0 < len(near) < 200:
        near = f"in the task folders: {', '.join(sorted(own)) or 'none'}"
    return ConfigError(f"tasks: unknown task '{name}'; {near}")


def _yaml_files(folder: Path) -> list[Path]:
    files = [p for end in ("yaml", "yml") for p in folder.glob(f"**/*.{end}")]
    return sorted((p for p in files if not _NOT_TASKS & set(p.parts)), key=Path.as_posix)


def _named(file: Path) -> dict[str, str]:
    """The name in a YAML that cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    return {kind: name.strip("\"'") for kind, name in reversed(_NAME.findall(text))}


def _tags_in(text: str, file: Path, known: dict[Path, tuple[str, ...]]) -> tuple[str, ...]:
    """The tags of a YAML, else those of the last of its includes that has some."""
    block = _TAG.search(text)
    if block:
        return _words(yaml.safe_load(block.group(1)))
    include = _INCLUDE.search(text)
    for name in reversed(_words(yaml.safe_load(include.group(1))) if include else ()):
        inner = file.parent / name
        if inner not in known:
            exists = inner.is_file()
            text = inner.read_text(encoding="utf-8") if exists else ""
            known[inner] = _tags_in(text, inner, known)
        if known[inner]:
            return known[inner]
    return ()


def _words(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value or ()))
