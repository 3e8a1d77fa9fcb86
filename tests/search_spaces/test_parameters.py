"""The parameter space: genes, and the recipes they become."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from search_spaces.errors import ConfigError
from search_spaces.parameters import ParameterSpace, SpaceConfig, build_space
from search_spaces.recipe import parse_recipe
from search_spaces.resolve import lay_out, source_value
from search_spaces.space import Gene

PARENTS = {"a": "/m/a", "b": "/m/b"}


def build(parents: dict[str, str] | None = None, layers: int = 6, **config: Any) -> ParameterSpace:
    return build_space(
        SpaceConfig.model_validate(config),
        "/m/base",
        parents or PARENTS,
        layers=layers,
        dtype="bfloat16",
        seed=4,
    )


@given(st.floats(0, 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_decode_then_encode_is_the_identity(unit: float, log: bool) -> None:
    gene = Gene("x", 0.01, 3.0, log)
    assert gene.encode(gene.decode(unit)) == pytest.approx(unit, abs=1e-9)
    assert 0.01 <= float(gene.decode(unit)) <= 3.0


@given(st.floats(-1, 2))
def test_choices_come_back_and_the_cube_is_left_nowhere(unit: float) -> None:
    gene = Gene("method", choices=("ties", "linear", "slerp"))
    value = gene.decode(unit)
    assert gene.decode(gene.encode(value)) == value


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({}, ["weight.a", "weight.b"]),
        ({"method": "ties", "fixed": {"density": 0.3}}, ["weight.a", "weight.b"]),
        ({"method": "ties"}, ["weight.a", "weight.b", "density.a", "density.b"]),
        ({"bounds": {"lambda": [0, 1]}, "fixed": {"weight": 1}}, ["lambda"]),
        ({"layer_groups": 2}, ["weight.a.g0", "weight.b.g0", "weight.a.g1", "weight.b.g1"]),
        ({"filters": ["mlp"]}, ["weight.a.mlp", "weight.a.rest", "weight.b.mlp", "weight.b.rest"]),
        ({"method": ["linear", "task_arithmetic"]}, ["method", "weight.a", "weight.b"]),
        ({"method": "slerp"}, ["t"]),
    ],
)
def test_genes_are_named_after_what_they_set(config: dict[str, Any], names: list[str]) -> None:
    assert [gene.name for gene in build(**config).space.genes] == names


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"method": "dare_ties", "layer_groups": 3, "filters": ["mlp", "self_attn"]},
        {"method": "slerp", "layer_groups": 2},
        {"method": ["ties", "linear"], "bounds": {"lambda": [0.5, 1.5]}},
    ],
)
def test_every_point_is_a_recipe_that_reads_back(config: dict[str, Any]) -> None:
    space = build(**config)
    generator = np.random.default_rng(0)
    for _ in range(5):
        recipe = space.recipe(space.space.decode(generator.random(space.space.dimension)))
        assert parse_recipe(recipe.to_yaml()) == recipe


def test_layer_groups_reach_their_layers_and_filters_their_tensors() -> None:
    space = build(layer_groups=2, filters=["mlp"])
    values = {gene.name: float(number) for number, gene in enumerate(space.space.genes)}
    recipe = space.recipe(values)

    def weight(tensor: str) -> object:
        layers = [f"model.layers.{layer}." for layer in range(6)]
        names = ["model.embed_tokens.weight", "model.norm.weight"]
        names += [f"{la}{t}.weight" for la in layers for t in ("mlp.up_proj", "self_attn.q_proj")]
        place = lay_out(recipe, names, 6)[tensor]
        source = next(s for s in recipe.sources(place.piece) if s.model == "/m/b")
        return source_value(recipe, source, "weight", tensor, place)

    assert weight("model.layers.2.mlp.up_proj.weight") == values["weight.b.g0.mlp"]
    assert weight("model.layers.2.self_attn.q_proj.weight") == values["weight.b.g0.rest"]
    assert weight("model.layers.3.mlp.up_proj.weight") == values["weight.b.g1.mlp"]
    assert weight("model.embed_tokens.weight") == values["weight.b.g0.rest"]
    assert weight("model.norm.weight") == values["weight.b.g1.rest"]


def test_the_start_is_the_tuned_scale_unless_the_file_says_otherwise() -> None:
    assert build().start(0.3) == {"weight.a": 0.3, "weight.b": 0.3}
    given_start = build(bounds={"weight": {"low": 0, "high": 1, "start": 0.9}})
    assert given_start.start(0.3) == {"weight.a": 0.9, "weight.b": 0.9}
    assert build(method="ties").start(0.3)["weight.a"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"method": "tis"}, "did you mean 'ties'"),
        ({"bounds": {"wait": [0, 1]}}, "did you mean 'weight'"),
        ({"bounds": {"weight": [1, 0]}}, "low must be under high"),
        ({"bounds": {"weight": {"low": 0, "high": 1, "log": True}}}, "above 0"),
        ({"bounds": {"weight": {"low": 0, "high": 1, "start": 2}}}, "start must lie"),
        ({"bounds": {"normalize": [0, 1]}}, "cannot be a gene"),
        ({"fixed": {"normalize": 0.5}}, "true or false"),
        ({"fixed": {"density": True}}, "a number"),
        ({"fixed": {"weight": 1}, "bounds": {"weight": [0, 1]}}, "both"),
        ({"filters": ["mlp", "mlp"]}, "twice"),
    ],
)
def test_a_space_that_means_nothing_is_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SpaceConfig.model_validate(config)


@pytest.mark.parametrize(
    ("config", "parents", "message"),
    [
        ({"layer_groups": 7}, PARENTS, "7 groups, but the model has 6 layers"),
        ({"fixed": {"weight": 1}}, PARENTS, "nothing to search"),
        ({"method": "della", "bounds": {"density": [0.1, 0.9]}}, PARENTS, "inside .0, 1."),
        ({"method": "model_stock"}, PARENTS, "nothing to search"),
        (
            {"method": "slerp"},
            {"a": "1", "b": "2", "c": "3"},
            "slerp merges 1 parents; the search has 3",
        ),
    ],
)
def test_a_space_that_does_not_fit_the_parents_is_refused(
    config: dict[str, Any], parents: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build(parents, **config)
