"""When a search stops asking, and that it stops at the same place when it was stopped between."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.blocks import BudgetConfig, WorkersConfig
from evolve.config import read_search
from evolve.stopping import Limits, Spent, reason_to_stop
from search_spaces.errors import ConfigError
from search_spaces.messages import Job, Result
from tests.evolve.conftest import QUICK, Bench, interrupted, scored_as
from tests.evolve.test_driver import story

MakeBench = Callable[..., Bench]
NO_END: dict[str, Any] = {"trials": None}
scores = st.lists(st.one_of(st.none(), st.floats(-1, 1, allow_nan=False)), max_size=30)


def after(found: list[float | None], whole: bool = True) -> Spent:
    spent = Spent(0)
    for value in found:
        spent = spent.asking().after(value, whole=whole)
    return spent


def reason(
    budget: dict[str, Any], spent: Spent, active_s: float = 0.0, **workers: Any
) -> str | None:
    return reason_to_stop(BudgetConfig(**budget), WorkersConfig(**workers), spent, active_s)


@given(scores, st.integers(1, 10))
def test_patience_counts_the_trials_since_the_best_one(
    found: list[float | None], patience: int
) -> None:
    best = max((v for v in found if v is not None), default=None)
    since = len(found) - (found.index(best) + 1 if best is not None else 0)
    spent = after(found)
    assert (spent.best, spent.ended, spent.asked) == (best, len(found), len(found))
    stops = reason(NO_END | {"patience": patience}, spent)
    assert (stops is not None) == (since >= patience)


@given(scores, st.floats(-1, 1))
def test_a_target_is_reached_by_the_best_one(found: list[float | None], target: float) -> None:
    reached = any(v is not None and v >= target for v in found)
    assert (reason(NO_END | {"target": target}, after(found)) is not None) == reached
    assert reason(NO_END | {"target": target}, after(found, whole=False)) is None


@given(st.integers(0, 20), st.integers(1, 20))
def test_trials_count_when_they_are_asked(asked: int, trials: int) -> None:
    assert (reason({"trials": trials}, Spent(asked)) is not None) == (asked >= trials)
    assert reason(NO_END, Spent(asked)) is None


def test_hours_and_dollars_are_of_the_time_that_drivers_spent() -> None:
    assert reason(NO_END | {"hours": 2}, Spent(0), 7199) is None
    assert reason(NO_END | {"hours": 2}, Spent(0), 7200) == "2 hours are over"
    costs = {"count": 4, "usd_per_hour": 1.5}
    assert reason(NO_END | {"usd": 6}, Spent(0), 3599, **costs) is None
    assert reason(NO_END | {"usd": 6}, Spent(0), 3600, **costs) == "$6 are spent"


def test_dollars_are_of_the_workers_there_were_and_not_of_those_there_are() -> None:
    budget, workers = BudgetConfig(trials=None, usd=6), WorkersConfig(count=4, usd_per_hour=1.5)
    assert reason_to_stop(budget, workers, Spent(0), 3600, worker_s=14399) is None
    assert reason_to_stop(budget, workers, Spent(0), 10, worker_s=14400) == "$6 are spent"


@given(
    st.floats(0, 3), st.floats(0, 10), st.floats(0, 2), st.integers(1, 9), st.sampled_from([0, 1])
)
def test_asking_stops_when_what_is_left_is_needed(
    used: float, worker_hours: float, closing: float, alive: int, whose: int
) -> None:
    """Hours and dollars, of the search or of the command: the same law."""
    limits, given = (2.0, 5.0), Limits()
    budget = BudgetConfig(trials=None, hours=limits[0], usd=limits[1])
    spent = {"active_s": used * 3600, "worker_s": worker_hours * 3600}
    if whose:
        budget, given = BudgetConfig(trials=None), Limits(*limits)
    found = reason_to_stop(
        budget,
        WorkersConfig(usd_per_hour=0.5),
        Spent(0),
        **spent,
        closing_s=closing * 3600,
        alive=alive,
        limits=given,
    )
    needs = used + closing >= limits[0] or (worker_hours + closing * alive) * 0.5 >= limits[1]
    assert (found is not None) == needs
    if found is not None and used < limits[0] and worker_hours * 0.5 < limits[1]:
        assert "is needed to choose and to report" in found
        assert ("--max-" if whose else "budget.") in found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget": {"usd": 3}}, "set workers.usd_per_hour"),
        ({"budget": {"patience": 0}}, "budget.patience"),
        ({"budget": {"hours": 0}}, "budget.hours"),
        ({"budget": {"target": "high"}}, "budget.target"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    search_file: Callable[..., Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read_search(search_file(**change))
    assert read_search(search_file(budget={"usd": 3}, workers={"usd_per_hour": 1})).budget.usd == 3


def best_at(number: int, value: float = 0.9) -> Callable[[Job, Result], Result]:
    """Of the optimizer's trials number so many scores `value`, all else little; by their recipes,
    so that it is the same after a resume.
    """
    met: list[str] = []

    def spoil(job: Job, result: Result) -> Result:
        weights = {s.parameters.get("weight") for s in job.recipe.models}
        if job.recipe.merge_method != "task_arithmetic" or len(weights - {None}) == 1:
            return scored_as(result, 0.1)
        met.extend([job.recipe.digest()] if job.recipe.digest() not in met else [])
        return scored_as(result, value if met.index(job.recipe.digest()) == number else 0.1)

    return spoil


@pytest.mark.parametrize(
    ("budget", "trials"),
    [
        ({"trials": 20, "patience": 3}, 2 + 1 + 3),
        ({"trials": None, "target": 0.9}, 2 + 1),
        ({"trials": 5, "target": 0.95}, 5),
    ],
)
def test_it_stops_there_also_after_being_stopped_before(
    bench: MakeBench, tmp_path: Any, budget: dict[str, Any], trials: int
) -> None:
    same = QUICK | {"budget": budget, "optimizer": "random"}
    twin = bench(**same, store=f"sqlite:///{tmp_path}/twin.db")
    twin.drive(spoil=best_at(2))
    assert len(twin.optimizer_trials()) == trials
    broken = bench(**same, store=f"sqlite:///{tmp_path}/broken.db")
    spoil = best_at(2)
    interrupted(broken, 20 + 2, spoil=spoil)  # while the third one is scored
    interrupted(broken, trials - 2, spoil=spoil)  # while the last one is, or just after it
    broken.drive(spoil=spoil)
    assert story(broken) == story(twin)
    assert broken.search.verdict == twin.search.verdict


def test_what_is_in_flight_is_counted(bench: MakeBench) -> None:
    one = bench(**QUICK, budget=NO_END | {"target": 0.9}, optimizer="random")
    one.drive(slots=3, spoil=best_at(0))
    trials = one.optimizer_trials()
    assert 3 <= len(trials) <= 5
    assert {t.state for t in trials} == {"done"}


def test_a_search_without_an_end_is_ended_by_hand(bench: MakeBench) -> None:
    one = bench(**QUICK, budget=NO_END, optimizer="pool")
    interrupted(one, 20 + 4, slots=2)
    interrupted(one, 6, slots=2)
    before = len(one.optimizer_trials())
    assert before > 8
    assert one.search.chosen_trial_id is None
    one.drive(slots=2, finish=True)
    assert len(one.optimizer_trials()) == before
    assert {t.state for t in one.optimizer_trials()} == {"done"}
    assert one.search.state == "finished"
    assert one.search.verdict["sentence"]
