"""Intervals cover, differences are paired, verdicts follow from them."""

import numpy as np
import pytest

from evolve.fitness import Goal, fitness
from evolve.selection import judge
from evolve.statistics import mean_interval, paired_difference, weighted_interval
from search_spaces.errors import CandidateError

GOALS = (Goal("x", "acc", 1.0), Goal("y", "acc", 3.0))


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    generator = np.random.default_rng(0)
    truth = 0.25 * 0.3 + 0.75 * 0.7
    hits = 0
    for seed in range(300):
        tasks = [(generator.random(120) < p).astype(float).tolist() for p in (0.3, 0.7)]
        found = weighted_interval(tasks, [1, 3], seed=seed)
        hits += found.low <= truth <= found.high
    assert 0.91 <= hits / 300 <= 0.985


def test_wilson_knows_that_no_hits_are_not_no_chance() -> None:
    none = mean_interval([0.0] * 50)
    assert none.mean == 0
    assert none.low == pytest.approx(0, abs=1e-9)
    assert 0.06 < none.high < 0.08
    real = mean_interval([0.1, 0.4, 0.4, 0.9])
    assert real.mean == pytest.approx(0.45)
    assert real.low < real.mean < real.high


def test_pairing_removes_what_the_items_share() -> None:
    generator = np.random.default_rng(1)
    ours = (generator.random(1000) < 0.5).astype(float)
    theirs = ours.copy()
    theirs[:30] = 0
    paired = paired_difference([ours.tolist()], [theirs.tolist()], [1], seed=0)
    assert 0 < paired.low < paired.mean < paired.high < 0.04


def test_equal_seeds_give_equal_intervals_and_an_equal_model_gains_nothing() -> None:
    values = [[0.0, 1.0, 1.0] * 40, [0.2, 0.7] * 30]
    assert weighted_interval(values, [1, 2], seed=3) == weighted_interval(values, [1, 2], seed=3)
    same = paired_difference(values, values, [1, 2], seed=3)
    assert (same.mean, same.low, same.high) == (0, 0, 0)


def test_fitness_weighs_tasks_and_turns_losses_round() -> None:
    outcomes = {"x": {"acc": (1.0, 0.0)}, "y": {"acc": (1.0, 1.0)}}
    assert fitness(GOALS, outcomes) == pytest.approx((0.5 + 3) / 4)
    loss = (Goal("x", "acc", 1.0, higher_is_better=False),)
    assert fitness(loss, outcomes) == -0.5
    with pytest.raises(CandidateError):
        fitness(GOALS, {"x": {"acc": (float("nan"),)}, "y": {"acc": (1.0,)}})


def answers(share: float, seed: int, items: int = 400) -> dict[str, dict[str, tuple[float, ...]]]:
    generator = np.random.default_rng(seed)
    return {t: {"acc": tuple((generator.random(items) < share).astype(float))} for t in ("x", "y")}


@pytest.mark.parametrize(
    ("share", "kind"), [(0.9, "improvement"), (0.62, "no improvement"), (0.3, "no improvement")]
)
def test_the_verdict_needs_both_intervals_above_zero(share: float, kind: str) -> None:
    verdict = judge(
        GOALS,
        answers(share, 1),
        parents={"a": answers(0.4, 2), "b": answers(0.6, 3)},
        plain={"uniform": answers(0.5, 4)},
        one_scale=("one scale 0.4", answers(0.55, 5)),
        name="trial 3",
        seed=0,
    )
    assert verdict.kind == kind
    assert verdict.over_parent.over == "b"  # the best rival on these very items
    assert verdict.sentence.startswith(
        "Improvement" if kind == "improvement" else "No improvement"
    )
    assert "800 report items" in verdict.sentence


@pytest.mark.parametrize(
    ("origin", "name", "said"),
    [
        ("parent", "b", "the parent b"),
        ("one_scale", "one scale 0.4", "the baseline one scale 0.4"),
    ],
)
def test_a_reference_that_was_chosen_is_no_improvement_whatever_it_gains(
    origin: str, name: str, said: str
) -> None:
    verdict = judge(
        GOALS,
        answers(0.9, 1),
        parents={"a": answers(0.4, 2), "b": answers(0.9, 1)},
        plain={"uniform": answers(0.5, 4)},
        one_scale=("one scale 0.4", answers(0.55, 5)),
        name=name,
        seed=0,
        reference=origin,
    )
    assert verdict.kind == "no improvement"
    assert f"no recipe did better than {said}; on 800 report items it scores" in verdict.sentence
    assert ("over the best parent" in verdict.sentence) == (origin != "parent")
    assert "over the best plain merge (uniform" in verdict.sentence
