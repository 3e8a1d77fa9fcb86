"""One number from the outcomes of a candidate: the weighted mean of its tasks' metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search_spaces.errors import CandidateError, ConfigError
from search_spaces.messages import TaskItems

Outcomes = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Goal:
    """What is maximized of one task: `weight` times the mean of `metric`, or its negative, counted
    from `zero` in steps of `unit` (see units.py).
    """

    task: str
    metric: str
    weight: float
    higher_is_better: bool = True
    zero: float = 0.0
    unit: float = 1.0

    def values(self, outcomes: Outcomes) -> Sequence[float]:
        """Per-item values, so turned that higher is better."""
        values = outcomes[self.task][self.metric]
        return values if self.higher_is_better else [-v for v in values]

    def counted(self, outcomes: Outcomes) -> Sequence[float]:
        """The same as they go into the average: from `zero`, in units."""
        values = self.values(outcomes)
        if (self.zero, self.unit) == (0.0, 1.0):
            return values
        return [(v - self.zero) / self.unit for v in values]


def metric_of(task: TaskItems, wanted: str | None) -> str:
    """The metric of a task that is maximized: the one that is wanted, else acc, else its first.

    Raises: ConfigError when the task has no such metric.
    """
    if wanted is None and task.metrics:
        return "acc" if "acc" in task.metrics else task.metrics[0]
    if wanted is None or wanted not in task.metrics:
        named = "metric" if wanted is None else f"metric '{wanted}'"
        raise ConfigError(
            f"tasks: '{task.name}' has no {named} that is a mean over items; it has "
            f"{', '.join(task.metrics) or 'none'}"
        )
    return wanted


def fitness(goals: Sequence[Goal], outcomes: Outcomes) -> float:
    """sum w (m - zero) / unit / sum w over the goals.

    Raises: CandidateError when an outcome is NaN or missing.
    """
    total = 0.0
    for goal in goals:
        values = goal.values(outcomes)
        if not values:
            raise CandidateError(f"task '{goal.task}' gave no outcomes")
        total += goal.weight * ((sum(values) / len(values) - goal.zero) / goal.unit)
    total /= sum(goal.weight for goal in goals)
    if not abs(total) < float("inf"):
        raise CandidateError(f"the fitness is {total}")
    return total
