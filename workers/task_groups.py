"""What a name in a search file or command stands for: a task, the tasks of a tag, or a group.

Groups are put together as lm-eval's TaskFactory does it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError
from workers.task_files import absolute_data, read_task
from workers.task_index import TaskIndex, index_shipped, unknown_task

# What in a group's YAML is about the group; all else changes its tasks.
_OF_GROUPS = frozenset({"group", "group_alias", "task", "aggregate_metric_list", "metadata"})


@dataclass(frozen=True)
class TaskEntry:
    """A task; changes: what its groups say of it, which wins over its YAML; file: None where it
    ships with lm-eval.
    """

    name: str
    file: Path | None
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class GroupEntry:
    """A group; config: what its YAML says of the group itself."""

    name: str
    config: Mapping[str, Any]
    members: tuple["TaskEntry | GroupEntry", ...]


def tasks_of(entries: Iterable[TaskEntry | GroupEntry]) -> tuple[TaskEntry, ...]:
    """The tasks among some entries and in their groups, each once."""
    found: dict[str, TaskEntry] = {}
    for entry in entries:
        inside = (entry,) if isinstance(entry, TaskEntry) else tasks_of(entry.members)
        found |= {task.name: task for task in inside}
    return tuple(found.values())


def find_entries(name: str, local: TaskIndex) -> list[TaskEntry | GroupEntry]:
    """What a name stands for: a task, a group, or the tasks of a tag. The user's folders come
    before lm-eval's own.

    Raises: ConfigError for a name that is unknown, with the nearest known ones.
    """
    return _entries(name, local, {}, ())


def _entries(
    name: str, local: TaskIndex, changes: Mapping[str, Any], above: tuple[str, ...]
) -> list[TaskEntry | GroupEntry]:
    for index in (local, None):
        known = index_shipped() if index is None else index
        file = known.files.get(name)
        if file is not None:
            if _is_group(file, shipped=index is None):
                return [_group(name, read_task(file), file, local, changes, above)]
            return [TaskEntry(name, None if index is None else file, changes)]
        if name in known.tags:
            inside = [_entries(task, local, changes, above) for task in known.tags[name]]
            return [entry for entries in inside for entry in entries]
    raise unknown_task(name, local)


def _is_group(file: Path, *, shipped: bool) -> bool:
    """A shipped task is not parsed: only its name is needed here."""
    if shipped and "group" not in file.read_text(encoding="utf-8"):
        return False
    config = read_task(file)
    return "group" in config and "class" not in config


def _group(
    name: str,
    config: Mapping[str, Any],
    file: Path,
    local: TaskIndex,
    changes: Mapping[str, Any],
    above: tuple[str, ...],
) -> GroupEntry:
    """changes: what is said from above, which wins over what the group says of its tasks."""
    if name in above:
        raise ConfigError(f"{file}: group '{name}' is part of itself")
    inner = {k: v for k, v in config.items() if k not in _OF_GROUPS} | dict(changes)
    members: list[TaskEntry | GroupEntry] = []
    listed = config.get("task") or []
    for item in [listed] if isinstance(listed, str) else listed:
        members += _members(name, item, file, local, inner, (*above, name))
    own = {k: v for k, v in config.items() if k in _OF_GROUPS and k != "task"} | {"group": name}
    return GroupEntry(name, own, tuple(members))


def _members(
    group: str,
    item: Any,
    file: Path,
    local: TaskIndex,
    changes: Mapping[str, Any],
    above: tuple[str, ...],
) -> list[TaskEntry | GroupEntry]:
    if isinstance(item, str):
        return _entries(item, local, changes, above)
    if not isinstance(item, dict) or not isinstance(item.get("group", item.get("task")), str):
        raise ConfigError(f"{file}: group '{group}' lists {item!r}; expected a task or a group")
    kind = "group" if "group" in item else "task"
    name = item[kind]
    is_defined = kind == "group" and "task" in item
    if not is_defined and (local.knows(name) or index_shipped().knows(name)):
        own = absolute_data({k: v for k, v in item.items() if k != kind}, file.parent)
        return _entries(name, local, {**changes, **own}, above)
    inside = f"{group}::{name}"
    if kind == "group":
        return [_group(inside, item, file, local, changes, above)]
    own = absolute_data({**changes, **item, "task": inside}, file.parent)
    return [TaskEntry(inside, file, own)]
