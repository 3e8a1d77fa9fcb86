"""Records what `surrogate.py` fits: real trials of the demo family and of SmolLM2 with three LoRA
adapters, in spaces of 6, 24 and 64 genes.

Where optimizers go is where trials are needed, so several kinds of points take turns: searches by
CMA-ES on what is recorded (from the tuned one scale, and from mergekit-evolve's 1/n), points
around the tuned one scale at several radii, a low-discrepancy sequence drawn towards it by several
shares, one weight per parent with noise on every gene, and, once there is enough to fit, the way
to the best point of the surrogate itself. Half of the items are search items, half are held out;
with `items` set, every trial draws so many of them anew, since a trial of SmolLM2 takes seconds.

Goes on with what OUT has: `python tests/benchmarks/record_trials.py FAMILY MINUTES OUT.npz MODELS
TASKS`, with FAMILY demo or smollm2, MODELS the folder of the demo models or of the base, and TASKS
the folder of the tasks. One core.
"""

import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from recorded_families import FAMILIES, Family
from scipy.stats import qmc

from evolve.cli.running import goals_of
from evolve.cli.searches import Opened, open_search
from evolve.optimizers import make_optimizer
from evolve.splits import split_tasks
from search_spaces.messages import Job
from search_spaces.references import ONE_SCALE_GRID
from workers.worker import Worker

SAVE_EVERY_S = 30.0
REFIT_EVERY = 120
RADII = (0.04, 0.08, 0.15, 0.25)
SHARES = (0.25, 0.5, 0.75, 1.0)

FloatArray = NDArray[np.float64]


class Recording:
    """One space. right: per trial (2, n_tasks), search items first; asked: the same shape."""

    def __init__(self, family: Family, opened: Opened, worker: Worker, kept: dict[str, Any]):
        self.opened, self.worker, self.items = opened, worker, family.items
        tasks = worker.describe_tasks()
        self.goals = goals_of(opened, tasks)
        self.splits = split_tasks(opened.config, tasks)
        self.points: list[FloatArray] = list(kept.get("points", []))
        self.right: list[NDArray[np.uint8]] = list(kept.get("right", []))
        self.asked: list[NDArray[np.uint8]] = list(kept.get("asked", []))
        self.planned: dict[str, tuple[int, ...]] = {}
        self.generator = np.random.default_rng(len(self.points))

    def score(self, point: FloatArray) -> float:
        """The mean of the tasks' accuracies on all items; the point is rounded to 16 bits."""
        point = np.clip(point, 0, 1).astype(np.float16)
        space = self.opened.space
        recipe = space.recipe(space.space.decode(point.astype(np.float64)))
        drawn = {
            split: {
                t: i
                if self.items is None
                else tuple(self.generator.choice(i, self.items, replace=False).tolist())
                for t, i in self.splits[split].items()
            }
            for split in ("search", "report")
        }
        # Both in one go; the plan of items that are drawn once is of no use later.
        whole = {t: drawn["search"][t] + drawn["report"][t] for t in drawn["search"]}
        if whole != self.planned:
            self.worker.set_splits({"search": whole})
            self.planned = whole
        score = self.worker.run(Job(0, recipe, "search")).score
        if score is None:
            raise RuntimeError(f"a candidate could not be scored: {recipe.to_yaml()}")
        values = {g.task: g.values(score.outcomes) for g in self.goals}
        first = {t: len(i) for t, i in drawn["search"].items()}
        right = [
            [round(sum(v[: first[t]])) for t, v in values.items()],
            [round(sum(v[first[t] :])) for t, v in values.items()],
        ]
        asked = [[first[t], len(v) - first[t]] for t, v in values.items()]
        self.points.append(point)
        self.right.append(np.array(right, dtype=np.uint8))
        self.asked.append(np.array(asked, dtype=np.uint8).T)
        return float((self.right[-1].sum(0) / self.asked[-1].sum(0)).mean())

    def kept(self, prefix: str) -> dict[str, NDArray[Any]]:
        return {
            f"{prefix}_points": np.array(self.points, dtype=np.float16),
            f"{prefix}_right": np.array(self.right),
            f"{prefix}_asked": np.array(self.asked),
        }


def weights_at(opened: Opened, weights: dict[str, float]) -> FloatArray:
    """The point with one weight per parent and every lambda one."""
    units = [
        g.encode(weights[g.name.split(".")[1]] if g.name.startswith("weight.") else 1.0)
        for g in opened.space.space.genes
    ]
    return np.array(units)


def references(opened: Opened) -> list[FloatArray]:
    """Each parent alone, the uniform average, the grid of one scales."""
    names = list(opened.space.parents)
    alone = [{n: float(n == name) for n in names} for name in names]
    scales = [dict.fromkeys(names, s) for s in (1 / len(names), *ONE_SCALE_GRID)]
    return [weights_at(opened, w) for w in [*alone, *scales]]


