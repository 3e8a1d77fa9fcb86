"""mergekit-evolve files: the same recipe from the same genome, and a search made of the file.

The fixtures were written by mergekit 0.1.5 itself, see mergekit_evolve/make_fixtures.py.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.config import read_search
from search_spaces.errors import ConfigError
from search_spaces.evolve_config import is_evolve_file, read_evolve
from search_spaces.evolve_remarks import remarks
from search_spaces.genome_config import GenomeConfig
from search_spaces.genome_space import GenomeSpace, build_genome_space
from search_spaces.methods import METHODS
from search_spaces.recipe import Recipe
from search_spaces.resolve import lay_out, source_value

FIXTURES = json.loads(
    (Path(__file__).parent / "mergekit_evolve" / "fixtures.json").read_text(encoding="utf-8")
)
TASKS = ["arc_easy"]
TIES = {"models": ["m/a", "m/b"], "merge_method": "ties", "base_model": "m/base"}
LINEAR = {"models": ["m/a", "m/b"], "merge_method": "linear"}


def space_of(genome: dict[str, Any], layers: int = 6) -> GenomeSpace:
    data = {"genome": genome, "tasks": TASKS}
    search = read_evolve(data, "x", ()).search
    return build_genome_space(
        GenomeConfig.model_validate(search["space"]),
        search["base"],
        search["parents"],
        layers=layers,
        dtype="bfloat16",
        seed=0,
    )


def meant(config: dict[str, Any]) -> Recipe:
    """What mergekit's dump says, without what means nothing: parameters that the method does not
    have, and tokenizer_source, where all have one vocabulary.
    """
    known = {p.name for p in METHODS[config["merge_method"]].parameters}
    config = {k: v for k, v in config.items() if k != "tokenizer_source"}
    sources = [s for piece in config.get("slices", ()) for s in piece["sources"]]
    for place in [config, *config.get("slices", ()), *config.get("models", ()), *sources]:
        given = place.get("parameters") or {}
        place["parameters"] = {k: v for k, v in given.items() if k in known}
    return Recipe.model_validate(config)


def write(folder: Path, **data: Any) -> Path:
    path = folder / "genome.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: json.dumps(f["genome"]))
def test_the_same_genome_is_the_same_recipe_as_in_mergekit(fixture: dict[str, Any]) -> None:
    space = space_of(fixture["genome"], fixture["layers"])
    for case in fixture["cases"]:
        ours, theirs = space.recipe_of_vector(case["vector"]), meant(case["config"])
        assert ours == theirs
        assert ours.digest() == theirs.digest()


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: json.dumps(f["genome"]))
def test_it_begins_where_mergekit_begins(fixture: dict[str, Any]) -> None:
    start = list(space_of(fixture["genome"], fixture["layers"]).start().values())
    assert start == pytest.approx(fixture["cases"][0]["vector"], abs=1e-7)  # theirs are float32


def test_every_fixture_is_another_genome() -> None:
    assert len({json.dumps(f["genome"]) for f in FIXTURES}) == len(FIXTURES) > 40
    assert {f["genome"]["merge_method"] for f in FIXTURES} == {
        *("linear", "task_arithmetic", "ties", "dare_ties", "slerp")
    }


def test_genes_are_in_the_order_of_groups_models_filters_parameters() -> None:
    space = space_of(TIES | {"layer_granularity": 3, "filters": ["mlp"]})
    names = [gene.name for gene in space.space.genes]
    assert names == [
        f"{parameter}.{model}.g{group}.{place}"
        for group in (0, 1)
        for model in ("a", "b")
        for place in ("mlp", "rest")
        for parameter in ("weight", "density")
    ]
    assert space.genome_of(np.arange(16).reshape(2, 2, 2, 2))["density.b.g1.mlp"] == 13


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_points_of_the_cube_are_recipes_that_survive_a_vector(data: st.DataObject) -> None:
    fixture = data.draw(st.sampled_from(FIXTURES))
    space = space_of(fixture["genome"], fixture["layers"])
    unit = st.floats(0, 1, width=32)
    point = np.array([data.draw(unit) for _ in range(space.space.dimension)])
    values = space.space.decode(point)
    assert space.recipe(values) == space.recipe_of_vector(list(values.values()))
    assert space.space.decode(space.space.encode(values)) == pytest.approx(values)


def test_slerp_goes_from_the_largest_to_the_second_largest() -> None:
    space = space_of({"models": ["m/a", "m/b", "m/c"], "merge_method": "slerp"})
    piece = space.recipe_of_vector([0.1, -2.0, 1.1]).slices[0]
    assert (piece.base_model, [s.model for s in piece.sources]) == ("m/c", ["m/c", "m/a"])
    assert piece.parameters["t"] == pytest.approx(1 / (1 + math.e))


def test_smooth_is_a_list_over_layers_and_steps_are_slices() -> None:
    vector = [0.0, 1.0, 1.0, 0.0]  # a then b in each of two groups
    steps = space_of(LINEAR | {"layer_granularity": 3}).recipe_of_vector(vector)
    smooth = space_of(LINEAR | {"layer_granularity": 3, "smooth": True}).recipe_of_vector(vector)
    names = [f"model.layers.{layer}.mlp.up_proj.weight" for layer in range(6)]

    def weights_of_a(recipe: Recipe) -> list[Any]:
        places = lay_out(recipe, names, 6)
        return [
            source_value(recipe, recipe.sources(places[n].piece)[0], "weight", n, places[n])
            for n in names
        ]

    assert weights_of_a(steps) == [0, 0, 0, 1, 1, 1]
    assert weights_of_a(smooth) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def test_dare_takes_its_mask_from_the_seed() -> None:
    found = read_evolve({"genome": TIES | {"merge_method": "dare_ties"}, "tasks": TASKS}, "x", ())
    config = GenomeConfig.model_validate(found.search["space"])
    parents = found.search["parents"]
    space = build_genome_space(config, "m/base", parents, layers=2, dtype="bfloat16", seed=5)
    assert space.recipe(space.start()).seed == 5


@pytest.mark.parametrize(
    ("genome", "weights", "numbers", "exact"),
    [
        (TIES, {"a": 1.0, "b": 0.0}, [1, 1, 0, 1], True),
        (TIES, {"a": 0.5, "b": 0.5}, [0.5, 1, 0.5, 1], False),
        (TIES | {"normalize": False}, {"a": 0.4, "b": 0.0}, [0.4, 1, 0, 1], True),
        (TIES, {"a": 0.4, "b": 0.0}, [0.4, 1, 0, 1], False),
        (TIES | {"merge_method": "task_arithmetic"}, {"a": 0.4, "b": 0.4}, [0.4, 0.4], True),
        (TIES | {"merge_method": "task_arithmetic"}, {"a": -1, "b": 2}, [0, 1.5], False),
        (LINEAR | {"base_model": "m/base"}, {"a": 0.5, "b": 0.5}, [0.5, 0.5], True),
        (LINEAR | {"base_model": "m/base"}, {"a": 0.3, "b": 0.3}, [0.3, 0.3], False),
        (LINEAR | {"base_model": "m/a"}, {"b": 0.25}, [0.75, 0.25], True),
    ],
)
def test_sums_of_task_vectors_have_a_nearest_point(
    genome: dict[str, Any], weights: dict[str, float], numbers: list[float], exact: bool
) -> None:
    space = space_of(genome)
    found = space.nearest(weights)
    assert found is not None
    assert list(found[0].values()) == pytest.approx(numbers)
    assert found[1] is exact
    assert space.space.decode(space.space.encode(found[0])) == pytest.approx(found[0])


def test_what_no_genome_can_be_has_no_nearest_point() -> None:
    assert space_of(TIES).nearest({"a": 0.0, "b": 0.0}) is None  # a normalized sum of nothing
    assert space_of(LINEAR | {"merge_method": "slerp", "base_model": "m/base"}).nearest({}) is None


def test_the_nearest_slerp_leans_to_the_heavier_parent() -> None:
    space = space_of(LINEAR | {"merge_method": "slerp", "base_model": "m/base"})
    found = space.nearest({"a": 0.25, "b": 0.75})
    assert found is not None and not found[1]
    piece = space.recipe(found[0]).slices[0]
    assert (piece.base_model, piece.parameters["t"]) == ("m/b", pytest.approx(0.25))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"genome": TIES | {"merge_method": "della"}}, "genome.merge_method"),
        ({"genome": TIES | {"base_model": None}}, "ties needs 'base_model'"),
        ({"genome": TIES | {"layer_granulrity": 2}}, "did you mean 'layer_granularity'"),
        ({"genome": TIES | {"models": ["m/a", "m/a"]}}, "listed twice"),
        ({"genome": TIES | {"models": ["m/base"]}}, "nothing to merge"),
        ({"genome": LINEAR | {"models": ["m/a"]}}, "nothing to merge"),
        ({"genome": TIES | {"tokenizer_source": "m/x"}}, "base, union or one of the models"),
        ({"genome": TIES | {"filters": [""]}}, "genome.filters"),
        ({"genome": LINEAR | {"merge_method": "slerp", "smooth": True}}, "leave out 'smooth'"),
        ({"genome": "ties"}, "genome: "),
        ({"tasks": []}, "tasks: "),
        ({"tasks": [{"name": "x", "weight": -1}]}, "needs no minus"),
        ({"tasks": [{"name": "x", "metrics": "acc"}]}, "did you mean 'metric'"),
        ({"tasks": ["x", "x"]}, "listed twice"),
        ({"limit": 0}, "limit"),
        ({"limmit": 3}, "did you mean 'limit'"),
        ({"bugdet": {"trials": 3}}, "did you mean 'budget'"),
        ({"parents": ["m/c"]}, "'parents' cannot stand beside 'genome'"),
        ({"base": "m/other"}, "expected genome.base_model, 'm/base'"),
        ({"budget": {"trails": 3}}, "did you mean 'trials'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write(tmp_path, **({"genome": TIES, "tasks": TASKS} | changes))
    with pytest.raises(ConfigError) as caught:
        read_search(path)
    assert message in str(caught.value)
    assert "genome.yaml" in str(caught.value)


def test_groups_divide_the_layers() -> None:
    with pytest.raises(ConfigError, match=r"4 does not divide the 6 layers.*1, 2, 3, 6"):
        space_of(TIES | {"layer_granularity": 4})


def test_a_vector_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"expected 4 numbers.*\(1, 2, 1, 2\); found 3"):
        space_of(TIES).recipe_of_vector([1, 2, 3])


def test_a_search_is_made_of_the_file(tmp_path: Path) -> None:
    config = read_search(
        write(
            tmp_path,
            genome=TIES | {"models": ["x/v0.1", "y/v0.1", "m/base", "z/base"]},
            tasks=["arc_easy", {"name": "gsm8k", "weight": 2, "metric": "exact_match,strict"}],
            limit=40,
            num_fewshot=3,
            apply_chat_template=False,
            shuffle=True,
            random_init=True,
        )
    )
    assert config.name == "genome"
    assert config.base == "m/base"  # no such folder: models of the hub, as in mergekit
    assert config.parents == {"v0_1": "x/v0.1", "v0_1_2": "y/v0.1", "base_2": "z/base"}
    assert config.dtype == "bfloat16"
    assert config.splits.search == 40
    assert [(t.name, t.weight, t.metric, t.num_fewshot) for t in config.tasks] == [
        ("arc_easy", 1, "acc", 3),
        ("gsm8k", 2, "exact_match,strict", 3),
    ]
    assert not config.prompts.chat_template and config.prompts.fewshot_as_multiturn
    assert (config.optimizer.name, config.budget.trials) == ("auto", 100)
    assert config.space.kind == "genome"
    assert config.space.models == ("v0_1", "v0_1_2", "base", "base_2")


def test_keys_of_a_search_file_may_be_added(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        genome=LINEAR,
        tasks=TASKS,
        limit=40,
        base="./m/base",
        seed=3,
        budget={"trials": 7},
        splits={"report": 50},
    )
    config = read_search(path)
    assert config.base == str(tmp_path / "m/base")
    assert sorted(config.parents) == ["a", "b"]
    assert (config.seed, config.budget.trials) == (3, 7)
    assert (config.splits.search, config.splits.report) == (40, 50)


def test_what_the_search_adds_is_said(tmp_path: Path) -> None:
    genome = LINEAR | {"tokenizer_source": "union", "allow_negative_weights": True}
    path = write(
        tmp_path, genome=genome, tasks=TASKS, limit=40, shuffle=True, random_init=True, seed=3
    )
    text = "\n".join(remarks(path))
    for said in (
        "weight [-1, 1.5]",
        "the first of the models, 'm/a'",
        "40 for searching, 100 others for choosing the recipe, 300 others for the verdict",
        "not the first 40",
        "tokenizer_source: union",
        "random_init: not used",
        "seed: 3",
        "budget: 100 trials",
    ):
        assert said in text
    assert "the first of the models" not in "\n".join(
        remarks(write(tmp_path, genome=genome, tasks=TASKS, base="m/base"))
    )


def test_a_search_file_is_none_of_mergekits(tmp_path: Path) -> None:
    path = write(tmp_path, base="m/base", parents=["m/a"], tasks=[{"name": "arc_easy"}])
    assert remarks(path) == []
    assert not is_evolve_file(yaml.safe_load(path.read_text()))
