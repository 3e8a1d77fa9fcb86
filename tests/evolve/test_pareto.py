"""Fronts, their volumes, and the points chosen from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evolve.pareto import by_weights, front, hypervolume, knee, spread

# Few different values, so that ties and equal points are common.
coarse = st.integers(0, 6).map(float)
tables = st.integers(1, 4).flatmap(
    lambda m: st.integers(1, 14).flatmap(lambda n: arrays(np.float64, (n, m), elements=coarse))
)


def dominates(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a >= b).all() and (a > b).any())


def curve(exponent: float, count: int) -> np.ndarray:
    """x^p + y^p = 1: bulging for p > 1, hollow for p < 1."""
    x = np.linspace(0, 1, count)
    return np.stack([x, (1 - x**exponent) ** (1 / exponent)], axis=1)


@given(tables)
def test_the_front_is_what_nothing_dominates_and_of_equal_points_the_first(
    scores: np.ndarray,
) -> None:
    wanted = [
        i
        for i, point in enumerate(scores)
        if not any(dominates(other, point) for other in scores)
        and not any((other == point).all() for other in scores[:i])
    ]
    assert front(scores) == wanted
    assert front(scores[wanted]) == list(range(len(wanted)))


def test_no_points_have_an_empty_front() -> None:
    empty = np.empty((0, 3))
    assert front(empty) == []
    assert spread(empty, 4) == []
    assert hypervolume(empty, [0, 0, 0]) == 0.0


@given(tables, st.randoms(use_true_random=False))
def test_the_volume_does_not_depend_on_order_and_never_falls_with_another_point(
    scores: np.ndarray, random: object
) -> None:
    reference = [0.5] * scores.shape[1]
    whole = hypervolume(scores, reference)
    order = list(range(len(scores)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert hypervolume(scores[order], reference) == pytest.approx(whole, rel=1e-12)
    assert hypervolume(scores[:-1], reference) <= whole + 1e-9
    assert hypervolume(scores[front(scores)], reference) == pytest.approx(whole, rel=1e-12)
    assert hypervolume(scores[:, ::-1], reference) == pytest.approx(whole, rel=1e-12)


@given(tables)
@settings(max_examples=50)
def test_the_volume_of_whole_numbers_is_the_count_of_unit_cells(scores: np.ndarray) -> None:
    corners = np.stack(
        np.meshgrid(*[np.arange(1.0, 7.0)] * scores.shape[1], indexing="ij"), axis=-1
    )
    reached = (scores[:, None, :] >= corners.reshape(-1, scores.shape[1])).all(axis=2)
    assert hypervolume(scores, [0.0] * scores.shape[1]) == reached.any(axis=0).sum()


def test_the_volume_under_a_front_of_two_objectives_has_a_closed_form() -> None:
    """Steps under y = 1 - x with n equal parts leave out n/2 squares' worth: (n - 1) / 2n."""
    for n in (1, 2, 7, 100):
        x = np.arange(n + 1) / n
        assert hypervolume(np.stack([x, 1 - x], axis=1), [0, 0]) == pytest.approx((n - 1) / 2 / n)


@pytest.mark.parametrize("objectives", [3, 4, 5, 6])
def test_the_volume_agrees_with_random_points(objectives: int) -> None:
    generator = np.random.default_rng(objectives)
    scores = generator.random((25, objectives)) ** 0.5
    inside = 0
    draws = 200_000
    for block in np.split(generator.random((draws, objectives)), 10):
        inside += int((block[:, None, :] <= scores).all(axis=2).any(axis=1).sum())
    share = inside / draws
    error = (share * (1 - share) / draws) ** 0.5
    assert abs(hypervolume(scores, [0.0] * objectives) - share) < 5 * error


def test_points_below_the_reference_add_nothing() -> None:
    assert hypervolume([[5.0, 0.9], [2.0, 3.0]], [1.0, 1.0]) == 2.0
    assert hypervolume([[1.0, 9.0]], [1.0, 1.0]) == 0.0


