"""A recipe with one thing taken out."""

from typing import Any

import pytest

from search_spaces.ablations import methods_of, neutral_of, without
from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS
from search_spaces.parameters import ParameterSpace, SpaceConfig, build_space
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.resolve import mean_weights
from search_spaces.space import Gene

PARENTS = {"a": "/m/a", "b": "/m/b", "c": "/m/c"}


def build(parents: dict[str, str] = PARENTS, **config: Any) -> ParameterSpace:
    found = SpaceConfig.model_validate(config)
    return build_space(found, "/m/base", parents, layers=4, dtype="bfloat16", seed=4)


def middle(space: ParameterSpace) -> Recipe:
    return space.recipe({g.name: g.decode(0.5) for g in space.space.genes})


def test_leaving_a_parent_out_is_its_one_gene_at_zero() -> None:
    space = build()
    values = {g.name: g.decode(0.5) for g in space.space.genes}
    assert without(space.recipe(values), "/m/b") == space.recipe({**values, "weight.b": 0.0})


def test_a_parent_goes_from_every_group_of_layers_and_every_filter() -> None:
    recipe = without(middle(build(layer_groups=2, filters=["mlp"])), "/m/b")
    for piece in recipe.pieces():
        weights = {s.model: s.parameters.get("weight") for s in recipe.merged(piece)}
        assert weights["/m/b"] == 0.0
        assert weights["/m/a"] != 0.0
    assert parse_recipe(recipe.to_yaml()) == recipe


def stacked(*methods: str, parents: dict[str, str] = PARENTS) -> Recipe:
    """Four layers, a method for each; weights 1, 2, ... in the order of genes."""
    space = build(parents, method=sorted(set(methods)), method_per="group", layer_groups="each")
    genome: dict[str, Any] = {g.name: g.decode(0.5) for g in space.space.genes}
    genome |= {f"weight.{n}.g{g}": 0.1 * (g + 1) for g in range(4) for n in parents}
    return space.recipe(genome | {f"method.g{g}": m for g, m in enumerate(methods)})


def test_a_parent_goes_from_every_merge_of_a_merge_of_merges() -> None:
    recipe = stacked("linear", "ties", "ties", "linear")
    assert methods_of(recipe) == ("passthrough", "linear", "ties")
    left = without(recipe, "/m/b")
    assert parse_recipe(left.to_yaml()) == left
    # linear: layers 0 and 3, of 0.1 and 0.4; ties: layers 1 and 2, of 0.2 and 0.3
    assert mean_weights(recipe) == pytest.approx(dict.fromkeys(PARENTS.values(), 0.25))
    assert mean_weights(left) == pytest.approx({"/m/a": 0.25, "/m/b": 0.0, "/m/c": 0.25})


def test_what_one_of_the_merges_cannot_do_without_stays() -> None:
    recipe = stacked("slerp", "ties", "ties", "ties", parents={"a": "/m/a", "b": "/m/b"})
    assert mean_weights(recipe) == pytest.approx(
        {"/m/a": 0.25 * 0.5 + 0.75 * 0.3, "/m/b": 0.25 * 0.5 + 0.75 * 0.3}
    )
    with pytest.raises(RecipeError, match="slerp needs 1 model besides its base"):
        without(recipe, "/m/b")
    with pytest.raises(RecipeError, match="every merge in it starts from it"):
        without(recipe, "/m/base")


def test_layers_that_are_stacked_count_by_their_share() -> None:
    slices = [
        {"sources": [{"model": model, "layer_range": layers}]}
        for model, layers in (("/m/a", (0, 3)), ("/m/b", (1, 2)))
    ]
    recipe = Recipe.model_validate({"merge_method": "passthrough", "slices": slices})
    assert mean_weights(recipe) == {"/m/a": 0.75, "/m/b": 0.25}


@pytest.mark.parametrize("method", ["karcher", "model_stock", "sce", "ram"])
def test_a_method_without_weights_merges_those_that_are_left(method: str) -> None:
    parents = {n: {"model": ref} for n, ref in PARENTS.items()}
    base = None if METHODS[method].base == "ignored" else "/m/base"
    recipe = Recipe.model_validate(
        {"merge_method": method, "base_model": base, "models": list(parents.values())}
    )
    assert without(recipe, "/m/a").parents() == ("/m/b", "/m/c")


@pytest.mark.parametrize(
    ("method", "parents", "model", "why"),
    [
        ("slerp", ("a",), "/m/a", "slerp needs 1 model besides its base"),
        ("slerp", ("a", "b"), "/m/a", "slerp starts from it"),
        ("slerp", ("a", "b"), "/m/b", "slerp needs 1 model besides its base"),
        ("nearswap", ("a",), "/m/a", "nearswap needs 1 model besides its base"),
        ("passthrough", ("a",), "/m/a", "passthrough needs 1 model, and there would be fewer"),
    ],
)
def test_what_cannot_be_left_out_says_why(
    method: str, parents: tuple[str, ...], model: str, why: str
) -> None:
    recipe = middle(build({n: PARENTS[n] for n in parents}, method=method))
    with pytest.raises(RecipeError, match=why):
        without(recipe, model)


@pytest.mark.parametrize(
    ("gene", "method", "value"),
    [
        ("weight.a.g0.mlp", "linear", 0.0),
        ("density.a", "ties", 1.0),
        ("lambda", "dare_ties", 1.0),
        ("gamma.a", "breadcrumbs", 0.01),
        ("select_topk", "sce", 1.0),
    ],
)
def test_every_parameter_has_its_neutral_value(gene: str, method: str, value: float) -> None:
    assert neutral_of(Gene(gene), [method]) == value


def test_every_gene_but_a_place_between_two_models_has_a_neutral_value() -> None:
    without_one = {
        (method, p.name)
        for method, spec in METHODS.items()
        for p in spec.parameters
        if p.gene is not None and p.neutral is None
    }
    assert without_one == {("slerp", "t"), ("nearswap", "t")}


@pytest.mark.parametrize(
    ("gene", "method", "why"),
    [
        (Gene("method", choices=("ties", "linear")), "ties", "a choice"),
        (Gene("t"), "slerp", "'t' of slerp has no neutral value"),
        (Gene("density.a"), "linear", "linear has no 'density'"),
        (Gene("weight+density.a"), "ties", "neutral at different values"),
    ],
)
def test_a_gene_without_one_says_why(gene: Gene, method: str, why: str) -> None:
    with pytest.raises(RecipeError, match=why):
        neutral_of(gene, [method])
