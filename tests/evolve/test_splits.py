"""Splits are disjoint by content, random, and the same for every driver."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evolve.config import SearchConfig, read_search
from evolve.splits import check_disjoint, split_tasks
from search_spaces.errors import ConfigError
from search_spaces.messages import TaskItems

METRICS = {"acc": True, "acc_norm": True}


def items(name: str, count: int, repeats: int = 0) -> TaskItems:
    keys = [f"{name}{i}" for i in range(count)] + [f"{name}0"] * repeats
    return TaskItems(name, tuple(keys), tuple(METRICS), METRICS)


@pytest.fixture
def config(search_file: Callable[..., Path]) -> Callable[..., SearchConfig]:
    def read(**changes: Any) -> SearchConfig:
        return read_search(search_file(**changes))

    return read


def test_splits_have_their_sizes_share_nothing_and_are_the_same_for_every_seed(
    config: Callable[..., SearchConfig],
) -> None:
    tasks = [items("letters", 60, repeats=30), items("words", 40)]
    found = split_tasks(config(), tasks)
    assert {s: {t: len(i) for t, i in ts.items()} for s, ts in found.items()} == {
        "search": {"letters": 12, "words": 12},
        "validation": {"letters": 10, "words": 10},
        "report": {"letters": 18, "words": 18},
    }
    check_disjoint(found, {t.name: t.keys for t in tasks})
    assert split_tasks(config(), tasks) == found
    assert split_tasks(config(seed=8), tasks) == found
    assert found["search"]["words"] != tuple(range(12))


def test_a_text_that_stands_twice_is_one_item(config: Callable[..., SearchConfig]) -> None:
    with pytest.raises(ConfigError, match=r"'words' has 39 different items; .* need 40"):
        split_tasks(config(), [items("letters", 60), items("words", 39, repeats=20)])


def test_shared_items_are_caught() -> None:
    with pytest.raises(AssertionError, match="share an item"):
        check_disjoint({"search": {"x": [0]}, "report": {"x": [1]}}, {"x": ["same", "same"]})


def test_a_task_can_have_sizes_of_its_own(config: Callable[..., SearchConfig]) -> None:
    small = {"search": 2, "validation": 2, "report": 10}
    found = split_tasks(
        config(tasks=[{"name": "letters"}, {"name": "words", "splits": small}]),
        [items("letters", 60), items("words", 14)],
    )
    assert len(found["report"]["words"]) == 10
    assert len(found["report"]["letters"]) == 18


def test_a_metric_that_the_task_lacks_is_named(config: Callable[..., SearchConfig]) -> None:
    with pytest.raises(
        ConfigError, match="no metric 'f1' that is a mean over items; it has acc, acc_norm"
    ):
        split_tasks(config(tasks=[{"name": "words", "metric": "f1"}]), [items("words", 60)])


def test_what_one_search_tuned_on_another_does_not_report_on(
    config: Callable[..., SearchConfig],
) -> None:
    tasks = [items("letters", 60), items("words", 60)]
    first = split_tasks(config(splits={"search": 20, "validation": 10, "report": 20}), tasks)
    second = split_tasks(
        config(splits={"search": 5, "validation": 5, "report": 30}, seed=9), tasks
    )
    for task in ("letters", "words"):
        tuned = {*first["search"][task], *first["validation"][task]}
        assert not tuned & set(second["report"][task])
