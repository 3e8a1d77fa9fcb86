"""Recipes: mergekit's YAML in and out, digests, what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.errors import RecipeError
from search_spaces.recipe import Recipe, parse_recipe, read_recipe
from search_spaces.resolve import (
    Place,
    lay_out,
    layers_out,
    mean_weights,
    shared_value,
    source_value,
)

TIES = """
merge_method: ties
base_model: /models/base
models:
  - model: /models/a
    parameters:
      weight: [0, 1]
      density:
        - filter: mlp
          value: 0.5
        - value: [0.1, 0.3]
  - model: /models/b
    parameters: {weight: 1}
parameters: {normalize: true, lambda: 0.7, density: 0.9}
dtype: bfloat16
"""
LINEAR = """merge_method: linear
models:
- {model: a, parameters: {weight: 1}}
- {model: b, parameters: {weight: 2}}
"""

NAMES = [
    "model.embed_tokens.weight",
    *(f"model.layers.{i}.{t}" for i in range(5) for t in ("self_attn.q.weight", "mlp.up.weight")),
    "model.norm.weight",
    "lm_head.weight",
]
weights = st.floats(-2, 2, allow_nan=False)


def place_of(recipe: Recipe, tensor: str, layers: int) -> Place:
    return lay_out(recipe, NAMES, layers)[tensor]


@given(st.lists(weights, min_size=1, max_size=4), st.integers(0, 2**40), st.booleans())
@settings(max_examples=50, deadline=None)
def test_writing_and_reading_is_the_identity(
    values: list[float], seed: int, normalize: bool
) -> None:
    recipe = Recipe.model_validate(
        {
            "merge_method": "dare_ties",
            "base_model": "base",
            "models": [
                {"model": f"m{i}", "parameters": {"weight": w}} for i, w in enumerate(values)
            ],
            "parameters": {"normalize": normalize},
            "seed": seed,
        }
    )
    assert parse_recipe(recipe.to_yaml()) == recipe
    assert parse_recipe(recipe.to_yaml()).digest() == recipe.digest()


def test_the_mask_seed_travels_in_a_comment_and_counts_only_where_masks_are_random() -> None:
    recipe = parse_recipe(TIES)
    assert "evolve" not in recipe.to_yaml()
    assert recipe.model_copy(update={"seed": 5}).digest() == recipe.digest()
    dare = recipe.model_copy(update={"merge_method": "dare_ties", "seed": 5})
    assert dare.to_yaml().startswith('# evolve: {"seed": 5}\n')
    assert dare.digest() != dare.model_copy(update={"seed": 6}).digest()


def test_digests_are_of_contents_not_of_paths_or_spelling() -> None:
    there = parse_recipe(LINEAR)
    here = parse_recipe(
        LINEAR.replace("model: a", "model: /x/a").replace("weight: 1", "weight: 1.0")
    )
    assert there.digest() != here.digest()
    names = {"a": "1", "/x/a": "1", "b": "2"}
    assert there.digest(names) == here.digest(names)


def test_filters_gradients_and_precedence_are_mergekits() -> None:
    recipe = parse_recipe(TIES)
    a, b = recipe.models
    first, last = "model.layers.0.self_attn.q.weight", "model.layers.3.mlp.up.weight"
    start, end = place_of(recipe, first, 4), place_of(recipe, last, 4)
    assert (start.depth, end.depth) == (0.0, 1.0)
    assert source_value(recipe, a, "weight", first, start) == 0.0
    assert source_value(recipe, a, "weight", last, end) == 1.0
    middle = place_of(recipe, "model.layers.1.mlp.up.weight", 4)
    assert source_value(
        recipe, a, "weight", "model.layers.1.mlp.up.weight", middle
    ) == pytest.approx(1 / 3)
    assert source_value(recipe, a, "density", last, end) == 0.5
    assert source_value(recipe, a, "density", first, start) == pytest.approx(0.1)
    assert (
        source_value(recipe, b, "density", first, start) == 0.9
    )  # the recipe's, then the default
    assert shared_value(recipe, "lambda", first, start) == 0.7
    embedding = place_of(recipe, "model.embed_tokens.weight", 4)
    assert source_value(recipe, a, "weight", "model.embed_tokens.weight", embedding) == 0.0


def test_with_slices_embeddings_take_the_first_and_the_head_the_last() -> None:
    sources = [
        [{"model": "m", "layer_range": r, "parameters": {"weight": w}}]
        for r, w in (([0, 2], 1), ([2, 5], 3))
    ]
    recipe = Recipe.model_validate(
        {"merge_method": "linear", "slices": [{"sources": s} for s in sources]}
    )
    at = {
        name: recipe.sources(place_of(recipe, name, 5).piece)[0].parameters["weight"]
        for name in (
            "model.embed_tokens.weight",
            "model.layers.1.mlp.up.weight",
            "model.layers.4.mlp.up.weight",
            "lm_head.weight",
            "model.norm.weight",
        )
    }
    assert list(at.values()) == [1.0, 1.0, 3.0, 3.0, 3.0]
    assert mean_weights(recipe) == {"m": 2.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("merge_method: tiess\nmodels: [{model: a}]", "did you mean 'ties'"),
        (LINEAR + "slices: []\nmodles: 3\n", "did you mean 'models'"),
        (LINEAR.replace("weight: 1", "wieght: 1"), "did you mean 'weight'"),
        (LINEAR.replace("weight: 1", "weight: .nan"), "finite number"),
        (LINEAR.replace("weight: 1", "normalize: true"), "one value for all models"),
        (LINEAR + "parameters: {normalize: 3}\n", "true or false"),
        (
            "merge_method: ties\nmodels: [{model: a, parameters: {weight: 1}}]",
            "needs 'base_model'",
        ),
        ("merge_method: linear", "exactly one of"),
        (
            "merge_method: slerp\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: "
            "{t: 1}",
            "takes",
        ),
        ("merge_method: linear\nmodels: [{model: a}, {model: a}]", "listed twice"),
        ("[1, 2", "not valid YAML"),
        ("just words", "expected a mapping"),
        ("modules: {}\n" + LINEAR, "'modules' is for models of several parts"),
        (LINEAR + "base_model: c\n", "linear knows no base"),
        (
            "merge_method: karcher\nmodels: [{model: a}]\nparameters: {max_iter: 1.5}",
            "a whole number",
        ),
        (TIES.replace("normalize: true", "rescale_norm: l3"), "one of l1, l2, linf"),
        ('# evolve: {"sed": 1}\n' + LINEAR, "holds no seed"),
        ("!!python/object/apply:os.system ['true']", "not valid YAML"),
    ],
)
def test_what_means_nothing_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse_recipe(text)


def franken(*ranges: list[int], method: str = "passthrough") -> str:
    slices = [{"sources": [{"model": "m", "layer_range": r}]} for r in ranges]
    return json.dumps({"merge_method": method, "slices": slices})


def test_slices_may_repeat_drop_and_reorder_layers() -> None:
    recipe = parse_recipe(franken([2, 5], [0, 2], [1, 2]))
    placed = lay_out(recipe, NAMES, 5)
    taken = [placed[f"model.layers.{i}.mlp.up.weight"].sources[0] for i in range(6)]
    assert taken == [f"model.layers.{i}.mlp.up.weight" for i in (2, 3, 4, 0, 1, 1)]
    assert layers_out(recipe, 5) == 6
    assert [placed[f"model.layers.{i}.mlp.up.weight"].depth for i in range(6)] == [
        0.0,
        0.5,
        1.0,
        0.0,
        1.0,
        1.0,
    ]
    with pytest.raises(RecipeError, match="has 4; expected an end of at most 4"):
        lay_out(recipe, NAMES, 4)


@pytest.mark.parametrize("ranges", [[[2, 2]], [[3, 1]], [[-1, 2]]])
def test_a_slice_has_layers(ranges: list[list[int]]) -> None:
    with pytest.raises(RecipeError, match="0 <= start < end"):
        parse_recipe(franken(*ranges))


MULTI = """# evolve: {"seed": 4}
name: inner
merge_method: dare_linear
base_model: /m/base
models: [{model: /m/a, parameters: {weight: 1.0}}]
---
merge_method: linear
models:
- {model: inner, parameters: {weight: 1.0}}
- {model: /m/b, parameters: {weight: 2.0}}
"""


def test_a_merge_of_merges_is_read_and_written() -> None:
    recipe = parse_recipe(MULTI)
    assert recipe.references() == ("/m/base", "/m/a", "/m/b")
    assert recipe.parents() == ("inner", "/m/b")
    assert parse_recipe(recipe.to_yaml()) == recipe
    assert recipe.inner("inner").seed == recipe.seed == 4
    moved = recipe.renamed(lambda m: m.replace("/m/", "/x/"))
    assert moved.references() == ("/x/base", "/x/a", "/x/b")
    assert moved.digest() != recipe.digest()
    assert recipe.model_copy(update={"seed": 5}).digest() != recipe.digest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MULTI.replace("name: inner\n", ""), "exactly one, the last, must have no 'name'"),
        (MULTI.replace("model: /m/a", "model: inner"), "in a circle"),
    ],
)
def test_merges_of_merges_are_checked(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse_recipe(text)


def test_words_and_switches_change_by_step_and_whole_numbers_stay_whole() -> None:
    recipe = parse_recipe(
        "merge_method: karcher\nmodels: [{model: a}, {model: b}]\nparameters: {max_iter: 7, "
        "tol: 1e-3}"
    )
    assert "max_iter: 7\n" in recipe.to_yaml()
    assert recipe.parameters["tol"] == 1e-3
    text = TIES.replace("normalize: true", "normalize: [true, false]")
    recipe = parse_recipe(text)
    found = [
        shared_value(recipe, "normalize", name, place_of(recipe, name, 5))
        for name in NAMES
        if "mlp" in name
    ]
    assert found == [True, True, True, True, False]


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yml"
    file.write_text(LINEAR.replace("model: a", "model: a+lora"))
    assert read_recipe(file).parents() == (f"{tmp_path}/a+{tmp_path}/lora", f"{tmp_path}/b")
    with pytest.raises(RecipeError, match="cannot be read"):
        read_recipe(tmp_path / "none.yml")
