"""The data-flow space: paths through the parents' layers, and the recipes they become."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from search_spaces.dataflow import DataFlowConfig, DataFlowSpace, Run, build_dataflow
from search_spaces.errors import ConfigError
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.residual import KNOWN_WRITERS, writers
from search_spaces.resolve import lay_out, layers_out, source_value
from search_spaces.space import GeneValue

LAYERS = 6
PARENTS = {"a": "/m/a", "b": "/m/b", "c": "/m/c"}
PARTS = ("self_attn.q_proj.weight", "self_attn.o_proj.weight", "mlp.up_proj.weight")
NAMES = [
    "model.embed_tokens.weight",
    *(
        f"model.layers.{layer}.{part}"
        for layer in range(LAYERS)
        for part in (*PARTS, "self_attn.o_proj.bias", "mlp.down_proj.weight")
    ),
    "model.norm.weight",
    "lm_head.weight",
]


def build(parents: dict[str, str] | None = None, **config: Any) -> DataFlowSpace:
    return build_dataflow(
        DataFlowConfig.model_validate(config),
        "/m/base",
        parents or PARENTS,
        layers=LAYERS,
        dtype="bfloat16",
        seed=4,
        tensors=NAMES,
    )


def running(space: DataFlowSpace, runs: dict[int, float]) -> dict[str, GeneValue]:
    """runs: slot -> its scale."""
    values: dict[str, GeneValue] = {f"run.s{n}": "skip" for n in range(len(space.slots))}
    for number, scale in runs.items():
        values |= {f"run.s{number}": "run", f"scale.s{number}": scale}
    return values


def origins(recipe: Recipe) -> dict[str, tuple[str, str, float]]:
    """tensor -> (model, tensor there, its scale)."""
    found = {}
    for name, place in lay_out(recipe, NAMES, LAYERS).items():
        (source,) = recipe.merged(place.piece)
        scale = source_value(recipe, source, "scale", place.sources[0], place)
        found[name] = (source.model, place.sources[0], float(scale))
    return found


def points(space: DataFlowSpace) -> st.SearchStrategy[np.ndarray]:
    return st.lists(
        st.floats(0, 1), min_size=space.space.dimension, max_size=space.space.dimension
    ).map(np.array)


@given(st.data(), st.sampled_from(["a", "b", "c"]), st.integers(1, 3), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_every_point_is_a_recipe_between_the_ends_of_the_home_parent(
    data: st.DataObject, home: str, repeats: int, block: int
) -> None:
    space = build(home=home, repeats=repeats, block=block, max_layers=9)
    values = space.space.decode(data.draw(points(space)))
    recipe = space.recipe(values)
    assert parse_recipe(recipe.to_yaml()) == recipe
    assert recipe.dtype == "bfloat16"
    depth = layers_out(recipe, LAYERS)
    assert 2 <= depth <= space.most_layers == 9
    found = origins(recipe)
    last = f"model.layers.{depth - 1}.mlp.up_proj.weight"
    ends = {
        "model.layers.0.mlp.up_proj.weight": "model.layers.0.mlp.up_proj.weight",
        last: "model.layers.5.mlp.up_proj.weight",
        **{n: n for n in ("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight")},
    }
    for name, origin in ends.items():
        assert found[name] == (PARENTS[home], origin, 1.0)
    assert len(found) == 3 + 5 * depth


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_scale_means_something_only_where_its_slot_runs(data: st.DataObject) -> None:
    space = build()
    point = data.draw(points(space))
    values = space.space.decode(point)
    active = space.space.active(point)
    for gene, means in zip(space.space.genes, active.tolist(), strict=True):
        kind, slot = gene.name.split(".")
        assert means == (kind == "run" or values[f"run.{slot}"] == "run")
    again = space.space.decode(space.space.encode(values))
    assert again == pytest.approx(values)
    moved = np.where(active, point, 0.123)
    assert space.recipe(space.space.decode(moved)) == space.recipe(values)


@pytest.mark.parametrize("home", ["a", "b", "c"])
@pytest.mark.parametrize("block", [1, 3, 4])
@pytest.mark.parametrize("log", [False, True])
def test_the_start_is_the_home_parent_tensor_by_tensor(home: str, block: int, log: bool) -> None:
    space = build(home=home, block=block, scale={"low": 0.3, "high": 1.7, "log": log})
    values = space.space.decode(space.space.encode(space.start(0.4)))
    recipe = space.recipe(values)
    assert origins(recipe) == {name: (PARENTS[home], name, 1.0) for name in NAMES}
    assert len(recipe.slices) == 1
    assert space.nearest({home: 1.0}) == (space.start(), True)
    assert space.nearest(dict.fromkeys(PARENTS, 0.0) | {home: 1.0}) == (space.start(), True)
    assert space.nearest(dict.fromkeys(PARENTS, 1.0)) is None
    assert space.nearest({home: 0.5}) is None
    assert space.nearest({next(n for n in PARENTS if n != home): 1.0}) is None


def test_slots_are_the_layers_of_one_parent_after_the_other_again_and_again() -> None:
    space = build({"a": "/m/a", "b": "/m/b"}, block=4, repeats=2)
    once = (Run("a", 1, 5), Run("b", 0, 4), Run("b", 4, 6))
    assert space.slots == once * 2
    names = [gene.name for gene in space.space.genes]
    assert names == [f"{kind}.s{n}" for n in range(6) for kind in ("run", "scale")]
    assert build(scale=None).space.dimension == 2 * (4 + 6 + 6)
    assert space.methods == ("passthrough",)


def test_layers_that_follow_each_other_are_one_slice_unless_their_scales_differ() -> None:
    space = build({"a": "/m/a", "b": "/m/b"})  # slots 0 to 3: a 1 to 4; 4 to 9: b 0 to 5
    recipe = space.recipe(running(space, {0: 1.0, 1: 1.0, 5: 1.2, 6: 1.2, 7: 0.8, 8: 1.0}))
    found = [(s.sources[0].model, s.sources[0].layer_range) for s in recipe.slices]
    a, b = "/m/a", "/m/b"
    assert found == [(a, (0, 3)), (b, (1, 3)), (b, (3, 4)), (b, (4, 5)), (a, (5, 6))]


def test_a_scale_is_on_what_writes_to_the_residual_stream_and_on_nothing_else() -> None:
    space = build({"a": "/m/a", "b": "/m/b"})
    recipe = space.recipe(running(space, {5: 1.25}))
    assert [s.layers for s in recipe.slices] == [1, 1, 1]
    for name, (model, _, scale) in origins(recipe).items():
        writes = model == "/m/b" and ("o_proj" in name or "down_proj" in name)
        assert scale == (1.25 if writes else 1.0), name
    assert "o_proj.bias" in str(origins(recipe))


def test_what_has_no_room_does_not_run() -> None:
    space = build({"a": "/m/a", "b": "/m/b"}, block=2, max_layers=7)
    assert [slot.layers for slot in space.slots[:5]] == [2, 2, 2, 2, 2]
    every = running(space, dict.fromkeys(range(len(space.slots)), 1.0))
    some = running(space, {0: 1.0, 1: 1.0})
    assert space.recipe(every) == space.recipe(some)
    assert layers_out(space.recipe(every), LAYERS) == 6
    assert build().most_layers == 2 * LAYERS
    assert build({"a": "/m/a", "b": "/m/b"}, repeats=1, max_layers=99).most_layers == 2 * LAYERS
    assert build({"a": "/m/a"}, repeats=1).most_layers == LAYERS


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"home": "aa"}, "space.home: no parent 'aa': did you mean"),
        ({"fixed_ends": 4}, "expected at most 3"),
        ({"max_layers": 5}, "expected at least 6"),
        ({"fixed_ends": 3, "parents": {"a": "/m/a"}}, "nothing to search"),
    ],
)
def test_what_does_not_fit_the_parents_is_refused(config: dict[str, Any], words: str) -> None:
    parents = config.pop("parents", {"aaa": "/m/a", "b": "/m/b"} if "home" in config else None)
    with pytest.raises(ConfigError, match=words):
        build(parents, **config)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"scale": [1.1, 2.0]}, "must include 1"),
        ({"repeats": 0}, "repeats"),
        ({"fixed_ends": 0}, "fixed_ends"),
        ({"method": "ties"}, "method"),
    ],
)
def test_a_config_that_means_nothing_is_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        DataFlowConfig.model_validate(config)


@pytest.mark.parametrize(
    ("prefix", "writing", "others"),
    [
        (
            "model.layers.0.",
            ["self_attn.o_proj", "mlp.down_proj"],
            ["self_attn.q_proj", "mlp.up_proj", "mlp.gate_proj", "post_attention_layernorm"],
        ),
        (
            "transformer.h.0.",
            ["attn.c_proj", "mlp.c_proj"],
            ["attn.c_attn", "mlp.c_fc", "ln_1"],
        ),
        (
            "gpt_neox.layers.0.",
            ["attention.dense", "mlp.dense_4h_to_h"],
            ["attention.query_key_value", "mlp.dense_h_to_4h", "input_layernorm"],
        ),
        (
            "model.layers.0.",
            ["self_attn.dense", "mlp.fc2"],
            ["self_attn.q_proj", "mlp.fc1", "input_layernorm"],
        ),
        (
            "model.decoder.layers.0.",
            ["self_attn.out_proj", "fc2"],
            ["self_attn.q_proj", "fc1", "final_layer_norm"],
        ),
    ],
)
def test_writers_of_known_architectures(
    prefix: str, writing: list[str], others: list[str]
) -> None:
    found = writers([f"{prefix}{name}.weight" for name in writing + others])
    for name in writing:
        assert any(part in f"{prefix}{name}.weight" for part in found), name
    for parts in (found, KNOWN_WRITERS):
        for name in others:
            assert not any(part in f"{prefix}{name}.weight" for part in parts), name


def test_scales_that_would_do_nothing_are_refused() -> None:
    layer = [f"model.layers.0.{n}.weight" for n in ("self_attn.o_proj", "mlp.down_proj")]
    assert writers(layer) == ("o_proj", "down_proj")
    with pytest.raises(ConfigError, match="normalizes"):
        writers([*layer, "model.layers.0.post_feedforward_layernorm.weight"])
    with pytest.raises(ConfigError, match="the MLP"):
        writers([layer[0], "model.layers.0.mlp.experts.weight"])
