"""Columns of trials: the laws of what is drawn from them."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as hs

from ui.columns import ORIGINS, STATES, of_rows

ROWS = hs.lists(
    hs.tuples(
        hs.sampled_from(ORIGINS),
        hs.sampled_from(STATES),
        hs.none() | hs.floats(-1, 1),
        hs.none() | hs.integers(0, 50),
    ),
    max_size=40,
).map(lambda rows: [(i, o, s, f, None, n, i + 7, None) for i, (o, s, f, n) in enumerate(rows)])


@given(ROWS, hs.sampled_from(STATES), hs.sampled_from(ORIGINS), hs.integers(0, 5))
def test_where_and_best_are_what_a_walk_over_all_rows_finds(
    rows: list[tuple], state: str, origin: str, count: int
) -> None:
    found = of_rows(rows)
    places = found.where(states=[state], origins=[origin])
    kept = [r for r in rows if (r[1], r[2]) == (origin, state)]
    assert found.number[places].tolist() == [r[0] for r in kept]
    ranked = sorted((r for r in kept if r[3] is not None), key=lambda r: (-r[3], r[0]))
    best = found.best(places, count)
    assert found.number[best].tolist() == [r[0] for r in ranked[:count]]


@given(ROWS)
def test_a_value_that_is_not_known_is_nan_or_no_items(rows: list[tuple]) -> None:
    found = of_rows(rows)
    assert len(found) == len(rows)
    for index, row in enumerate(rows):
        assert math.isnan(found.fitness[index]) == (row[3] is None)
        assert found.items[index] == (row[5] or 0)
    assert np.isnan(found.finished_s).all()
    assert found.open == [r[0] for r in rows if r[2] == "asked"]
