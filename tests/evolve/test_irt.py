"""The item model finds what made the answers, says how sure it is, and asks where it learns."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from evolve.forecast import Forecast, Forecaster, outlook
from evolve.heredity import Ability
from evolve.irt import ItemModel, fit, locate, probabilities
from evolve.paired import Incumbents, Paired
from evolve.racing import Board, Race, make_board

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """chances, outcomes: (n_candidates, n_items); parents: (n_candidates, 3)."""

    parents: Values
    chances: Values
    outcomes: Values


def family(candidates: int, items: int, seed: int, noise: float = 0.3) -> Family:
    """Two abilities that are linear in the parents' weights but for some noise."""
    generator = np.random.default_rng(seed)
    parents = generator.uniform(0, 1, (candidates, 3))
    abilities = 3 * (parents - 0.5) @ generator.normal(size=(3, 2))
    abilities += noise * generator.normal(size=(candidates, 2))
    loadings = generator.normal(0.5, 0.8, (items, 2))
    chances = expit(abilities @ loadings.T - generator.normal(0, 1, items))
    return Family(parents, chances, (generator.random(chances.shape) < chances) * 1.0)


def log_likelihood(outcomes: Values, chances: Values) -> float:
    return float(np.mean(outcomes * np.log(chances) + (1 - outcomes) * np.log(1 - chances)))


def test_answers_to_items_not_seen_are_predicted_almost_as_well_as_by_the_truth() -> None:
    made = family(200, 300, seed=0)
    model = fit(made.outcomes[:150], made.parents[:150], rank=2)
    mean = np.clip(made.outcomes[:150].mean(axis=0), 0.02, 0.98)
    found, truth, plain = [], [], []
    for i in range(150, 200):
        partly = made.outcomes[i].copy()
        partly[60:] = np.nan
        p = probabilities(model, locate(model, partly, model.heredity.of(made.parents[i])))
        found.append(log_likelihood(made.outcomes[i, 60:], p[60:]))
        truth.append(log_likelihood(made.outcomes[i, 60:], made.chances[i, 60:]))
        plain.append(log_likelihood(made.outcomes[i, 60:], mean[60:]))
    gained = np.mean(found) - np.mean(plain)
    possible = np.mean(truth) - np.mean(plain)
    assert gained > 0.75 * possible


def test_missing_outcomes_are_no_wrong_answers() -> None:
    made = family(150, 200, seed=1)
    holes = np.random.default_rng(0).random(made.outcomes.shape) < 0.5
    model = fit(np.where(holes, np.nan, made.outcomes), made.parents, rank=2)
    for i in range(0, 150, 10):
        values = np.where(holes[i], np.nan, made.outcomes[i])
        p = probabilities(model, locate(model, values, model.heredity.of(made.parents[i])))
        assert p.mean() == pytest.approx(made.chances[i].mean(), abs=0.12)


def test_parents_weights_tell_before_any_item_does() -> None:
    made = family(150, 200, seed=2, noise=0.05)
    model = fit(made.outcomes[:100], made.parents[:100], rank=2)
    told = [probabilities(model, model.heredity.of(p)).mean() for p in made.parents[100:]]
    assert np.corrcoef(told, made.chances[100:].mean(axis=1))[0, 1] > 0.9


def test_far_from_all_candidates_less_is_known() -> None:
    made = family(100, 100, seed=3)
    heredity = fit(made.outcomes, made.parents, rank=2).heredity
    near, far = heredity.of(np.full(3, 0.5)), heredity.of(np.full(3, 3.0))
    assert np.all(far.covariance.diagonal() > 2 * near.covariance.diagonal())


def test_the_error_of_the_expected_score_is_right() -> None:
    made = family(260, 240, seed=4)
    model = fit(made.outcomes[:180], made.parents[:180], rank=2)
    per_item = np.full(240, 1 / 240)
    standardized = []
    for i in range(180, 260):
        for seen in (24, 72):
            partly = made.outcomes[i].copy()
            partly[seen:] = np.nan
            left = np.isnan(partly)
            ability = locate(model, partly, model.heredity.of(made.parents[i]))
            p, variance = outlook(model, ability, left, per_item)
            missed = float(per_item[left] @ (made.outcomes[i] - p)[left])
            standardized.append(missed / variance**0.5)
    assert 0.8 < float(np.std(standardized)) < 1.4
    assert abs(float(np.mean(standardized))) < 0.35


def raced_board() -> tuple[Board, Incumbents, Forecaster]:
    board = make_board((60, 60), (1.0, 1.0), blocks=6, seed=0)
    incumbents = Incumbents(board.task_of, board.share, np.arange(120))
    return board, incumbents, Forecaster(board.task_of, board.share, board.blocks)


