"""One contract, run on every optimizer."""

import math

import numpy as np
import pytest

from evolve.optimizers import NAMES, Optimizer, make_optimizer
from search_spaces.space import Gene, Point

OPTIMUM = np.array([0.3, 0.8, 0.5])


def make(name: str, seed: int = 0, dimension: int = 3) -> Optimizer:
    genes = [Gene(f"weight.p{i}") for i in range(dimension)]
    return make_optimizer(name, genes, seed=seed, start=np.full(dimension, 0.4), workers=2)


def fitness(point: Point) -> float:
    return -float(((point - OPTIMUM[: len(point)]) ** 2).sum())


def walk(name: str, seed: int, disturb: bool = False) -> list[Point]:
    """40 asks with up to three points in flight, told in a mixed order, some failed, some never
    told.
    """
    optimizer = make(name, seed)
    points: list[Point] = []
    for step in range(40):
        if disturb:
            np.random.seed(step)  # noqa: NPY002 - lm-eval does this to us
            np.random.rand(7)  # noqa: NPY002
        points.append(optimizer.ask())
        if step >= 3 and step % 7 != 0:
            told = step - (3 if step % 2 else 2)
            if told not in range(0, 40, 11) and told not in seen_by(optimizer):
                seen_by(optimizer).add(told)
                optimizer.tell(told, None if told % 13 == 5 else (fitness(points[told]),))
    return points


_SEEN: dict[int, set[int]] = {}


def seen_by(optimizer: Optimizer) -> set[int]:
    return _SEEN.setdefault(id(optimizer), set())


@pytest.mark.parametrize("name", NAMES)
def test_points_lie_in_the_unit_cube(name: str) -> None:
    for point in walk(name, 1):
        assert point.shape == (3,)
        assert point.dtype == np.float64
        assert (point >= 0).all()
        assert (point <= 1).all()


@pytest.mark.parametrize("name", NAMES)
def test_equal_calls_give_equal_bits_whatever_the_global_generator_does(name: str) -> None:
    first, second, other = walk(name, 5), walk(name, 5, disturb=True), walk(name, 6)
    assert [p.tobytes() for p in first] == [p.tobytes() for p in second]
    assert [p.tobytes() for p in first] != [p.tobytes() for p in other]


@pytest.mark.parametrize("name", NAMES)
def test_the_global_generator_is_left_alone(name: str) -> None:
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    walk(name, 2)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_refused(name: str, bad: float) -> None:
    optimizer = make(name)
    optimizer.ask()
    with pytest.raises(ValueError, match="fitness is"):
        optimizer.tell(0, (bad,))


@pytest.mark.parametrize("name", NAMES)
def test_only_what_was_asked_is_told_and_only_once(name: str) -> None:
    optimizer = make(name)
    optimizer.ask()
    with pytest.raises(ValueError, match="never asked"):
        optimizer.tell(1, (0.5,))
    optimizer.tell(0, (0.5,))
    with pytest.raises(ValueError, match="told before"):
        optimizer.tell(0, (0.5,))


@pytest.mark.parametrize("name", ["cma", "tpe"])
def test_it_learns(name: str) -> None:
    """150 evaluations of a smooth function come closer to its optimum than the start is."""
    optimizer = make(name)
    found = []
    for number in range(150):
        point = optimizer.ask()
        found.append(fitness(point))
        optimizer.tell(number, (found[-1],))
    assert np.mean(found[-20:]) > 0.3 * found[0]
    assert max(found) > 0.05 * found[0]


def test_cma_uses_results_of_older_generations() -> None:
    optimizer = make("cma")
    points = [optimizer.ask() for _ in range(60)]
    before = optimizer.mean()
    for number in reversed(range(60)):
        optimizer.tell(number, (fitness(points[number]),))
    after = optimizer.mean()
    assert before is not None
    assert after is not None
    assert fitness(after) > fitness(before)


def test_one_dimension_works() -> None:
    optimizer = make("cma", dimension=1)
    for number in range(30):
        optimizer.tell(number, (fitness(optimizer.ask()),))
    mean = optimizer.mean()
    assert mean is not None
    assert mean.shape == (1,)
    assert abs(mean[0] - 0.3) < 0.1
