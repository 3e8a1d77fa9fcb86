"""Intervals cover, differences are paired, verdicts follow from them."""

import numpy as np
import pytest
from scipy.special import ndtri

from evolve.fitness import Goal, fitness
from evolve.selection import judge, overfit
from evolve.statistics import (
    mean_interval,
    paired_difference,
    simultaneous,
    smallest,
    weighted_interval,
)
from evolve.units import in_parents_range, normalizes, unit_of
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


def right(generator: np.random.Generator, chances: list[float], items: int) -> np.ndarray:
    """(items, models) 0 or 1; models fail on the same hard items."""
    hard = generator.normal(size=(items, 1)) + 0.8 * generator.normal(size=(items, len(chances)))
    hard = hard / 1.64**0.5
    return (hard < ndtri(np.array(chances))).astype(float)


@pytest.mark.parametrize("sizes", [(30, 20), (120, 80)])
def test_intervals_of_many_rivals_hold_at_once(sizes: tuple[int, ...]) -> None:
    """Eight rivals of the same chance on two tasks: over 300 draws, all intervals hold but for
    5 %, of the average and of the tasks alike.
    """
    generator = np.random.default_rng(5)
    missed = {"average": 0, "tasks": 0, "claims": 0}
    for seed in range(300):
        tasks = [right(generator, [0.5] * 9, n) for n in sizes]
        differences = [t[:, :1] - t[:, 1:] for t in tasks]
        found = simultaneous(differences, [0.5, 0.5], seed=seed, resamples=1000)
        missed["average"] += any(not i.low <= 0 <= i.high for i in found.average)
        missed["tasks"] += any(not i.low <= 0 <= i.high for one in found.tasks for i in one)
        missed["claims"] += all(i.low > 0 for i in found.average)
    slack = 3 * (0.05 * 0.95 / 300) ** 0.5
    assert max(missed["average"], missed["tasks"]) / 300 <= 0.05 + slack
    assert missed["average"] >= 4  # not for being too wide
    assert missed["claims"] == 0


def test_a_clear_gain_is_found_in_spite_of_many_rivals() -> None:
    generator = np.random.default_rng(6)
    found = 0
    for seed in range(50):
        tasks = [right(generator, [0.62, *[0.5] * 8], 300) for _ in range(2)]
        differences = [t[:, :1] - t[:, 1:] for t in tasks]
        compared = simultaneous(differences, [0.5, 0.5], seed=seed, resamples=1000)
        found += all(i.low > 0 for i in compared.average)
    assert found >= 47


def test_the_correction_knows_what_rivals_share() -> None:
    """Copies of one rival cost nothing, other rivals widen the intervals."""
    generator = np.random.default_rng(7)
    values = right(generator, [0.6] + [0.5] * 8, 400)
    one = simultaneous([values[:, :1] - values[:, 1:2]], [1.0], seed=0).average[0]
    copies = values[:, [1] * 8]
    same = simultaneous([values[:, :1] - copies], [1.0], seed=0).average[0]
    others = simultaneous([values[:, :1] - values[:, 1:]], [1.0], seed=0).average[0]
    assert same.high - same.low == pytest.approx(one.high - one.low, rel=0.05)
    assert others.high - others.low > 1.2 * (one.high - one.low)


def test_an_equal_rival_gains_nothing_and_widens_nothing() -> None:
    values = right(np.random.default_rng(8), [0.6, 0.5], 200)
    rivals = values[:, :1] - values[:, [1, 0]]
    found = simultaneous([rivals], [1.0], seed=0).average
    assert (found[1].low, found[1].mean, found[1].high) == (0, 0, 0)
    alone = simultaneous([rivals[:, :1]], [1.0], seed=0).average
    assert found[0].low == pytest.approx(alone[0].low, abs=2e-3)
    assert smallest(found).low == min(i.low for i in found)


def test_the_verdict_compares_with_every_rival_on_every_task() -> None:
    verdict = judge(
        GOALS,
        answers(0.9, 1),
        parents={"a": answers(0.4, 2), "b": answers(0.6, 3)},
        plain={"uniform": answers(0.5, 4)},
        one_scale=("one scale 0.4", answers(0.55, 5)),
        name="trial 3",
        seed=0,
    )
    assert verdict.corrected_for == 4
    assert set(verdict.tasks) == {"x", "y"}
    for gains in verdict.tasks.values():
        assert set(gains) == {"parent", "plain", "one_scale"}
        assert gains["parent"].over == "b"
        assert 0 < gains["parent"].difference.low < gains["parent"].difference.mean < 0.45
    assert "hold for all 4 comparisons at once" in verdict.sentence
    assert verdict.unit == "metric"


