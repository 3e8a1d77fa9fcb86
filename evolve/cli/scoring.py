"""What `evolve score` does: one model on lm-eval tasks, and the table of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from evolve.cli.hub_names import pinned, pinned_recipe
from evolve.cli.tables import duration, plain_table
from search_spaces.errors import ConfigError
from search_spaces.files import read_text
from search_spaces.messages import TaskSpec
from search_spaces.model_names import absolute
from search_spaces.moe import is_moe
from search_spaces.recipe import Recipe, read_recipe


@dataclass(frozen=True)
class Wanted:
    """tasks: names of tasks, groups and tags; folders: of the user's own tasks."""

    tasks: Sequence[str]
    folders: Sequence[Path] = ()
    limit: int | None = None
    num_fewshot: int | None = None
    chat_template: bool = False
    fewshot_as_multiturn: bool = True
    system_instruction: str | None = None
    allow_code: bool = False


def score(
    model: str,
    wanted: Wanted,
    *,
    dtype: str | None,
    device: str,
    threads: int | None,
    batch_tokens: int | None,
    items: bool = False,
    report: Callable[[str], None] = lambda stage: None,
) -> dict[str, Any]:
    """model: a folder, `org/name` of the hub, `base+adapter`, or the YAML of a recipe; items: also
    every item's outcomes.

    Raises: ConfigError for a model or tasks that cannot be had; CandidateError.
    """
    from workers.task_groups import GroupEntry, find_entries, tasks_of
    from workers.task_index import index_folders

    opened = _model(model)
    local = index_folders([folder.expanduser() for folder in wanted.folders])
    named = [name for listed in wanted.tasks for name in listed.split(",") if name]
    if not named:
        raise ConfigError("--task: names no task; e.g. --task hellaswag --task arc_easy")
    entries = [entry for name in named for entry in find_entries(name, local)]
    each = [task.name for entry in entries for task in tasks_of([entry])]
    twice = sorted({name for name in each if each.count(name) > 1})
    if twice:
        raise ConfigError(f"tasks: {', '.join(twice)}: named twice, by a group perhaps")
    specs = [_spec(entry, wanted) for entry in tasks_of(entries)]
    groups = [entry for entry in entries if isinstance(entry, GroupEntry)]

    from workers.measure import Setting, measure

    setting = Setting(dtype, device, threads, batch_tokens)
    found = measure(opened, specs, groups, setting, report)
    if not items:
        del found["items"]
    return {"model": model, **found}


def score_title(found: dict[str, Any]) -> str:
    """Which model, how, and how long it took."""
    took = duration(found["seconds"]["total"])
    return f"[bold]{escape(found['model'])}[/bold] ({found['dtype']}, {found['device']}, {took})"


def score_table(found: dict[str, Any]) -> Table:
    """task | metric | value +- standard error | items."""
    table = plain_table(None, ["task", "metric", "", "value", "items", "few-shot"])
    rows = [(name, task, task["items"]) for name, task in found["tasks"].items()]
    rows += [(name, g, len(g["tasks"])) for name, g in found["groups"].items() if g["metrics"]]
    for name, row, count in rows:
        of = f"{count:,}" if "items" in row else f"{count} tasks"
        first = (escape(name), of, str(row.get("num_fewshot", "")))
        for metric, value in row["metrics"].items():
            arrow = {True: "↑", False: "↓"}.get(value.get("higher_is_better"), "")
            table.add_row(first[0], escape(metric), arrow, _value(value), first[1], first[2])
            first = ("", "", "")
    return table


def _value(found: dict[str, Any]) -> str:
    if found["value"] is None:
        return "-"
    error = "" if found["stderr"] is None else f" [dim]± {found['stderr']:.4f}[/dim]"
    return f"{found['value']:.4f}{error}"


def _model(model: str) -> str | Recipe:
    """A reference with absolute paths or pinned names, or the recipe in a file."""
    if not model.endswith((".yaml", ".yml")):
        reference = absolute(model, Path.cwd())
        return pinned([reference])[reference]
    file = Path(model)
    if is_moe(read_text(file)):
        raise ConfigError(
            f"{file}: a mixture of experts; write it with `evolve merge {file} --to FOLDER` and "
            "score the folder"
        )
    return pinned_recipe(read_recipe(file))


def _spec(entry: Any, wanted: Wanted) -> TaskSpec:
    from workers.task_files import encoded

    return TaskSpec(
        entry.name,
        None if entry.file is None else str(entry.file),
        num_fewshot=wanted.num_fewshot,
        chat_template=wanted.chat_template,
        fewshot_as_multiturn=wanted.fewshot_as_multiturn,
        system_instruction=wanted.system_instruction,
        allow_code=wanted.allow_code,
        limit=wanted.limit,
        own_shots=False,
        changes=encoded(entry.changes),
    )
