"""lm-eval tasks: every item's requests, built once by lm-eval's own task objects.

lm-eval decides what is asked (contexts, few-shot examples, choices) and how answers become
metrics; how the requests are computed is scoring.py's.
"""

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from search_spaces.errors import CandidateError, ConfigError
from search_spaces.messages import TaskItems, TaskSpec
from workers.task_loading import build_task, data_source, quiet, seeded
from workers.task_metrics import ItemMetric, Results, item_metrics, weighs_items
from workers.tokenizer_files import open_tokenizer

Answer = tuple[float, bool] | float | str
_TRIED = 8


@dataclass(frozen=True)
class Request:
    """What a model is asked; an Answer answers it.

    kind: `loglikelihood` (how likely is `continuation` after `context`, and is each of its tokens
    the most likely one), `rolling` (how likely is the whole text in `continuation`), or `generate`
    (continue `context`); generation: canonical JSON of lm-eval's generation_kwargs.
    """

    kind: str
    context: str
    continuation: str = ""
    generation: str = ""


@dataclass(frozen=True)
class LoadedTask:
    """items: the requests of each item, in document order; docs, instances: lm-eval's documents
    and instances, likewise; measured: the metrics whose value is a mean over items.
    """

    name: str
    task: Any
    docs: tuple[Any, ...]
    instances: tuple[tuple[Any, ...], ...]
    items: tuple[tuple[Request, ...], ...]
    measured: tuple[ItemMetric, ...] = ()

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """`metric` or `metric,filter`, in the task's own order."""
        return tuple(metric.name for metric in self.measured)

    @cached_property
    def higher_is_better(self) -> dict[str, bool]:
        """Per metric."""
        return {metric.name: metric.higher_is_better for metric in self.measured}

    @cached_property
    def units(self) -> dict[str, tuple[float, ...]]:
        """metric -> weight of each item; all weigh the same where the metric is not in it."""
        return {m.name: m.units for m in self.measured if m.units is not None}

    @property
    def num_fewshot(self) -> int:
        """Examples in every prompt."""
        return int(self.task.config.num_fewshot or 0)

    @property
    def source(self) -> str | None:
        """`org/data@commit` on the Hugging Face hub, where datasets tells it."""
        return data_source(self.task)

    def describe(self) -> TaskItems:
        """What the driver has to know."""
        keys = tuple(map(self._key, range(len(self.items))))
        return TaskItems(self.name, keys, self.metrics, self.higher_is_better, self.source)

    def outcome(self, item: int, answers: Sequence[Answer]) -> dict[str, float]:
        """metric -> value of one item; answers: one per request.

        Raises: CandidateError where the task gives no value.
        """
        found = self.results(item, answers)
        try:
            return {m.name: m.value(found[m.source]) for m in self.measured}
        except (KeyError, TypeError, ValueError) as error:
            raise CandidateError(
                f"tasks: '{self.name}' gives no number for every metric of item {item}: {error!r}"
            ) from None

    def results(self, item: int, answers: Sequence[Answer]) -> Results:
        """All that the task says of one item, per filter; lm-eval's objects stay as they are.

        Raises: CandidateError where the task's own functions fail.
        """
        try:
            return self._results(item, answers)
        except Exception as error:  # whatever a task's own code may raise
            raise CandidateError(
                f"tasks: '{self.name}' cannot score the answers to item {item}: {error!r}"
            ) from error

    def _results(self, item: int, answers: Sequence[Answer]) -> Results:
        task, doc = self.task, self.docs[item]
        if callable(task.config.process_results) or not self._is_configured:
            doc = copy.deepcopy(doc)  # a function may change it
        if self._is_unfiltered and len(answers) == len(self.instances[item]):
            found = task.process_results(doc, list(answers))
            return {(metric, "none"): value for metric, value in found.items()}
        rest = iter(answers)
        asked = [
            replace(one, resps=_responses(one, rest), filtered_resps={})
            for one in self.instances[item]
        ]
        task._instances = asked
        task.apply_filters()
        results: dict[tuple[str, str], Any] = {}
        for pipeline in asked[0].filtered_resps:
            found = task.process_results(doc, [a.filtered_resps[pipeline] for a in asked])
            results |= {(metric, pipeline): value for metric, value in found.items()}
        return results

    @cached_property
    def _is_configured(self) -> bool:
        """Made from YAML, not by a class of its own?"""
        from lm_eval.api.task import ConfigurableTask

        return type(self.task) is ConfigurableTask

    @cached_property
    def _is_unfiltered(self) -> bool:
        """Each answer goes to process_results as it is."""
        return self._is_configured and self.task.config.filter_list is None

    def _key(self, item: int) -> str:
        """A digest of what is asked, few-shot examples aside."""
        requests = self.items[item]
        parts = [f"{r.context}\x1f{r.continuation}" for r in requests]
        if self.num_fewshot:
            task, doc = self.task, self.docs[item]
            choices = task.doc_to_choice(doc) if task.config.doc_to_choice is not None else ""
            parts = [f"{task.doc_to_text(doc)}\x1f{choices}", *(r.continuation for r in requests)]
        return hashlib.blake2b("\x1e".join(parts).encode(), digest_size=8).hexdigest()


