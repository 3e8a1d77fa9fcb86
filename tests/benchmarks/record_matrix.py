"""Records what `racing.py` replays: every candidate of a CMA-ES search of the demo family, scored
on all of its search items and on items held out, one bit each.

Run once: `python tests/benchmarks/record_matrix.py SEARCH.yaml OUT.npz`, with the search file that
`evolve demo` writes. Two spaces, 338 candidates each: the demo's own, one weight per parent, and
one weight per parent and layer (16 genes). About 45 minutes on one core. The file that is here was
recorded with the worker of commit f720b8d, which this script is written for.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evolve.cli.running import goals_of
from evolve.cli.searches import Opened, open_search
from evolve.config import SplitSizes
from evolve.fitness import fitness
from evolve.optimizers import make_optimizer
from evolve.splits import split_tasks
from search_spaces.messages import Job
from search_spaces.parameters import build_space
from search_spaces.recipe import Recipe
from search_spaces.references import alone, one_scales, plain_merges
from search_spaces.resolve import mean_weights
from workers.worker import Worker

TRIALS = 320
# name -> (layer groups, held-out items of each task but intent, which has 300 items in all)
SPACES = {"plain": (1, 700), "layers": (4, 350)}


class Recording:
    """Candidates as they are scored. rows: (n_items,) 0/1, search items of all tasks first."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.worker = Worker(opened.worker_spec())
        tasks = self.worker.describe_tasks()
        self.goals = goals_of(opened, tasks)
        self.splits = split_tasks(opened.config, tasks)
        self.worker.set_splits({s: self.splits[s] for s in ("search", "report")})
        self.rows: list[NDArray[np.bool_]] = []
        self.weights: list[list[float]] = []

    def score(self, recipe: Recipe) -> float:
        """The fitness on search items; the outcomes on both splits are kept."""
        found = []
        values = 0.0
        for split in ("search", "report"):
            score = self.worker.run(Job(0, recipe, split)).score
            if score is None:
                raise RuntimeError(f"a candidate could not be scored: {recipe.to_yaml()}")
            if split == "search":
                values = fitness(self.goals, score.outcomes)
            found += [g.values(score.outcomes) for g in self.goals]
        self.rows.append(np.concatenate([np.asarray(v) for v in found]) > 0.5)
        config = self.opened.config
        weight = mean_weights(recipe)
        self.weights.append([weight.get(m, 0.0) for m in (config.base, *config.parents.values())])
        return values


def record(opened: Opened, layer_groups: int) -> Recording:
    """References, then the trials of a CMA-ES search that is told the search items' fitness."""
    config, made = opened.config, Recording(opened)
    base, parents, dtype = config.base, config.parents, config.dtype
    for model in (base, *parents.values()):
        made.score(alone(model, dtype))
    for recipe in plain_merges(base, parents, dtype).values():
        made.score(recipe)
    scales = {s: made.score(r) for s, r in one_scales(base, parents, dtype).items()}
    space = build_space(
        config.space.model_copy(update={"layer_groups": layer_groups}),
        base,
        parents,
        layers=opened.base.layers,
        dtype=dtype,
        seed=config.seed,
    )
    start = space.space.encode(space.start(max(scales, key=lambda s: scales[s])))
    optimizer = make_optimizer("cma", space.space.genes, seed=config.seed, start=start)
    for number in range(TRIALS):
        genome = space.space.decode(optimizer.ask())
        found = made.score(space.recipe(genome))
        optimizer.tell(number, (found,))
        if number % 20 == 0:
            print(f"{layer_groups} groups, trial {number}: {found:.4f}", flush=True)
    return made


def main(file: Path, out: Path) -> None:
    """Spaces that `out` already has are not recorded again."""
    found: dict[str, NDArray[np.generic]] = dict(np.load(out)) if out.exists() else {}
    for name, (groups, held_out) in SPACES.items():
        if f"{name}_outcomes" in found:
            continue
        made = record(_opened(file, held_out), groups)
        found[f"{name}_outcomes"] = np.packbits(np.array(made.rows), axis=1)
        found[f"{name}_weights"] = np.array(made.weights, dtype=np.float32)
        found["references"] = np.array(len(made.rows) - TRIALS)
        for split in ("search", "report"):
            sizes = [len(made.splits[split][g.task]) for g in made.goals]
            found[f"{name}_{split}"] = np.array(sizes)
        np.savez_compressed(out, **found)  # type: ignore[arg-type]


def _opened(file: Path, held_out: int) -> Opened:
    opened = open_search(file)
    few = SplitSizes(search=150, validation=1, report=149)
    many = SplitSizes(search=300, validation=1, report=held_out)
    tasks = tuple(
        t.model_copy(update={"splits": few if t.name == "intent" else many})
        for t in opened.config.tasks
    )
    workers = opened.config.workers.model_copy(update={"threads": 1})
    return replace(
        opened, config=opened.config.model_copy(update={"tasks": tasks, "workers": workers})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
