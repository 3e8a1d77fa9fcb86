"""The parameter space: genes, and the recipes they become."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from search_spaces.errors import ConfigError
from search_spaces.methods import METHODS
from search_spaces.parameters import ParameterSpace, SpaceConfig, build_space
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.resolve import lay_out, mean_weights, shared_value, source_value
from search_spaces.space import Point
from search_spaces.values import pick

PARENTS = {"a": "/m/a", "b": "/m/b"}
TWO = {"layer_groups": 2}
BOTH = {"weight": [0, 1], "density": [0, 1]}
PARTS = ("self_attn.q_proj", "mlp.up_proj", "input_layernorm")
TENSORS = [
    "model.embed_tokens.weight",
    *(f"model.layers.{layer}.{part}.weight" for layer in range(6) for part in PARTS),
    "model.norm.weight",
]


def build(
    parents: dict[str, str] | None = None,
    layers: int = 6,
    tensors: Iterable[str] = (),
    **config: Any,
) -> ParameterSpace:
    return build_space(
        SpaceConfig.model_validate(config),
        "/m/base",
        parents or PARENTS,
        layers=layers,
        dtype="bfloat16",
        seed=4,
        tensors=tensors,
    )


def felt(recipe: Recipe, tensor: str, layers: int = 6) -> dict[str, Any]:
    """Every value that one tensor of the merged model is made with, those of nested merges too."""
    place = lay_out(recipe, TENSORS, layers)[tensor]
    found: dict[str, Any] = {"method": recipe.merge_method}
    for source, inside in zip(recipe.merged(place.piece), place.sources, strict=True):
        if source.model in recipe.nested:
            found |= felt(recipe.inner(source.model), inside, layers)
            continue
        for parameter in METHODS[recipe.merge_method].parameters:
            if parameter.scope == "shared":
                found[parameter.name] = shared_value(recipe, parameter.name, tensor, place)
            else:
                value = source_value(recipe, source, parameter.name, inside, place)
                found[f"{parameter.name} {source.model}"] = value
    return found


def random_point(space: ParameterSpace, seed: int = 0) -> Point:
    return np.random.default_rng(seed).random(space.space.dimension)


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
        ({"layer_groups": [0, 6]}, ["weight.a", "weight.b"]),
        (
            {"layer_groups": "each", "fixed": {"weight.b": 1}},
            [f"weight.a.g{n}" for n in range(6)],
        ),
        (
            {"layer_groups": [0, 1, 6], "bounds": {"weight.*.g1": [0, 1]}, "fixed": {"weight": 1}},
            ["weight.a.g1", "weight.b.g1"],
        ),
        ({"bounds": {"lambda": [0, 1]}, "tied": ["weight"]}, ["weight", "lambda"]),
        (
            {"method": "ties", "tied": [["weight.a", "density.a"]], "bounds": BOTH},
            ["weight+density.a", "weight.b", "density.b"],
        ),
        (
            {"method": ["slerp", "ties"], "method_per": "group", "layer_groups": 2},
            [
                *("method.g0", "method.g1", "t.g0", "t.g1"),
                *(f"{p}.{n}.g{g}" for p in ("weight", "density") for g in (0, 1) for n in "ab"),
            ],
        ),
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
        {"method": "ties", "layer_groups": 3, "smooth": True, "filters": ["mlp"]},
        {"layer_groups": "each", "bounds": {"weight": [-0.5, 1.5]}},
        {"method": ["della", "slerp", "sce"], "method_per": "group", "layer_groups": "each"},
        {"method": ["linear", "ties"], "method_per": "group", "layer_groups": [0, 1, 2, 6]},
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
    ties = build(method="ties").start(0.3)
    assert (ties["weight.a"], ties["density.a"]) == (0.3, pytest.approx(0.525))
    relative = build(method="ties", fixed={"normalize": True}).start(0.3)
    assert relative["weight.a"] == pytest.approx(0.75)
    assert build(method="linear").start(0.3) == {"weight.a": 0.5, "weight.b": 0.5}
    assert build(method=["sce", "ties"]).start(0.3).keys() == {"method", "select_topk"}


def test_weights_are_not_normalized_unless_the_file_says_so() -> None:
    for method, spec in METHODS.items():
        parameter = spec.parameter("normalize")
        if parameter is None:
            continue
        for fixed, found in (({}, False), ({"normalize": True}, True)):
            space = build(method=method, fixed=fixed)
            recipe = space.recipe(space.space.decode(random_point(space)))
            assert felt(recipe, TENSORS[3])["normalize"] is found
        silent = build(method=method).recipe(build(method=method).start(1.0)).parameters
        assert ("normalize" in silent) == (parameter.default is True)


def test_task_arithmetic_makes_the_recipes_that_it_always_made() -> None:
    recipe = build().recipe({"weight.a": 0.5, "weight.b": 0.25})
    assert recipe.model_dump(exclude_defaults=True) == {
        "merge_method": "task_arithmetic",
        "base_model": "/m/base",
        "models": (
            {"model": "/m/base"},
            {"model": "/m/a", "parameters": {"weight": 0.5}},
            {"model": "/m/b", "parameters": {"weight": 0.25}},
        ),
        "dtype": "bfloat16",
    }


def test_the_most_specific_pattern_sets_bounds_and_holds_values() -> None:
    space = build(
        layer_groups=2,
        filters=["mlp"],
        bounds={"weight": [0, 1], "weight.a": [-1, 1], "weight.*.g1.mlp": [0, 3]},
        fixed={"weight.b.g0": 0.25, "weight.a.g1.mlp": 0.5},
    )
    found = {gene.name: (gene.low, gene.high) for gene in space.space.genes}
    assert found == {
        "weight.a.g0.mlp": (-1, 1),
        "weight.a.g0.rest": (-1, 1),
        "weight.a.g1.rest": (-1, 1),
        "weight.b.g1.mlp": (0, 3),
        "weight.b.g1.rest": (0, 1),
    }
    recipe = space.recipe(dict.fromkeys(found, 0.75))
    weights = {
        (layer, part): (found["weight /m/a"], found["weight /m/b"])
        for layer in (0, 5)
        for part in ("mlp.up_proj", "input_layernorm")
        for found in [felt(recipe, f"model.layers.{layer}.{part}.weight")]
    }
    assert weights == {
        (0, "mlp.up_proj"): (0.75, 0.25),
        (0, "input_layernorm"): (0.75, 0.25),
        (5, "mlp.up_proj"): (0.5, 0.75),
        (5, "input_layernorm"): (0.75, 0.75),
    }


def test_tied_genes_move_together_and_alone() -> None:
    space = build(method="ties", layer_groups=2, tied=["density.*", ["weight.a.*"]])
    names = [gene.name for gene in space.space.genes]
    assert names == ["weight.a", "weight.b.g0", "weight.b.g1", "density"]
    values = {"weight.a": 0.1, "weight.b.g0": 0.2, "weight.b.g1": 0.3, "density": 0.4}
    for layer, other in ((0, 0.2), (5, 0.3)):
        found = felt(space.recipe(values), f"model.layers.{layer}.mlp.up_proj.weight")
        assert (found["weight /m/a"], found["weight /m/b"]) == (0.1, other)
        assert found["density /m/a"] == found["density /m/b"] == 0.4


@given(st.integers(2, 6), st.lists(st.floats(0, 1.5), min_size=12, max_size=12))
@settings(max_examples=25, deadline=None)
def test_smooth_genes_are_knots_interpolated_over_depth(knots: int, numbers: list[float]) -> None:
    space = build(method="task_arithmetic", layer_groups=knots, smooth=True, filters=["mlp"])
    values = {gene.name: numbers[index % 12] for index, gene in enumerate(space.space.genes)}
    recipe = space.recipe(values)
    assert parse_recipe(recipe.to_yaml()) == recipe
    assert recipe.slices == ()
    for layer in range(6):
        for part, filtered in (("mlp.up_proj", "mlp"), ("self_attn.q_proj", "rest")):
            tensor = f"model.layers.{layer}.{part}.weight"
            line = tuple(values[f"weight.b.g{knot}.{filtered}"] for knot in range(knots))
            expected = np.interp(layer / 5 * (knots - 1), range(knots), line)
            assert pick(line, tensor, layer / 5) == pytest.approx(expected)
            assert felt(recipe, tensor)["weight /m/b"] == pytest.approx(expected)


def test_as_many_knots_as_layers_are_the_layers() -> None:
    smooth, each = (build(layer_groups="each", smooth=found) for found in (True, False))
    genome = smooth.space.decode(random_point(smooth))
    for tensor in TENSORS[1:-1]:
        one, other = (felt(space.recipe(genome), tensor) for space in (smooth, each))
        assert one.keys() == other.keys()
        for name, value in one.items():
            assert value == (value if isinstance(value, str) else pytest.approx(other[name]))


def test_every_group_takes_its_layers_from_its_own_method() -> None:
    space = build(
        method=["linear", "dare_ties", "slerp"], method_per="group", layer_groups=[0, 2, 3, 5, 6]
    )
    genome = dict(space.space.decode(random_point(space)))
    chosen = ["dare_ties", "linear", "dare_ties", "slerp"]
    genome = {g.name: g.decode(0.3 + 0.01 * i) for i, g in enumerate(space.space.genes)}
    genome |= {f"method.g{group}": method for group, method in enumerate(chosen)}
    recipe = space.recipe(genome)
    assert parse_recipe(recipe.to_yaml()) == recipe
    assert set(recipe.nested) == set(chosen)
    assert recipe.is_random()
    assert recipe.references() == ("/m/base", "/m/a", "/m/b")
    assert set(mean_weights(recipe)) == {"/m/a", "/m/b"}
    for group, (method, (start, end)) in enumerate(zip(chosen, space.layer_ranges(), strict=True)):
        alike = space.recipe(genome | {f"method.g{g}": method for g in range(4)})
        assert alike.nested == {}
        names = [f"model.layers.{layer}.mlp.up_proj.weight" for layer in range(start, end)]
        names += [TENSORS[0]] * (group == 0) + [TENSORS[-1]] * (group == 3)
        for tensor in names:
            found = felt(recipe, tensor)
            assert {k: found[k] for k in felt(alike, tensor)} == felt(alike, tensor)


def test_genes_that_no_tensor_would_feel_are_not_searched() -> None:
    config: dict[str, Any] = {"layer_groups": 3, "filters": ["embed_tokens", "mlp"]}
    names = {gene.name for gene in build(tensors=TENSORS, **config).space.genes}
    assert "weight.a.g0.embed_tokens" in names
    assert "weight.a.g1.embed_tokens" not in names
    assert len(names) == 2 * 7
    smooth = build(tensors=TENSORS, smooth=True, **config)
    assert {gene.name for gene in smooth.space.genes} == names
    values = {gene.name: 1.0 for gene in smooth.space.genes} | {"weight.a.g0.embed_tokens": 0.5}
    assert felt(smooth.recipe(values), TENSORS[0])["weight /m/a"] == 0.5
    whole = build(filters=["model"], tensors=TENSORS)
    assert [gene.name for gene in whole.space.genes] == ["weight.a.model", "weight.b.model"]


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    known = ["task_arithmetic", "ties", "dare_linear", "della", "breadcrumbs", "linear", "slerp"]
    known += ["sce", "ramplus_tl", "nuslerp"]
    methods = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    smooth = draw(st.booleans())
    groups: list[Any] = [2, 3, "each"] if smooth else [1, 2, "each", [0, 1, 4, 6]]
    parts = ["mlp", "self_attn", "embed_tokens", "norm"]
    found: dict[str, Any] = {
        "method": methods,
        "layer_groups": draw(st.sampled_from(groups)),
        "smooth": smooth,
        "filters": draw(st.lists(st.sampled_from(parts), max_size=2, unique=True)),
    }
    if len(methods) > 1 and not smooth:
        found["method_per"] = draw(st.sampled_from(["recipe", "group"]))
    if any(METHODS[m].parameter("lambda") for m in methods) and draw(st.booleans()):
        found["bounds"] = {"lambda": [0.5, 1.5]}
    if any(METHODS[m].parameter("weight") for m in methods) and draw(st.booleans()):
        found["tied"] = [["weight.a"]]
    return found


@given(configs(), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_active_genes_are_felt_by_some_tensor_and_others_by_none(
    config: dict[str, Any], seed: int
) -> None:
    try:
        space = build(tensors=TENSORS, **config)
    except ConfigError as error:  # the one reason there is: weights of one gene, two conditions
        assert "whose methods are chosen apart" in str(error)
        return
    generator = np.random.default_rng(seed)
    point = generator.random(space.space.dimension)
    genome = space.space.decode(point)
    again = space.space.decode(space.space.encode(genome))
    assert again.keys() == genome.keys()
    recipe = space.recipe(genome)
    assert parse_recipe(recipe.to_yaml()) == recipe
    active = space.space.active(point)
    for index in generator.permutation(space.space.dimension)[:8]:
        moved = point.copy()
        moved[index] = (moved[index] + 0.5) % 1.0
        other = space.recipe(
            {g.name: g.decode(u) for g, u in zip(space.space.genes, moved, strict=True)}
        )
        if not active[index]:
            assert other == recipe
            continue
        assert other != recipe
        assert any(felt(recipe, t) != felt(other, t) for t in TENSORS)


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
        ({"filters": ["mlp", "mlp.up"]}, "list 'mlp.up' before it"),
        ({"filters": ["rest"]}, "what no filter matches"),
        ({"layer_groups": 0}, "each"),
        ({"layer_groups": [0, 4, 4]}, "each"),
        ({"layer_groups": [1, 6]}, "first layer of each group"),
        ({"layer_groups": True}, "each"),
        ({"layer_groups": "every"}, "'each' for one per layer"),
        ({"layer_groups": [0, 6], "smooth": True}, "number of knots"),
        ({"smooth": True}, "at least 2"),
        ({"method_per": "group"}, "there is one method"),
        (
            {"method": ["ties", "linear"], "method_per": "group", "smooth": True, **TWO},
            "'smooth' has no groups",
        ),
        ({"fixed": {"density": 2}, "method": "ties"}, "must lie in"),
        ({"fixed": {"rescale_norm": "l3"}}, "one of l1, l2, linf"),
        ({"fixed": {"weight": "a"}}, "must be a number"),
        ({"tied": [[]]}, "empty list"),
        ({"tied": [3]}, "list of patterns"),
        ({"fixed": {"weight": [1]}}, "expected a finite number, true or false, or a word"),
        ({"fixed": {"weight": float("nan")}}, "expected a finite number"),
        ({"bounds": {"weight": 3}}, "low, high, log and start by name"),
    ],
)
def test_a_space_that_means_nothing_is_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SpaceConfig.model_validate(config)


@pytest.mark.parametrize(
    ("config", "parents", "message"),
    [
        ({"layer_groups": 7}, PARENTS, "7 groups, but the model has 6 layers"),
        ({"layer_groups": [0, 3, 8]}, PARENTS, "must be 6"),
        ({"bounds": {"weight.c": [0, 1]}}, PARENTS, "'weight.c' matches no gene"),
        ({"fixed": {"weight.a.g0": 1}}, PARENTS, "did you mean 'weight.a'"),
        ({"fixed": {"normalize.a": True}}, PARENTS, "matches no gene"),
        ({"bounds": {"density": [0, 1]}}, PARENTS, "'density' matches no gene"),
        ({"method": "ties", "bounds": {"*.a": [0, 2]}}, PARENTS, "'density' of ties"),
        (
            {"layer_groups": 2, "bounds": {"weight.a": [0, 1], "weight.*.g0": [0, 2]}},
            PARENTS,
            "neither is more specific",
        ),
        ({"tied": ["weight.*.g0"]}, PARENTS, "matches no gene"),
        ({"tied": ["weight", "weight.a"]}, PARENTS, "is in tied.0. too"),
        ({"method": "ties", "tied": ["*.a"]}, PARENTS, "one gene needs one range"),
        (
            {"method": ["ties", "linear"], "method_per": "group", "tied": ["density"], **TWO},
            PARENTS,
            "whose methods are chosen apart",
        ),
        ({"method": ["slerp", "nearswap"]}, PARENTS, "nothing in common; give it one"),
        (
            {"method": ["della", "ram"], "bounds": {"epsilon": [0.01, 0.1]}},
            PARENTS,
            "nothing in common but the name",
        ),
        ({"fixed": {"weight": 1}}, PARENTS, "nothing to search"),
        ({"method": "della", "bounds": {"density": [0.1, 0.9]}}, PARENTS, "inside .0, 1."),
        ({"method": "model_stock"}, PARENTS, "nothing to search"),
        (
            {"method": "slerp"},
            {"a": "1", "b": "2", "c": "3"},
            "slerp merges 1 or 2 parents; the search has 3; take another",
        ),
    ],
)
def test_a_space_that_does_not_fit_the_parents_is_refused(
    config: dict[str, Any], parents: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build(parents, **config)
