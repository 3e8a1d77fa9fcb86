"""A verdict in words: for every kind of it, and whatever is measured."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as hs

from evolve.amounts import amounts_of
from evolve.fitness import Goal
from evolve.manager_words import (
    flattered,
    gains_told,
    headline,
    meaning,
    next_steps,
    not_told,
    provisional,
    tasks_told,
)
from evolve.selection import judge, overfit

ACC = (Goal("qa", "acc", 1.0),)
TWO = (Goal("qa", "acc", 1.0), Goal("maths", "exact_match,strict", 1.0))
LOSS = (Goal("text", "word_perplexity", 1.0, higher_is_better=False),)
RANGE = (Goal("qa", "acc", 1.0, zero=0.2, unit=0.4), LOSS[0])


def answers(goals: tuple[Goal, ...], share: float, items: int = 1000) -> Any:
    """The first `share` of all items is right; a loss is 2 - share, a little different each."""
    found: Any = {}
    for goal in goals:
        right = (np.arange(items) < share * items).astype(float)
        loss = 2 - share + 0.1 * np.sin(np.arange(items))
        found[goal.task] = {goal.metric: (right if goal.higher_is_better else loss).tolist()}
    return found


def verdict(
    goals: tuple[Goal, ...], ours: float, parent: float, plain: float, **more: Any
) -> dict[str, Any]:
    items = more.pop("items", 1000)
    found = judge(
        goals,
        answers(goals, ours, items),
        parents={"specialist": answers(goals, parent, items)},
        plain={"uniform": answers(goals, plain, items)},
        one_scale=("one scale 0.4", answers(goals, plain, items)),
        name=more.pop("name", "trial 7"),
        seed=0,
        **more,
    )
    return asdict(found)


def test_an_improvement_says_both_scores_the_gain_and_how_sure_it_is() -> None:
    found = verdict(ACC, 0.60, 0.57, 0.55)
    assert headline(found, ACC) == (
        "The merged model answers about 60 of 100 questions right; the best of its parents, "
        "specialist, 57."
    )
    first, *others = gains_told(found, ACC)
    assert first.startswith(
        "On 1,000 questions that the search had never seen, it is 3.0 points better than the best "
        "parent: with 95 % certainty between "
    )
    assert "chance" not in first
    assert others[0].startswith("It is 5.0 points better than the best plain merge (uniform)")
    assert "one tuned scale" in others[1]
    assert meaning(found, ACC).startswith("Improvement")
    assert "Export" in next_steps(found, ACC)[0]


@pytest.mark.parametrize(("gained", "said"), [(26, "instead of 300"), (21, "hardly")])
def test_a_small_gain_may_be_chance_and_says_how_many_questions_would_tell(
    gained: int, said: str
) -> None:
    item = np.arange(300)
    ours, theirs = (
        {"qa": {"acc": ((item >= first) & (item < end)).astype(float).tolist()}}
        for first, end in ((20, 180 + gained), (0, 180))
    )
    found = asdict(
        judge(
            ACC,
            ours,
            parents={"s": theirs},
            plain={"u": theirs},
            one_scale=("o", theirs),
            name="trial 7",
            seed=0,
        )
    )
    assert found["over_parent"]["difference"]["low"] <= 0
    assert "this may be chance" in gains_told(found, ACC)[0]
    assert "may be chance" in meaning(found, ACC)
    steps = next_steps(found, ACC)
    assert steps[0].startswith("Go on with s")
    assert said in steps[1]


def test_where_a_plain_merge_is_as_good_that_is_the_advice() -> None:
    found = verdict(ACC, 0.8, 0.6, 0.8)
    assert found["kind"] == "no improvement"
    assert headline(found, ACC).endswith(
        "its parents, specialist, 60; the best plain merge, uniform, 80."
    )
    assert "as good as the best plain merge" in gains_told(found, ACC)[1]
    assert "plain merge, which needs no search" in meaning(found, ACC)
    assert "plain merge uniform" in next_steps(found, ACC)[0]


def test_a_merge_that_is_worse_is_called_worse() -> None:
    found = verdict(ACC, 0.5, 0.6, 0.4)
    assert "10.0 points worse than the best parent" in gains_told(found, ACC)[0]
    assert "the best parent is better" in meaning(found, ACC)
    assert "Go on with specialist" in next_steps(found, ACC)[0]


@pytest.mark.parametrize("origin", ["parent", "plain", "one_scale"])
def test_a_tie_with_what_was_there_before_is_no_improvement(origin: str) -> None:
    name = {"parent": "specialist", "plain": "uniform", "one_scale": "one scale 0.4"}[origin]
    found = verdict(ACC, 0.6, 0.6, 0.6, name=name, reference=origin)
    assert headline(found, ACC, origin).startswith("The search found nothing better than the ")
    assert name in headline(found, ACC, origin)
    assert len(gains_told(found, ACC, origin)) == 2
    assert all("as good as" in line for line in gains_told(found, ACC, origin))
    assert name in next_steps(found, ACC, origin)[0]
    assert "none did better" in meaning(found, ACC, origin)


def test_several_tasks_are_told_one_by_one() -> None:
    found = verdict(TWO, 0.6, 0.5, 0.4)
    assert tasks_told(found, TWO)[1].startswith(
        "maths: 10.0 points better than specialist, the best parent there; with 95 %"
    )
    assert tasks_told(verdict(ACC, 0.6, 0.5, 0.4), ACC) == []
    old = found | {"tasks": {}}
    assert tasks_told(old, TWO) == []


def test_less_is_better_is_never_told_the_wrong_way_round() -> None:
    found = verdict(LOSS, 0.6, 0.5, 0.4)  # losses 1.4, 1.5 and 1.6
    assert headline(found, LOSS).startswith(
        "The merged model reaches word_perplexity 1.400 (less is better); the best of its "
        "parents, specialist, word_perplexity 1.500"
    )
    assert "0.100 better than" in gains_told(found, LOSS)[0]
    assert "of 100" not in headline(found, LOSS)


def test_the_parents_range_is_explained() -> None:
    found = verdict(RANGE, 0.6, 0.5, 0.4)
    assert found["unit"] == "parents' range"
    assert "where 0 is the weakest and 1 the best" in headline(found, RANGE)
    assert "points" not in headline(found, RANGE) + " ".join(gains_told(found, RANGE))
    assert "0.100 better than specialist" in tasks_told(found, RANGE)[1]


@settings(max_examples=60)
@given(hs.floats(-1, 1), hs.floats(0, 1), hs.floats(0, 1))
def test_words_agree_with_the_sign(mean: float, down: float, up: float) -> None:
    for goals in (ACC, LOSS, RANGE):
        amounts = amounts_of(goals)
        ahead = amounts.ahead(mean)
        if "better" in ahead:
            assert mean > 0
        if "worse" in ahead:
            assert mean < 0
        told = amounts.certainty({"low": mean - down, "high": mean + up})
        assert ("worse" in told or "equally" in told) == (mean - down <= 0 <= mean + up) or (
            "better" in told
        )


def test_the_gap_to_the_questions_of_the_search() -> None:
    def gap(search: float, report: float, best: float | None = None) -> str | None:
        about = overfit(
            ACC, search=answers(ACC, search), score=None, error=None,
            report=answers(ACC, report), best=best, seed=0,
        )  # fmt: skip
        return flattered(verdict(ACC, report, 0.5, 0.5, overfitting=about), ACC)

    assert "flattered it by 20.0 points, with 95 % certainty between" in str(gap(0.8, 0.6))
    assert "may be chance" in str(gap(0.61, 0.6))
    assert "flattered it by" in str(gap(0.61, 0.6))
    assert "better" not in str(gap(0.61, 0.6))
    assert "easier" in str(gap(0.5, 0.7))
    assert "looked best of all had 90 of 100" in str(gap(0.8, 0.6, 0.9))
    assert "looked best" not in str(gap(0.8, 0.6, 0.8))
    assert flattered(verdict(ACC, 0.6, 0.5, 0.5), ACC) is None


def test_what_nobody_knows_is_said() -> None:
    assert "qa, maths" in not_told(TWO, probed=True)[0]
    assert len(not_told(TWO, probed=False)) == len(not_told(TWO, probed=True)) + 1
    assert provisional(None, 0, ACC) == "No recipe has been scored yet."
    assert "best of 1,200 recipes answers about 70 of 100" in provisional(0.7, 1200, ACC)
    assert "flatters" in provisional(0.7, 2, ACC)


def test_verdicts_of_older_versions_are_told_too() -> None:
    new = verdict(ACC, 0.6, 0.5, 0.4)
    old = {k: v for k, v in new.items() if k not in ("tasks", "unit", "overfitting")}
    assert headline(old, ACC) == headline(new, ACC)
    assert flattered(old, ACC) is None
    assert tasks_told(old, ACC) == []