def test_the_next_block_is_the_one_that_tells_most() -> None:
    board, incumbents, forecaster = raced_board()
    loadings = np.full((120, 1), 0.1)
    loadings[board.blocks[4]] = 3.0
    model = ItemModel(loadings, np.zeros(120), fit(np.eye(4, 120), np.eye(4, 1), rank=1).heredity)
    paired = Paired(incumbents, incumbents, len(board.blocks), 0.05)
    rule = Forecast(forecaster, model, paired, np.arange(120), np.zeros(1), 0.05)
    assert rule.next(np.full(120, np.nan), board.blocks[1:]) == 3


def test_a_goal_of_graded_outcomes_is_raced_by_differences() -> None:
    board, _, forecaster = raced_board()
    generator = np.random.default_rng(0)
    level = generator.normal(size=60)

    def candidate(quality: float) -> Values:
        chances = expit(generator.normal(size=60) + quality)
        graded = level + quality + 0.2 * generator.normal(size=60)
        return np.concatenate([(generator.random(60) < chances) * 1.0, graded])

    race = Race(board, method="irt", error=0.05, seed=0)
    for _ in range(20):
        race.add(candidate(0.0), (0.0,))
        forecaster.add(candidate(0.0), np.zeros(1))
    assert forecaster.binary.tolist() == [True] * 60 + [False] * 60
    for quality, stops in ((-2.0, True), (2.0, False)):
        values = candidate(quality)
        course = race.open(0, (0.0,))
        while course.block is not None:
            course.see(values[course.block])
        assert course.stopped is stops
        assert abs(course.estimate().mean - board.mean(values)) < 0.3


def test_the_same_matrix_gives_the_same_model_and_an_ability_is_no_guess() -> None:
    made = family(40, 80, seed=5)
    one = fit(made.outcomes, made.parents, rank=3)
    other = fit(made.outcomes, made.parents, rank=3)
    np.testing.assert_array_equal(one.loadings, other.loadings)
    before = Ability(np.zeros(3), np.eye(3))
    after = locate(one, made.outcomes[0], before)
    assert np.linalg.det(after.covariance) < np.linalg.det(before.covariance)


def test_forecasting_drops_earlier_than_comparing() -> None:
    made = family(90, 400, seed=6)
    board = make_board((200, 200), (1.0, 1.0), blocks=20, seed=0)
    spent = {}
    for method in ("paired", "irt"):
        race = Race(board, method=method, error=0.05, seed=0)  # type: ignore[arg-type]
        spent[method] = 0
        for number, (values, parents) in enumerate(zip(made.outcomes, made.parents, strict=True)):
            if number < 20:
                race.add(values, parents.tolist())
                continue
            course = race.open(number, parents.tolist())
            while course.block is not None:
                course.see(values[course.block])
            race.add(course.values, parents.tolist())
            spent[method] += course.estimate().items
    assert spent["irt"] < 0.8 * spent["paired"]


def test_of_the_dropped_few_were_as_good_and_what_is_told_of_them_is_right() -> None:
    """The bound on what stopping does to the expected score is half a point, against as many
    blocks drawn at random for the same candidate and the same model.
    """
    missed, moved, as_good = [], [], []
    for seed in range(4):
        made = family(160, 400, seed, noise=1.0)
        board = make_board((200, 200), (1.0, 1.0), blocks=20, seed=seed)
        race = Race(board, method="irt", error=0.05, seed=seed)
        generator = np.random.default_rng(seed)
        best = 0.0
        for number, (values, parents) in enumerate(zip(made.outcomes, made.parents, strict=True)):
            truth = board.mean(values)
            if number < 30:
                race.add(values, parents.tolist())
                best = max(best, truth)
                continue
            course = race.open(number, parents.tolist())
            while course.block is not None:
                course.see(values[course.block])
            told = course.estimate().mean
            if course.stopped:
                as_good.append(truth >= best)
                missed.append(told - truth)
                blocks = sum(not np.isnan(course.values[b]).any() for b in board.blocks)
                other = race.open(number, parents.tolist())
                for b in generator.choice(20, blocks, replace=False):
                    other.values[board.blocks[b]] = values[board.blocks[b]]
                moved.append(told - other.estimate().mean)
            else:
                best = max(best, truth)
            race.add(course.values, parents.tolist())
    assert len(missed) > 300
    assert np.mean(as_good) <= 0.05
    assert abs(np.mean(missed)) < 2.5 * np.std(missed) / len(missed) ** 0.5
    assert abs(np.mean(moved)) < 0.005
