"""How many workers fit where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.errors import ConfigError
from search_spaces.messages import WorkerSpec
from workers.placement import (
    Need,
    Node,
    Offer,
    gpus_each,
    need_of,
    on_empty,
    placed,
    refuse_too_small,
    room,
)

GIB = 2**30


def node(cpus: float, gpus: float = 0, gib: float = 64, name: str = "n") -> Node:
    offer = Offer(cpus, gpus, gib * GIB)
    return Node(name, f"10.0.0.{name}", offer, offer)


def spec(**changes: object) -> WorkerSpec:
    basis: dict[str, object] = {"memory_bytes": 10 * GIB, "parents_bytes": 6 * GIB}
    return WorkerSpec("b", {}, (), "float32", None, 2, **basis | changes)  # type: ignore[arg-type]


def test_parents_are_counted_once_per_node() -> None:
    need = need_of(spec(), 0.0, shares=True)
    assert need == Need(2.0, 0.0, 4 * GIB, 6 * GIB)
    assert on_empty(need, Offer(64, 0, 9.9 * GIB)) == 0
    assert on_empty(need, Offer(64, 0, 10 * GIB)) == 1
    assert on_empty(need, Offer(64, 0, 18 * GIB)) == 3
    assert need_of(spec(), 0.0, shares=False) == Need(2.0, 0.0, 10 * GIB)


def test_a_worker_with_a_gpu_holds_its_models_there() -> None:
    assert need_of(spec(), 1.0, shares=True) == Need(2.0, 1.0)


@pytest.mark.parametrize(
    ("each", "gpus", "fits"),
    [(1, 8, 8), (0.5, 2, 4), (0.4, 2, 4), (0.34, 1, 2), (2, 5, 2), (0.3, 0.7, 2), (1, 0, 0)],
)
def test_a_worker_lies_on_whole_gpus_or_on_a_share_of_one(
    each: float, gpus: float, fits: int
) -> None:
    assert on_empty(Need(1, each), Offer(100, gpus, 0)) == fits


@given(
    cpus=st.integers(0, 64),
    gib=st.integers(0, 256),
    own=st.integers(1, 20),
    shared=st.integers(0, 40),
    threads=st.integers(1, 8),
)
def test_filling_a_node_one_by_one_ends_at_what_it_holds(
    cpus: int, gib: int, own: int, shared: int, threads: int
) -> None:
    need, at = Need(threads, 0, own * GIB, shared * GIB), node(cpus, gib=gib)
    ours = 0
    while room(need, at, ours, shared_there=ours > 0) > 0:
        ours += 1
    assert ours == on_empty(need, at.total)
    assert ours * threads <= cpus
    assert ours == 0 or ours * own + shared <= gib


def test_what_others_have_taken_is_not_offered_and_what_left_is() -> None:
    need, whole = Need(1, 0), Offer(8, 0, 0)
    taken = Node("n", "n", whole, Offer(5, 0, 0))
    assert room(need, taken, ours=0, shared_there=False) == 5
    assert room(need, taken, ours=3, shared_there=False) == 5
    assert room(need, taken, ours=2, shared_there=False) == 5
    assert room(need, taken, ours=2, shared_there=False, leaving=1) == 6


def test_the_emptiest_node_is_next() -> None:
    assert placed({"a": 2, "b": 1}, {"a": 9, "b": 1, "c": 0}) == "b"
    assert placed({"a": 2, "b": 1}, {"a": 9, "b": 0}) == "a"
    assert placed({}, {"a": 0}) is None


def test_gpus_each() -> None:
    assert gpus_each("auto", None, None, 4, local=False) == 1
    assert gpus_each("auto", 4, None, 0, local=True) == 0
    assert gpus_each("cpu", 4, 0.5, 8, local=True) == 0
    assert gpus_each("auto", 3, None, 2, local=True) == 0.5  # two on one of them
    assert gpus_each("auto", 3, None, 2, local=False) == 1
    assert gpus_each("auto", 3, 0.25, 2, local=False) == 0.25
    with pytest.raises(ConfigError, match="finds no GPU"):
        gpus_each("cuda", 1, None, 0, local=True)


def test_a_cluster_that_can_never_hold_one_is_refused_with_what_its_largest_node_has() -> None:
    need = need_of(spec(), 0.0, shares=True)
    nodes = [node(8, gib=4, name="1"), node(16, gib=9, name="2")]
    message = (
        r"a worker needs 2 cores, 4 GiB of memory and 6 GiB for the parents; the largest node "
        r"\(10.0.0.2\) offers 16 cores, 9 GiB of memory"
    )
    with pytest.raises(ConfigError, match=message):
        refuse_too_small(need, nodes, 4, local=False)
    refuse_too_small(need, [*nodes, node(2, gib=10)], 4, local=False)  # one is enough
    with pytest.raises(ConfigError, match="4 workers need 2 cores, 4 GiB of memory each"):
        refuse_too_small(need, [node(64, gib=20)], 4, local=True)  # here all must fit
