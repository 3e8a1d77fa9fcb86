"""What the three evolution strategies promise beyond the contract."""

import random

import numpy as np
import pytest

from evolve.optimizers import Optimizer, make_optimizer
from search_spaces.space import Gene, Point, Space
from tests.evolve.optimizers.walks import KINDS, make, scores_of

NAMES = ("cma", "cma-lra", "catcma")
on_each = pytest.mark.parametrize("name", NAMES)


def of(name: str, *genes: Gene, workers: int = 1, **more: int) -> Optimizer:
    start = np.full(len(genes), 0.4)
    return make_optimizer(name, genes, seed=0, start=start, workers=workers, **more)


@on_each
@pytest.mark.parametrize("order", ["forward", "backward", "shuffled"])
def test_no_result_is_thrown_away(name: str, order: str) -> None:
    """96 points of the first distribution: every population of results moves the mean, also those
    that come after many updates.
    """
    optimizer = make(name)
    points = [optimizer.ask() for _ in range(96)]
    numbers = list(range(96))
    if order == "backward":
        numbers.reverse()
    if order == "shuffled":
        random.Random(0).shuffle(numbers)
    means = [_mean(optimizer)]
    for number in numbers:
        optimizer.tell(number, scores_of("numbers", points[number]))
        means.append(_mean(optimizer))
    moves = [i for i in range(96) if (means[i] != means[i + 1]).any()]
    assert moves == list(range(optimizer.population - 1, 96, optimizer.population))
    after = [scores_of("numbers", means[i + 1])[0] for i in moves]
    assert np.mean(after) > scores_of("numbers", means[0])[0]


@on_each
def test_failed_trials_do_not_count_as_results(name: str) -> None:
    optimizer = make(name)
    before = _mean(optimizer)
    for number in range(50):
        optimizer.ask()
        optimizer.tell(number, None)
    assert (_mean(optimizer) == before).all()


@on_each
def test_one_dimension_works(name: str) -> None:
    optimizer = of(name, Gene("weight"))
    for number in range(120):
        optimizer.tell(number, (-float((optimizer.ask()[0] - 0.3) ** 2),))
    assert _mean(optimizer).shape == (1,)
    assert abs(_mean(optimizer)[0] - 0.3) < 0.1


@on_each
def test_an_optimum_in_a_corner_is_found(name: str) -> None:
    genes = tuple(Gene(f"w{i}") for i in range(6))
    optimizer = of(name, *genes)
    for number in range(500):
        optimizer.tell(number, (float(optimizer.ask().sum()),))
    assert _mean(optimizer).min() > 0.85


@on_each
def test_it_lives_on_when_all_is_learnt(name: str) -> None:
    """3,000 trials of a function without noise: no overflow, no NaN, no warning."""
    optimizer = of(name, Gene("a"), Gene("b"))
    for number in range(3000):
        point = optimizer.ask()
        assert np.isfinite(point).all()
        optimizer.tell(number, (-float(((point - 0.3) ** 2).sum()),))
    assert np.allclose(_mean(optimizer), 0.3, atol=1e-2)


@on_each
def test_a_gene_that_is_never_used_neither_moves_nor_hinders(name: str) -> None:
    """Only one method is ever good; the genes of the others are asked for in the end as at the
    start.
    """
    genes = KINDS["nested"]
    space = Space(genes)
    optimizer = of(name, *genes)
    for number in range(300):
        point = optimizer.ask()
        good = space.decode(point)["method"] == "ties"
        optimizer.tell(number, (float(good) - float((point[1] - 0.7) ** 2),))
    mean = _mean(optimizer)
    assert space.decode(mean)["method"] == "ties"
    assert abs(mean[1] - 0.7) < 0.1


def test_catcma_learns_choices_without_an_order() -> None:
    genes = (Gene("method", choices=tuple("abcdef")), Gene("other", choices=("x",)), Gene("w"))
    optimizer = of("catcma", *genes)
    space = Space(genes)
    late = []
    for number in range(240):
        point = optimizer.ask()
        value = space.decode(point)
        late.append(value["method"])
        score = {"a": 0.6, "b": 0.0, "c": 0.5, "d": 0.0, "e": 1.0, "f": 0.0}[str(value["method"])]
        optimizer.tell(number, (score - float((point[2] - 0.2) ** 2),))
    assert late[-40:].count("e") > 25
    mean = space.decode(_mean(optimizer))
    assert mean["method"] == "e"
    assert abs(float(mean["w"]) - 0.2) < 0.1


def test_catcma_does_with_choices_alone() -> None:
    genes = (Gene("method", choices=tuple("abc")), Gene("sign", choices=("sum", "count")))
    optimizer = of("catcma", *genes)
    space = Space(genes)
    for number in range(120):
        value = space.decode(optimizer.ask())
        optimizer.tell(number, (float(value == {"method": "b", "sign": "count"}),))
    assert space.decode(_mean(optimizer)) == {"method": "b", "sign": "count"}


def _mean(optimizer: Optimizer) -> Point:
    mean = optimizer.mean()
    assert mean is not None
    return mean.copy()
