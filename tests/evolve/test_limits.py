"""Hours and dollars as limits: whatever the speed and however many workers, a search that is given
some of them has its verdict when they are over.

The driver, the store and the worker are real; the time that jobs take is not.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evolve.driver import Driver
from evolve.progress import Progress
from evolve.stopping import Limits
from search_spaces.errors import StopError
from search_spaces.messages import PROBE, Job, Result
from tests.evolve.conftest import QUICK, Bench, LocalPool

MakeBench = Callable[..., Bench]
PRICE = 2.0


class TimedPool(LocalPool):
    """Jobs that take `merge_s` and `item_s` per item, times up to 1 + spread; the time of whoever
    waits for one passes.
    """

    merge_s, item_s, spread = 5.0, 10.0, 0.0

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.now = 0.0
        self.busy_s = 0.0
        self._ends: list[tuple[float, Job, float]] = []
        self._luck = random.Random(7)

    @property
    def free(self) -> int:
        return self._slots - len(self._ends)

    def submit(self, job: Job) -> str:
        items = job.items or self._splits[job.split]
        count = sum(len(numbers) for numbers in items.values())
        cost = self.item_s * count * (5 if job.split == PROBE else 1)
        cost = (self.merge_s + cost) * (1 + self.spread * self._luck.random())
        self._ends.append((self.now + cost, job, cost))
        return "timed"

    def next(self, timeout_s: float) -> Result | None:
        if not self._ends or timeout_s == 0:
            return None
        first = min(self._ends, key=lambda end: end[0])
        self._ends.remove(first)
        self.now, job, cost = max(self.now, first[0]), first[1], first[2]
        result = self._worker.run(job)
        assert result.score is not None
        merge_s = min(cost, self.merge_s)
        timed = replace(result.score, merge_s=merge_s, score_s=cost - merge_s)
        return replace(result, score=timed)


def driven(
    one: Bench, workers: int, limits: Limits | None = None, **speed: float
) -> tuple[TimedPool, list[Progress]]:
    """Runs the search to its end. speed: of the pool."""
    held = one.ledger()
    pool = TimedPool(one.worker, workers)
    pool._splits = one.splits
    for name, value in speed.items():
        setattr(pool, name, value)
    seen: list[Progress] = []
    Driver(
        one.setup(held, workers),
        held,
        one.reader,
        pool,
        seen.append,
        lambda: pool.now,
        limits=limits,
    ).run()
    return pool, seen


def search_of(bench: MakeBench, **changes: Any) -> Bench:
    workers = {"usd_per_hour": PRICE}
    budget = {"trials": None} | changes.pop("budget", {})
    return bench(**QUICK | {"ablations": 6} | changes, budget=budget, workers=workers)


@pytest.mark.parametrize(
    ("workers", "hours", "speed"),
    [
        (1, 2.0, {"merge_s": 60.0, "item_s": 0.5}),
        (3, 1.75, {}),
        (8, 1.2, {"spread": 0.2}),
        (20, 0.15, {"merge_s": 20.0, "item_s": 0.5}),
    ],
)
def test_a_search_ends_in_its_hours_with_a_verdict(
    bench: MakeBench, workers: int, hours: float, speed: dict[str, float]
) -> None:
    one = search_of(bench)
    pool, seen = driven(one, workers, Limits(max_hours=hours), **speed)
    assert one.search.verdict is not None
    assert pool.now <= hours * 3600
    trial_s = pool.merge_s + 12 * pool.item_s
    closing = next(p for p in seen if p.stopped).closing_s
    assert pool.now + trial_s + closing / 2 >= hours * 3600  # nor is half of it wasted
    assert len(one.optimizer_trials()) >= 5
    most = hours * workers * PRICE
    assert all(p.usd_projected <= most + 1e-6 for p in seen if p.usd_projected is not None)
    assert next(p.stopped for p in seen if p.stopped).startswith("what is left of --max-hours")


def test_budget_and_command_mean_the_same_in_a_first_command(
    bench: MakeBench, tmp_path: Path
) -> None:
    hours, ends = 1.75, []
    for number, (budget, limits) in enumerate(
        [
            ({"hours": hours}, None),
            ({}, Limits(max_hours=hours)),
            ({}, Limits(max_usd=hours * 3 * PRICE)),
        ]
    ):
        one = search_of(bench, budget=budget, store=f"sqlite:///{tmp_path}/{number}.db")
        pool, _ = driven(one, 3, limits)
        assert one.search.worker_s == pytest.approx(3 * one.search.active_s)
        assert one.search.worker_s / 3600 * PRICE <= hours * 3 * PRICE
        ends.append(pool.now)
    assert max(ends) <= hours * 3600
    assert len(set(ends)) == 1


def test_what_earlier_commands_used_counts(bench: MakeBench) -> None:
    one = search_of(bench)
    ledger = one.ledger()
    ledger.spend(900.0, 3)
    ledger.release("stopped")
    ledger.close()
    pool, _ = driven(one, 3, Limits(max_hours=2.0))
    assert pool.now <= 7200 - 900


def test_what_cannot_be_done_in_time_stops_at_once_and_goes_on_later(bench: MakeBench) -> None:
    one = search_of(bench)
    with pytest.raises(StopError, match=r"no time for a single trial.*--max-hours"):
        driven(one, 1, Limits(max_hours=1.0))
    scored = [t for t in one.reader.trials(one.search.id) if t.state == "done"]
    assert 2 <= len(scored) <= 3
    assert one.search.active_s < 3600 / 5
    driven(one, 3, Limits(max_hours=2.0))
    assert one.search.state == "finished"


def test_without_a_price_dollars_are_no_limit_and_cost_is_not_shown(bench: MakeBench) -> None:
    one = bench(**QUICK, budget={"trials": 3})
    _, seen = driven(one, 1, Limits(max_usd=0.001))
    assert one.search.state == "finished"
    assert {p.usd_spent for p in seen} == {None}


def test_cost_is_told_while_it_grows(bench: MakeBench) -> None:
    one = search_of(bench, budget={"trials": 6}, ablations=0)
    pool, seen = driven(one, 2)
    spent = [p.usd_spent for p in seen]
    assert spent == sorted(spent)
    assert spent[-1] == pytest.approx(2 * pool.now / 3600 * PRICE, rel=1e-6)
    projected = [p.usd_projected for p in seen if p.phase == "search" and p.done == 3]
    assert projected[0] == pytest.approx(spent[-1], rel=0.35)
    assert {(p.workers, p.lost) for p in seen} == {(2, 0)}
    assert max(p.busy for p in seen) == 2
