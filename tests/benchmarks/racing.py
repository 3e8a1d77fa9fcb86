"""What racing costs and what it loses: a recorded search replayed offline.

`tests/benchmarks/racing.npz` holds every candidate of two CMA-ES searches of the demo family,
scored on all items (`record_matrix.py`). A replay deals the pool of items anew into 1,050 search
items and held-out items, shuffles the candidates of each generation, and lets a method decide what
to score. At the end the eight best by estimate are scored on all search items, and the best of all
that were scored fully is chosen, for every method alike. Regret: the best candidate's mean minus
the chosen one's, on held-out items and on the search items themselves.

Regret and told are in points of accuracy. Run with one thread, from anywhere:
`OMP_NUM_THREADS=1 python tests/benchmarks/racing.py [--replays 100] [--plot SVG]`.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from racing_plot import svg

from evolve.racing import Board, Method, Race, make_board

FILE = Path(__file__).with_suffix(".npz")
BLOCKS, ERROR, FINALISTS, GENERATION = 20, 0.05, 8, 8
SEARCH = (300, 300, 300, 150)

SPACES = {"plain": "one weight per parent (4 genes)", "layers": "and per layer (16 genes)"}
HEADER = (
    "| method | item evaluations | regret, held-out items | regret, search items "
    "| told - true, mean | its spread | rank correlation | decisions, per candidate |\n"
    "|---|---|---|---|---|---|---|---|"
)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Recorded:
    """outcomes: (n_candidates, n_items) 0/1; task_of: (n_items,); weights: (n_candidates,
    n_parents); the first `references` candidates are no trials.
    """

    outcomes: FloatArray
    task_of: NDArray[np.int64]
    weights: FloatArray
    references: int


@dataclass(frozen=True)
class Replayed:
    """items: (n_candidates,) scored before the finish; told: (n_candidates,) estimates."""

    items: NDArray[np.int64]
    told: FloatArray


@dataclass(frozen=True)
class Deal:
    """One replay's items: search (n_candidates, n_search) and the means of held-out items."""

    board: Board
    search: FloatArray
    truth: FloatArray
    held_out: FloatArray
    weights: FloatArray
    references: int


Way = Callable[[Deal, int], Replayed]


def load(name: str) -> Recorded:
    """name: 'plain' (4 genes) or 'layers' (16 genes)."""
    with np.load(FILE) as found:
        sizes = [found[f"{name}_{split}"] for split in ("search", "report")]
        task_of = np.concatenate([np.repeat(np.arange(len(s)), s) for s in sizes])
        bits = np.unpackbits(found[f"{name}_outcomes"], axis=1, count=len(task_of))
        return Recorded(
            bits.astype(np.float64),
            task_of.astype(np.int64),
            found[f"{name}_weights"].astype(np.float64),
            int(found["references"]),
        )


def deal(recorded: Recorded, seed: int) -> Deal:
    """Search and held-out items anew, and another order within generations."""
    generator = np.random.default_rng([seed, 1])
    order = np.arange(len(recorded.outcomes))
    for first in range(recorded.references, len(order), GENERATION):
        generator.shuffle(order[first : first + GENERATION])
    search, held_out = [], []
    for goal, size in enumerate(SEARCH):
        items = generator.permutation(np.flatnonzero(recorded.task_of == goal))
        search.append(items[:size])
        held_out.append(items[size:])
    outcomes = recorded.outcomes[order]
    board = make_board(SEARCH, [1.0] * len(SEARCH), blocks=BLOCKS, seed=seed)
    return Deal(
        board,
        outcomes[:, np.concatenate(search)],
        _means(outcomes, search),
        _means(outcomes, held_out),
        recorded.weights[order],
        recorded.references,
    )


def full(found: Deal, seed: int) -> Replayed:
    return Replayed(np.full(len(found.search), found.search.shape[1]), found.truth)


def subset(share: float) -> Way:
    """The same random items of every goal for all candidates."""

    def way(found: Deal, seed: int) -> Replayed:
        generator = np.random.default_rng([seed, 2])
        goals = [np.flatnonzero(found.board.task_of == g) for g in range(len(SEARCH))]
        items = [generator.permutation(g)[: round(share * len(g))] for g in goals]
        count = sum(len(i) for i in items)
        return Replayed(np.full(len(found.search), count), _means(found.search, items))

    return way