def load_tasks(specs: Sequence[TaskSpec], tokenizer: Any = None) -> list[LoadedTask]:
    """Builds the tasks and all requests of all their items, as simple_evaluate does.

    tokenizer: for prompts in its chat template, or the folder it lies in. Each task begins with
    lm-eval's own seeds, so that it is the same whatever other tasks there are.

    Raises: ConfigError for unknown tasks, code that is not allowed, and data that cannot be had.
    """
    with quiet():
        if isinstance(tokenizer, Path) and any(spec.chat_template for spec in specs):
            tokenizer = open_tokenizer(tokenizer)
        return [_load(spec, tokenizer) for spec in specs]


def _load(spec: TaskSpec, tokenizer: Any) -> LoadedTask:
    with seeded():
        task = build_task(spec, tokenizer)
    docs: dict[int, Any] = {}
    instances: dict[int, list[Any]] = {}
    for instance in task.instances:
        docs[instance.doc_id] = instance.doc
        instances.setdefault(instance.doc_id, []).append(instance)
    order = sorted(instances)
    ordered = tuple(tuple(sorted(instances[i], key=lambda one: one.idx)) for i in order)
    items = tuple(
        tuple(r for one in of_item for r in _requests(one, spec.name)) for of_item in ordered
    )
    loaded = LoadedTask(spec.name, task, tuple(docs[i] for i in order), ordered, items)
    return replace(loaded, measured=item_metrics(task, _tried(loaded)))


def _tried(loaded: LoadedTask) -> list[Results]:
    """The results of the first items for answers that say nothing; of all items where they weigh
    differently.
    """
    silent: Mapping[str, Answer] = {"loglikelihood": (-1.0, False), "rolling": -1.0}
    items = loaded.items if weighs_items(loaded.task) else loaded.items[:_TRIED]
    try:
        return [
            loaded.results(number, [silent.get(r.kind, "") for r in requests])
            for number, requests in enumerate(items)
        ]
    except Exception as error:
        raise ConfigError(
            f"tasks: '{loaded.name}' cannot judge an answer: {type(error).__name__}: {error}"
        ) from None


def _requests(instance: Any, name: str) -> list[Request]:
    """What is asked for an instance: once, also where its answer is counted several times, but
    for texts that are drawn at random.
    """
    kind, arguments = instance.request_type, instance.args
    if not all(isinstance(text, str) for text in arguments[: 1 + (kind == "loglikelihood")]):
        raise ConfigError(
            f"tasks: '{name}' asks with {arguments!r:.200}; expected texts (are doc_to_text and "
            "doc_to_target right?)"
        )
    if kind == "loglikelihood_rolling":
        return [Request("rolling", "", arguments[0])]
    if kind == "generate_until":
        settings = json.dumps(arguments[1], sort_keys=True)
        return [Request("generate", arguments[0], generation=settings)] * _draws(instance)
    return [Request("loglikelihood", arguments[0], arguments[1])]


def _responses(instance: Any, answers: Iterator[Answer]) -> list[Answer]:
    """lm-eval's `resps` of an instance: as many answers as it has repeats."""
    drawn = [next(answers) for _ in range(_draws(instance))]
    return drawn if len(drawn) > 1 else drawn * (instance.repeats or 1)


def _draws(instance: Any) -> int:
    """How many different answers an instance has."""
    if instance.request_type != "generate_until" or (instance.repeats or 1) == 1:
        return 1
    from lm_eval.models.utils import normalize_gen_kwargs

    return int(instance.repeats) if normalize_gen_kwargs(instance.args[1])["do_sample"] else 1
