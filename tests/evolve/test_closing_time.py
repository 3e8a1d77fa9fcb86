"""How long the closing takes: more items, less speed and fewer workers take longer."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.closing_time import Closing, Pace, Phase, closing_of, closing_seconds
from evolve.halving import deal, field_sizes

CONFIG = {"parents": {"a": "a", "b": "b"}, "finalists": 5, "ablations": 4}
paces = st.builds(
    Pace,
    st.integers(1, 50),
    st.floats(0, 100),
    st.floats(0.1, 1000),
    st.integers(1, 5000),
)


def splits(search: int, validation: int, report: int) -> dict[str, dict[str, tuple[int, ...]]]:
    sizes = {"search": search, "validation": validation, "report": report}
    return {split: {"task": tuple(range(size))} for split, size in sizes.items()}


@given(paces, st.integers(1, 600), st.integers(1, 100), st.integers(10, 300))
def test_more_workers_never_take_longer_and_never_less_than_one_job_of_each_phase(
    pace: Pace, workers: int, validation: int, report: int
) -> None:
    closing = closing_of(CONFIG, 3, splits(20, validation, report))
    now, then = (closing_seconds(pace, closing, w, 1.0) for w in (workers, workers + 1))
    assert then <= now + 1e-9
    alone = closing_seconds(pace, closing, 1, 1.0)
    assert alone / workers <= now + 1e-9
    assert now >= sum(pace.job_s(p.items) for p in closing.phases)


@given(paces, st.floats(1, 9))
def test_slower_workers_take_as_much_longer(pace: Pace, times: float) -> None:
    closing = closing_of(CONFIG, 3, splits(20, 30, 40))
    slower = Pace(pace.trials, pace.merge_s * times, pace.score_s * times, pace.items)
    fast, slow = closing_seconds(pace, closing, 2), closing_seconds(slower, closing, 2)
    assert fast <= slow <= times * fast + 1e-6


def test_halving_has_as_many_jobs_and_items_as_it_deals() -> None:
    found = closing_of(CONFIG, 3, splits(20, 31, 40))
    rounds = [p for p in found.phases if p.name.startswith("validation")]
    contenders = 5 + 1 + 2 + 3 + 1  # finalists, mean, parents, plain merges, one scale
    assert [p.jobs for p in rounds] == field_sizes(contenders)
    assert sum(p.items for p in rounds) == 31
    assert rounds[0].items == deal({"task": tuple(range(31))}, contenders)[0]["task"]
    by_name = {p.name: (p.jobs, p.items) for p in found.phases}
    assert by_name["ablations"] == (4, 31)
    assert by_name["probe"] == (3, 20)  # no two that are neighbours, and not the first
    assert by_name["report"] == (2 + 2 + 3 + 1, 40)


def test_a_front_is_scored_whole_and_no_ablations_are_no_phase() -> None:
    found = closing_of(CONFIG | {"choose": "knee", "ablations": 0}, 3, splits(20, 31, 40))
    assert next(p for p in found.phases if p.name == "validation").items == 31
    assert "ablations" not in {p.name for p in found.phases}


def test_nothing_is_forecast_from_nothing() -> None:
    closing = Closing((Phase("report", 3, 100),), 10, export_s=5.0)
    assert closing_seconds(Pace(), closing, 4) == 0.0
    known = Pace().after(1.0, 10.0, 10).after(1.0, 10.0, 10)
    job_s, trial_s = known.job_s(100), known.job_s(10)
    assert (job_s, trial_s) == (pytest.approx(101, rel=1e-2), pytest.approx(11, rel=1e-2))
    assert closing_seconds(known, closing, 2, 1.0) == pytest.approx(2 * job_s + trial_s + 5.0)
    assert math.isclose(closing_seconds(known, closing, 3, 1.0), job_s + trial_s + 5.0)
