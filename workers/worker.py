"""One worker: parents and tasks that stay, one candidate that is written over and over."""

import os
import time
from collections.abc import Mapping

import torch

from search_spaces.errors import CandidateError, ConfigError
from search_spaces.messages import Job, Result, Score, Split, TaskItems, WorkerSpec
from workers.candidate import build_model, tensors_of
from workers.materialize import DTYPES, Merge, Weights, materialize
from workers.methods import Facts
from workers.methods.compiling import can_compile
from workers.parents import Parent, open_parent
from workers.scoring import ScoringPlan, build_plan, encode, log_likelihoods
from workers.tasks import LoadedTask, load_tasks
from workers.weights import Resident, Streamed, have_room

# Parameters of a model from which fused kernels repay the seconds that compiling them takes.
_WORTH_COMPILING = 50_000_000


class Worker:
    """Builds recipes in memory and scores them. Holds no credentials and writes no file."""

    def __init__(self, spec: WorkerSpec, name: str = "worker") -> None:
        """Raises: ParentError for a damaged parent; ConfigError for tasks that cannot be had."""
        from transformers import AutoTokenizer

        torch.set_num_threads(spec.threads)
        self.name = name
        self._spec = spec
        self._device = _device(spec.device)
        base = open_parent(spec.base)
        self._layers = base.layers
        self._weights = _held(spec, base, self._device)
        self._facts = Facts(keep=True)
        self._compile = base.parameters >= _WORTH_COMPILING and can_compile(self._device)
        self._model = build_model(base, spec.dtype, self._device)
        self._tensors = tensors_of(self._model, base)
        self._tokenizer = AutoTokenizer.from_pretrained(
            base.folder, local_files_only=True, trust_remote_code=False
        )
        self._max_length = int(getattr(self._model.config, "max_position_embeddings", 2048))
        self._tasks: dict[str, LoadedTask] = {}
        self._splits: Mapping[Split, Mapping[str, tuple[int, ...]]] = {}
        self._plans: dict[Split, ScoringPlan] = {}

    def describe_tasks(self) -> list[TaskItems]:
        """The items of every task, for the driver to split."""
        return [task.describe() for task in self._loaded().values()]

    def pid(self) -> int:
        """The process this worker lives in."""
        return os.getpid()

    def set_splits(self, splits: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        """split -> task -> item numbers.

        Raises: ConfigError for an item of any split that cannot be scored.
        """
        self._splits = splits
        self._plans = {}
        for split in splits:
            self._plan(split)

    def run(self, job: Job) -> Result:
        """Builds and scores one candidate. A bad candidate is a result, not an exception."""
        try:
            return Result(job.attempt_id, self.name, score=self._score(job))
        except (CandidateError, ConfigError) as error:
            return Result(job.attempt_id, self.name, failed=str(error))
        except torch.OutOfMemoryError:
            return Result(job.attempt_id, self.name, failed="out of memory while merging")

    def _score(self, job: Job) -> Score:
        plan = self._plan(job.split)
        started = time.perf_counter()
        merge = Merge(
            job.recipe,
            self._weights,
            self._tensors,
            self._layers,
            facts=self._facts,
            compile_it=self._compile,
        )
        materialize(merge, self._tensors)
        merged = time.perf_counter()
        answers = iter(log_likelihoods(self._model, plan, self._device))
        outcomes: dict[str, dict[str, tuple[float, ...]]] = {}
        for name, items in self._splits[job.split].items():
            task = self._loaded()[name]
            values: dict[str, list[float]] = {m: [] for m in task.metrics}
            for item in items:
                found = task.outcome(item, [next(answers) for _ in task.items[item]])
                for metric, value in found.items():
                    values[metric].append(value)
            outcomes[name] = {m: tuple(v) for m, v in values.items()}
        done = time.perf_counter()
        return Score(outcomes, merged - started, done - merged, plan.tokens)

    def _loaded(self) -> dict[str, LoadedTask]:
        if not self._tasks:
            self._tasks = {task.name: task for task in load_tasks(self._spec.tasks)}
        return self._tasks

    def _plan(self, split: Split) -> ScoringPlan:
        if split not in self._plans:
            tasks = self._loaded()
            requests = [
                request
                for name, items in self._splits[split].items()
                for item in items
                for request in tasks[name].items[item]
            ]
            pad = self._tokenizer.pad_token_id
            self._plans[split] = build_plan(
                [encode(self._tokenizer, r) for r in requests],
                max_length=self._max_length,
                batch_tokens=self._spec.batch_tokens,
                pad=0 if pad is None else int(pad),
            )
        return self._plans[split]


def _held(spec: WorkerSpec, base: Parent, device: torch.device) -> dict[str, Weights]:
    """Every model of the search: on the device, or in pinned host memory where they do not fit."""
    opened = {spec.base: base} | {name: open_parent(name) for name in spec.parents}
    candidate = base.parameters
    held_parameters = candidate + sum(parent.parameters for parent in opened.values())
    size = DTYPES[spec.dtype].itemsize * held_parameters
    place = device if have_room(size, device) else torch.device("cpu")
    first = Resident(base, str(place), spec.dtype)
    held = {
        name: first if name == spec.base else Resident(parent, str(place), spec.dtype, first)
        for name, parent in opened.items()
    }
    if place == device:
        return dict(held)
    pinned: dict[int, torch.Tensor] = {}
    # The base last: adapters share its tensors, which must stay until all are pinned.
    names = [*(name for name in held if name != spec.base), spec.base]
    return {name: Streamed(held[name], device, base.tensors, pinned) for name in names}


def _device(wanted: str) -> torch.device:
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(wanted)
