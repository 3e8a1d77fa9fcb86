"""Weights layer by layer are those that the merge reads."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as hs

from evolve.layer_weights import (
    ALL_PARENTS,
    REST,
    filters_of,
    layers_of_parents,
    parameters_of,
    weights_at,
)
from search_spaces.dataflow import DataFlowConfig, build_dataflow
from search_spaces.parameters import build_space
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.references import plain_merges
from search_spaces.resolve import lay_out, source_value
from search_spaces.space_config import SpaceConfig

PARENTS = {"a": "/a", "b": "/b"}
TENSORS = ["model.embed_tokens.weight"] + [
    f"model.layers.{n}.{part}.weight"
    for n in range(6)
    for part in ("self_attn.q_proj", "mlp.up_proj", "input_layernorm")
]
TENSORS += ["model.norm.weight", "lm_head.weight"]


def recipe_of(space: dict[str, Any], seed: int) -> Recipe:
    built = build_space(
        SpaceConfig.model_validate(space), "/base", PARENTS, layers=6, dtype="float32", seed=0,
        tensors=TENSORS,
    )  # fmt: skip
    point = np.random.default_rng(seed).random(built.space.dimension)
    return built.recipe(built.space.decode(point))


@given(seed=hs.integers(0, 10**6))
@settings(max_examples=10)
@pytest.mark.parametrize(
    "space",
    [
        {"layer_groups": 3},
        {"layer_groups": "each", "method": "ties"},
        {"layer_groups": 3, "smooth": True},
        {"layer_groups": 2, "filters": ["self_attn", "mlp"], "method": "dare_ties"},
        {"layer_groups": 1, "bounds": {"weight": [-1, 1]}},
    ],
)
def test_every_cell_is_what_the_merge_uses(space: dict[str, Any], seed: int) -> None:
    recipe = recipe_of(space, seed)
    placed = lay_out(recipe, TENSORS, 6)
    for name in parameters_of(recipe):
        for part in filters_of(recipe, name) or [None]:
            found = weights_at(recipe, name, part=part, layers=6)
            assert found.per_layer
            assert found.columns == ("embeddings", *map(str, range(6)), "final norm, head")
            word = {None: "mlp", REST: "layernorm"}.get(part, part)
            for tensor, place in placed.items():
                if word not in tensor:
                    continue
                column = 1 + int(tensor.split(".")[2])
                for source in recipe.merged(place.piece):
                    row = found.values[found.rows.index(source.model)]
                    assert row[column] == source_value(recipe, source, name, tensor, place)


def test_ends_go_with_the_rest_where_filters_mean_layers() -> None:
    recipe = parse_recipe("""
merge_method: task_arithmetic
base_model: /base
models:
- model: /a
  parameters: {weight: [{filter: mlp, value: [0.0, 1.0]}, {filter: lm_head, value: 7}, {value: 2}]}
""")
    assert filters_of(recipe, "weight") == ["mlp", "lm_head", REST]
    mlp = weights_at(recipe, "weight", part="mlp", layers=3)
    assert mlp.values[0][1:4] == (0.0, 0.5, 1.0)
    assert math.isnan(mlp.values[0][0])
    assert math.isnan(mlp.values[0][-1])
    rest = weights_at(recipe, "weight", part=REST, layers=3)
    assert rest.values[0][:4] == (2, 2, 2, 2)
    head = weights_at(recipe, "weight", part="lm_head", layers=3)
    assert head.values[0][-1] == 7
    assert all(map(math.isnan, head.values[0][:-1]))


def test_without_a_number_of_layers_knots_are_columns() -> None:
    recipe = parse_recipe("""
merge_method: slerp
base_model: /a
models: [{model: /b}]
parameters: {t: [0.0, 0.5, 0.9]}
""")
    assert layers_of_parents(recipe) is None
    assert parameters_of(recipe) == ["t"]
    found = weights_at(recipe, "t")
    assert not found.per_layer
    assert found.rows == (ALL_PARENTS,)
    assert found.columns == (
        "embeddings",
        "0% depth",
        "50% depth",
        "100% depth",
        "final norm, head",
    )
    assert found.values[0] == (0.0, 0.0, 0.5, 0.9, 0.0)
    plain = next(iter(plain_merges("/base", PARENTS, "float32").values()))
    one = weights_at(plain, parameters_of(plain)[0])
    assert one.columns == ("embeddings", "all layers", "final norm, head")
    assert len(set(one.values[0])) == 1


def test_of_stacked_merges_each_layer_shows_the_merge_that_it_is_from() -> None:
    built = build_space(
        SpaceConfig.model_validate(
            {"method": ["linear", "ties"], "method_per": "group", "layer_groups": 2}
        ),
        "/base", PARENTS, layers=6, dtype="float32", seed=0,
    )  # fmt: skip
    genome = built.space.decode(np.full(built.space.dimension, 0.3))
    genome |= {gene: value for gene, value in zip(
        [g.name for g in built.space.genes if g.choices], ["linear", "ties"], strict=True
    )}  # fmt: skip
    every = {g.name: genome.get(g.name, 0.5) for g in built.space.genes}
    every["weight.a.g0"], every["weight.a.g1"] = 0.25, 0.75
    recipe = built.recipe(every)
    assert recipe.merge_method == "passthrough"
    found = weights_at(recipe, "weight")
    assert found.values[found.rows.index("/a")] == (0.25,) * 4 + (0.75,) * 4
    density = weights_at(recipe, "density")
    assert all(map(math.isnan, density.values[0][:4]))
    assert not any(map(math.isnan, density.values[0][4:]))


def test_layers_that_are_only_put_together_have_no_weights() -> None:
    space = build_dataflow(DataFlowConfig(), "/base", PARENTS, layers=4, dtype="float32", seed=0)
    assert parameters_of(space.recipe(space.start())) == []
    assert layers_of_parents(space.recipe(space.start())) == 4
