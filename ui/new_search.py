"""What somebody types into the form for a new search -> the search file as YAML."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from search_spaces.model_names import short_name

_NAMED = re.compile(r"([\w-]+):\s+(\S.*)")


@dataclass(frozen=True)
class Form:
    """As it is typed. parents, tasks: one per line; a parent as a path, or `name: path`; search,
    validation, report: items per task; None: no limit, or what the machine has.
    """

    name: str = "search"
    base: str = ""
    parents: str = ""
    tasks: str = ""
    task_folder: str = ""
    methods: tuple[str, ...] = ("task_arithmetic",)
    layer_groups: int = 1
    trials: int | None = 100
    hours: float | None = None
    usd: float | None = None
    usd_per_hour: float | None = None
    search: int = 100
    validation: int = 100
    report: int = 300
    workers: int | None = None
    seed: int = 0


def missing(form: Form) -> list[str]:
    """What has to be filled in before there is a search file, in words."""
    wanted = {
        "a name": form.name,
        "the base model": form.base,
        "a parent or more": form.parents,
        "a task or more": form.tasks,
    }
    found = [what for what, typed in wanted.items() if not typed.strip()]
    if not form.methods:
        found.append("a merge method or more")
    names = [name for name, _ in _parents(form.parents)]
    twice = sorted({name for name in names if names.count(name) > 1})
    return found + [f"another name for one of the two parents '{name}'" for name in twice]


def yaml_of(form: Form) -> str:
    """The search file. form: with nothing missing."""
    methods = list(form.methods)
    space: dict[str, Any] = {"method": methods[0] if len(methods) == 1 else methods}
    if form.layer_groups > 1:
        space["layer_groups"] = form.layer_groups
    limits = {"hours": form.hours, "usd": form.usd}
    budget: dict[str, Any] = {"trials": form.trials}
    budget |= {k: v for k, v in limits.items() if v is not None}
    workers = {"count": form.workers, "usd_per_hour": form.usd_per_hour}
    data: dict[str, Any] = {
        "name": form.name.strip(),
        "base": form.base.strip(),
        "parents": dict(_parents(form.parents)),
        "space": space,
        "tasks": [{"name": name} for name in _lines(form.tasks)],
        "task_folders": [form.task_folder.strip()] if form.task_folder.strip() else None,
        "splits": {
            "search": form.search,
            "validation": form.validation,
            "report": form.report,
        },
        "budget": budget,
        "workers": {k: v for k, v in workers.items() if v is not None} or None,
        "seed": form.seed,
    }
    kept = {key: value for key, value in data.items() if value is not None}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)


def _parents(typed: str) -> list[tuple[str, str]]:
    """(name, path) of each line; the last part of a path names what has no name."""
    found = []
    for line in _lines(typed):
        named = _NAMED.fullmatch(line)
        name, path = named.groups() if named else (_name_of(line), line)
        found.append((name, path))
    return found


def _name_of(path: str) -> str:
    """As `evolve.config` names the parents of a list."""
    return short_name(path.rstrip("/").rpartition("+")[2])


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]
