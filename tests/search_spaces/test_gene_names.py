"""Names of genes and the patterns that pick them."""

import pytest

from search_spaces.errors import ConfigError
from search_spaces.gene_names import Slot, joined_name, matches, most_specific, picked

EVERY = [
    Slot("weight", parent, group, part)
    for parent in ("topic", "language")
    for group in (0, 1)
    for part in ("mlp.up", "rest")
]
ONE = EVERY[0]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("weight", True),
        ("weight.topic", True),
        ("weight.*.g0", True),
        ("*.*.g[01]", True),
        ("weight.to*", True),
        ("weight.topic.g0.mlp.up", True),
        ("weight.topic.g0.mlp.*", True),
        ("density", False),
        ("weight.language", False),
        ("weight.g0", False),
        ("weight.topic.g0.mlp", False),
        ("weight.topic.g0.mlp.up.more", False),
    ],
)
def test_a_pattern_matches_part_by_part_and_may_leave_the_last_ones_out(
    pattern: str, found: bool
) -> None:
    assert ONE.name == "weight.topic.g0.mlp.up"
    assert matches(pattern, ONE) is found


@pytest.mark.parametrize(
    ("patterns", "winner"),
    [
        (["weight", "weight.topic"], "weight.topic"),
        (["weight.*.g0", "weight"], "weight.*.g0"),
        (["weight.to*", "weight.topic"], "weight.topic"),
        (["*", "weight.*"], "weight.*"),
        (["weight.topic", "weight.*.g0", "weight.topic.g0"], "weight.topic.g0"),
        (["weight.language", "weight"], "weight"),
        (["density"], None),
    ],
)
def test_the_most_specific_pattern_wins_in_any_order(
    patterns: list[str], winner: str | None
) -> None:
    for order in (patterns, patterns[::-1]):
        found = most_specific(ONE, {p: i for i, p in enumerate(order)}, "space")
        assert (found and found[0]) == winner


def test_two_patterns_of_which_neither_is_more_specific_are_refused_unless_they_agree() -> None:
    with pytest.raises(ConfigError, match=r"neither is more specific; add 'weight.topic.g0.mlp"):
        most_specific(ONE, {"weight.topic": 1, "weight.*.g0": 2}, "space")
    with pytest.raises(ConfigError, match="neither is more specific"):
        most_specific(ONE, {"weight.to*": 1, "weight.*pic": 1, "weight.t*": 2}, "space")
    assert most_specific(ONE, {"weight.topic": 1, "weight.*.g0": 1}, "space")


def test_a_pattern_that_matches_nothing_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'weight.topik.g0.rest' matches no gene; did you mean"):
        picked(["weight.topik.g0.rest"], EVERY, "space.bounds")


@pytest.mark.parametrize(
    ("patterns", "name"),
    [
        (["weight"], "weight"),
        (["weight.topic"], "weight.topic"),
        (["weight.*.g0"], "weight.g0"),
        (["weight.*.*.rest"], "weight.rest"),
        (["weight.topic.g0", "weight.topic.g1.rest"], None),
        (["weight.topic.g0.rest"], "weight.topic.g0.rest"),
    ],
)
def test_tied_genes_are_named_after_what_they_share(patterns: list[str], name: str | None) -> None:
    slots = picked(patterns, EVERY, "space.tied[0]")
    assert joined_name(slots, EVERY, []) == (name or "=".join(s.name for s in slots))
    assert joined_name(slots, EVERY, [name] if name else []) == "=".join(s.name for s in slots)


def test_some_of_many_are_joined_by_a_plus() -> None:
    every = [Slot("weight", parent) for parent in "abc"]
    assert joined_name(every[:2], every, []) == "weight.a+b"