def race(method: Method, error: float = ERROR) -> Way:
    def way(found: Deal, seed: int) -> Replayed:
        racing = Race(found.board, method=method, error=error, seed=seed)
        items, told = [], []
        for number, (values, parents) in enumerate(zip(found.search, found.weights, strict=True)):
            if number < found.references:
                racing.add(values, parents)
                items.append(len(values))
                told.append(found.truth[number])
                continue
            course = racing.open(number - found.references, parents)
            while course.block is not None:
                course.see(values[course.block])
            estimate = course.estimate()
            racing.add(course.values, parents)
            items.append(estimate.items)
            told.append(estimate.mean)
        return Replayed(np.array(items), np.array(told))

    return way


@dataclass(frozen=True)
class Outcome:
    """Of one replay. cost: item evaluations, of those of full scoring; stopped: (told - truth) of
    dropped candidates; rank: correlation of told and true ranks within generations.
    """

    cost: float
    held_out: float
    search: float
    stopped: FloatArray
    rank: float


def judge(found: Deal, replayed: Replayed) -> Outcome:
    """The finish and the choice, the same for all."""
    size = found.search.shape[1]
    finalists = np.argsort(-replayed.told, kind="stable")[:FINALISTS]
    items = replayed.items.copy()
    partly = items < size
    items[finalists] = size
    complete = np.flatnonzero(items == size)
    chosen = complete[np.argmax(found.truth[complete])]
    errors = (replayed.told - found.truth)[partly]
    return Outcome(
        float(items.sum() / (size * len(items))),
        float(found.held_out.max() - found.held_out[chosen]),
        float(found.truth.max() - found.truth[chosen]),
        errors,
        _rank(replayed.told, found.truth, found.references),
    )


def _rank(told: FloatArray, truth: FloatArray, references: int) -> float:
    """Mean Spearman correlation within a generation: all that CMA-ES sees of its estimates."""
    found = []
    for first in range(references, len(told) - GENERATION + 1, GENERATION):
        one = slice(first, first + GENERATION)
        a, b = (np.argsort(np.argsort(v[one])) for v in (told, truth))
        found.append(float(np.corrcoef(a, b)[0, 1]))
    return float(np.mean(found))


def _means(outcomes: FloatArray, items: list[NDArray[np.int64]]) -> FloatArray:
    return np.asarray(np.mean([outcomes[:, i].mean(axis=1) for i in items], axis=0))


WAYS: dict[str, Way] = {
    "full": full,
    **{f"random {100 * s:g} %": subset(s) for s in (0.05, 0.1, 0.15, 0.2, 0.25, 0.5)},
    "paired": race("paired"),
    "irt": race("irt"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replays", type=int, default=100)
    parser.add_argument("--plot", type=Path, help="an SVG file to write")
    arguments = parser.parse_args()
    points: dict[str, dict[str, tuple[float, float, float]]] = {}
    for name, replays in (("plain", arguments.replays), ("layers", arguments.replays // 2)):
        recorded = load(name)
        print(f"\n{SPACES[name]}: {len(recorded.outcomes)} candidates, {replays} replays\n")
        print(HEADER)
        points[SPACES[name]] = {}
        for label, way in WAYS.items():
            started = time.perf_counter()
            deals = (deal(recorded, seed) for seed in range(replays))
            found = [judge(d, way(d, seed)) for seed, d in enumerate(deals)]
            spent = (time.perf_counter() - started) / replays / len(recorded.outcomes)
            points[SPACES[name]][label] = held_out(found)
            print(row(label, found, 1000 * spent), flush=True)
    if arguments.plot:
        arguments.plot.write_text(svg(points), encoding="utf-8")


def held_out(found: list[Outcome]) -> tuple[float, float, float]:
    """(cost, mean regret on held-out items, its standard error), in percent."""
    regrets = np.array([o.held_out for o in found])
    cost = float(np.mean([o.cost for o in found]))
    return 100 * cost, 100 * float(regrets.mean()), 100 * float(regrets.std() / len(found) ** 0.5)


def row(label: str, found: list[Outcome], spent_ms: float) -> str:
    cost, held, held_error = held_out(found)
    search = 100 * np.array([o.search for o in found])
    errors = 100 * np.concatenate([o.stopped for o in found])
    told = "| | " if len(errors) == 0 else f"| {errors.mean():+.2f} | {np.std(errors):.2f} "
    return (
        f"| {label} | {cost:.1f} % | {held:.2f} ± {held_error:.2f} "
        f"| {search.mean():.2f} ± {search.std() / len(search) ** 0.5:.2f} {told}"
        f"| {np.mean([o.rank for o in found]):.2f} | {spent_ms:.1f} ms |"
    )


if __name__ == "__main__":
    main()
