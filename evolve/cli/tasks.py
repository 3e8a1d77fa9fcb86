"""The tasks that a search file names: groups and tags become the tasks that they stand for."""

import math
from pathlib import Path

from evolve.blocks import SplitSizes, TaskConfig
from evolve.config import SearchConfig
from search_spaces.errors import ConfigError
from search_spaces.messages import TaskSpec
from workers.task_files import encoded
from workers.task_groups import TaskEntry, find_entries, tasks_of
from workers.task_index import index_folders


def expanded(config: SearchConfig) -> tuple[SearchConfig, tuple[TaskSpec, ...]]:
    """(the search with every group replaced by its tasks, how to build each of them).

    The tasks of a group have equal shares of its weight and of its split sizes, rounded up, and
    at least 10 report items each; metric and few-shot examples are those of the group.

    Raises: ConfigError for a task that is unknown, or named twice.
    """
    local = index_folders([Path(folder) for folder in config.task_folders])
    tasks: list[TaskConfig] = []
    specs: list[TaskSpec] = []
    for wanted in config.tasks:
        found = tasks_of(find_entries(wanted.name, local))
        for entry in found:
            tasks.append(_share(wanted, entry, config.sizes(wanted), len(found)))
            specs.append(_spec(config, wanted, entry))
    names = [task.name for task in tasks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"tasks: {', '.join(twice)}: named twice, by a group perhaps")
    return config.model_copy(update={"tasks": tuple(tasks)}), tuple(specs)


def _share(wanted: TaskConfig, entry: TaskEntry, sizes: SplitSizes, count: int) -> TaskConfig:
    if entry.name == wanted.name:
        return wanted
    return wanted.model_copy(
        update={
            "name": entry.name,
            "weight": wanted.weight / count,
            "splits": SplitSizes(
                search=math.ceil(sizes.search / count),
                validation=math.ceil(sizes.validation / count),
                report=max(10, math.ceil(sizes.report / count)),
            ),
        }
    )


def _spec(config: SearchConfig, wanted: TaskConfig, entry: TaskEntry) -> TaskSpec:
    return TaskSpec(
        entry.name,
        None if entry.file is None else str(entry.file),
        num_fewshot=wanted.num_fewshot,
        chat_template=config.prompts.chat_template,
        fewshot_as_multiturn=config.prompts.fewshot_as_multiturn,
        system_instruction=config.prompts.system_instruction,
        allow_code=config.allow_task_code,
        changes=encoded(entry.changes),
    )
