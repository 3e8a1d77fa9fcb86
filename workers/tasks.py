"""lm-eval tasks: every item's requests, built once by lm-eval's own task objects.

lm-eval decides what is asked (contexts, few-shot examples, choices) and how answers become
metrics; how the requests are computed is scoring.py's.
"""

import contextlib
import hashlib
import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError
from search_spaces.messages import TaskItems, TaskSpec
from workers.task_files import read_task, unknown_task

SUPPORTED = ("multiple_choice", "loglikelihood")
_FEWSHOT_SEED = 1234


@dataclass(frozen=True)
class Request:
    """How likely is `continuation` after `context`?"""

    context: str
    continuation: str


@dataclass(frozen=True)
class LoadedTask:
    """items: the requests of each item, in document order; docs: lm-eval's documents, likewise."""

    name: str
    task: Any
    docs: tuple[Any, ...]
    items: tuple[tuple[Request, ...], ...]
    metrics: tuple[str, ...]
    higher_is_better: dict[str, bool]

    def describe(self) -> TaskItems:
        return TaskItems(
            self.name, tuple(map(_key, self.items)), self.metrics, self.higher_is_better
        )

    def outcome(self, item: int, answers: Sequence[tuple[float, bool]]) -> dict[str, float]:
        """metric -> value of one item; answers: (log-likelihood, is greedy) per request."""
        found = self.task.process_results(self.docs[item], list(answers))
        return {m: float(found[m]) for m in self.metrics}


def load_tasks(specs: Sequence[TaskSpec]) -> list[LoadedTask]:
    """Builds the tasks and all requests of all their items.

    Raises: ConfigError for unknown tasks, kinds that are not supported, and data that cannot be
    had.
    """
    with _quiet():
        from lm_eval.tasks import TaskManager

        shipped = None if all(s.file for s in specs) else TaskManager()
        local = TaskManager(include_path=[], include_defaults=False)
        return [_load(spec, shipped if spec.file is None else local) for spec in specs]


def _load(spec: TaskSpec, manager: Any) -> LoadedTask:
    what = spec.name if spec.file is None else read_task(Path(spec.file))
    try:
        loaded = manager.load([what])["tasks"]
    except KeyError:
        raise unknown_task(spec.name, {}, manager.all_tasks) from None
    except (OSError, ConnectionError, ValueError, TypeError) as error:
        raise ConfigError(
            f"tasks: '{spec.name}' cannot be loaded: {error}. Without a network only tasks whose "
            "data lies "
            "in a local folder can be used (task_folders)"
        ) from None
    if list(loaded) != [spec.name]:
        raise ConfigError(
            f"tasks: '{spec.name}' is a group of {len(loaded)} tasks; list its tasks one by one"
        )
    task = loaded[spec.name]
    if task.OUTPUT_TYPE not in SUPPORTED:
        raise ConfigError(
            f"tasks: '{spec.name}' has output type {task.OUTPUT_TYPE}; supported are "
            f"{', '.join(SUPPORTED)}"
        )
    if spec.num_fewshot is not None:
        task.set_config("num_fewshot", spec.num_fewshot)
    if task.config.num_fewshot and not _has_own_shots(task):
        raise ConfigError(
            f"tasks: '{spec.name}' has no split of its own for its {task.config.num_fewshot} "
            "few-shot examples (training_split or fewshot_split), so prompts would hold the "
            "answers "
            "of other items; add one, or set num_fewshot: 0"
        )
    task.set_fewshot_seed(_FEWSHOT_SEED)
    task.build_all_requests(rank=0, world_size=1)
    docs: dict[int, Any] = {}
    items: dict[int, list[Request]] = {}
    for instance in task.instances:
        docs[instance.doc_id] = instance.doc
        items.setdefault(instance.doc_id, []).append(Request(*instance.args[:2]))
    means = [m for m, f in task.aggregation().items() if getattr(f, "__name__", "") == "mean"]
    higher = {m: bool(task.higher_is_better()[m]) for m in means}
    order = sorted(items)
    return LoadedTask(
        spec.name,
        task,
        tuple(docs[i] for i in order),
        tuple(tuple(items[i]) for i in order),
        tuple(means),
        higher,
    )


def _has_own_shots(task: Any) -> bool:
    """Do few-shot examples come from other documents than those that are scored?"""
    config = task.config
    scored = config.test_split or config.validation_split
    shots = config.fewshot_split or config.training_split
    listed = getattr(config.fewshot_config, "samples", None)
    return bool((shots and shots != scored) or listed)


def _key(requests: tuple[Request, ...]) -> str:
    text = "\x1e".join(f"{r.context}\x1f{r.continuation}" for r in requests)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the progress bars and log lines of lm-eval and datasets off the user's terminal."""
    for name in ("lm_eval", "lm-eval", "datasets", "evaluate"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with contextlib.redirect_stderr(io.StringIO()):
        yield
