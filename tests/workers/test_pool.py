"""The pool on a real local Ray: who gets which job, what workers share, who may connect."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from search_spaces.errors import ConfigError, WorkerLostError
from search_spaces.messages import Job, Result
from search_spaces.references import alone, plain_merges
from tests.workers.test_worker import dare, refs, spec_of
from workers.cluster import is_loopback, lets_in_without_token, start_ray
from workers.pool import RayPool
from workers.worker import Worker


@pytest.fixture(scope="module")
def pool(family: Path) -> Iterator[RayPool]:
    found = RayPool(spec_of(family), 2)
    while found.size < 2:
        assert found.next(1.0) is None
    yield found
    started = time.monotonic()
    found.close()
    assert time.monotonic() - started < 10  # about 1.5 s on an idle machine


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
    assert set(workers.values()) == set(pool.names())
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


def test_items_are_described_as_far_as_a_worker_can(pool: RayPool) -> None:
    found = pool.describe_items({"letters": (0, 10**6), "none": (0,)})
    assert list(found) == ["letters"]
    assert list(found["letters"]) == [0]
    assert found["letters"][0].target in found["letters"][0].choices
    assert pool.free == 2


def test_who_answered_while_nobody_listened_does_not_hang(pool: RayPool, family: Path) -> None:
    """As when a driver waits for its database."""
    for deadline_s in (None, 2.0):  # what is slow the first time is done with
        for number in (0, 1):
            pool.submit(replace(part(family, number, 0), deadline_s=deadline_s))
        if deadline_s is None:
            assert all(next_of(pool).score for _ in range(2))
    time.sleep(5.0)
    assert [next_of(pool).lost for _ in range(2)] == [None, None]
    assert pool.free == 2


def test_a_worker_is_not_free_before_its_result_was_handed_out(
    pool: RayPool, family: Path
) -> None:
    for number in (0, 1):
        pool.submit(part(family, number, 0))
    assert pool.size == 2
    first = next_of(pool)
    assert pool.free == 1  # whether or not the other one is done
    pool.submit(part(family, first.attempt_id, 1))
    with pytest.raises(WorkerLostError):
        pool.submit(part(family, 2, 0))
    assert {next_of(pool).attempt_id for _ in range(2)} == {0, 1}


def test_asking_for_a_result_that_is_not_there_costs_nothing(pool: RayPool) -> None:
    started = time.perf_counter()
    assert all(pool.next(0.0) is None for _ in range(2000))
    assert time.perf_counter() - started < 1.0


def shared_pages(pid: int) -> tuple[int, int]:
    """(bytes mapped, this process's share of them) of the parents' memory."""
    mapped = share = 0
    inside = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            inside = "memfd:evolve-parents" in line
        elif inside and name == "Rss:":
            mapped += int(rest[0]) * 1024
        elif inside and name == "Pss:":
            share += int(rest[0]) * 1024
    return mapped, share


def test_workers_of_a_machine_have_one_copy_of_the_parents_and_score_as_one_alone_does(
    pool: RayPool, family: Path
) -> None:
    recipes = [dare(family), *plain_merges(str(family / "base"), refs(family), "float32").values()]
    single = Worker(spec_of(family))
    single.set_splits(spec_of(family).splits)
    for recipe in recipes:
        expected = single.run(Job(0, recipe, "search")).score
        for attempt in (0, 1):
            pool.submit(Job(attempt, recipe, "search"))
        for _ in range(2):
            found = next_of(pool).score
            assert found is not None
            assert expected is not None
            assert found.outcomes == expected.outcomes
    sizes = [file.stat().st_size for file in family.glob("*/model.safetensors")]
    for pid in pool.pids():
        mapped, share = shared_pages(pid)
        assert mapped > 0.9 * sum(sizes) - 4096 * len(sizes)
        assert share < 0.6 * mapped


def test_only_this_machine_reaches_a_ray_of_our_own_and_only_with_its_token(
    pool: RayPool,
) -> None:
    me = psutil.Process()
    ours = {me.pid, *(child.pid for child in me.children(recursive=True))}
    ours |= {p for pid in pool.pids() for p in (pid, psutil.Process(pid).ppid())}
    open_ports = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    ray_ports = [c for c in open_ports if c.pid in ours and not is_known(c)]
    assert len(ray_ports) >= 4  # head, raylet twice, a worker
    assert {c.laddr.ip.removeprefix("::ffff:") for c in ray_ports} == {"127.0.0.1"}
    import ray

    assert not lets_in_without_token(ray.get_runtime_context().gcs_address)
    token = Path.home() / ".ray" / "auth_token"
    if not {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & set(os.environ):
        assert token.stat().st_mode & 0o077 == 0


def is_known(connection: object) -> bool:
    """A port that this process had before any Ray."""
    return connection.laddr.port in _BEFORE  # type: ignore[attr-defined]


_BEFORE = {c.laddr.port for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN}


def test_loopback_is_told_from_the_rest() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("[::1]")
    assert is_loopback("localhost")
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("0.0.0.0")  # noqa: S104
    assert not is_loopback(socket.gethostname() + ".invalid")


def test_a_client_address_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected host:port of a Ray cluster"):
        start_ray(1, "ray://10.0.0.1:10001", patience_s=900)
