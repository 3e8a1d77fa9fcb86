"""The unit in which a task counts in the average, so that no task wins by the size of its metric.

A point of accuracy and a point of log-perplexity are not worth the same. Where tasks are measured
in metrics of different kinds, each counts from its worst reference (0) to its best one (1): the
references are the base and the parents, on search items, scored before the first trial. So a
recipe that is as good as the best specialist on every task has the average 1. Reports show a task
by itself always in its own metric.

The range is at least twice the standard error of the difference of two references that answer
independently: where they are all alike, what is left between them is chance, and would blow up
whatever a merge changes on that task.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from evolve.fitness import Goal, Outcomes

PARENTS_RANGE = "parents' range"
# Shares of right answers: their plain average is one, too.
_SHARES = frozenset({"acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "em"})
_ERRORS = 2.0


def normalizes(wanted: Literal["auto", "parents", "none"], goals: Sequence[Goal]) -> bool:
    """auto: unless all goals have the same metric, or all are shares of right answers."""
    if wanted != "auto":
        return wanted == "parents"
    metrics = {goal.metric.split(",")[0] for goal in goals}
    return len(metrics) > 1 and not metrics <= _SHARES


def are_right_answers(goals: Sequence[Goal]) -> bool:
    """Is every task measured by its share of right answers, from 0 to 1, and counted as such?"""
    return unit_of(goals) != PARENTS_RANGE and all(
        goal.metric.split(",")[0] in _SHARES and goal.higher_is_better for goal in goals
    )


def in_parents_range(goals: Sequence[Goal], references: Sequence[Outcomes]) -> tuple[Goal, ...]:
    """The goals, counted from their worst reference in steps of the references' range.

    references: outcomes of the base and the parents on search items. The unit is 1 where every
    reference has the same value on every item.
    """
    found = []
    for goal in goals:
        values = [np.asarray(goal.values(outcomes), dtype=np.float64) for outcomes in references]
        means = [float(v.mean()) for v in values]
        variance = float(np.mean([v.var() for v in values]))
        chance = _ERRORS * (2 * variance / len(values[0])) ** 0.5
        unit = max(max(means) - min(means), chance)
        found.append(replace(goal, zero=min(means), unit=unit if unit > 0 else 1.0))
    return tuple(found)


def unit_of(goals: Sequence[Goal]) -> str:
    """What an average is in: the metric, or the parents' range."""
    plain = all((goal.zero, goal.unit) == (0.0, 1.0) for goal in goals)
    return "metric" if plain else PARENTS_RANGE
