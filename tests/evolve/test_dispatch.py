"""Racing in the loop: a trial in parts, stopped early, lost half-way, on turning items."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evolve.report import summary
from search_spaces.messages import Job, Result
from tests.evolve.conftest import Bench, mostly_right, scored_as
from tests.evolve.test_driver import counted_once, story

MakeBench = Callable[..., Bench]


def seen_by(bench: Bench, trial: Any) -> set[tuple[str, int]]:
    """The (task, item number) that a trial has outcomes of."""
    found = bench.reader.outcomes(trial.id, "search")
    return {
        (task, item)
        for task, metrics in (found or {}).items()
        for item, value in zip(
            bench.splits["search"][task], next(iter(metrics.values())), strict=True
        )
        if value == value
    }


def items_of(job: Job) -> list[tuple[str, int]]:
    return [(t, i) for t, items in (job.items or {}).items() for i in items]


@pytest.mark.parametrize("racing", ["paired", "irt"])
def test_a_trial_that_is_clearly_worse_is_stopped_and_keeps_what_it_saw(
    bench: MakeBench, racing: str
) -> None:
    one = bench(racing=racing, splits={"search": 20, "validation": 5, "report": 10})
    sent: dict[int, list[tuple[str, int]]] = {}

    def spoil(job: Job, result: Result) -> Result:
        if job.split != "search":
            return result
        if job.items is None:  # a reference, and a good one
            return mostly_right(result)
        sent.setdefault(job.attempt_id, []).extend(items_of(job))
        return scored_as(result, 0.0) if len(sent) % 2 else scored_as(result, 1.0)

    one.drive(spoil=spoil)
    counted_once(one)
    trials = one.optimizer_trials()
    pruned = [t for t in trials if t.state == "pruned"]
    assert len(pruned) >= 4
    attempts = {a.trial_id: a for a in one.reader.attempts(one.search.id) if a.split == "search"}
    for trial in trials:
        seen = seen_by(one, trial)
        assert len(seen) == trial.items
        assert Counter(sent[attempts[trial.id].id]) == Counter(seen)
        assert (trial.items < 40) == (trial.state == "pruned") == (trial.error is not None)
        assert np.isfinite(trial.fitness)
    now = summary(one.reader, one.search)["progress"]
    assert (now["trials"], now["pruned"], now["items_full"]) == (8, len(pruned), 8 * 40)
    assert now["items_spent"] == sum(t.items for t in trials)
    best = max((t for t in trials if t.state == "done"), key=lambda t: (t.fitness, -t.number))
    assert now["best"] == {"trial": best.number, "fitness": best.fitness}


def test_a_race_that_stops_nobody_leaves_the_same_bits_as_none(bench: MakeBench) -> None:
    never = bench(racing={"method": "paired", "error": 1e-12})
    never.drive()
    off = bench(racing="off")
    off.drive()
    assert all(t.state == "done" for t in never.optimizer_trials())
    assert never.search.digest != off.search.digest
    assert story(never) == story(off)


def test_without_racing_a_trial_is_one_job(bench: MakeBench) -> None:
    jobs: list[Job] = []

    def note(job: Job, result: Result) -> Result:
        jobs.append(job)
        return result

    bench(racing="off").drive(spoil=note)
    search = [j for j in jobs if j.split == "search"]
    assert len(search) == 17 + 3 + 8
    assert all(j.items is None for j in search)


def test_a_worker_lost_half_way_costs_only_the_part_it_had(bench: MakeBench) -> None:
    twin = bench(name="twin", store="sqlite:///twin.db")
    twin.drive()
    calls: Counter[tuple[str, int]] = Counter()
    lost: list[tuple[str, int]] = []
    parts = 0

    def lose_the_second_part(job: Job, result: Result) -> Result:
        nonlocal parts
        if job.items is None or job.split != "search":
            return result
        parts += 1
        if parts == 2:
            lost.extend(items_of(job))
            return replace(result, score=None, lost="the worker died")
        if parts <= 40:
            calls.update((job.recipe.digest(), *item) for item in items_of(job))
        return result

    one = bench(store="sqlite:///one.db")
    one.drive(spoil=lose_the_second_part)
    assert lost
    assert set(calls.values()) == {1}
    assert story(one) == story(twin)
    states = Counter(a.state for a in one.reader.attempts(one.search.id))
    assert states["lost"] == 1


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (lambda r: replace(r, score=None, failed="out of memory"), "out of memory"),
        (lambda r: scored_as(r, float("nan")), "nan"),
    ],
)
def test_a_part_that_fails_fails_its_trial(
    bench: MakeBench, spoilt: Callable[[Result], Result], reason: str
) -> None:
    parts = 0

    def spoil(job: Job, result: Result) -> Result:
        nonlocal parts
        parts += job.split == "search" and job.items is not None
        return spoilt(result) if parts == 3 and job.items is not None else result

    one = bench()
    one.drive(spoil=spoil)
    counted_once(one)
    (failed,) = [t for t in one.optimizer_trials() if t.state == "failed"]
    assert reason in failed.reason
    assert one.reader.outcomes(failed.id, "search") is None
    assert failed.items is None


def test_items_rotate_from_generation_to_generation(bench: MakeBench) -> None:
    one = bench(racing="off", items="rotate", budget={"trials": 30})
    one.drive()
    counted_once(one)
    trials = one.optimizer_trials()
    windows = [frozenset(seen_by(one, t)) for t in trials]
    generations = [windows[i : i + 7] for i in range(0, 30, 7)]  # a population of 7
    assert all(len(set(g)) == 1 for g in generations)
    first = [g[0] for g in generations]
    assert len(frozenset.union(*first[:4])) == sum(len(w) for w in first[:4]) == 24
    assert first[4] == first[0]
    assert all(
        t.state == "done" and t.items == len(w) for t, w in zip(trials, windows, strict=True)
    )
    assert all(t.error is not None for t in trials)
    assert np.median([t.error for t in trials]) > 0
