"""Outcomes in few bytes come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.store.packing import pack, pack_seen, unpack, unpack_split


@given(st.lists(st.sampled_from([0.0, 1.0]), max_size=70))
def test_bits_come_back_exactly(values: list[float]) -> None:
    assert list(unpack(pack(values))) == values
    assert len(pack(values)) == 5 + (len(values) + 7) // 8


@given(st.lists(st.floats(-1e6, 1e6, width=32), max_size=30))
def test_numbers_come_back_exactly_in_single_precision(values: list[float]) -> None:
    assert list(unpack(pack(values))) == values


@pytest.mark.parametrize(
    "damaged", [b"b\x05\x00\x00\x00", b"x\x01\x00\x00\x00\x00", pack([0.5, 0.25])[:-1]]
)
def test_damaged_outcomes_are_noticed(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        unpack(damaged)


@given(st.lists(st.tuples(st.floats(-9, 9, width=32), st.booleans()), min_size=1, max_size=40))
def test_items_that_were_not_seen_come_back_as_nan(items: list[tuple[float, bool]]) -> None:
    mask = tuple(seen for _, seen in items)
    packed = pack([value for value, seen in items if seen])
    found = unpack_split(packed, pack_seen(mask))
    assert [v == v for v in found] == list(mask)
    assert [v for v in found if v == v] == [value for value, seen in items if seen]
    assert (pack_seen(mask) is None) == all(mask)


def test_a_mask_of_other_items_is_noticed() -> None:
    with pytest.raises(ValueError, match="damaged"):
        unpack_split(pack([1.0, 0.0]), pack_seen((True, False, False)))
