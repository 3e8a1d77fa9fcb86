"""Racing drops the worse, keeps its stated error, and what it tells is not biased by dropping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evolve.estimate import Estimate, difference_estimate
from evolve.racing import Board, Method, Race, make_board
from evolve.sequential import boundary

Values = NDArray[np.float64]
SIZES = (160, 160, 80)
WEIGHTS = (1.0, 1.0, 2.0)
METHODS: tuple[Method, ...] = ("off", "paired", "irt")


def answers(generator: np.random.Generator, share: Values) -> Values:
    return (generator.random(len(share)) < share).astype(np.float64)


def raced(race: Race, values: Values, number: int, parents: tuple[float, ...] = (0.5,)):  # type: ignore[no-untyped-def]
    course = race.open(number, parents)
    while course.block is not None:
        course.see(values[course.block])
    return course


def started(
    board: Board, method: Method, share: Values, seed: int, error: float = 0.05, rotations: int = 1
) -> Race:
    """A race with six references whose chance of a right answer is `share` of each item."""
    generator = np.random.default_rng([seed, 99])
    race = Race(board, method=method, error=error, seed=seed, rotations=rotations)
    for _ in range(6):
        race.add(answers(generator, share), (0.5,))
    return race


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    blocks=st.integers(1, 25),
    seed=st.integers(0, 99),
)
def test_blocks_are_a_partition_with_items_of_every_goal(
    sizes: list[int], blocks: int, seed: int
) -> None:
    board = make_board(sizes, [1.0] * len(sizes), blocks=blocks, seed=seed)
    assert sorted(np.concatenate(board.blocks).tolist()) == list(range(sum(sizes)))
    assert len(board.blocks) == min(blocks, *sizes)
    for goal, size in enumerate(sizes):
        counts = [int(np.sum(board.task_of[b] == goal)) for b in board.blocks]
        assert max(counts) - min(counts) <= 1
        assert min(counts) >= 1
        assert sum(counts) == size
    lengths = [len(b) for b in board.blocks]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("method", METHODS)
def test_what_is_scored_fully_is_told_exactly(method: Method) -> None:
    board = make_board(SIZES, WEIGHTS, blocks=10, seed=0)
    share = np.full(400, 0.5)
    race = started(board, method, share, seed=0)
    good = answers(np.random.default_rng(5), share + 0.3)
    course = raced(race, good, 0)
    assert not course.stopped
    assert course.estimate() == Estimate(pytest.approx(board.mean(good)), 0.0, 400)


def test_off_is_one_block() -> None:
    board = make_board(SIZES, WEIGHTS, blocks=10, seed=0)
    course = started(board, "off", np.full(400, 0.9), seed=0).open(3, (0.5,))
    assert course.block is not None
    assert course.block.tolist() == list(range(400))
    with pytest.raises(ValueError, match="expected outcomes of 400 items, found 3"):
        course.see(np.zeros(3))
    course.see(np.zeros(400))
    assert course.block is None
    assert not course.stopped


@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_the_boundary_is_crossed_by_a_bridge_as_often_as_it_says(error: float) -> None:
    fractions = [k / 20 for k in range(1, 19)]
    steps = np.random.default_rng(0).standard_normal((40_000, 20))
    paths = np.cumsum(steps, axis=1) / 20**0.5
    t = np.array(fractions)
    bridge = (paths[:, :18] - paths[:, -1:] * t) / np.sqrt(t * (1 - t))
    crossed = np.mean(bridge.min(axis=1) < -boundary(fractions, error))
    assert crossed == pytest.approx(error, rel=0.1)


def as_good_as(
    generator: np.random.Generator, share: Values, board: Board, target: float
) -> Values:
    """Answers with the mean `target` (just above) over the items of the board."""
    values = answers(generator, share)
    for item in generator.permutation(len(share)).tolist():
        gap = target - board.mean(values)
        if gap <= 0 and gap > -0.005:
            break
        values[item] = 1.0 if gap > 0 else 0.0
    return values


def test_one_as_good_as_the_best_is_dropped_as_seldom_as_stated() -> None:
    dropped = clearly = spent = 0
    for seed in range(25):
        generator = np.random.default_rng(seed)
        board = make_board(SIZES, WEIGHTS, blocks=16, seed=seed)
        share = generator.beta(1.0, 1.0, 400)
        race = Race(board, method="paired", error=0.05, seed=seed)
        references = [answers(generator, share) for _ in range(6)]
        for values in references:
            race.add(values, (0.5,))
        best = max(board.mean(v) for v in references)
        for number in range(24):
            good = as_good_as(generator, share, board, best)
            dropped += raced(race, good, number).stopped
            bad = raced(race, answers(generator, 0.6 * share), number)
            clearly += bad.stopped
            spent += bad.estimate().items
    assert dropped / 600 < 0.05 + 2.5 * (0.05 * 0.95 / 600) ** 0.5
    assert clearly / 600 > 0.95
    assert spent / 600 < 0.4 * 400


def test_few_equal_differences_drop_nobody() -> None:
    board = make_board((60,), (1.0,), blocks=20, seed=0)
    race = started(board, "paired", np.full(60, 1.0), seed=0)
    course = race.open(0, (0.5,))
    assert course.block is not None
    course.see(np.zeros(3))
    assert not course.stopped


def test_dropping_does_not_bias_what_is_told_after_an_audit() -> None:
    told, naive = [], []
    for seed in range(12):
        generator = np.random.default_rng(seed)
        board = make_board(SIZES, WEIGHTS, blocks=10, seed=seed)
        hardness = generator.normal(0, 1.5, 400)
        race = Race(board, method="paired", error=0.2, seed=seed)
        for number in range(70):
            level = 0.5 if number < 20 else generator.normal(0.1, 0.3)
            values = answers(generator, 1 / (1 + np.exp(hardness - level)))
            if number < 20:
                race.add(values, (level,))
                continue
            course = raced(race, values, number, (level,))
            race.add(course.values, (level,))
            if course.stopped:
                truth = board.mean(values)
                told.append(course.estimate().mean - truth)
                naive.append(running_mean(course.values, board) - truth)
    error = float(np.std(told)) / len(told) ** 0.5
    assert len(told) > 100
    assert abs(float(np.mean(told))) < 2.5 * error
    assert float(np.mean(naive)) < -0.01


def running_mean(values: Values, board: Board) -> float:
    seen = ~np.isnan(values)
    means = [values[seen & (board.task_of == g)].mean() for g in range(len(board.weights))]
    return float(board.share @ means)


@given(seed=st.integers(0, 10_000), known=st.integers(0, 6))
@settings(max_examples=30)
def test_any_predictions_give_the_truth_on_average_over_the_audited_block(
    seed: int, known: int
) -> None:
    generator = np.random.default_rng(seed)
    board = make_board((40, 80), (1.0, 3.0), blocks=8, seed=seed)
    values = generator.normal(size=120)
    predicted = generator.normal(size=120)
    decided = np.zeros(120, dtype=np.bool_)
    for block in board.blocks[:known]:
        decided[block] = True
    found = []
    for block in board.blocks[known:]:
        sample = np.zeros(120, dtype=np.bool_)
        sample[block] = True
        found.append(
            difference_estimate(
                values,
                predicted,
                decided,
                sample,
                board.task_of,
                board.share,
                np.array([1.0, 1.0]),
            ).mean
        )
    assert np.mean(found) == pytest.approx(board.mean(values), abs=1e-9)


def test_the_stated_error_of_an_estimate_is_right() -> None:
    missed = []
    for seed in range(15):
        generator = np.random.default_rng(seed)
        board = make_board((200, 200), (1.0, 1.0), blocks=8, seed=seed)
        share = generator.beta(1.0, 1.0, 400)
        race = started(board, "paired", share, seed=seed)
        for number in range(20):
            values = answers(generator, 0.6 * share)
            course = raced(race, values, number)
            if course.stopped:
                estimate = course.estimate()
                missed.append((estimate.mean - board.mean(values)) / estimate.error)
    assert len(missed) > 200
    assert 0.8 < float(np.std(missed)) < 1.2


@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_search_decides_the_same(method: Method) -> None:
    board = make_board(SIZES, WEIGHTS, blocks=10, seed=3)
    generator = np.random.default_rng(3)
    share = generator.beta(1.0, 1.0, 400)
    whole = started(board, method, share, seed=3)
    history = []
    for number in range(14):
        course = raced(whole, answers(generator, share * generator.uniform(0.6, 1)), number)
        whole.add(course.values, (0.5,))
        history.append(course.values)
    again = started(board, method, share, seed=3)
    for values in history:
        again.add(values, (0.5,))
    values = answers(generator, share * 0.8)
    one, other = raced(whole, values, 20), raced(again, values, 20)
    assert one.estimate() == other.estimate()
    np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize("method", METHODS)
def test_windows_of_a_rotation_are_met_in_turn_and_none_looks_easy(method: Method) -> None:
    told, naive = [], []
    for seed in range(6):
        generator = np.random.default_rng(seed)
        board = make_board((200, 200), (1.0, 1.0), blocks=20, seed=seed)
        share = generator.beta(0.5, 0.5, 400)
        race = started(board, method, share, seed=seed, error=0.01, rotations=4)
        found = np.zeros((2, 4))
        met = []
        for number in range(48):
            course = raced(race, answers(generator, share), number)
            race.add(course.values, (0.5,))
            met.append(frozenset(np.flatnonzero(~np.isnan(course.values)).tolist()))
            assert course.estimate().error > 0
            found[:, number % 4] += course.estimate().mean, running_mean(course.values, board)
        assert not met[0] & met[1]
        assert len(frozenset().union(*met)) == 400
        told += (found[0] / 12 - board.mean(share)).tolist()
        naive += (found[1] / 12 - board.mean(share)).tolist()
    assert np.std(told) < 0.6 * np.std(naive)


def test_failed_candidates_and_too_few_items_change_nothing() -> None:
    board = make_board((2, 3), (1.0, 1.0), blocks=20, seed=0)
    assert len(board.blocks) == 2
    race = Race(board, method="irt", error=0.05, seed=0)
    for _ in range(20):
        race.add(np.full(5, np.nan), (0.5,))
    course = raced(race, np.zeros(5), 0)
    assert not course.stopped
    assert course.estimate() == Estimate(0.0, 0.0, 5)
