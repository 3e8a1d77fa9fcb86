"""Items that one model answers right and another does not."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as hs

from evolve.differences import compare
from evolve.fitness import Goal

ACC = Goal("t", "acc", 1.0)
LOSS = Goal("u", "loss", 3.0, higher_is_better=False)
BITS = hs.lists(hs.tuples(hs.sampled_from([0.0, 1.0]), hs.sampled_from([0.0, 1.0])), min_size=1)


@settings(max_examples=30)
@given(BITS)
def test_every_item_is_in_one_of_four_groups(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = ({"t": {"acc": [p[k] for p in pairs]}} for k in (0, 1))
    found = compare([ACC], ours, theirs, {"t": range(len(pairs))}, seed=0)
    gained, lost = found.count("gained"), found.count("lost")
    assert gained == pairs.count((1.0, 0.0))
    assert lost == pairs.count((0.0, 1.0))
    assert gained + lost + found.both_right + found.both_wrong == len(pairs)
    assert found.right_or_wrong
    assert found.difference is not None
    assert found.difference.mean == pytest.approx((gained - lost) / len(pairs))
    other = compare([ACC], theirs, ours, {"t": range(len(pairs))}, seed=0)
    assert (other.count("gained"), other.count("lost")) == (lost, gained)


def test_items_keep_their_numbers_and_the_largest_differences_come_first() -> None:
    ours = {"t": {"acc": [1.0, 0.0]}, "u": {"loss": [0.5, 2.0, 1.0]}}
    theirs = {"t": {"acc": [0.0, 0.0]}, "u": {"loss": [3.0, 1.5, 1.0]}}
    found = compare([ACC, LOSS], ours, theirs, {"t": (7, 9), "u": (4, 2, 8)}, seed=0)
    assert not found.right_or_wrong
    assert [(d.task, d.item, d.better, d.kind) for d in found.differing()] == [
        ("u", 4, 2.5, "gained"),
        ("t", 7, 1.0, "gained"),
        ("u", 2, -0.5, "lost"),
    ]
    assert [d.item for d in found.differing("lost")] == [2]
    assert [d.item for d in found.differing(task="t")] == [7]
    assert found.difference is not None
    assert found.difference.mean == pytest.approx((1 * 0.5 + 3 * 2 / 3) / 4)


def test_the_interval_counts_in_the_units_of_the_average() -> None:
    half = Goal("t", "acc", 1.0, zero=0.2, unit=0.5)
    found = compare([half], {"t": {"acc": [1.0]}}, {"t": {"acc": [0.0]}}, {"t": (0,)}, seed=0)
    assert found.difference is not None
    assert found.difference.mean == 2.0
    assert found.rows[0].better == 1.0


def test_items_that_one_has_not_seen_are_left_out() -> None:
    nan = math.nan
    ours, theirs = {"t": {"acc": [1.0, nan, 1.0]}}, {"t": {"acc": [0.0, 0.0, nan]}}
    found = compare([ACC], ours, theirs, {"t": (0, 1, 2)}, seed=0)
    assert [row.item for row in found.rows] == [0]
    for empty in ({}, {"t": {"acc": [nan] * 3}}):
        none = compare([ACC], ours, empty, {"t": (0, 1, 2)}, seed=0)
        assert (none.rows, none.difference, none.right_or_wrong) == ((), None, False)
