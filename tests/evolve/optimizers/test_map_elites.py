"""Archives of niches, and what is bred from them. The problem is that of test_pool.py."""

import numpy as np
import pytest

from evolve.optimizers.map_elites import MapElites, elite_odds
from evolve.optimizers.protocol import Known, Scores
from search_spaces.space import Gene, Point, Space
from tests.evolve.optimizers.test_pool import (
    GENES,
    NESTED,
    START,
    TASKS,
    depth,
    scores_of,
    the_parents,
    walk,
)


def make(seed: int = 0, known: tuple[Known, ...] | None = None) -> MapElites:
    known = the_parents() if known is None else known
    return MapElites(GENES, seed=seed, start=START, objectives=TASKS, known=known)


def told(points: list[tuple[Point, Scores]], order: list[int]) -> MapElites:
    archive = make()
    for _ in points:
        archive.ask()
    for number in order:
        archive.tell(number, points[number][1])
    return archive


def test_one_objective_is_refused() -> None:
    with pytest.raises(ValueError, match="two or more objectives; found 1"):
        MapElites(GENES, seed=0, start=START, objectives=1)


def test_equal_calls_give_equal_bits_with_delays_failures_and_a_disturbed_generator() -> None:
    first, again, other = walk(make(5)), walk(make(5), disturb=True), walk(make(6))
    assert [p.tobytes() for p in first] == [p.tobytes() for p in again]
    assert [p.tobytes() for p in first] != [p.tobytes() for p in other]
    assert len({p.tobytes() for p in first}) == len(first)


def test_every_cell_holds_the_best_of_those_that_fell_into_it() -> None:
    """A cell's bins are equal parts of the range from the worst parent to the best seen."""
    archive = make()
    scores = {-1 - i: k.scores for i, k in enumerate(the_parents())}
    for number in range(150):
        scores[number] = scores_of(archive.ask())
        archive.tell(number, scores[number])
    low = np.min([scores[-1 - i] for i in range(TASKS)], axis=0)
    high = np.max(list(scores.values()), axis=0)
    wanted: dict[tuple[int, ...], int] = {}
    for number, found in scores.items():
        unit = np.clip((np.array(found) - low) / (high - low), 0, 1)
        bins = [min(int(u * archive.bins), archive.bins - 1) for u in unit]
        for task in range(TASKS):
            cell = (task, *bins[:task], *bins[task + 1 :])
            if cell not in wanted or found[task] > scores[wanted[cell]][task]:
                wanted[cell] = number
    cells = archive.archive()
    assert {(c.task, *c.bins): c.number for c in cells} == wanted
    assert all(c.scores == scores[c.number] for c in cells)


def test_the_archive_does_not_depend_on_the_order_of_arrival() -> None:
    generator = np.random.default_rng(0)
    points = [(p, scores_of(p)) for p in generator.random((60, len(GENES)))]
    points += points[:5]  # equal scores: the first asked stays
    plain = told(points, list(range(65)))
    mixed = told(points, generator.permutation(65).tolist())
    assert plain.archive() == mixed.archive()


def test_a_broken_merge_does_not_push_the_others_into_one_cell() -> None:
    archive = make()
    for number in range(40):
        archive.tell(number, scores_of(archive.ask()))
    before = len(archive.archive())
    archive.ask()
    archive.tell(40, (-100.0,) * TASKS)
    assert len(archive.archive()) >= before


def test_it_covers_more_cells_than_random_points_and_beats_every_parent() -> None:
    """Median over seeds; cells are counted on one common grid, that of all points together."""
    ours, random, best = [], [], []
    for seed in range(5):
        optimizer, generator = make(seed), np.random.default_rng(seed)
        bred = []
        for number in range(200):
            point = optimizer.ask()
            bred.append(scores_of(point))
            optimizer.tell(number, bred[-1])
        drawn = [scores_of(generator.random(len(GENES))) for _ in range(200)]
        both = np.array(bred + drawn)
        low, high = both.min(axis=0), both.max(axis=0)
        bins = np.minimum((both - low) / (high - low) * 6, 5).astype(int)
        ours.append(len(np.unique(bins[:200], axis=0)))
        random.append(len(np.unique(bins[200:], axis=0)))
        best.append(max(np.mean(s) for s in bred))
        assert max(depth(optimizer, n) for n in range(200)) > 5
    assert np.median(ours) > np.median(random)
    assert min(best) > max(np.mean(k.scores) for k in the_parents())


def test_elites_good_at_all_tasks_are_preferred_within_the_bounds_of_the_paper() -> None:
    odds = elite_odds(np.array([[0.1, 7.0], [0.5, 9.0], [0.1, 9.0]]))
    assert odds.sum() == pytest.approx(1)
    assert odds[1] / odds[0] == pytest.approx((0.8 / 0.5) ** 2)
    assert odds[2] / odds[0] == pytest.approx(0.8 / 0.5)
    assert elite_odds(np.full((4, 3), 2.0)).tolist() == pytest.approx([0.25] * 4)


def test_tasks_take_turns_as_the_quality() -> None:
    """Where one known point leads a task's archive and never another's, only its turns use it."""
    known = (
        Known(np.full(2, 0.2), (0.9, 0.1)),
        Known(np.full(2, 0.4), (0.5, 0.1)),
        Known(np.full(2, 0.6), (0.1, 0.9)),
        Known(np.full(2, 0.8), (0.1, 0.5)),
    )
    genes = [Gene("a"), Gene("b")]
    archive = MapElites(genes, seed=0, start=known[0].point, objectives=2, known=known)
    for _ in range(100):
        archive.ask()
    bred = [set(archive.parents_of(n)) for n in range(4, 100)]  # after the warm-up
    assert set.union(*bred[0::2]) == {-1, -3, -4}  # -2 is in the cell of -1 and worse there
    assert set.union(*bred[1::2]) == {-1, -2, -3}


def test_shares_add_up_to_one_and_name_points_from_before() -> None:
    optimizer = make()
    for number in range(60):
        optimizer.tell(number, scores_of(optimizer.ask()))
        shares = optimizer.parents_of(number)
        if number > 4:
            assert sum(shares.values()) == pytest.approx(1)
        assert all(-TASKS <= n < number and s > 0 for n, s in shares.items())


def test_without_known_points_it_begins_at_the_start_and_learns_from_what_it_draws() -> None:
    optimizer = make(known=())
    points = []
    for number in range(100):
        points.append(optimizer.ask())
        optimizer.tell(number, scores_of(points[-1]))
    assert points[0].tobytes() == START.tobytes()
    assert optimizer.parents_of(0) == {}
    assert optimizer.parents_of(20)
    assert optimizer.mean() is None


def test_a_start_that_is_known_is_not_asked_again() -> None:
    known = (*the_parents(), Known(START, scores_of(START)))
    assert make(known=known).ask().tobytes() != START.tobytes()


def test_genes_that_mean_nothing_stay_in_their_middle() -> None:
    space = Space(tuple(NESTED))
    optimizer = MapElites(NESTED, seed=0, start=np.full(4, 0.5), objectives=2)
    seen = set()
    for number in range(200):
        point = optimizer.ask()
        assert space.encode(space.decode(point)) == pytest.approx(point)
        assert (point[~space.active(point)] == 0.5).all()
        values = space.decode(point)
        seen.add(values["method"])
        optimizer.tell(number, (float(values.get("t", 0)), float(values.get("density", 0))))
    assert seen == {"linear", "slerp", "ties"}
    best = max(optimizer.archive(), key=lambda c: c.scores[0] if c.task == 0 else 0)
    assert best.scores[0] > 0.9
