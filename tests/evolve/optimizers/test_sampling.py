"""What Optuna's samplers are shown, and how they begin."""

import numpy as np
import pytest

from evolve.optimizers import Known, make_optimizer
from evolve.optimizers.sampling import OptunaSampler
from search_spaces.space import Gene, Space
from tests.evolve.optimizers.walks import KINDS, known_points, make, scores_of

NAMES = ("tpe", "gp", "nsga2", "nsga3", "qmc", "random")
on_each = pytest.mark.parametrize("name", NAMES)


@on_each
def test_the_start_is_asked_first(name: str) -> None:
    assert (make(name).ask() == 0.4).all()


@on_each
def test_a_start_that_is_known_is_not_asked_again(name: str) -> None:
    start = np.full(3, 0.4)
    known = (Known(start, (0.5,)), *known_points("numbers", 1))
    assert (make(name, known=known).ask() != start).all()


def test_the_first_point_of_a_space_of_choices_decodes_to_the_start() -> None:
    genes = KINDS["nested"]
    values = {"method": "ties", "density": 0.25, "sign": "count", "floor": 0.75, "weight": 0.5}
    start = Space(genes).encode(values)
    for name in ("tpe", "nsga2", "qmc", "random"):
        first = make_optimizer(name, genes, seed=0, start=start).ask()
        assert Space(genes).decode(first) == values


def test_tpe_is_never_shown_a_gene_that_means_nothing() -> None:
    optimizer = make("tpe", "nested", known=known_points("nested", 1))
    assert isinstance(optimizer, OptunaSampler)
    space = Space(KINDS["nested"])
    points = []
    for number in range(40):
        points.append(optimizer.ask())
        if number % 3:
            optimizer.tell(number, scores_of("nested", points[-1]))
    shown = [set(trial.params) for trial in optimizer._study.trials]
    points = [one.point for one in known_points("nested", 1)] + points
    assert shown == [set(space.decode(point)) for point in points]


def test_tpe_learns_the_genes_under_each_choice() -> None:
    genes = KINDS["nested"]
    space = Space(genes)
    optimizer = make("tpe", "nested")
    late = []
    for number in range(120):
        point = optimizer.ask()
        value = space.decode(point)
        score = -1.0
        if value["method"] == "slerp":
            score = -((float(value["t"]) - 0.9) ** 2)
        optimizer.tell(number, (score,))
        late.append(value.get("t"))
    found = [float(t) for t in late[-30:] if t is not None]
    assert len(found) > 20
    assert abs(float(np.median(found)) - 0.9) < 0.1


@pytest.mark.parametrize("name", ["nsga2", "nsga3"])
def test_known_points_are_bred_from(name: str) -> None:
    """They fill the first generation, so the first point after the start is a child of theirs."""
    corner = tuple(
        Known(np.array([0.90 + i / 200, 0.05 + i / 200, 0.5]), (float(i), -float(i)))
        for i in range(6)
    )
    optimizer = make(name, objectives=2, known=corner)
    optimizer.ask()
    children = np.array([optimizer.ask() for _ in range(30)])
    assert np.abs(np.median(children, axis=0) - [0.91, 0.06, 0.5]).max() < 0.1


@pytest.mark.parametrize("name", ["nsga2", "nsga3"])
def test_breeding_at_the_bounds_of_many_genes_ends(name: str) -> None:
    genes = tuple(Gene(f"w{i}") for i in range(60))
    generator = np.random.default_rng(0)
    known = tuple(
        Known(np.round(generator.random(60)), tuple(generator.random(2))) for _ in range(8)
    )
    optimizer = make_optimizer(
        name, genes, seed=0, start=np.zeros(60), population=4, objectives=2, known=known
    )
    points = np.array([optimizer.ask() for _ in range(6)])
    assert ((points >= 0) & (points <= 1)).all()


def test_qmc_covers_more_evenly_than_chance() -> None:
    counts = {}
    for name in ("qmc", "random"):
        optimizer = make(name)
        points = np.array([optimizer.ask() for _ in range(65)])[1:]
        cells = (points[:, :2] * 8).astype(int)
        counts[name] = len({tuple(cell) for cell in cells.tolist()})
    assert counts["qmc"] > 1.3 * counts["random"]


def test_gp_seeks_a_front_with_trials_in_flight_and_repeats_itself() -> None:
    walks = []
    for _ in range(2):
        optimizer = make("gp", objectives=2, known=known_points("numbers", 2))
        points = [optimizer.ask() for _ in range(3)]
        optimizer.tell(1, scores_of("numbers", points[1], 2))
        points.append(optimizer.ask())
        walks.append([p.tobytes() for p in points])
        assert len(set(walks[-1])) == 4
    assert walks[0] == walks[1]
