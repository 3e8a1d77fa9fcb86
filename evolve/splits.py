"""Which items are for searching, choosing and reporting: disjoint, by the items' content."""

import hashlib
import random
from collections.abc import Mapping, Sequence

from evolve.config import SearchConfig
from evolve.fitness import metric_of
from search_spaces.errors import ConfigError
from search_spaces.messages import Split, TaskItems

SPLITS: tuple[Split, ...] = ("search", "validation", "report")
Splits = dict[Split, dict[str, tuple[int, ...]]]


def split_tasks(config: SearchConfig, tasks: Sequence[TaskItems]) -> Splits:
    """split -> task -> item numbers, in a random order that depends on the task alone.

    Search and validation items are taken from its beginning and report items from its end,
    whatever the seed: what one search tuned a parent on, the next one does not report on. Items
    with the same content are one item, so that no text is in two splits.

    Raises: ConfigError for a task with too few items or without the metric.
    """
    found: Splits = {split: {} for split in SPLITS}
    by_name = {task.name: task for task in tasks}
    for wanted in config.tasks:
        task = by_name[wanted.name]
        metric_of(task, wanted.metric)
        sizes = config.sizes(wanted)
        items = _shuffled(task.keys, task.name)
        needed = sizes.search + sizes.validation + sizes.report
        if needed > len(items):
            raise ConfigError(
                f"splits: task '{task.name}' has {len(items)} different items; search "
                f"{sizes.search} + "
                f"validation {sizes.validation} + report {sizes.report} need {needed}. "
                "Lower them, for all tasks in 'splits' or for this one in its own 'splits'"
            )
        report = len(items) - sizes.report
        found["search"][task.name] = tuple(items[: sizes.search])
        found["validation"][task.name] = tuple(
            items[sizes.search : sizes.search + sizes.validation]
        )
        found["report"][task.name] = tuple(items[report:])
    check_disjoint(found, {t.name: t.keys for t in tasks})
    return found


def check_disjoint(
    splits: Mapping[Split, Mapping[str, Sequence[int]]], keys: Mapping[str, Sequence[str]]
) -> None:
    """Raises: AssertionError when one content is in two splits of a task, or twice in one."""
    for task in keys:
        used = [keys[task][item] for split in splits.values() for item in split.get(task, ())]
        if len(set(used)) != len(used):
            raise AssertionError(f"splits of task '{task}' share an item")


def _shuffled(keys: Sequence[str], seed: str) -> list[int]:
    """Numbers of the first item of every content, shuffled by a generator of their own."""
    first: dict[str, int] = {}
    for number, key in enumerate(keys):
        first.setdefault(key, number)
    items = list(first.values())
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    random.Random(int.from_bytes(digest, "little")).shuffle(items)  # noqa: S311 - no secret
    return items
