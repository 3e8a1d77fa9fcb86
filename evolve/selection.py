"""The verdict on the chosen trial. The best-scoring trial is not the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evolve.fitness import Goal, Outcomes
from evolve.statistics import Interval, paired_difference, weighted_interval


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
    hold, and what was chosen is a recipe of the search.
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
    reference: str | None = None,
) -> Verdict:
    """The verdict on report items.

    The rivals are the parent and the plain merge that score best on these very items, which
    favours them and not us. seed: of the bootstrap; reference: the origin of what was chosen, when
    no recipe of the search was better than that on validation items.
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
        "improvement"
        if over_parent.holds and over_plain.holds and reference is None
        else "no improvement"
    )
    gains = {"parent": over_parent, "plain": over_plain, "one_scale": over_one}
    sentence = _sentence(kind, name, score, gains, reference)
    return Verdict(kind, name, score, over_parent, over_plain, over_one, sentence)


_RIVALS = {
    "parent": "the best parent",
    "plain": "the best plain merge",
    "one_scale": "one tuned scale",
}
_REFERENCES = {"parent": "the parent", "plain": "the plain merge", "one_scale": "the baseline"}


def _sentence(
    kind: str, name: str, score: Interval, gains: Mapping[str, Gain], reference: str | None
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
        f"{_signed(g.difference)} over {_RIVALS[origin]} ({g.over}, {g.score:.3f})"
        for origin, g in gains.items()
        if (origin, name) != (reference, g.over)
    ]
    said = f"{', '.join(parts[:-1])} and {parts[-1]}"
    start = opening.format(n=score.items, name=name)
    return f"{start} scores {score.mean:.3f}: {said}; 95 % intervals."


def _signed(difference: Interval) -> str:
    return f"{difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
