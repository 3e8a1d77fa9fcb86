"""The store, measured: a search of 100,000 trials with 1,000 items each, on both databases.

    make bench-store                                    about 20 minutes on 2 cores, 2 GB of disk
    python -m tests.benchmarks.store --trials 5000      a quick look

Every trial goes through the driver's own Ledger, in turns of 64 that end one trial and ask for the
next on each worker; PostgreSQL is Debian's with its own settings (fsync on), on this machine. Two
kinds of outcomes: 0/1 (a bit each) and numbers (four bytes each), over four tasks. Prints Markdown
tables; RESULTS.md keeps them.
"""

import argparse
import json
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

from evolve.store import Ledger, NewTrial, Reader, TrialRow, open_engine
from search_spaces.messages import Result, Score
from tests.postgres import running

TURN = 64
TASKS = tuple(f"task_{n}" for n in range(4))
ITEMS = 250  # of each task
PARENTS = 3
GROUPS = 4  # of layers, each with its own weight per parent
KINDS = ("0/1", "numbers")
ON_PAPER = 1_000_000

Table = dict[str, tuple[int, int]]  # table -> (bytes of rows, bytes of indexes)


def main() -> None:
    """Reads the command line and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--databases", nargs="*", default=["SQLite", "PostgreSQL"])
    parser.add_argument("--folder", type=Path, help="for SQLite's file; else a temporary one")
    chosen = parser.parse_args()
    print(
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {chosen.trials:,} trials of "
        f"{len(TASKS) * ITEMS:,} items, {TURN} per turn.\n",
        flush=True,
    )
    for database in chosen.databases:
        for kind in chosen.kinds:
            with opened(database, chosen.folder) as engine:
                measure(engine, database, kind, chosen.trials)


@contextmanager
def opened(database: str, folder: Path | None) -> Iterator[Engine]:
    """An empty store."""
    if database == "SQLite":
        with tempfile.TemporaryDirectory(dir=folder) as place:
            engine = open_engine(f"sqlite:///{place}/store.db")
            yield engine
            engine.dispose()
        return
    for server in running(durable=True):
        engine = open_engine(server.url(server.database()))
        yield engine
        engine.dispose()


def measure(engine: Engine, database: str, kind: str, trials: int) -> None:
    """Writes a search and reads it; prints what that took."""
    ledger, spent, own = write(engine, kind, trials)
    made = sizes(engine)
    total = sum(rows + indexes for rows, indexes in made.values())
    print(f"### {database}, {kind}\n")
    print("| | rows, bytes per trial | indexes, bytes per trial |\n|---|---:|---:|")
    for name, (rows, indexes) in sorted(made.items(), key=lambda t: -sum(t[1])):
        if rows + indexes > 65536:
            print(f"| {name} | {rows / trials:,.0f} | {indexes / trials:,.0f} |")
    print(
        f"\nWritten in {spent:,.0f} s: {trials / spent:,.0f} trials per second, "
        f"{1000 * spent / trials:.2f} ms each, of which the driver's processor "
        f"{1000 * own / trials:.2f} ms; {total / 1e6:,.0f} MB, {total / trials:,.0f} bytes per "
        "trial.\n"
    )
    print("| what is read | rows | seconds | memory, MB |\n|---|---:|---:|---:|")
    taken = read(engine, ledger.search_id, trials)
    for name, (rows, seconds, megabytes) in taken.items():
        print(f"| {name} | {rows:,} | {seconds:.3f} | {megabytes:,.0f} |")
    factor = ON_PAPER / trials
    resumed = taken["resume: trials, means"][1]
    print(
        f"\nOn paper, {ON_PAPER:,} trials: {factor * total / 1e9:.1f} GB, written in "
        f"{factor * spent / 3600:.1f} h of the driver's time, resumed in {factor * resumed:.0f} "
        f"s with {factor * taken['resume: trials, means'][2] / 1000:.1f} GB of memory.\n",
        flush=True,
    )


def write(engine: Engine, kind: str, trials: int) -> tuple[Ledger, float, float]:
    """(the ledger, seconds in it and in the database, seconds of this process's processor)."""
    generator = np.random.default_rng(0)
    ledger = Ledger.open(
        engine,
        digest="d" * 32,
        name="large",
        config={"budget": {"trials": trials}},
        genes=[],
        goals=[{"task": t, "metric": "acc", "weight": 1.0} for t in TASKS],
        holder="here:1",
        workers=TURN,
    )
    ledger.set_splits({"search": {task: tuple(range(ITEMS)) for task in TASKS}})
    base = ledger.add_model(kind="base", name="base", digest="b" * 32, reference="/models/base")
    parents = [
        ledger.add_model(kind="parent", name=f"p{n}", digest=f"{n}" * 32, reference=f"/m/{n}")
        for n in range(PARENTS)
    ]
    spent, own, asked = 0.0, 0.0, 0
    running: list[tuple[TrialRow, int]] = []
    scores = [score(generator, kind) for _ in range(4 * TURN)]
    while running or asked < trials:
        new = [new_trial(generator, base, parents) for _ in range(min(TURN, trials - asked))]
        began, began_own = time.perf_counter(), time.process_time()
        for number, (trial, attempt) in enumerate(running):
            result = Result(attempt, f"worker-{number:03}", scores[trial.number % len(scores)])
            ledger.finish_attempt(
                result,
                trial_id=trial.id,
                split="search",
                fitness=0.5,
                tell=True,
                spent_s=0.1,
                workers=TURN,
            )
        running = []
        for one in new:
            trial = ledger.add_trial(one)
            running.append((trial, ledger.start_attempt(trial.id, "search")))
        ledger.flush()
        spent += time.perf_counter() - began
        own += time.process_time() - began_own
        asked += len(new)
    ledger.release("stopped")
    ledger.close()
    return ledger, spent, own


def new_trial(generator: np.random.Generator, base: int, parents: list[int]) -> NewTrial:
    """A merge with a weight per parent and group of layers, as the search writes it."""
    point = generator.random(PARENTS * GROUPS)
    weights = (1.5 * point).reshape(PARENTS, GROUPS)
    recipe = {
        "merge_method": "task_arithmetic",
        "base_model": "/models/base",
        "models": [
            {"model": f"/models/parent-{n}", "parameters": {"weight": row.tolist()}}
            for n, row in enumerate(weights)
        ],
        "dtype": "bfloat16",
    }
    return NewTrial(
        origin="optimizer",
        name="",
        recipe=json.dumps(recipe, separators=(",", ":")),
        recipe_digest=generator.bytes(16).hex(),
        base_id=base,
        parents=dict(zip(parents, weights.mean(axis=1).tolist(), strict=True)),
        point=point.tolist(),
        genome={f"weight.p{n // GROUPS}.{n % GROUPS}": float(v) for n, v in enumerate(point)},
    )


def score(generator: np.random.Generator, kind: str) -> Score:
    values = generator.random((len(TASKS), ITEMS))
    if kind == "0/1":
        values = np.round(values)
    outcomes = {t: {"acc": tuple(v.tolist())} for t, v in zip(TASKS, values, strict=True)}
    return Score(outcomes, 0.5, 12.5, 51_234)


def read(engine: Engine, search_id: int, trials: int) -> dict[str, tuple[int, float, float]]:
    """What -> (rows, seconds, megabytes that the answer keeps), as `show`, `resume` and pages."""
    reader = Reader(engine)
    middle = reader.trials(search_id)[trials // 2].id
    asked: dict[str, Callable[[], Any]] = {
        "searches": reader.searches,
        "counts": lambda: reader.counts(search_id),
        "outcomes of a trial": lambda: reader.outcomes(middle, "search"),
        "trials": lambda: reader.trials(search_id),
        "means": lambda: reader.means(search_id, "search"),
        "attempts": lambda: reader.attempts(search_id),
        "models": reader.models,
        "edges": reader.edges,
        "trial_of_model": reader.trial_of_model,
        "resume: trials, means": lambda: (
            *reader.trials(search_id),
            *reader.means(search_id, "search"),
        ),
    }
    found = {}
    for name, ask in asked.items():
        before, began = resident(), time.perf_counter()
        answer = ask()
        seconds = time.perf_counter() - began
        found[name] = (len(answer), seconds, max(0.0, resident() - before))
        del answer
    return found


def resident() -> float:
    """Megabytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def sizes(engine: Engine) -> Table:
    """Bytes on the disk after a checkpoint."""
    found: dict[str, list[int]] = {}
    if engine.dialect.name == "sqlite":
        connection = sqlite3.connect(str(engine.url.database))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        of = dict(connection.execute("SELECT name, tbl_name FROM sqlite_master").fetchall())
        for name, size in connection.execute("SELECT name, SUM(pgsize) FROM dbstat GROUP BY 1"):
            table = of.get(name, name)
            found.setdefault(table, [0, 0])[int(table != name)] += size
        connection.close()
    else:
        with engine.connect() as link:
            rows = link.execute(
                text(
                    "SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class "
                    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                )
            )
            found = {name: [rows_, indexes] for name, rows_, indexes in rows}
    return {name: (rows_, indexes) for name, (rows_, indexes) in found.items()}


if __name__ == "__main__":
    main()
