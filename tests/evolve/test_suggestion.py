"""The suggested search file: its rules on profiles of known make, and the command in use."""

import json
from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner, Result

from evolve.cli.app import app
from evolve.cli.inspect_plot import svg
from evolve.cli.inspecting import base_of, named
from evolve.cli.suggested_file import suggested_text
from evolve.config import SearchConfig
from evolve.segments import segments
from evolve.suggestion import suggest
from search_spaces.errors import ConfigError
from search_spaces.parameters import build_space
from search_spaces.profile import Inspection, Profile


def _profile(sizes: Sequence[float], cosine: float, conflict: float) -> Profile:
    """Of one tensor; every pair of parents alike."""
    norms = np.array(sizes)
    p = len(norms)
    apart = 1.0 - np.eye(p)
    dots = np.outer(norms, norms) * (np.eye(p) + cosine * apart)
    none = np.zeros(p)
    square = norms**2
    return Profile(
        1.0, dots, 100 * apart, 100 * conflict * apart, none, none, 0.9 * square, square
    )


def _inspection(layers: Sequence[Profile]) -> Inspection:
    count = len(layers[0].norms)
    parents = {name: f"/models/{name}" for name in "abcdefgh"[:count]}
    tensors = {f"model.layers.{n}.mlp.up_proj.weight": p for n, p in enumerate(layers)}
    return Inspection("/models/base", parents, "bfloat16", len(layers), tensors)


