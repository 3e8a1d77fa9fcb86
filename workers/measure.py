"""One model on whole tasks, as lm-eval reports it: what `evolve score` does."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from search_spaces.messages import TaskSpec
from search_spaces.recipe import Recipe
from workers.assemble import assemble
from workers.candidate import pick_device
from workers.scoring import Scorer
from workers.task_groups import GroupEntry, TaskEntry
from workers.task_loading import quiet, resolved
from workers.task_metrics import Results, Totals, aggregated, metric_name
from workers.tasks import LoadedTask, load_tasks


@dataclass(frozen=True)
class Setting:
    """How a model is scored. dtype: the checkpoint's own if None; batch_tokens: by the free memory
    if None; threads: torch's own choice if None.
    """

    dtype: str | None = None
    device: str = "auto"
    threads: int | None = None
    batch_tokens: int | None = None


def measure(
    model: str | Recipe,
    specs: Sequence[TaskSpec],
    groups: Sequence[GroupEntry],
    setting: Setting,
    report: Callable[[str], None] = lambda stage: None,
) -> dict[str, Any]:
    """dtype, computed_in, device, tasks, groups, items, seconds, as plain data; metrics are
    lm-eval's.

    model: a reference or a recipe, which is merged in memory; report: is told what is being done.

    Raises: ConfigError, ParentError, CandidateError.
    """
    if setting.threads is not None:
        torch.set_num_threads(setting.threads)
    device = pick_device(setting.device)
    started = time.perf_counter()
    report("building the model")
    built, tokenizer, dtype = assemble(model, setting.dtype, device)
    ready = time.perf_counter()
    report("loading tasks")
    tasks = load_tasks(specs, tokenizer)
    scorer = Scorer(built, tokenizer, device, setting.batch_tokens)
    plan = scorer.plan([r for task in tasks for of_item in task.items for r in of_item])
    loaded = time.perf_counter()
    report(f"scoring {sum(len(task.items) for task in tasks):,} items")
    with quiet():
        answers = iter(scorer.answers(plan))
        results = {task.name: _results(task, answers) for task in tasks}
        totals = {task.name: aggregated(task.task, results[task.name]) for task in tasks}
        in_groups = _groups(groups, tasks, totals)
    done = time.perf_counter()
    seconds = {
        "model": ready - started,
        "tasks": loaded - ready,
        "score": done - loaded,
        "total": done - started,
    }
    return {
        "dtype": dtype,
        "computed_in": str(built.dtype).removeprefix("torch."),
        "device": device.type,
        "tasks": {task.name: _task(task, totals[task.name]) for task in tasks},
        "groups": in_groups,
        "items": {task.name: _items(results[task.name]) for task in tasks},
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }


def _results(task: LoadedTask, answers: Iterator[Any]) -> list[Results]:
    return [
        task.results(item, [next(answers) for _ in requests])
        for item, requests in enumerate(task.items)
    ]


def _task(task: LoadedTask, totals: Totals) -> dict[str, Any]:
    higher = task.task.higher_is_better()
    metrics = {
        metric_name(*source): {
            "value": _number(value),
            "stderr": _number(error),
            "higher_is_better": higher.get(source[0]),
        }
        for source, (value, error) in totals.items()
    }
    found = {"metrics": metrics, "items": len(task.items), "num_fewshot": task.num_fewshot}
    return found if task.source is None else found | {"data": task.source}


def _groups(
    groups: Sequence[GroupEntry], tasks: Sequence[LoadedTask], totals: Mapping[str, Totals]
) -> dict[str, Any]:
    """lm-eval's own aggregation over the tasks of every group, and of every group in it."""
    known: dict[str, dict[str, Any]] = {}
    for task in tasks:
        row = known[task.name] = {"sample_len": len(task.items)}
        for (metric, pipeline), (value, error) in totals[task.name].items():
            row[f"{metric},{pipeline}"] = value
            row[f"{metric}_stderr,{pipeline}"] = "N/A" if error is None else error
    by_name = {task.name: task.task for task in tasks}
    found: dict[str, Any] = {}
    for entry in groups:
        group = _group(entry, by_name)
        for one in (group, *group.get_all_groups()):
            row = one.aggregate(known)
            names = [key for key in row if "," in key and "_stderr," not in key]
            found[one.name] = {
                "metrics": {
                    name.removesuffix(",none"): {
                        "value": _number(row[name]),
                        "stderr": _number(row["_stderr,".join(name.split(",", 1))]),
                    }
                    for name in names
                },
                "tasks": [task.task_name for task in one.get_all_tasks()],
            }
    return found


def _group(entry: GroupEntry, tasks: Mapping[str, Any]) -> Any:
    from lm_eval.api.group import Group

    group = Group.from_config(resolved(dict(entry.config)))
    for member in entry.members:
        group.add(tasks[member.name] if isinstance(member, TaskEntry) else _group(member, tasks))
    return group


def _items(results: Sequence[Results]) -> dict[str, list[Any]]:
    """metric -> what the task says of each item; None for an item of which it says nothing."""
    sources = dict.fromkeys(source for of_item in results for source in of_item)
    return {metric_name(*s): [_plain(of_item.get(s)) for of_item in results] for s in sources}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: Any) -> float | None:
    """A finite number; None for what is not one, as lm-eval's "N/A"."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