def test_a_gain_over_the_best_alone_is_not_enough() -> None:
    """`b` scores best and is beaten for sure; `a`, almost as good, differs on many more items."""
    generator = np.random.default_rng(0)
    ours = np.zeros(400)
    ours[:220] = 1
    best = ours.copy()
    best[:16] = 0
    noisy = generator.permutation(ours)
    noisy[np.flatnonzero(noisy)[:18]] = 0
    made = {n: {"x": {"acc": tuple(v)}} for n, v in (("o", ours), ("b", best), ("a", noisy))}
    verdict = judge(
        (Goal("x", "acc", 1.0),),
        made["o"],
        parents={"a": made["a"], "b": made["b"]},
        plain={"uniform": {"x": {"acc": (0.0,) * 400}}},
        one_scale=("one scale 0.4", {"x": {"acc": (0.0,) * 400}}),
        name="trial 3",
        seed=0,
    )
    assert verdict.over_parent.over == "b"
    assert verdict.kind == "no improvement"
    assert verdict.over_parent.difference.low < 0


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_gap_between_search_and_report_items_is_said_when_it_is_sure(share: float) -> None:
    report, search = answers(0.5, 1), answers(share, 2, items=200)
    found = overfit(GOALS, search=search, score=None, error=None, report=report, best=0.9, seed=0)
    assert found is not None
    assert found.gap.mean == pytest.approx(found.search - found.report)
    assert found.search == pytest.approx(fitness(GOALS, search))
    verdict = judge(
        GOALS,
        report,
        parents={"a": answers(0.4, 2)},
        plain={"uniform": answers(0.5, 4)},
        one_scale=("one scale 0.4", answers(0.55, 5)),
        name="trial 3",
        seed=0,
        overfitting=found,
    )
    assert ("they flatter it by" in verdict.sentence) == (share == 0.8) == (found.gap.low > 0)


def test_the_gap_of_an_estimate_is_as_unsure_as_the_estimate() -> None:
    report = answers(0.5, 1)
    given = {"search": None, "report": report, "best": None, "seed": 0}
    sure = overfit(GOALS, score=0.6, error=0.0, **given)
    unsure = overfit(GOALS, score=0.6, error=0.05, **given)
    assert sure is not None
    assert unsure is not None
    assert unsure.gap.high - unsure.gap.low > 1.5 * (sure.gap.high - sure.gap.low)
    assert overfit(GOALS, score=None, error=None, **given) is None


MIXED = (Goal("x", "acc", 1.0), Goal("y", "word_perplexity", 1.0, higher_is_better=False))


def mixed(share: float, loss: float, seed: int) -> dict[str, dict[str, tuple[float, ...]]]:
    generator = np.random.default_rng(seed)
    return {
        "x": {"acc": tuple((generator.permutation(200) < 200 * share).astype(float))},
        "y": {"word_perplexity": tuple(loss + 0.3 * generator.normal(size=200))},
    }


def test_metrics_of_different_kinds_count_in_their_parents_range() -> None:
    references = [mixed(0.3, 4.0, 1), mixed(0.7, 3.5, 2), mixed(0.4, 3.0, 3)]
    goals = in_parents_range(MIXED, references)
    assert [g.zero for g in goals] == pytest.approx([0.3, -4.0], abs=0.05)
    assert [g.unit for g in goals] == pytest.approx([0.4, 1.0], abs=0.07)
    assert unit_of(goals) == "parents' range"
    assert fitness(goals, mixed(0.7, 3.0, 4)) == pytest.approx(1, abs=0.06)
    assert fitness(goals, mixed(0.3, 4.0, 4)) == pytest.approx(0, abs=0.06)
    bigger = {"y": {"word_perplexity": 10.0}, "x": {"acc": 1.0}}
    scaled = [
        {
            t: {m: tuple(bigger[t][m] * v for v in vs) for m, vs in ms.items()}
            for t, ms in r.items()
        }
        for r in [*references, mixed(0.6, 3.1, 5)]
    ]
    assert fitness(in_parents_range(MIXED, scaled[:3]), scaled[3]) == pytest.approx(
        fitness(goals, mixed(0.6, 3.1, 5))
    )


def test_parents_that_are_all_alike_do_not_blow_a_task_up() -> None:
    same = mixed(0.5, 3.0, 1)
    goals = in_parents_range(MIXED, [same, same])
    assert goals[0].unit == pytest.approx(2 * (2 * 0.25 / 200) ** 0.5)
    constant = {"x": {"acc": (1.0,) * 20}, "y": {"word_perplexity": (2.0,) * 20}}
    assert [g.unit for g in in_parents_range(MIXED, [constant, constant])] == [1.0, 1.0]


def test_the_verdict_of_mixed_metrics_is_in_the_parents_range_and_tasks_in_their_own() -> None:
    parents = {"a": mixed(0.7, 4.0, 2), "b": mixed(0.3, 3.0, 3)}
    goals = in_parents_range(MIXED, list(parents.values()))
    verdict = judge(
        goals,
        mixed(0.69, 3.05, 6),
        parents=parents,
        plain={"uniform": mixed(0.5, 3.5, 7)},
        one_scale=("one scale 0.4", mixed(0.5, 3.5, 8)),
        name="trial 3",
        seed=0,
    )
    assert verdict.kind == "improvement"
    assert verdict.score.mean == pytest.approx(0.96, abs=0.04)
    assert "of the parents' range" in verdict.sentence
    assert verdict.tasks["y"]["parent"].over == "b"
    assert verdict.tasks["y"]["plain"].difference.mean == pytest.approx(0.45, abs=0.06)


def test_averages_of_shares_stay_shares_unless_wanted() -> None:
    same = (Goal("x", "acc", 1.0), Goal("y", "acc_norm", 1.0), Goal("z", "exact_match,strict", 1))
    assert not normalizes("auto", same)
    assert not normalizes("auto", MIXED[1:] * 2)
    assert normalizes("auto", MIXED)
    assert normalizes("parents", same)
    assert not normalizes("none", MIXED)
    assert unit_of(same) == "metric"
