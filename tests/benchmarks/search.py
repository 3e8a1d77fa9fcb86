"""Every optimizer and its rivals on surrogates of real trials and on noisy functions: regret
against trials, on 1, 8 and 64 simulated asynchronous workers.

Regret is the largest truth minus the truth of the recommended point, in points (hundredths): for
optimizers here their mean() where they have one, else the best-scoring trial; for the others the
best-scoring trial, as they do it. Results are kept in the cache, by the code they come from, so
that a stopped benchmark goes on: `python tests/benchmarks/search.py [--plot SVG] [--seeds 20]
[--only cma,random] [--functions demo-24,ridge-6] [--workers 8]`. Two processes of one thread each.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import search_simulation
import search_tables
from search_contestants import RIVALS, version
from search_functions import FAMILIES, NAMES, make
from search_plot import svg
from search_simulation import Course, simulate
from surrogate import FILE

from evolve.cli.demo import cache_folder
from evolve.optimizers import ENTRIES

WORKERS = (1, 8, 64)
TRIALS, SEEDS = 1000, 20


@dataclass(frozen=True)
class Effort:
    """What a slow optimizer is given; the budget it is told of is the same for all."""

    trials: int = TRIALS
    seeds: int = SEEDS
    workers: tuple[int, ...] = WORKERS
    analytic: bool = True


# By what they cost, which the table of the workers tells. Where workers change little of what an
# optimizer does, 8 of them are enough.
EFFORTS = {
    "gp": Effort(100, 3, (8,), analytic=False),
    "tpe": Effort(300, 5, (8,), analytic=False),
    "cma-lra": Effort(seeds=10, analytic=False),
    "catcma": Effort(seeds=10, workers=(8,), analytic=False),
    "nsga2": Effort(seeds=5, workers=(8,), analytic=False),
    "nsga3": Effort(seeds=5, workers=(8,), analytic=False),
    "map-elites": Effort(seeds=5, workers=(8,), analytic=False),
    "pool": Effort(seeds=5, workers=(8,), analytic=False),
    "qmc": Effort(seeds=5, workers=(8,), analytic=False),
    "random": Effort(workers=(8,)),
    "optuna-cmaes": Effort(seeds=5, workers=(8, 64), analytic=False),
}


@dataclass(frozen=True)
class Task:
    """One search to simulate."""

    function: str
    name: str
    workers: int
    seed: int
    trials: int


def tasks(
    names: Iterable[str], functions: Iterable[str], workers: Iterable[int], seeds: int
) -> Iterator[Task]:
    """A seed at a time, so that a benchmark that is stopped has something of everything."""
    chosen = list(functions), list(names), list(workers)
    for seed in range(seeds):
        for function in chosen[0]:
            for name in chosen[1]:
                effort = EFFORTS.get(name, Effort())
                analytic = not function.startswith(FAMILIES)
                if seed >= effort.seeds or (analytic and not effort.analytic):
                    continue
                for count in chosen[2]:
                    # The analytic functions are searched on 8 workers only.
                    if count in effort.workers and (count == 8 or not analytic):
                        yield Task(function, name, count, seed, effort.trials)


def solve(task: Task) -> tuple[Task, Course]:
    """From the cache, or simulated and kept there."""
    kept = cache_folder() / "bench-search" / f"{_key(task)}.json"
    if kept.exists():
        return task, Course(**json.loads(kept.read_text()))
    course = simulate(
        task.name,
        make(task.function),
        workers=task.workers,
        seed=task.seed,
        trials=task.trials,
        budget=TRIALS,
    )
    partial = kept.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(asdict(course)))
    partial.replace(kept)
    return task, course


def _key(task: Task) -> str:
    code = [Path(str(search_simulation.__file__)), Path(__file__).with_name("search_functions.py")]
    code += [Path(__file__).with_name(f"{n}.py") for n in ("surrogate", "layouts")]
    if task.function.startswith(FAMILIES):
        code.append(FILE)
    digest = hashlib.blake2b(digest_size=12)
    for file in code:
        digest.update(file.read_bytes())
    digest.update(f"{version(task.name)} {task}".encode())
    return f"{task.function}-{task.name}-{task.workers}-{task.seed}-{digest.hexdigest()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join([*ENTRIES, *RIVALS]))
    parser.add_argument("--functions", default=",".join(NAMES))
    parser.add_argument("--workers", default=",".join(map(str, WORKERS)))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--default", default="thompson", help="whose reach is told")
    parser.add_argument("--plot", type=Path, help="an SVG file to write")
    parser.add_argument("--out", type=Path, default=Path("/tmp/bench-search.md"))  # noqa: S108
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    (cache_folder() / "bench-search").mkdir(parents=True, exist_ok=True)
    names = arguments.only.split(",")
    todo = list(
        tasks(
            names,
            arguments.functions.split(","),
            [int(w) for w in arguments.workers.split(",")],
            arguments.seeds,
        )
    )
    found: dict[tuple[str, str, int], list[Course]] = {}
    began, shown = time.monotonic(), 0.0
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        for done, (task, course) in enumerate(pool.imap_unordered(solve, todo, chunksize=4), 1):
            found.setdefault((task.function, task.name, task.workers), []).append(course)
            spent = time.monotonic() - began
            if spent > shown + 30 or done == len(todo):
                shown = spent
                left = spent / done * (len(todo) - done)
                print(
                    f"{done}/{len(todo)} searches, {spent:.0f} s, about {left:.0f} s left",
                    file=sys.stderr,
                    flush=True,
                )
    text = search_tables.markdown(found, arguments.default)
    print(text)
    arguments.out.write_text(text, encoding="utf-8")
    if arguments.plot:
        arguments.plot.write_text(svg(found, arguments.default), encoding="utf-8")


if __name__ == "__main__":
    main()
