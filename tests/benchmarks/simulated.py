"""A search whose workers sleep in place of scoring: everything else of it is real."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml

from evolve.cli.running import goals_of
from evolve.cli.searches import Opened
from evolve.setup import Setup
from evolve.store import Ledger
from search_spaces.messages import Job, Result, Score, Split, TaskItems, WorkerSpec
from tests.conftest import write_model, write_task
from workers.actor import WorkerActor
from workers.tasks import load_tasks

TASKS = 4
ITEMS = 250  # search items of each
Splits = Mapping[Split, Mapping[str, tuple[int, ...]]]


def write_search(
    folder: Path, *, optimizer: str, trials: int, store: str, racing: str, groups: int | str
) -> Path:
    """Tiny models, four tasks, three genes for each group of layers, of which there are eight."""
    for seed, name in enumerate(("base", "a", "b", "c")):
        write_model(folder / name, seed, layers=8)
    for number in range(TASKS):
        write_task(folder / "tasks", f"task{number}", ITEMS + 50, ["a", "b", "c"])
    data = {
        "name": "scale",
        "base": str(folder / "base"),
        "parents": {name: str(folder / name) for name in ("a", "b", "c")},
        "dtype": "float32",
        "space": {"method": "task_arithmetic", "layer_groups": groups},
        "optimizer": optimizer,
        "racing": racing,
        "tasks": [{"name": f"task{number}"} for number in range(TASKS)],
        "task_folders": [str(folder / "tasks")],
        "splits": {"search": ITEMS, "validation": 20, "report": 20},
        "budget": {"trials": trials},
        "starts": {"soup": False, "model_stock": False, "earlier": False},
        "ablations": 0,
        "store": store,
    }
    file = folder / "search.yaml"
    file.write_text(yaml.safe_dump(data))
    return file


class Sleeper(WorkerActor):
    """What runs in a worker's place: one process for many workers, each a thread that sleeps.
    Outcomes depend on the recipe alone.
    """

    shares_parents = False
    median_s = 10.0  # in a Ray process: the environment's EVOLVE_SLEEP_S
    spread = 0.4  # of the logarithm of a trial's duration

    def start(self, spec: WorkerSpec, name: str, path: str | None) -> str | None:
        self._spec = spec
        self._splits: Splits = spec.splits
        self.median_s = float(os.environ.get("EVOLVE_SLEEP_S", self.median_s))
        return None

    def describe_tasks(self) -> list[TaskItems]:
        return [t.describe() for t in load_tasks(self._spec.tasks, Path(self._spec.base))]

    def set_splits(self, splits: Splits) -> None:
        self._splits = splits

    def run(self, job: Job) -> Result:
        draw = np.random.default_rng(int(job.recipe.digest()[:12], 16))
        items = self._splits[job.split] if job.items is None else job.items
        share = sum(map(len, items.values())) / (TASKS * ITEMS)
        seconds = share * self.median_s * float(np.exp(self.spread * draw.standard_normal()))
        time.sleep(seconds if job.split == "search" else 0.0)
        outcomes = {
            task: {
                metric: tuple((draw.random(len(numbers)) < 0.6).astype(float).tolist())
                for metric in ("acc", "acc_norm")
            }
            for task, numbers in items.items()
        }
        return Result(job.attempt_id, "", Score(outcomes, 0.0, seconds, 1000))


def setup_of(opened: Opened, tasks: list[TaskItems], ledger: Ledger, workers: int) -> Setup:
    ids = {
        p.reference: ledger.add_model(
            kind="parent", name=n, digest=p.fingerprint, reference=p.reference
        )
        for n, p in {"base": opened.base, **opened.parents}.items()
    }
    goals = goals_of(opened, tasks)
    return Setup(
        opened.config, opened.space, goals, opened.fingerprints, ids, opened.sizes, workers
    )
