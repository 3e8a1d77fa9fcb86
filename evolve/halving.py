"""Which recipe is best on validation items, without paying all items for every contender.

Successive halving (Karnin 2013; Jamieson and Talwalkar, arXiv:1502.07943): the items are dealt in
as many equal rounds as it takes to halve the field to two. In each round those that are still in
are scored on the next items, and the better half on all items so far stays; the last two have all
of them. n contenders cost (n + n/2 + ... + 2) / R scorings of the whole split in R = log2(n)
rounds, about 2 n / log2(n) instead of n, and no item is scored twice for the same recipe.
"""

import math
from collections.abc import Mapping, Sequence

from evolve.fitness import Goal, Outcomes, fitness
from evolve.sheet import Items
from evolve.store import TrialRow

_LAST = 2


def contenders(trials: Sequence[TrialRow], finalists: int) -> list[TrialRow]:
    """The optimizer's mean recipe, the `finalists` best trials and starting points by estimate
    (also of those that were stopped early), the parents, the plain merges and the best one-scale
    baseline.

    By number; of several trials of one recipe only the first.
    """
    mine = [t for t in trials if t.origin in ("optimizer", "start") and t.scored]
    found = sorted(mine, key=by_fitness)[:finalists]
    found += [t for t in trials if t.origin in ("mean", "parent", "plain")]
    found += sorted((t for t in trials if t.origin == "one_scale"), key=by_fitness)[:1]
    by_model: dict[int, TrialRow] = {}
    for trial in sorted(found, key=lambda t: t.number):
        by_model.setdefault(trial.model_id, trial)
    return list(by_model.values())


def by_fitness(trial: TrialRow) -> tuple[float, int]:
    """Sorts the best on search items first, ties to the earlier trial."""
    return (math.inf if trial.fitness is None else -trial.fitness), trial.number


def field_sizes(count: int) -> list[int]:
    """How many are in each round: `count`, half of it, ..., 2."""
    found = [count]
    while found[-1] > _LAST:
        found.append(max(_LAST, math.ceil(found[-1] / 2)))
    return found


def deal(items: Items, count: int) -> list[dict[str, int]]:
    """Per round: task -> how many of its items, in the split's order, are known once it is over.

    Equal rounds; every task has an item in the first one, and every round has new items.
    """
    longest = max(len(numbers) for numbers in items.values())
    rounds = min(len(field_sizes(count)), longest)
    return [
        {task: math.ceil(len(numbers) * r / rounds) for task, numbers in items.items()}
        for r in range(1, rounds + 1)
    ]


def missing(items: Items, known: Mapping[str, int], found: Outcomes | None) -> Items:
    """task -> items of the first `known` that have no outcome yet; without tasks that have all."""
    wanted: dict[str, tuple[int, ...]] = {}
    for task, count in known.items():
        values = next(iter((found or {}).get(task, {}).values()), (math.nan,) * count)
        left = [n for n, v in zip(items[task][:count], values[:count], strict=True) if v != v]
        if left:
            wanted[task] = tuple(left)
    return wanted


def score_so_far(goals: Sequence[Goal], known: Mapping[str, int], found: Outcomes) -> float:
    """The fitness on the first `known` items of every task."""
    head = {t: {m: v[: known[t]] for m, v in found[t].items()} for t in known}
    return fitness(goals, head)


def ranked(scores: Mapping[int, float], trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Those of the trials that have a score, the best first, ties to the earlier trial."""
    return sorted((t for t in trials if t.id in scores), key=lambda t: (-scores[t.id], t.number))