@pytest.mark.parametrize("exponent", [1.5, 2.0, 4.0])
def test_the_knee_of_a_bulge_is_where_both_lose_equally(exponent: float) -> None:
    points = curve(exponent, 201) * [1.0, 40.0] + [0.3, -7.0]  # units do not matter
    middle = 0.5 ** (1 / exponent)
    chosen = points[knee(points)]
    assert chosen[0] == pytest.approx(0.3 + middle, abs=0.01)


def test_the_knee_of_a_sphere_in_three_objectives_is_its_diagonal() -> None:
    generator = np.random.default_rng(0)
    points = np.abs(generator.normal(size=(200, 3)))
    points = np.vstack([np.eye(3), points, np.ones((1, 3))])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert knee(points) == len(points) - 1


def test_the_knee_stands_out_from_a_straight_front() -> None:
    x = np.linspace(0, 1, 11)
    points = np.vstack([np.stack([x, 1 - x], axis=1), [[0.8, 0.5]]])
    assert knee(points) == 11


def test_the_knee_of_a_flat_front_is_its_middle_and_of_a_point_the_point() -> None:
    x = np.linspace(0, 1, 11)
    assert knee(np.stack([x, 1 - x], axis=1)) == 5
    assert knee([[0.4, 0.1, 0.0]]) == 0
    assert knee([[0.0, 0.0], [0.4, 0.1]]) == 1
    assert knee([[0.2, 0.1], [0.1, 0.9]]) == 1  # two extremes: the greater sum
    assert knee([[0.3], [0.7], [0.7]]) == 1


@given(tables)
def test_what_is_chosen_lies_on_the_front(scores: np.ndarray) -> None:
    indices = front(scores)
    assert knee(scores) in indices
    assert by_weights(scores, [1.0] + [0.0] * (scores.shape[1] - 1)) in indices
    for count in range(1, 5):
        assert set(spread(scores, count)) <= set(indices)
        assert len(set(spread(scores, count))) == min(count, len(indices))


def test_weights_are_applied_to_the_scores_as_they_are() -> None:
    scores = [[0.50, 0.50], [0.60, 0.35], [0.10, 0.70], [0.60, 0.30]]
    assert by_weights(scores, [1, 1]) == 0
    assert by_weights(scores, [2, 1]) == 1
    assert by_weights(scores, [0, 3]) == 2
    assert by_weights(scores, [1, 0]) == 1  # not 3, which 1 dominates


def test_the_spread_keeps_the_extremes_and_covers_the_rest() -> None:
    points = curve(2.0, 101)
    for count in (2, 3, 5, 9):
        taken = spread(points, count)
        assert {0, 100} <= set(taken)
        gaps = np.linalg.norm(points[:, None] - points[taken], axis=2).min(axis=1)
        even = np.linspace(0, 100, 2 * count + 1).round().astype(int)[1::2]
        least = np.linalg.norm(points[:, None] - points[even], axis=2).min(axis=1).max()
        assert gaps.max() <= 2 * least + 1e-9
    assert spread(points, 1) == [knee(points)]
    assert spread(points, 500) == list(range(101))


def test_one_of_a_crowd_is_enough_for_the_spread() -> None:
    crowd = curve(2.0, 101)[45:55]
    points = np.vstack([crowd, [[1.0, 0.0], [0.0, 1.0]]])
    taken = spread(points, 3)
    assert {10, 11} < set(taken)


@pytest.mark.parametrize("bad", [[[np.nan, 1.0]], [[np.inf, 1.0]], [1.0, 2.0]])
def test_what_is_no_table_of_numbers_is_refused(bad: list[object]) -> None:
    for ask in (front, knee, lambda s: hypervolume(s, [0, 0]), lambda s: spread(s, 2)):
        with pytest.raises(ValueError, match="finite numbers"):
            ask(bad)


def test_weights_and_references_that_do_not_fit_are_refused() -> None:
    for weights in ([1.0], [1.0, -1.0], [0.0, 0.0], [np.nan, 1.0]):
        with pytest.raises(ValueError, match="none negative"):
            by_weights([[1.0, 2.0]], weights)
    with pytest.raises(ValueError, match="wanted 2 finite"):
        hypervolume([[1.0, 2.0]], [0.0])
    with pytest.raises(ValueError, match="no point"):
        knee(np.empty((0, 2)))
