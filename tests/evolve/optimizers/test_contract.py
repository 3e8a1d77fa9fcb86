"""One contract, run on every optimizer with every kind of genes that it supports."""

import hashlib
import math
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from evolve.optimizers import NAMES, Known, Optimizer
from search_spaces.space import Point, Space
from tests.evolve.optimizers.walks import (
    CASES,
    KINDS,
    known_points,
    make,
    scores_of,
    targets,
    walk,
    walked,
)

on_every_case = pytest.mark.parametrize(("name", "kind", "objectives"), CASES)
on_every_name = pytest.mark.parametrize(
    ("name", "objectives"), {name: objectives for name, _, objectives in reversed(CASES)}.items()
)
WITHOUT_LEARNING = ("qmc", "random")


def test_every_optimizer_is_tried() -> None:
    assert {name for name, _, _ in CASES} == set(NAMES)


@on_every_case
def test_points_lie_in_the_unit_cube(name: str, kind: str, objectives: int) -> None:
    for point in walked(name, kind, objectives).points:
        assert point.shape == (len(KINDS[kind]),)
        assert point.dtype == np.float64
        assert (point >= 0).all()
        assert (point <= 1).all()


@on_every_case
def test_genes_that_mean_nothing_are_in_their_middle(
    name: str, kind: str, objectives: int
) -> None:
    """So that one recipe is one point, and nothing can be learnt from what was not used."""
    for point in walked(name, kind, objectives).points:
        assert (point[~Space(KINDS[kind]).active(point)] == 0.5).all()


@on_every_case
@pytest.mark.parametrize("knows", [False, True])
def test_a_replay_gives_equal_bits_whatever_the_global_generators_do(
    name: str, kind: str, objectives: int, knows: bool
) -> None:
    first = walked(name, kind, objectives, knows=knows)
    known = known_points(kind, objectives) if knows else ()
    optimizer = make(name, kind, objectives, seed=5, known=known)
    for call, number, what in first.calls:
        np.random.seed(number)  # noqa: NPY002 - lm-eval does this to us
        random.seed(number)
        torch.manual_seed(number)
        if call == "ask":
            assert optimizer.ask().tobytes() == what.tobytes()
        else:
            optimizer.tell(number, what)


@on_every_name
def test_another_seed_gives_another_walk(name: str, objectives: int) -> None:
    assert walked(name, "numbers", objectives).bits != walked(name, "numbers", objectives, 6).bits


def test_another_process_with_other_hashes_gives_equal_bits() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.evolve.optimizers.walks"],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "1"},
    ).stdout.splitlines()
    here = [
        " ".join(map(str, [*case, hashlib.sha256(b"".join(walked(*case).bits)).hexdigest()]))
        for case in CASES
    ]
    assert told == here


@on_every_case
def test_the_global_generators_are_left_alone(name: str, kind: str, objectives: int) -> None:
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    torch.manual_seed(3)
    before = _globals()
    walk(make(name, kind, objectives), kind, objectives, steps=6)
    assert _globals() == before


