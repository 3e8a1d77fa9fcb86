"""The closing selection: who takes part, what it costs, that it goes on, that it is final."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.cli.exporting import export_trial
from evolve.halving import deal, field_sizes, missing
from evolve.report import summary
from search_spaces.errors import StopError
from search_spaces.messages import Job, Result
from tests.evolve.conftest import Bench, mostly_right, scored_as

MakeBench = Callable[..., Bench]


def test_the_field_is_halved_down_to_two() -> None:
    assert field_sizes(16) == [16, 8, 4, 2]
    assert field_sizes(9) == [9, 5, 3, 2]
    assert field_sizes(2) == [2]
    assert field_sizes(1) == [1]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4), st.integers(1, 60))
def test_rounds_are_equal_and_the_last_one_has_everything(sizes: list[int], count: int) -> None:
    items = {f"t{i}": tuple(range(n)) for i, n in enumerate(sizes)}
    rounds = deal(items, count)
    assert 1 <= len(rounds) <= len(field_sizes(count))
    assert rounds[-1] == {task: len(numbers) for task, numbers in items.items()}
    assert all(known >= 1 for known in rounds[0].values())
    totals = [sum(known.values()) for known in rounds]
    assert all(a < b for a, b in pairwise(totals))
    share = 1 / len(rounds)
    for number, known in enumerate(rounds, start=1):
        assert all(abs(known[t] - share * number * len(items[t])) < 1 for t in items)


def test_only_what_is_not_known_is_missing() -> None:
    items = {"x": (7, 3, 9), "y": (4, 5, 6)}
    nan = float("nan")
    assert missing(items, {"x": 2, "y": 1}, None) == {"x": (7, 3), "y": (4,)}
    found = {"x": {"acc": (1.0, nan, nan)}, "y": {"acc": (0.0, nan, nan)}}
    assert missing(items, {"x": 2, "y": 1}, found) == {"x": (3,)}
    assert missing(items, {"x": 1, "y": 1}, found) == {}


def test_a_validation_item_is_paid_once_also_when_the_search_was_stopped(bench: MakeBench) -> None:
    paid: Counter[tuple[str, str, int]] = Counter()
    left = 0

    def spoil(job: Job, result: Result) -> Result:
        nonlocal left
        if job.split != "validation":
            return result
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        assert job.items is not None
        paid.update((job.recipe.digest(), t, i) for t, items in job.items.items() for i in items)
        return result

    one = bench()
    stops = 0
    for results in (4, 9, 7, -1):
        left = results
        try:
            one.drive(spoil=spoil)
        except KeyboardInterrupt:
            stops += 1
            assert one.search.chosen_trial_id is None
    assert stops == 3
    assert set(paid.values()) == {1}
    count = len({digest for digest, *_ in paid})
    cost = sum(paid.values())
    assert cost < 20 * count / 1.5
    twin = bench(store="sqlite:///twin.db")
    twin.drive()
    assert twin.search.chosen_trial_id == one.search.chosen_trial_id
    assert twin.search.verdict == one.search.verdict


def test_a_parent_may_win_and_can_be_exported(bench: MakeBench, tmp_path: Path) -> None:
    one = bench()
    parent = one.opened.parents["c"].reference

    def spoil(job: Job, result: Result) -> Result:
        mine = job.recipe.references() == [parent] or tuple(job.recipe.references()) == (parent,)
        return scored_as(result, float(mine)) if job.split != "search" else result

    one.drive(spoil=spoil)
    search = one.search
    chosen = one.reader.trial(search.chosen_trial_id)
    assert (chosen.origin, chosen.name) == ("parent", "c")
    assert search.verdict["kind"] == "no improvement"
    assert "no recipe did better than the parent c" in search.verdict["sentence"]
    rows = [(r["role"], r["name"]) for r in summary(one.reader, search)["rows"]]
    assert rows[-1] == ("chosen", "c")
    assert ("parent", "c") not in rows
    written = export_trial(one.engine, search, None, tmp_path / "out", lambda done, total: None)
    assert written["trial"] == chosen.number
    assert "no recipe did better" in (tmp_path / "out" / "README.md").read_text()


def test_a_trial_that_was_stopped_early_can_be_a_finalist(bench: MakeBench) -> None:
    one = bench(
        racing={"method": "paired", "error": 0.2},
        splits={"search": 20, "validation": 5, "report": 10},
        finalists=8,
    )

    def spoil(job: Job, result: Result) -> Result:
        if job.split != "search":
            return result
        return mostly_right(result) if job.items is None else scored_as(result, 0.0)

    one.drive(spoil=spoil)
    pruned = {t.id for t in one.optimizer_trials() if t.state == "pruned"}
    assert pruned & set(one.reader.means(one.search.id, "validation"))


def test_the_winner_is_final_before_it_meets_the_report_items(bench: MakeBench) -> None:
    one = bench()

    def crash(job: Job, result: Result) -> Result:
        if job.split == "report":
            raise KeyboardInterrupt
        return result

    with pytest.raises(KeyboardInterrupt):
        one.drive(spoil=crash)
    search = one.search
    assert search.chosen_trial_id is not None
    assert search.chosen_at is not None
    assert search.verdict is None
    other = next(t for t in one.optimizer_trials() if t.id != search.chosen_trial_id)
    ledger = one.ledger()
    name = one.reader.trial(search.chosen_trial_id).name
    with pytest.raises(StopError, match=rf"'{name}' was chosen at \d{{4}}-.* UTC"):
        ledger.choose(other.id)
    with pytest.raises(StopError, match="report items are for the chosen trial alone"):
        ledger.start_attempt(other.id, "report")
    splits: list[str] = []

    def note(job: Job, result: Result) -> Result:
        splits.append(job.split)
        return result

    one.drive(spoil=note)
    assert set(splits) == {"report"}
    assert one.search.chosen_trial_id == search.chosen_trial_id
    assert one.search.chosen_at == search.chosen_at
    assert one.search.verdict is not None
