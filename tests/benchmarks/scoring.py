"""Items per second of the scorer against lm_eval.simple_evaluate: the same model, the same batch
limit, task objects loaded beforehand for both, side by side in one run.

    python tests/benchmarks/scoring.py MODEL [--threads 1] [--dtype float32] [--repeats 3]

MODEL: a folder, e.g. that of `make smollm2-base`. lm-eval builds its requests and tokenizes them
in every call; the scorer does so once, before it is measured, as a worker does once per search.
"""

import argparse
import contextlib
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

import pytest
import torch

from search_spaces.messages import TaskSpec
from tests.benchmarks.score_tasks import write_tasks
from workers.network import Network
from workers.scoring import Scorer
from workers.tasks import LoadedTask, load_tasks

BATCH = 16  # rows of lm-eval's batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--task", action="append", default=[])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        names = write_tasks(Path(folder))
        compare(options, Path(folder), [n for n in names if n in (options.task or names)])


def compare(options: argparse.Namespace, folder: Path, names: list[str]) -> None:
    """Prints the table."""
    from lm_eval.models.huggingface import HFLM
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(options.model)
    dtype = getattr(torch, options.dtype)
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=dtype)
    model = model.to(options.device).eval()
    device = torch.device(options.device)
    harness = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=BATCH, device=options.device)
    specs = [TaskSpec(n, str(folder / f"{n}.yaml"), own_shots=False) for n in names]
    tasks = load_tasks(specs, tokenizer)
    print("| task | items | lm-eval items/s | Evolve items/s | times faster | plan s | outside |")
    print("|---|---|---|---|---|---|---|")
    for task in tasks:
        theirs = simple_evaluate(harness, folder / f"{task.name}.yaml")
        ours, planned = evolve(Scorer(model, tokenizer, device), task)
        agree(task, ours(), theirs())
        slow, fast, inside = [], [], []
        for _ in range(options.repeats):
            slow.append(seconds(theirs, device))
            with passes(model) as spent:
                fast.append(seconds(ours, device))
            inside.append(spent[0] / fast[-1])
        count, old, new = len(task.items), statistics.median(slow), statistics.median(fast)
        print(
            f"| {task.name} | {count} | {count / old:.2f} | {count / new:.2f} "
            f"| {old / new:.1f} | {planned:.2f} | {1 - statistics.median(inside):.1%} |",
            flush=True,
        )


def evolve(scorer: Scorer, task: LoadedTask) -> tuple[Callable[[], list[dict[str, float]]], float]:
    """What a worker does for every candidate, and the seconds of what it does once."""
    started = time.perf_counter()
    plan = scorer.plan([request for item in task.items for request in item])
    planned = time.perf_counter() - started

    def call() -> list[dict[str, float]]:
        scorer.forget()
        answers = iter(scorer.answers(plan))
        return [
            task.outcome(number, [next(answers) for _ in item])
            for number, item in enumerate(task.items)
        ]

    return call, planned


def simple_evaluate(harness: Any, file: Path) -> Callable[[], dict[str, Any]]:
    """A call of lm-eval's own entry point on a task object that is loaded already."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=[], include_defaults=False)
    loaded = manager.load([str(file)])["tasks"]

    def call() -> dict[str, Any]:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            found = lm_eval.simple_evaluate(
                harness, tasks=list(loaded.values()), task_manager=manager, bootstrap_iters=0
            )
        assert found is not None
        return found

    return call


def agree(task: Any, ours: list[dict[str, float]], theirs: dict[str, Any]) -> None:
    """Prints where item outcomes differ; the tests hold them equal, this is for other models."""
    samples = sorted(theirs["samples"][task.name], key=lambda row: row["doc_id"])
    for metric in task.metrics:
        if metric not in samples[0] or isinstance(samples[0][metric], tuple):
            continue
        wrong = sum(o[metric] != float(s[metric]) for o, s in zip(ours, samples, strict=True))
        if wrong:
            print(f"{task.name}: {metric} of {wrong} of {len(ours)} items differs")


@contextlib.contextmanager
def passes(model: Any) -> Iterator[list[float]]:
    """Seconds spent in forward passes and projections, in a list of one."""
    spent = [0.0]

    def timed(whole: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            found = whole(*args, **kwargs)
            if model.device.type == "cuda":
                torch.cuda.synchronize()
            spent[0] += time.perf_counter() - started
            return found

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("hidden", "logits"):
            patch.setattr(Network, name, timed(getattr(Network, name)))
        patch.setattr(model, "forward", timed(model.forward))  # continuous batching's own
        yield spent


def seconds(call: Callable[[], Any], device: torch.device) -> float:
    started = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