def _globals() -> tuple[object, ...]:
    state = np.random.get_state()  # noqa: NPY002
    return (
        state[1].tobytes(),
        state[2:],
        random.getstate(),
        torch.get_rng_state().numpy().tobytes(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        np.geterr(),
    )


@on_every_name
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_refused(name: str, objectives: int, bad: float) -> None:
    optimizer = make(name, objectives=objectives)
    optimizer.ask()
    with pytest.raises(ValueError, match="fitness is"):
        optimizer.tell(0, (bad,) * objectives)


@on_every_name
def test_only_what_was_asked_is_told_and_only_once(name: str, objectives: int) -> None:
    optimizer = make(name, objectives=objectives)
    optimizer.ask()
    with pytest.raises(ValueError, match="never asked"):
        optimizer.tell(1, (0.5,) * objectives)
    with pytest.raises(ValueError, match="never asked"):
        optimizer.tell(-1, (0.5,) * objectives)
    with pytest.raises(ValueError, match="objectives"):
        optimizer.tell(0, (0.5,) * (objectives + 1))
    optimizer.tell(0, (0.5,) * objectives)
    with pytest.raises(ValueError, match="told before"):
        optimizer.tell(0, (0.5,) * objectives)


@on_every_name
def test_a_trial_that_failed_is_told_once_too(name: str, objectives: int) -> None:
    optimizer = make(name, objectives=objectives)
    optimizer.ask()
    optimizer.tell(0, None)
    with pytest.raises(ValueError, match="told before"):
        optimizer.tell(0, None)


@on_every_case
def test_all_may_fail_and_all_may_score_the_same(name: str, kind: str, objectives: int) -> None:
    """Tasks with few items tie often, and a whole population of 0.0 is nothing to stop at."""
    optimizer = make(name, kind, objectives)
    for number in range(11 if name == "gp" else 60):
        point = optimizer.ask()
        assert np.isfinite(point).all()
        optimizer.tell(number, None if number < 6 else (0.25,) * objectives)


@pytest.mark.parametrize(
    ("name", "kind", "objectives"), [case for case in CASES if case[1] == "nested"]
)
def test_what_is_known_of_unused_genes_changes_nothing(
    name: str, kind: str, objectives: int
) -> None:
    known = known_points(kind, objectives, count=12)
    space = Space(KINDS[kind])

    def otherwise(one: Known) -> Known:
        unused = ~space.active(one.point)
        return replace(one, point=np.where(unused, 1 - one.point**2, one.point))

    changed = tuple(otherwise(one) for one in known)
    assert any((a.point != b.point).any() for a, b in zip(known, changed, strict=True))
    first, second = (
        walk(make(name, kind, objectives, known=k), kind, objectives) for k in (known, changed)
    )
    assert first.bits == second.bits


@pytest.mark.parametrize(
    ("name", "objectives"),
    [(n, o) for n, k, o in CASES if k == "numbers" and n not in WITHOUT_LEARNING],
)
@pytest.mark.parametrize("knows", [False, True])
def test_it_learns(name: str, objectives: int, knows: bool) -> None:
    """The last points lie much closer to the best ones than random points do; results come back
    shuffled, from eight workers.
    """
    known = known_points("numbers", objectives) if knows else ()
    optimizer = make(name, "numbers", objectives, known=known, population=8, workers=8)
    generator = np.random.default_rng(1)
    found = _shuffled(optimizer, {"gp": 24, "tpe": 70}.get(name, 200), objectives)
    drawn = [generator.uniform(size=3) for _ in range(500)]
    late = found[-len(found) // 4 :]
    share = 0.8 if name == "map-elites" else 0.5  # which keeps niches off the front as well
    assert np.mean(_misses(late, objectives)) < share * np.mean(_misses(drawn, objectives))
    mean = optimizer.mean()
    if mean is not None:
        assert mean.shape == (3,)
        assert (mean >= 0).all()
        assert (mean <= 1).all()
        assert scores_of("numbers", mean) > scores_of("numbers", np.full(3, 0.4))


def _shuffled(optimizer: Optimizer, steps: int, objectives: int) -> list[Point]:
    order = random.Random(2)
    points: list[Point] = []
    flying: list[int] = []
    for number in range(steps):
        points.append(optimizer.ask())
        flying.append(number)
        if len(flying) == 8:
            one = flying.pop(order.randrange(8))
            optimizer.tell(one, scores_of("numbers", points[one], objectives))
    return points


def _misses(points: list[Point], objectives: int) -> list[float]:
    """Distances to the best points: those between the targets."""
    ends = targets("numbers", objectives)
    line = ends[-1] - ends[0]
    misses = []
    for point in points:
        along = 0.0
        if line.any():
            along = float(np.clip((point - ends[0]) @ line / (line @ line), 0.0, 1.0))
        misses.append(float(np.linalg.norm(point - ends[0] - along * line)))
    return misses
