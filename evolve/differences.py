"""Item by item: what one model answers right and another does not.

Both have answered the same items of one split; items that one of them has not seen are left out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evolve.fitness import Goal, Outcomes
from evolve.statistics import Interval, paired_difference

Kind = Literal["gained", "lost", "same"]


@dataclass(frozen=True)
class ItemDifference:
    """One item. ours, theirs: in the task's own metric; better: by how much ours is better, in
    that metric.
    """

    task: str
    item: int
    ours: float
    theirs: float
    better: float

    @property
    def kind(self) -> Kind:
        return "gained" if self.better > 0 else "lost" if self.better < 0 else "same"


@dataclass(frozen=True)
class Comparison:
    """rows: all items that both have seen; right_or_wrong: is every value 0 or 1, as of questions
    that are answered right or wrong? difference: of the averages, paired, with its 95 % interval;
    None where a task has no item that both have seen.
    """

    rows: tuple[ItemDifference, ...]
    right_or_wrong: bool
    difference: Interval | None

    def count(self, kind: Kind) -> int:
        return sum(row.kind == kind for row in self.rows)

    @property
    def both_right(self) -> int:
        """Of items with a right and a wrong answer."""
        return sum(row.kind == "same" and row.ours == 1 for row in self.rows)

    @property
    def both_wrong(self) -> int:
        """Of items with a right and a wrong answer."""
        return sum(row.kind == "same" and row.ours == 0 for row in self.rows)

    def differing(self, kind: Kind | None = None, task: str | None = None) -> list[ItemDifference]:
        """Items that are gained or lost, those first that differ most; of equal ones as the tasks
        have them.
        """
        kept = [
            row
            for row in self.rows
            if row.kind != "same" and kind in (None, row.kind) and task in (None, row.task)
        ]
        return sorted(kept, key=lambda row: -abs(row.better))


def compare(
    goals: Sequence[Goal],
    ours: Outcomes,
    theirs: Outcomes,
    items: Mapping[str, Sequence[int]],
    *,
    seed: int,
) -> Comparison:
    """ours, theirs: task -> metric -> value per item of a split, NaN where it was not seen; items:
    task -> numbers of these items; seed: of the bootstrap.
    """
    rows: list[ItemDifference] = []
    counted: list[tuple[list[float], list[float]]] = []
    for goal in goals:
        pairs = _seen(goal, ours, theirs, items.get(goal.task, ()))
        sign = 1 if goal.higher_is_better else -1
        rows += [ItemDifference(goal.task, n, a, b, sign * (a - b)) for n, a, b in pairs]
        counted.append(
            (_counted(goal, [a for _, a, _ in pairs]), _counted(goal, [b for *_, b in pairs]))
        )
    difference = None
    if goals and all(a for a, _ in counted):
        difference = paired_difference(
            [a for a, _ in counted],
            [b for _, b in counted],
            [goal.weight for goal in goals],
            seed=seed,
        )
    binary = bool(rows) and all(v in (0.0, 1.0) for row in rows for v in (row.ours, row.theirs))
    better = all(goal.higher_is_better for goal in goals)
    return Comparison(tuple(rows), binary and better, difference)


def _counted(goal: Goal, values: Sequence[float]) -> list[float]:
    return list(goal.counted({goal.task: {goal.metric: values}}))


def _seen(
    goal: Goal, ours: Outcomes, theirs: Outcomes, items: Sequence[int]
) -> list[tuple[int, float, float]]:
    mine, others = (found.get(goal.task, {}).get(goal.metric, ()) for found in (ours, theirs))
    return [
        (number, a, b)
        for number, a, b in zip(items, mine, others, strict=False)
        if not (math.isnan(a) or math.isnan(b))
    ]