def trials(made: Recording) -> Iterator[None]:
    """Scores one trial a step, the kinds of points in turn."""
    opened, generator = made.opened, np.random.default_rng([len(made.points), 1])
    genes = opened.space.space.genes
    known = references(opened)
    if len(made.points) < len(known):
        for point in known:
            made.score(point)
            yield
    found = made.right[len(opened.space.parents) : len(known)]
    start = known[len(opened.space.parents) + int(np.argmax([r.sum() for r in found]))]
    thirds = known[len(opened.space.parents)]
    again = len(made.points)
    searches = [
        make_optimizer("cma", genes, seed=again + n, start=s)
        for n, s in enumerate((start, start, thirds))
    ]
    sequence = qmc.Sobol(len(genes), seed=again)
    route: list[FloatArray] = []
    for number in itertools.count():
        for search in searches:
            search.tell(number, (made.score(search.ask()),))
            yield
        made.score(start + RADII[number % 4] * generator.standard_normal(len(genes)))
        yield
        share = SHARES[number % 4]
        made.score(start + share * (sequence.random(1)[0] - start))
        yield
        weights = {n: generator.uniform(0, 1.2) for n in opened.space.parents}
        noise = (0.03, 0.1, 0.2)[number % 3] * generator.standard_normal(len(genes))
        made.score(weights_at(opened, weights) + noise)
        yield
        if len(made.points) >= REFIT_EVERY:
            for _ in range(2):
                if not route:
                    route = to_the_best(made, len(made.points))
                made.score(route.pop())
                yield


def to_the_best(made: Recording, seed: int) -> list[FloatArray]:
    """Points on the way that a search of the surrogate takes to its best point, the last ones
    first."""
    from fit_surrogates import Trials, route
    from layouts import layout_of

    found = Trials(
        np.array(made.points, dtype=np.float64), np.array(made.right), np.array(made.asked)
    )
    family, dimension = made.opened.config.name.split("-")
    return route(found, layout_of(family, int(dimension)), seed)


def open_space(family: str, dimension: int, models: Path, tasks: Path, folder: Path) -> Opened:
    """The search file is written to `folder`."""
    spec = FAMILIES[family]
    space = dict(spec.spaces[dimension])
    names = spec.parents[: space.pop("parents")]
    demo = family == "demo"
    adapters = tasks / "adapters"
    data = {
        "name": f"{family}-{dimension}",
        "base": str(models / "base" if demo else models),
        "parents": {n: str(models / n if demo else f"{models}+{adapters / n}") for n in names},
        "dtype": "float32",
        "space": {"method": "task_arithmetic", **space},
        "tasks": [{"name": t} for t in spec.tasks],
        "task_folders": [str(tasks)],
        "splits": {"search": spec.sizes, "validation": 1, "report": spec.sizes},
        "workers": {"count": 1, "threads": 1, "batch_tokens": 4096},
        "store": f"sqlite:///{folder / 'none.db'}",
    }
    file = folder / f"{family}-{dimension}.yaml"
    file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    opened = open_search(file)
    if opened.space.space.dimension != dimension:
        raise RuntimeError(f"{file}: {opened.space.space.dimension} genes")
    return opened


def main(family: str, minutes: float, out: Path, models: Path, tasks: Path) -> None:
    """Trials of the three spaces in turn, until the time is up."""
    ends = time.monotonic() + 60 * minutes
    kept: dict[str, Any] = dict(np.load(out)) if out.exists() else {}
    making: dict[int, tuple[Recording, Iterator[None]]] = {}
    workers: dict[tuple[str, ...], Worker] = {}
    for dimension in FAMILIES[family].spaces:
        opened = open_space(family, dimension, models, tasks, out.parent)
        names = tuple(opened.space.parents)
        if names not in workers:
            workers[names] = Worker(opened.worker_spec())
        prefix = f"{family}_{dimension}"
        had = {
            k: kept[f"{prefix}_{k}"]
            for k in ("points", "right", "asked")
            if prefix + "_points" in kept
        }
        made = Recording(FAMILIES[family], opened, workers[names], had)
        making[dimension] = made, trials(made)
    saved = time.monotonic()
    while time.monotonic() < ends:
        for dimension, (_, step) in making.items():
            # The largest space needs the most trials.
            for _ in range(2 if dimension == 64 else 1):
                next(step)
        if time.monotonic() > min(ends, saved + SAVE_EVERY_S):
            saved = time.monotonic()
            for dimension, (made, _) in making.items():
                kept |= made.kept(f"{family}_{dimension}")
            partial = out.with_suffix(".partial.npz")
            np.savez_compressed(partial, **kept)
            partial.replace(out)
            counts = {d: len(m.points) for d, (m, _) in making.items()}
            best = {
                d: round(
                    max(
                        float((r.sum(0) / a.sum(0)).mean())
                        for r, a in zip(m.right, m.asked, strict=True)
                    ),
                    3,
                )
                for d, (m, _) in making.items()
            }
            print(f"{family}: {counts}, best {best}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *(Path(a).absolute() for a in sys.argv[3:6]))
