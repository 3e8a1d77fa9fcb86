"""Scores and differences in words, whatever they are measured in: right answers of 100 questions,
the parents' range, or a metric of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evolve.fitness import Goal
from evolve.units import PARENTS_RANGE, are_right_answers, unit_of


@dataclass(frozen=True)
class Amounts:
    """How scores of some goals are told. right: they are shares of right answers; ranged: they
    are in the parents' range; lower: a smaller number of the metric is better; metric: its name.
    """

    right: bool
    ranged: bool
    lower: bool
    metric: str

    def score(self, value: float) -> str:
        """value: so turned that more is better, as verdicts have it; what a model does."""
        if self.right:
            return f"answers about {value * 100:.0f} of 100 questions right"
        return f"reaches {self.number(value)}{self.scale}"

    def number(self, value: float) -> str:
        """The score alone."""
        if self.right:
            return f"{value * 100:.0f} of 100"
        if self.ranged:
            return f"{value:.2f}"
        return f"{self.metric} {-value if self.lower else value:.3f}"

    @property
    def scale(self) -> str:
        """What a number means that does not say it itself."""
        if self.right:
            return ""
        if self.ranged:
            return (
                ", where 0 is the weakest and 1 the best of the models that went in, on every task"
            )
        return f" ({'less' if self.lower else 'more'} is better)"

    def size(self, difference: float) -> str:
        """How large a difference is, without its sign."""
        if self.right:
            points = f"{abs(difference) * 100:.1f}"
            return f"{points} point{'' if points == '1.0' else 's'}"
        return f"{abs(difference):.2f}" if self.ranged else f"{abs(difference):.3f}"

    def ahead(self, difference: float) -> str:
        """`3.3 points better`, `0.120 worse` or `equally good`."""
        if self.size(difference) == self.size(0.0):
            return "equally good"
        return f"{self.size(difference)} {'better' if difference > 0 else 'worse'}"

    def certainty(self, found: Mapping[str, float]) -> str:
        """found: a difference with its 95 % interval, as a dict."""
        low, high = found["low"], found["high"]
        if low > 0 or high < 0:
            least, most = sorted((abs(low), abs(high)))
            start = self.size(least).split(" ")[0]
            return f"with 95 % certainty between {start} and {self.size(most)}"
        return f"with 95 % certainty between {self.ahead(low)} and {self.ahead(high)}"


def amounts_of(goals: Sequence[Goal]) -> Amounts:
    """Of an average over the goals, or of one task alone."""
    names = {goal.metric for goal in goals}
    lower = {goal.higher_is_better for goal in goals} == {False}
    mixed = len({goal.higher_is_better for goal in goals}) > 1
    metric = next(iter(names)) if len(names) == 1 and not mixed else "a score of"
    return Amounts(are_right_answers(goals), unit_of(goals) == PARENTS_RANGE, lower, metric)


def of_task(goal: Goal) -> Amounts:
    """A task by itself, which is always told in its own metric."""
    return amounts_of([Goal(goal.task, goal.metric, 1.0, goal.higher_is_better)])
