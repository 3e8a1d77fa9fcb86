"""A recipe in words says which layers run, and what they are merged by."""

from evolve.export import model_card
from evolve.recipe_words import described, layers_of, stretches
from search_spaces.parameters import SpaceConfig, build_space
from search_spaces.recipe import Recipe
from search_spaces.spaces import DataFlowConfig, open_space

PARENTS = {"x": "/models/x", "y": "/models/y"}


def flow() -> Recipe:
    space = open_space(DataFlowConfig(), "/models/b", PARENTS, layers=4, dtype="float32", seed=0)
    values = {gene.name: "skip" for gene in space.space.genes if gene.choices}
    return space.recipe(values | {"run.s2": "run", "scale.s2": 0.5, "run.s3": "run"})


def by_group() -> Recipe:
    config = SpaceConfig(method=("ties", "linear"), layer_groups=2, method_per="group")
    space = build_space(config, "/models/b", PARENTS, layers=4, dtype="float32", seed=0)
    values = {gene.name: gene.decode(0.4) for gene in space.space.genes}
    return space.recipe(values | {"method.g0": "ties", "method.g1": "linear"})


def test_stretches_are_all_layers_of_a_data_flow_in_order() -> None:
    recipe = flow()
    found = stretches(recipe)
    firsts = [s.first for s in found]
    assert firsts[0] == 0
    assert firsts[1:] == [s.first + s.end - s.start for s in found[:-1]]
    assert [s.scale for s in found] == [None, 0.5, None, None]
    assert layers_of(recipe) == "0 x, 0 y x0.5, 1 y, 3 x"
    assert layers_of(recipe, most=1) == "0 x, and 3 more"


def test_what_is_not_put_together_of_layers_has_no_stretches() -> None:
    plain = Recipe.model_validate(
        {"merge_method": "linear", "models": [{"model": m} for m in PARENTS.values()]}
    )
    assert stretches(plain) == []
    assert layers_of(plain) is None
    assert described(plain) == "A merge of 2 models by `linear`"


def test_cards_name_layers_models_and_the_methods_inside() -> None:
    card = model_card("m", flow())
    assert "4 layers of 2 models, one after the other by `passthrough`" in card
    assert "| 1 | layer 0 of y | 0.5 |" in card
    assert "- y (share of the layers 0.50)" in card
    card = model_card("m", by_group())
    assert "each group of layers by `ties` or `linear`" in card or (
        "each group of layers by `linear` or `ties`" in card
    )
    assert "| 0-1 | layers 0-1 of the merge `ties` |" in card
    assert "mergekit-multi" in card
    assert "/models" not in card
