"""One worker: parents and tasks that stay, one candidate that is written over and over."""

import os
import time
from collections.abc import Mapping, Sequence

import torch

from search_spaces.errors import CandidateError, ConfigError
from search_spaces.faults import reach
from search_spaces.messages import (
    PROBE,
    Descent,
    ItemText,
    Job,
    Learned,
    Result,
    Score,
    Split,
    TaskItems,
    WorkerSpec,
)
from search_spaces.recipe import Recipe
from workers.candidate import build_model, pick_device, tensors_of
from workers.depth import Depth, deepened
from workers.descent import ResidentModel, descend
from workers.describing import describe_items
from workers.held import hold, open_all
from workers.materialize import materialize, open_merge
from workers.methods import Facts
from workers.methods.compiling import can_compile
from workers.network import is_out_of_memory
from workers.parents import Parent
from workers.probing import Orders, margins, probes
from workers.scoring import Plan, Scorer
from workers.shared_parents import SharedMemory
from workers.tasks import LoadedTask, load_tasks
from workers.tokenizer_files import open_tokenizer

# Parameters of a model from which fused kernels repay the seconds that compiling them takes.
_WORTH_COMPILING = 50_000_000
_Items = Mapping[str, tuple[int, ...]]


class Worker:
    """Builds recipes in memory and scores them. Holds no credentials and writes no file."""

    def __init__(
        self,
        spec: WorkerSpec,
        name: str = "worker",
        opened: Mapping[str, Parent] | None = None,
        shared: SharedMemory | None = None,
    ) -> None:
        """opened: the models of `spec`, base first; shared: where their tensors lie already.

        Raises: ParentError for a damaged parent; ConfigError for tasks that cannot be had.
        """
        torch.set_num_threads(spec.threads)
        self.name = name
        self._spec = spec
        self._device = pick_device(spec.device)
        opened = open_all(spec) if opened is None else opened
        base = opened[spec.base]
        self._layers = base.layers
        self._names = tuple(base.tensors)
        most = max(spec.layers or 0, base.layers)
        deepest = deepened(base, most)
        self._weights = hold(spec, opened, deepest.parameters, self._device, shared)
        self._facts = Facts(keep=True)
        self._compile = base.parameters >= _WORTH_COMPILING and can_compile(self._device)
        self._model = build_model(base, spec.dtype, self._device, most)
        self._tensors = tensors_of(self._model, deepest)
        self._depth = Depth(self._model, base)
        self._tokenizer = open_tokenizer(base.folder)
        self._scorer = Scorer(self._model, self._tokenizer, self._device, spec.batch_tokens)
        self._holds: Recipe | None = None
        self._tasks: dict[str, LoadedTask] = {}
        self._splits: Mapping[Split, Mapping[str, tuple[int, ...]]] = {}
        self._plans: dict[tuple[tuple[str, tuple[int, ...]], ...], Plan] = {}
        self._probe: tuple[_Items, Plan, dict[str, dict[str, list[Orders]]]] | None = None

    def describe_tasks(self) -> list[TaskItems]:
        """The items of every task, for the driver to split."""
        return [task.describe() for task in self._loaded().values()]

    def describe_items(self, items: Mapping[str, Sequence[int]]) -> dict[str, dict[int, ItemText]]:
        """task -> item number -> what it says; items that cannot be described are left out."""
        return describe_items(self._loaded(), items)

    def pid(self) -> int:
        """The process this worker lives in."""
        return os.getpid()

    def set_splits(self, splits: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        """split -> task -> item numbers.

        Raises: ConfigError for an item of any split that cannot be scored.
        """
        self._splits = splits
        self._plans = {}
        for tasks in splits.values():
            self._plan(tasks)

    def run(self, job: Job) -> Result:
        """Builds and scores one candidate. A bad candidate is a result, not an exception."""
        result = self._run(job)
        reach("worker.scored")
        return result

    def _run(self, job: Job) -> Result:
        try:
            if job.descent is not None:
                return Result(job.attempt_id, self.name, learned=self._descend(job.descent))
            score = self._probed(job) if job.split == PROBE else self._score(job)
            return Result(job.attempt_id, self.name, score=score)
        except (CandidateError, ConfigError) as error:
            return Result(job.attempt_id, self.name, failed=str(error))
        except (MemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError) and not is_out_of_memory(error):
                raise
            reason = _no_room(job, merged=self._holds == job.recipe)
        # Only here has the error let go of what it held.
        self._scorer.forget()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        return Result(job.attempt_id, self.name, failed=reason)

    def _score(self, job: Job) -> Score:
        asked = self._splits[job.split] if job.items is None else job.items
        plan = self._plan(asked)
        started = time.perf_counter()
        self._build(job.recipe)
        merged = time.perf_counter()
        answers = iter(self._scorer.answers(plan))
        outcomes: dict[str, dict[str, tuple[float, ...]]] = {}
        for name, items in asked.items():
            task = self._loaded()[name]
            found = [
                task.outcome(item, [next(answers) for _ in task.items[item]]) for item in items
            ]
            whole = self._splits[job.split][name]
            outcomes[name] = {
                m: tuple(
                    o[m] * s for o, s in zip(found, _shares(task, m, items, whole), strict=True)
                )
                for m in task.metrics
            }
        done = time.perf_counter()
        return Score(outcomes, merged - started, done - merged, plan.tokens)

    def _probed(self, job: Job) -> Score:
        """task -> what probing.py measures; its requests are built once."""
        items = job.items or {}
        if self._probe is None or self._probe[0] != items:
            asked = {name: probes(self._loaded()[name], found) for name, found in items.items()}
            every = [o for of_task in asked.values() for found in of_task.values() for o in found]
            self._probe = items, self._scorer.plan([r for orders in every for r in orders]), asked
        _, plan, asked = self._probe
        started = time.perf_counter()
        self._build(job.recipe)
        merged = time.perf_counter()
        answers = iter(self._scorer.answers(plan))
        outcomes = {name: margins(of_task, answers) for name, of_task in asked.items()}
        return Score(outcomes, merged - started, time.perf_counter() - merged, plan.tokens)

    def _descend(self, descent: Descent) -> tuple[Learned, ...]:
        """Learns coefficients in the resident model, which is no candidate any more."""
        self._holds = None
        self._scorer.forget()
        self._depth.set(range(self._layers))
        held = ResidentModel(
            self._model,
            self._tokenizer,
            self._device,
            {name: self._tensors[name] for name in self._names},
            self._weights,
            self._spec.base,
            self._layers,
            self._spec.dtype,
            self._spec.batch_tokens,
            self._compile,
        )
        return descend(descent, held, self._loaded())

    def _build(self, recipe: Recipe) -> None:
        """Writes the candidate into the resident model, unless it is there already."""
        if self._holds == recipe:
            return
        self._holds = None
        self._scorer.forget()
        merge, origins = open_merge(
            recipe,
            self._weights,
            dict.fromkeys(self._weights, self._names),
            self._layers,
            facts=self._facts,
            compile_it=self._compile,
        )
        self._depth.set(origins)
        places = [(n, t) for n, t in self._tensors.items() if n in merge.places]
        middle = len(places) // 2
        materialize(merge, dict(places[:middle]))
        reach("worker.merging")
        materialize(merge, dict(places[middle:]))
        self._holds = recipe

    def _loaded(self) -> dict[str, LoadedTask]:
        if not self._tasks:
            loaded = load_tasks(self._spec.tasks, self._tokenizer)
            self._tasks = {task.name: task for task in loaded}
        return self._tasks

    def _plan(self, asked: Mapping[str, tuple[int, ...]]) -> Plan:
        """task -> item numbers, made once for each set of items."""
        key = tuple(asked.items())
        if key not in self._plans:
            tasks = self._loaded()
            self._plans[key] = self._scorer.plan(
                [r for name, items in key for item in items for r in tasks[name].items[item]]
            )
        return self._plans[key]


def _no_room(job: Job, *, merged: bool) -> str:
    """The reason of a job that ran out of memory."""
    if job.descent is not None:
        return "out of memory while learning weights; lower workers.batch_tokens"
    if merged:
        return "out of memory while scoring; lower workers.batch_tokens or workers.count"
    return "out of memory while merging; lower workers.count"


def _shares(
    task: LoadedTask, metric: str, items: tuple[int, ...], whole: tuple[int, ...]
) -> list[float]:
    """Factors that make the plain mean of a metric over a whole split what lm-eval computes from
    words or bytes; 1 for metrics that count items.
    """
    units = task.units.get(metric)
    if units is None:
        return [1.0] * len(items)
    mean = sum(units[item] for item in whole) / len(whole)
    return [units[item] / mean for item in items]
