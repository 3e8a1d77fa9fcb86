"""The verdict on the chosen trial. The best-scoring trial is not the answer.

The chosen recipe is compared with every parent, every plain merge and the one-scale baseline, in
one family of intervals that hold at once (statistics.py). The gain over the best parent is the
least of the gains over all of them, so which of them is best on these items need not be known
beforehand. (To be better than all of them, each at 95 % by itself would be enough: Berger 1982.
That the intervals hold at once costs power, and lets every single one be read.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from evolve.fitness import Goal, Outcomes, fitness
from evolve.signed import signed
from evolve.statistics import (
    Interval,
    estimated_difference,
    independent_difference,
    simultaneous,
    smallest,
    weighted_interval,
)
from evolve.units import PARENTS_RANGE, unit_of


@dataclass(frozen=True)
class Gain:
    """How much more the chosen recipe scores than `over`, the best of its kind on the same report
    items; the interval is that over whichever is truly the best.
    """

    over: str
    score: float
    difference: Interval

    @property
    def holds(self) -> bool:
        """The whole 95 % interval lies above zero."""
        return self.difference.low > 0


@dataclass(frozen=True)
class TaskGain:
    """The same on one task, in its own metric, so turned that more is better."""

    over: str
    difference: Interval


@dataclass(frozen=True)
class Overfitting:
    """How much more the chosen recipe scores on search items, which it was found on, than on
    report items; best: the highest score of a trial that was not stopped early (an estimate where
    items rotate).
    """

    search: float
    report: float
    gap: Interval
    best: float | None = None


@dataclass(frozen=True)
class Verdict:
    """kind: 'improvement' when the gain over the best parent and over the best plain merge both
    hold, and what was chosen is a recipe of the search.

    tasks: task -> 'parent', 'plain' and 'one_scale'; corrected_for: the comparisons whose
    intervals hold at once, on tasks as many for each task; unit: of score and gains.
    """

    kind: Literal["improvement", "no improvement"]
    chosen: str
    score: Interval
    over_parent: Gain
    over_plain: Gain
    over_one_scale: Gain
    sentence: str
    tasks: Mapping[str, Mapping[str, TaskGain]] = field(default_factory=dict)
    corrected_for: int = 1
    unit: str = "metric"
    overfitting: Overfitting | None = None


def judge(
    goals: Sequence[Goal],
    chosen: Outcomes,
    *,
    parents: Mapping[str, Outcomes],
    plain: Mapping[str, Outcomes],
    one_scale: tuple[str, Outcomes],
    name: str,
    seed: int,
    reference: str | None = None,
    overfitting: Overfitting | None = None,
) -> Verdict:
    """The verdict on report items.

    seed: of the bootstrap; reference: the origin of what was chosen, when no recipe of the search
    was better than that on validation items.
    """
    families = {"parent": parents, "plain": plain, "one_scale": dict([one_scale])}
    rivals = [(kind, rival) for kind, family in families.items() for rival in family]
    compared = simultaneous(
        [_differences(g, chosen, [families[k][r] for k, r in rivals]) for g in goals],
        [g.weight / g.unit / sum(g.weight for g in goals) for g in goals],
        seed=seed,
    )
    weights = [goal.weight for goal in goals]
    score = weighted_interval([goal.counted(chosen) for goal in goals], weights, seed=seed)

    def of(found: Sequence[Interval], kind: str) -> tuple[str, Interval]:
        mine = [(r, i) for (k, r), i in zip(rivals, found, strict=True) if k == kind]
        over, _ = min(mine, key=lambda one: one[1].mean)
        return over, smallest([interval for _, interval in mine])

    gains = {}
    for origin in families:
        over, difference = of(compared.average, origin)
        gains[origin] = Gain(over, score.mean - difference.mean, difference)
    tasks = {
        goal.task: {origin: TaskGain(*of(found, origin)) for origin in families}
        for goal, found in zip(goals, compared.tasks, strict=True)
    }
    kind: Literal["improvement", "no improvement"] = (
        "improvement"
        if gains["parent"].holds and gains["plain"].holds and reference is None
        else "no improvement"
    )
    count = sum(rival != (reference, name) for rival in rivals)
    unit = unit_of(goals)
    return Verdict(
        kind,
        name,
        score,
        gains["parent"],
        gains["plain"],
        gains["one_scale"],
        _sentence(kind, name, score, gains, reference, count, unit) + _flattered(overfitting),
        tasks,
        count,
        unit,
        overfitting,
    )


def overfit(
    goals: Sequence[Goal],
    *,
    search: Outcomes | None,
    score: float | None,
    error: float | None,
    report: Outcomes,
    best: float | None,
    seed: int,
) -> Overfitting | None:
    """The gap between search score and report score; None without a search score.

    search: outcomes on all search items; None where the score is an estimate from some of them
    with this standard error. Both sides are resampled, each by itself: their items are others.
    """
    ours = [goal.counted(report) for goal in goals]
    weights = [goal.weight for goal in goals]
    if search is not None:
        theirs = [goal.counted(search) for goal in goals]
        gap = independent_difference(theirs, ours, weights, seed=seed)
        score = fitness(goals, search)
    elif score is not None:
        gap = estimated_difference(score, error or 0.0, ours, weights, seed=seed)
    else:
        return None
    return Overfitting(score, score - gap.mean, gap, best)


def _differences(
    goal: Goal, chosen: Outcomes, rivals: Sequence[Outcomes]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(n_items, n_rivals) in the task's own metric."""
    ours = np.asarray(goal.values(chosen), dtype=np.float64)
    theirs = [np.asarray(goal.values(outcomes), dtype=np.float64) for outcomes in rivals]
    return np.stack([ours - one for one in theirs], axis=1)


_RIVALS = {
    "parent": "the best parent",
    "plain": "the best plain merge",
    "one_scale": "one tuned scale",
}
_REFERENCES = {"parent": "the parent", "plain": "the plain merge", "one_scale": "the baseline"}


def _sentence(
    kind: str,
    name: str,
    score: Interval,
    gains: Mapping[str, Gain],
    reference: str | None,
    count: int,
    unit: str,
) -> str:
    opening = {
        "improvement": "Improvement: on {n:,} report items that the search never saw, {name}",
        "no improvement": "No improvement that can be defended: on {n:,} report items, {name}",
    }[kind]
    if reference is not None:
        opening = (
            "No improvement: on validation items no recipe did better than "
            f"{_REFERENCES[reference]} {name}; on {{n:,}} report items it"
        )
    parts = [
        f"{signed(vars(g.difference))} over {_RIVALS[origin]} ({g.over}, {g.score:.3f})"
        for origin, g in gains.items()
        if (origin, name) != (reference, g.over)
    ]
    said = f"{', '.join(parts[:-1])} and {parts[-1]}"
    start = opening.format(n=score.items, name=name)
    of = f" of the {PARENTS_RANGE}" if unit == PARENTS_RANGE else ""
    held = f"95 % intervals that hold for all {count} comparisons at once"
    return f"{start} scores {score.mean:.3f}{of}: {said}; {held}."


def _flattered(found: Overfitting | None) -> str:
    if found is None or found.gap.low <= 0:
        return ""
    gap = signed(vars(found.gap))
    return f" On search items it scored {found.search:.3f}: they flatter it by {gap}."
