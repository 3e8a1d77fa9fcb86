"""The path of a descent as an optimizer, and as genomes of a space."""

import numpy as np
import pytest

from evolve.optimizers.descent import DescentPath, genome_of_path
from search_spaces.messages import Learned
from search_spaces.parameters import ParameterSpace, SpaceConfig, build_space
from search_spaces.recipe import Recipe
from search_spaces.resolve import lay_out, source_value

PARENTS = {"topic": "folder/topic", "mood": "folder/mood"}
POINTS = [np.array([0.1, 0.2]), np.array([0.3, 0.4]), np.array([0.5, 0.6])]
TENSORS = [f"model.layers.{n}.mlp.up_proj.weight" for n in range(4)]


def space_of(**settings: object) -> ParameterSpace:
    config = SpaceConfig.model_validate(settings)
    return build_space(config, "folder/base", PARENTS, layers=4, dtype="float32", seed=0)


def learned(topic: tuple[float, ...], mood: tuple[float, ...]) -> Learned:
    return Learned(5, 1.0, {"folder/topic": topic, "folder/mood": mood})


def weights_of(recipe: Recipe) -> list[list[float]]:
    """(layers, parents) what a recipe of task vectors multiplies them by."""
    found = []
    for name, place in lay_out(recipe, TENSORS, 4).items():
        sources = recipe.merged(place.piece)
        found.append([float(source_value(recipe, s, "weight", name, place)) for s in sources])
    return found


def test_the_points_come_in_their_order_and_the_last_one_stays() -> None:
    path = DescentPath(POINTS)
    asked = []
    for number in range(5):
        assert path.exhausted == (number >= 3)
        asked.append(path.ask().tolist())
        path.tell(number, None if number == 1 else (-float(number),))
    assert asked == [p.tolist() for p in [*POINTS, POINTS[-1], POINTS[-1]]]
    assert path.mean() is None
    assert path.population == 3


def test_changing_a_point_does_not_change_the_path() -> None:
    path = DescentPath(POINTS[:1])
    path.ask()[0] = 9.0
    assert path.ask().tolist() == [0.1, 0.2]


def test_what_is_told_is_checked() -> None:
    path = DescentPath(POINTS)
    path.ask()
    with pytest.raises(ValueError, match="never asked"):
        path.tell(1, (0.5,))
    path.tell(0, (0.5,))
    with pytest.raises(ValueError, match="told before"):
        path.tell(0, (0.5,))
    with pytest.raises(ValueError, match="no points"):
        DescentPath([])


def test_each_group_of_layers_gets_what_was_learnt_for_it() -> None:
    space = space_of(bounds={"weight": [-0.5, 1.5]}, layer_groups=2)
    genome = genome_of_path(space, learned((0.25, 0.75), (1.0, -0.25)))
    assert genome is not None
    assert genome == {
        "weight.topic.g0": 0.25,
        "weight.topic.g1": 0.75,
        "weight.mood.g0": 1.0,
        "weight.mood.g1": -0.25,
    }
    decoded = space.space.decode(space.space.encode(genome))
    assert weights_of(space.recipe(decoded)) == [[0.25, 1.0]] * 2 + [[0.75, -0.25]] * 2


def test_one_coefficient_goes_to_all_groups_and_filters() -> None:
    space = space_of(bounds={"weight": [0, 1]}, layer_groups=2, filters=["mlp"])
    genome = genome_of_path(space, learned((0.25,), (2.0,)))
    assert genome is not None
    assert set(genome) == {g.name for g in space.space.genes}
    assert weights_of(space.recipe(genome)) == [[0.25, 1.0]] * 4  # 2 is beyond the bounds


def test_filters_of_a_group_get_the_same() -> None:
    space = space_of(layer_groups=2, filters=["mlp"])
    genome = genome_of_path(space, learned((0.25, 0.5), (0.125, 0.75)))
    assert genome is not None
    assert weights_of(space.recipe(genome)) == [[0.25, 0.125]] * 2 + [[0.5, 0.75]] * 2


def test_tied_groups_get_the_mean() -> None:
    space = space_of(layer_groups=2, tied=[["weight.topic.g0", "weight.topic.g1"]])
    genome = genome_of_path(space, learned((0.25, 0.75), (0.5, 1.0)))
    assert genome is not None
    assert weights_of(space.recipe(genome)) == [[0.5, 0.5]] * 2 + [[0.5, 1.0]] * 2


def test_a_method_gene_is_set_to_one_that_adds_task_vectors() -> None:
    space = space_of(method=["ties", "task_arithmetic"], layer_groups=2)
    genome = genome_of_path(space, learned((0.25, 0.75), (0.5, 1.0)))
    assert genome is not None
    assert space.recipe(genome).merge_method == "task_arithmetic"
    assert weights_of(space.recipe(genome)) == [[0.25, 0.5]] * 2 + [[0.75, 1.0]] * 2


def test_a_space_without_weights_has_no_such_genome() -> None:
    assert genome_of_path(space_of(method="slerp"), learned((0.25,), (0.5,))) is None


def test_groups_have_to_be_those_of_the_space() -> None:
    with pytest.raises(ValueError, match="the space has 2"):
        genome_of_path(space_of(layer_groups=2), learned((0.1, 0.2, 0.3), (0.1, 0.2, 0.3)))
