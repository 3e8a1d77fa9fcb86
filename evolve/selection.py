"""Finalists, the chosen trial, and the verdict. The best-scoring trial is not the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evolve.fitness import Goal, Outcomes
from evolve.statistics import Interval, paired_difference, weighted_interval


def finalists(fitness_by_trial: Mapping[int, float], count: int) -> list[int]:
    """The `count` best trials by search fitness, ties to the earlier one."""
    return sorted(fitness_by_trial, key=lambda t: (-fitness_by_trial[t], t))[:count]


@dataclass(frozen=True)
class Gain:
    """How much more the chosen recipe scores than `over`, on the same report items."""

    over: str
    score: float
    difference: Interval

    @property
    def holds(self) -> bool:
        """The whole 95 % interval lies above zero."""
        return self.difference.low > 0


@dataclass(frozen=True)
class Verdict:
    """kind: 'improvement' when the gain over the best parent and over the best plain merge both
    hold.
    """

    kind: Literal["improvement", "no improvement"]
    chosen: str
    score: Interval
    over_parent: Gain
    over_plain: Gain
    over_one_scale: Gain
    sentence: str


def judge(
    goals: Sequence[Goal],
    chosen: Outcomes,
    *,
    parents: Mapping[str, Outcomes],
    plain: Mapping[str, Outcomes],
    one_scale: tuple[str, Outcomes],
    name: str,
    seed: int,
) -> Verdict:
    """The verdict on report items.

    The rivals are the parent and the plain merge that score best on these very items, which
    favours them and not us. seed: of the bootstrap.
    """
    weights = [goal.weight for goal in goals]
    ours = [goal.values(chosen) for goal in goals]
    score = weighted_interval(ours, weights, seed=seed)

    def gain(over: str, outcomes: Outcomes) -> Gain:
        theirs = [goal.values(outcomes) for goal in goals]
        difference = paired_difference(ours, theirs, weights, seed=seed)
        return Gain(over, score.mean - difference.mean, difference)

    def best(rivals: Mapping[str, Outcomes]) -> Gain:
        return max((gain(n, o) for n, o in rivals.items()), key=lambda g: g.score)

    over_parent, over_plain, over_one = best(parents), best(plain), gain(*one_scale)
    kind: Literal["improvement", "no improvement"] = (
        "improvement" if over_parent.holds and over_plain.holds else "no improvement"
    )
    sentence = _sentence(kind, name, score, over_parent, over_plain, over_one)
    return Verdict(kind, name, score, over_parent, over_plain, over_one, sentence)


def _sentence(
    kind: str, name: str, score: Interval, parent: Gain, plain: Gain, one_scale: Gain
) -> str:
    opening = {
        "improvement": "Improvement: on {n:,} report items that the search never saw,",
        "no improvement": "No improvement that can be defended: on {n:,} report items,",
    }[kind].format(n=score.items)
    parts = [
        f"{_signed(g.difference)} over {label} ({g.over}, {g.score:.3f})"
        for label, g in (
            ("the best parent", parent),
            ("the best plain merge", plain),
            ("one tuned scale", one_scale),
        )
    ]
    gains = f"{parts[0]}, {parts[1]} and {parts[2]}"
    return f"{opening} {name} scores {score.mean:.3f}: {gains}; 95 % intervals."


def _signed(difference: Interval) -> str:
    return f"{difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
