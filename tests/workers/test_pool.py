"""The pool on a real local Ray: the next part of an attempt goes to the worker that has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_spaces.errors import WorkerLostError
from search_spaces.messages import Job, Result
from search_spaces.references import alone
from tests.workers.test_worker import spec_of
from workers.pool import RayPool


@pytest.fixture(scope="module")
def pool(family: Path) -> Iterator[RayPool]:
    found = RayPool(spec_of(family), 2)
    yield found
    found.close()


def next_of(pool: RayPool) -> Result:
    while True:
        result = pool.next(1.0)
        if result is not None:
            return result


def part(family: Path, attempt_id: int, item: int) -> Job:
    recipe = alone(str(family / "abc"[attempt_id % 3]), "float32")
    return Job(attempt_id, recipe, "search", {"letters": (item,)})


def test_parts_of_an_attempt_stay_with_their_worker(pool: RayPool, family: Path) -> None:
    workers = {number: pool.submit(part(family, number, 0)) for number in (0, 1)}
    assert len(set(workers.values())) == 2
    for item in range(1, 12):
        for _ in workers:
            done = next_of(pool)
            assert done.score is not None
            assert done.worker == workers[done.attempt_id]
            assert len(done.score.outcomes["letters"]["acc"]) == 1
            assert pool.submit(part(family, done.attempt_id, item)) == done.worker
    for _ in workers:
        next_of(pool)
    assert pool.free == 2


def test_a_worker_is_not_free_before_its_result_was_handed_out(
    pool: RayPool, family: Path
) -> None:
    for number in (0, 1):
        pool.submit(part(family, number, 0))
    first = next_of(pool)
    assert pool.free == 1  # whether or not the other one is done
    pool.submit(part(family, first.attempt_id, 1))
    with pytest.raises(WorkerLostError):
        pool.submit(part(family, 2, 0))
    assert {next_of(pool).attempt_id for _ in range(2)} == {0, 1}
