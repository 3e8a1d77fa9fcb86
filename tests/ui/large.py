"""A database with one search of very many trials, for what pages have to stand.

    python -m tests.ui.large sqlite:////tmp/large.db --trials 100000      about 4 minutes
    python -m tests.ui.large sqlite:////tmp/large.db --live 20     adds 20 trials a second, endless

Written through the driver's own Ledger. Every tenth trial was stopped early, every hundredth
failed, and the last 16 are being scored. Beside it are the three small searches of conftest.
"""

import argparse
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Engine

from evolve.config import SearchConfig
from evolve.fitness import Goal
from evolve.store import Ledger, Reader, open_engine
from search_spaces.messages import Result, Score
from search_spaces.parameters import build_space
from tests.ui.conftest import (
    BASE,
    CODE,
    EXPORTED,
    ITEMS,
    MATHS,
    OOM,
    SKILLS,
    TASKS,
    Filled,
    fill,
    start,
)

WORKERS = 16


def main() -> None:
    """Reads the command line and fills the database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--live", type=float, help="trials per second, added to `--search`")
    parser.add_argument("--search", default="large")
    chosen = parser.parse_args()
    if chosen.live:
        keep_adding(chosen.url, chosen.search, chosen.live)
    fill(chosen.url)
    fill_large(chosen.url, chosen.trials)


def fill_large(url: str, trials: int) -> None:
    """Adds the search `large`."""
    engine = open_engine(url)
    parents = {"maths": MATHS, "code": CODE, "merged": EXPORTED}
    large = start(engine, "large", parents, trials + 1000, seed=4, groups=4)
    large.references()
    add(large, trials)
    large.ledger.close()
    engine.dispose()


def add(large: Filled, trials: int) -> None:
    """So many trials more, the last 16 of them not ended."""
    for first in range(0, trials, WORKERS):
        for index in range(first, min(first + WORKERS, trials)):
            begun = _ask(large, 0.35 * (1 - index / trials) + 0.03)
            if index < trials - WORKERS:
                _end(large, *begun, index)
        large.ledger.flush()


def reopened(engine: Engine, name: str) -> Filled:
    """A search of conftest or of this file, taken over as a driver does that goes on."""
    reader = Reader(engine)
    search = reader.find(name)
    config = SearchConfig.model_validate(search.config)
    ledger = Ledger.open(
        engine,
        digest=search.digest,
        name=search.name,
        config=search.config,
        genes=search.genes,
        goals=search.goals,
        holder="laptop:4242",
    )
    fingerprints = {m: f"{i + 1:x}" * 32 for i, m in enumerate(SKILLS)}
    ids = {
        ref: ledger.add_model(kind="parent", name="", digest=fingerprints[ref], reference=ref)
        for ref in (BASE, *config.parents.values())
    }
    space = build_space(
        config.space, BASE, config.parents, layers=8, dtype="bfloat16", seed=config.seed
    )
    goals = tuple(Goal(t.name, "acc", t.weight) for t in config.tasks)
    return Filled(ledger, config, space, goals, ids, fingerprints, np.random.default_rng())


def steadily(large: Filled) -> Iterator[int]:
    """Ends a trial each time that it is asked, and begins another, 16 at once; its id, written."""
    begun = deque(_ask(large, 0.05) for _ in range(WORKERS))
    index = 0
    while True:
        ended = begun.popleft()
        _end(large, *ended, index)
        begun.append(_ask(large, 0.05))
        large.ledger.flush()
        index += 1
        yield ended[0]


def keep_adding(url: str, name: str, per_s: float) -> None:
    """Until the process is ended; never more often than this."""
    trials = steadily(reopened(open_engine(url), name))
    due = time.monotonic()
    while True:
        next(trials)
        due = max(due + 1 / per_s, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))


def _ask(large: Filled, spread: float) -> tuple[int, int, Any]:
    """(trial, attempt, point) of a trial that begins."""
    point = np.clip(large.rng.normal(0.55, spread, len(large.space.space.genes)), 0, 1)
    genome = large.space.space.decode(point)
    recipe = large.space.recipe(genome)
    trial = large.add("optimizer", "", recipe, point=point.tolist(), genome=genome)
    return trial, large.ledger.start_attempt(trial, "search"), point


def _end(large: Filled, trial: int, attempt: int, point: Any, index: int) -> None:
    worker = f"worker-{index % WORKERS:02}"
    about: dict[str, Any] = {"trial_id": trial, "split": "search", "tell": True, "spent_s": 0.2}
    if index % 100 == 99:
        failed = Result(attempt, worker, failed=OOM if index % 200 == 99 else "NaN on item 17")
        large.ledger.finish_attempt(failed, fitness=None, **about)
        return
    stopped = index % 10 == 7
    count = ITEMS["search"]
    worth = 0.72 - float(np.mean((point - 0.6) ** 2)) * 2
    found = {
        task: {"acc": tuple((large.rng.random(count) < worth).astype(float).tolist())}
        for task in TASKS
    }
    seen = None
    if stopped:
        count //= 4
        found = {task: {"acc": values["acc"][:count]} for task, values in found.items()}
        mask = tuple(i < count for i in range(ITEMS["search"]))
        seen = dict.fromkeys(TASKS, mask)
    fitness = float(np.mean([np.mean(v["acc"]) for v in found.values()]))
    large.ledger.finish_attempt(
        Result(attempt, worker, Score(found, 0.2, 1.9, 12_000)),
        fitness=fitness,
        error=0.04 if stopped else None,
        pruned=stopped,
        seen=seen,
        workers=WORKERS,
        **about,
    )


if __name__ == "__main__":
    main()
