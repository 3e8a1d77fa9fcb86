"""A pool that breeds without end.

The problem: four tasks, a parent for each, two layer groups. A task gains from its parent's
weight, with a preference over depth, and loses from the weights of the others, so every parent is
the best at its own task and merges are better on average.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.optimizers.pool import ModelPool, attraction, depths, holdings, leaving
from evolve.optimizers.protocol import Breeder, Known, Scores
from search_spaces.space import Gene, Point, Space

TASKS = 4
GENES = [Gene(f"weight.p{i}.g{g}") for g in range(2) for i in range(TASKS)]
START = np.full(8, 0.25)
METHODS = ("linear", "slerp", "ties")
NESTED = [
    Gene("method", choices=METHODS),
    Gene("t", when=("method", ("slerp",))),
    Gene("density", when=("method", ("ties",))),
    Gene("weight"),
]


def scores_of(point: Point) -> Scores:
    weights = point.reshape(2, TASKS)
    profile = 1 + 0.3 * np.cos(np.arange(2)[:, None] + np.arange(TASKS))
    own = (weights * profile).mean(axis=0)
    others = weights.sum(axis=1).mean() - weights.mean(axis=0)
    return tuple((0.2 + 0.7 * np.tanh(2 * own) * np.exp(-0.4 * others**2)).tolist())


def the_parents() -> tuple[Known, ...]:
    points = [np.tile(row, 2) for row in np.eye(TASKS)]
    return tuple(Known(p, scores_of(p)) for p in points)


def walk(optimizer: Breeder, disturb: bool = False) -> list[Point]:
    """120 asks, told up to seven calls later in a mixed order, some failed, some never told."""
    points: list[Point] = []
    order = np.random.default_rng(9)
    waiting: list[int] = []
    for number in range(120):
        if disturb:
            np.random.seed(number)  # noqa: NPY002 - lm-eval does this to us
            np.random.rand(7)  # noqa: NPY002
        points.append(optimizer.ask())
        if number % 11:
            waiting.append(number)
        while len(waiting) > 7:
            told = waiting.pop(int(order.integers(len(waiting))))
            optimizer.tell(told, None if told % 13 == 5 else scores_of(points[told]))
    return points


def depth(optimizer: Breeder, number: int) -> int:
    """Generations above a point; known and drawn points are the first."""
    if number < 0:
        return 0
    mates = optimizer.parents_of(number)
    return 1 + max(depth(optimizer, n) for n in mates) if mates else 0


def make(seed: int = 0, known: tuple[Known, ...] | None = None) -> ModelPool:
    known = the_parents() if known is None else known
    return ModelPool(GENES, seed=seed, start=START, objectives=TASKS, known=known)


def test_equal_calls_give_equal_bits_with_delays_failures_and_a_disturbed_generator() -> None:
    first, again, other = walk(make(5)), walk(make(5), disturb=True), walk(make(6))
    assert [p.tobytes() for p in first] == [p.tobytes() for p in again]
    assert [p.tobytes() for p in first] != [p.tobytes() for p in other]
    assert len({p.tobytes() for p in first}) == len(first)


def test_what_a_caller_does_to_a_point_changes_nothing() -> None:
    plain, spoiled = make(), make()
    for number in range(30):
        point, other = plain.ask(), spoiled.ask()
        assert point.tobytes() == other.tobytes()
        scores = scores_of(point)
        other[:] = 0.0
        plain.tell(number, scores)
        spoiled.tell(number, scores)


def test_after_200_trials_it_beats_every_parent_and_is_generations_deep() -> None:
    for seed in range(5):
        pool = make(seed)
        for number in range(200):
            pool.tell(number, scores_of(pool.ask()))
        best = max(np.mean(s) for s in pool.members().values())
        assert best > max(np.mean(k.scores) for k in the_parents()) + 0.05
        assert best > np.mean(scores_of(START))
        assert len(pool.members()) == pool.population == 16
        assert max(depth(pool, n) for n in pool.members()) > 5


def test_the_only_strong_one_on_a_task_survives() -> None:
    """Even if it is the worst at everything else, and hundreds that are better there arrive."""
    known = (Known(np.full(8, 0.9), (0.0, 0.0, 0.0, 0.9)), *the_parents()[:3])
    pool = make(known=known)
    for number in range(300):
        point = pool.ask()
        pool.tell(number, (*scores_of(point)[:3], 0.1 + 0.05 * float(point[0])))
    assert -1 in pool.members()


@given(
    st.lists(st.tuples(*[st.integers(-3, 3).map(float)] * 3) | st.none(), min_size=20, max_size=60)
)
@settings(max_examples=30)
def test_the_best_on_every_task_never_falls(told: list[Scores | None]) -> None:
    pool = ModelPool(GENES, seed=0, start=START, objectives=3, population=6)
    best = np.full(3, -math.inf)
    for number, scores in enumerate(told):
        pool.ask()
        pool.tell(number, scores)
        if scores is not None:
            best = np.maximum(best, scores)
            assert np.max(list(pool.members().values()), axis=0).tolist() == best.tolist()
    assert len(pool.members()) == min(6, sum(s is not None for s in told))


def test_a_broken_child_leaves_at_once() -> None:
    pool = make()
    for number in range(50):
        pool.tell(number, scores_of(pool.ask()))
    before = pool.members()
    pool.ask()
    pool.tell(50, (-100.0,) * TASKS)
    assert pool.members() == before


def test_a_crowded_niche_gives_way_to_one_that_has_room() -> None:
    crowd: list[Scores] = [(0.5 + i / 100, 0.0, 0.1) for i in range(8)]
    newcomer = (0.0, 0.3, 0.1)  # second on the second task, which only one other can do
    other = (0.0, 0.4, 0.1)
    assert leaving([*crowd, other, newcomer]) == 0


def test_holdings_ignore_units_and_levels_and_share_what_all_can_do() -> None:
    scores: list[Scores] = [(0.2, 5.0, 1.0), (0.4, 5.0, 0.0), (0.8, 5.0, 0.0)]
    held = holdings(scores)
    assert held.sum(axis=0).tolist() == pytest.approx([1, 1, 1])
    assert held[:, 0].tolist() == pytest.approx([0, 0.25, 0.75])
    assert held[:, 1].tolist() == pytest.approx([1 / 3] * 3)
    scaled = [(10 * a - 70, b - 9, c) for a, b, c in scores]
    assert holdings(scaled) == pytest.approx(held)


def test_mates_are_chosen_for_what_the_first_cannot_do() -> None:
    held = holdings([(0.9, 0.0, 0.0), (0.8, 0.0, 0.0), (0.0, 0.9, 0.9), (0.0, 0.0, 0.3)])
    wanted = attraction(held, 0)
    assert wanted[0] == 0
    assert wanted[1] == 0
    assert wanted[2] > wanted[3] > 0
    assert attraction(held, 2).argmax() == 0


def test_a_child_is_split_over_depth() -> None:
    """Of two parents at 0 and 1 the two layer groups take w and 1 - w, but for the mutation, whose
    larger part moves both alike; one weight for both would give a difference of nothing.
    """
    genes = [Gene(f"weight.p{i}.g{g}.mlp") for i in range(40) for g in range(2)]
    known = (Known(np.zeros(80), (1.0, 0.0)), Known(np.ones(80), (0.0, 1.0)))
    pool = ModelPool(genes, seed=3, start=np.zeros(80), objectives=2, known=known)
    sums, differences = [], []
    for number in range(60):
        point = pool.ask().reshape(40, 2).mean(axis=0)
        shares = pool.parents_of(number)
        if set(shares) == {-1, -2}:
            assert shares[-1] == pytest.approx(0.5)  # as many genes before the split as after it
            sums.append(point.sum())
            differences.append(abs(point[0] - point[1]))
    assert len(sums) > 30
    assert np.median(np.abs(np.array(sums) - 1)) < 0.25  # 0.5 for a single uniform weight
    assert np.median(differences) > 0.3


def test_the_place_of_a_gene_over_depth() -> None:
    names = ["method", "weight.a.g0", "weight.b.g10.mlp", "weight.g7.g2", "weight.gemma"]
    assert depths([Gene(n) for n in names]).tolist() == [-1, 0, 10, 2, -1]
    assert depths([Gene("weight.a"), Gene("weight.gemma"), Gene("t")]).tolist() == [0, 1, 2]


def test_children_leave_the_hull_of_their_mates() -> None:
    known = (Known(np.full(8, 0.5), (1.0, 0.0)), Known(np.full(8, 0.6), (0.0, 1.0)))
    pool = ModelPool(GENES, seed=0, start=known[0].point, objectives=2, known=known)
    children = []
    for number in range(60):
        point = pool.ask()
        if pool.parents_of(number):
            children.append(point)
    assert min(c.min() for c in children) < 0.4
    assert max(c.max() for c in children) > 0.7


def test_one_objective_is_one_niche_and_it_learns() -> None:
    pool = ModelPool(GENES, seed=0, start=START)
    found = []
    for number in range(200):
        found.append(float(np.mean(scores_of(pool.ask()))))
        pool.tell(number, (found[-1],))
    kept = sorted(s for (s,) in pool.members().values())
    assert kept == sorted(found)[-16:]
    assert np.mean(found[-50:]) > np.mean(found[:50])
    assert pool.parents_of(0) == {}


def test_more_known_points_than_the_pool_holds_join_in_their_order() -> None:
    generator = np.random.default_rng(0)
    points = generator.random((40, 8))
    pool = make(known=tuple(Known(p, scores_of(p)) for p in points))
    assert len(pool.members()) == 16
    best = np.max([scores_of(p) for p in points], axis=0)
    assert np.max(list(pool.members().values()), axis=0).tolist() == best.tolist()
    assert all(n < 0 for n in pool.members())


def test_genes_that_mean_nothing_stay_in_their_middle_and_give_no_share() -> None:
    space = Space(tuple(NESTED))
    known = (
        Known(space.encode({"method": "slerp", "t": 0.9, "weight": 0.1}), (1.0, 0.0)),
        Known(space.encode({"method": "ties", "density": 0.2, "weight": 0.7}), (0.0, 1.0)),
    )
    pool = ModelPool(NESTED, seed=0, start=known[0].point, objectives=2, known=known)
    seen = set()
    for number in range(200):
        point = pool.ask()
        assert space.encode(space.decode(point)) == pytest.approx(point)
        assert (point[~space.active(point)] == 0.5).all()
        shares = pool.parents_of(number)
        assert not shares or sum(shares.values()) == pytest.approx(1)
        values = space.decode(point)
        seen.add(values["method"])
        pool.tell(number, (float(values.get("t", 0)), float(values.get("density", 0))))
    assert seen == set(METHODS)
    assert np.max(list(pool.members().values()), axis=0).min() > 0.9