def _evolve(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_two_regimes_are_parted_where_they_meet() -> None:
    generator = np.random.default_rng(0)
    sizes = [0.01] * 7 + [0.04] * 13
    layers = [
        _profile([s * f for f in np.exp(0.05 * generator.standard_normal(2))], 0.1, 0.4)
        for s in sizes
    ]
    assert suggest(_inspection(layers)).edges == (0, 7, 20)


def test_a_turn_of_direction_parts_layers_too() -> None:
    layers = [_profile([0.1, 0.1], 0.8 if n < 5 else 0.0, 0.4) for n in range(12)]
    assert suggest(_inspection(layers)).edges == (0, 5, 12)


def test_layers_that_are_alike_are_one_group() -> None:
    found = suggest(_inspection([_profile([0.1, 0.2], 0.1, 0.4)] * 12))
    assert found.edges == (0, 12)


def test_segments_are_the_best_of_all() -> None:
    rows = np.random.default_rng(1).standard_normal((9, 2)) * 3

    def cost(edges: Sequence[int]) -> float:
        return sum(float(rows[a:b].var(axis=0).sum()) * (b - a) for a, b in pairwise(edges))

    found = segments(rows, 4)
    every = [(0, *cut, 9) for cut in combinations(range(1, 9), len(found) - 2)]
    assert len(found) > 2 and cost(found) == pytest.approx(min(cost(e) for e in every))


def test_groups_keep_their_limits() -> None:
    rows = np.arange(30.0)[:, None] ** 2
    assert len(segments(rows, 3)) <= 4
    edges = segments(rows, 8, least=4)
    assert min(b - a for a, b in pairwise(edges)) >= 4 and edges[0] == 0 and edges[-1] == 30
    assert segments(np.array([[1.0]]), 8) == (0, 1)
    deep = [_profile([2.0 ** (n // 3)] * 8, 0.1, 0.4) for n in range(30)]
    assert len(suggest(_inspection(deep)).edges) - 1 <= 3  # 8 parents: at most 24 weights


def test_small_changes_get_wider_bounds() -> None:
    found = suggest(_inspection([_profile([0.05, 0.1, 0.4], 0.1, 0.4)] * 4)).weights
    assert {n: (r.low, r.high) for n, r in found.items()} == {
        "a": (0.0, 3.0),
        "b": (0.0, 1.5),
        "c": (0.0, 1.2),
    }


def test_what_opposes_the_others_may_be_subtracted() -> None:
    found = suggest(_inspection([_profile([0.1, 0.1], -0.4, 0.7)] * 4))
    assert {r.low for r in found.weights.values()} == {-0.3}
    assert found.methods == ("task_arithmetic", "ties")
    friends = suggest(_inspection([_profile([0.1, 0.1], 0.0, 0.5)] * 4))
    assert {r.low for r in friends.weights.values()} == {0.0}
    assert friends.methods == ("task_arithmetic",)


@pytest.mark.parametrize(("cosine", "conflict"), [(0.1, 0.4), (-0.4, 0.7)])
def test_the_file_is_a_search_file_once_tasks_are_named(cosine: float, conflict: float) -> None:
    layers = [_profile([0.01 if n < 4 else 0.05, 0.1], cosine, conflict) for n in range(10)]
    inspection = _inspection(layers)
    found = suggest(inspection)
    text = suggested_text(inspection, found, "my file", ["arc_easy"], [Path("/t a")])
    config = SearchConfig.model_validate(yaml.safe_load(text))
    assert config.dtype == "bfloat16" and config.tasks[0].name == "arc_easy"
    assert config.task_folders == ("/t a",)
    space = build_space(
        config.space, config.base, config.parents, layers=10, dtype=config.dtype, seed=0
    )
    weights = [g for g in space.space.genes if g.name.startswith("weight")]
    assert len(weights) == (len(found.edges) - 1) * 2 == 4
    for gene in weights:
        bounds = found.weights[gene.name.split(".")[1]]
        assert (gene.low, gene.high) == (bounds.low, bounds.high)
    start = {g.name: g.decode(0.5) for g in space.space.genes}
    assert space.recipe(start).slices[0].layers == 4
    empty = yaml.safe_load(suggested_text(inspection, found, "x", [], []))
    with pytest.raises(ValueError, match="tasks"):
        SearchConfig.model_validate(empty)
    assert "tasks" not in empty


def test_one_parent_alone() -> None:
    found = suggest(_inspection([_profile([0.1], 0, 0)] * 4))
    assert found.methods == ("task_arithmetic",) and found.weights["a"].high == 1.5


def test_the_plot_is_one_picture_with_every_cell() -> None:
    inspection = _inspection([_profile([0.1 * (n + 1), 0.2], 0.1, 0.4) for n in range(6)])
    root = ElementTree.fromstring(svg(inspection, (0, 2, 6)))  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    told = [t.text or "" for t in root.iter(f"{space}title")]
    assert "a, layer 0: 10 %" in told and "a - b, layer 5: 40 %" in told
    # size, cosine, signs and signal; one kind for each of two parents; no matrix has an SNR
    assert len(told) == 6 * (2 + 1 + 1 + 2) + 6 * 2


def test_names_and_base_come_from_the_references() -> None:
    assert named(["/m/x.1", "/n/x.1", "/b+/m/y"]) == {
        "x-1": "/m/x.1",
        "x-1-2": "/n/x.1",
        "y": "/b+/m/y",
    }
    assert base_of(["/b+/m/y", "/m/x"]) == "/b"
    with pytest.raises(ConfigError, match="--base"):
        base_of(["/m/x"])
    with pytest.raises(ConfigError, match="twice"):
        named(["/m/x", "/m/x"])


def test_the_command_writes_a_file_that_plan_takes(family: Path, tmp_path: Path) -> None:
    file, plot = tmp_path / "found.yaml", tmp_path / "found.html"
    parents = [family / name for name in ("a", "b", "c")]
    asked = ["inspect", *parents, "--base", family / "base", "--suggest", file, "--json"]
    tasks = ["--task", "letters", "--tasks-from", family / "tasks", "--plot", plot]
    done = _evolve(*asked, *tasks)
    assert done.exit_code == 0, done.exception
    printed = json.loads(done.stdout)
    assert printed["suggestion"] == str(file) and len(printed["layers"]) == 4
    assert "<svg" in plot.read_text()
    text = file.read_text()
    again = _evolve(*asked)
    assert isinstance(again.exception, ConfigError)
    assert "exists already" in str(again.exception)
    assert file.read_text() == text
    file.write_text(text + "splits: {search: 12, validation: 10, report: 18}\n")
    planned = _evolve("plan", file, "--json")
    assert planned.exit_code == 0, planned.exception
    groups = yaml.safe_load(text)["space"]["layer_groups"]
    count = len(groups) - 1 if isinstance(groups, list) else 1
    assert json.loads(planned.stdout)["dimension"] == 3 * count
