"""Points of parameter spaces as tensors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from search_spaces.parameters import ParameterSpace, SpaceConfig, build_space
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.resolve import layer_of
from workers.materialize import open_merge
from workers.weights import OnDisk
from workers.writer import open_recipe

Tensors = dict[str, torch.Tensor]


def merged(recipe: Recipe) -> Tensors:
    parents = open_recipe(recipe)
    names = {name: parent.tensors for name, parent in parents.items()}
    weights = {name: OnDisk(parent) for name, parent in parents.items()}
    layers = next(iter(parents.values())).layers
    merge, _ = open_merge(recipe, weights, names, layers)
    with torch.inference_mode():
        return {name: merge.write(name) for name in merge.places}


def build(family: Path, parents: str = "ab", **config: Any) -> ParameterSpace:
    found = SpaceConfig.model_validate(config)
    refs = {n: str(family / n) for n in parents}
    base = str(family / "base")
    names = merged(alone(base))
    return build_space(found, base, refs, layers=4, dtype="float32", seed=3, tensors=names)


def alone(model: str) -> Recipe:
    return parse_recipe(f"merge_method: passthrough\nmodels: [{{model: {model}}}]\n")


def test_every_group_has_the_tensors_of_its_own_method(family: Path) -> None:
    space = build(
        family,
        method=["linear", "dare_ties", "ties"],
        method_per="group",
        layer_groups=[0, 1, 3, 4],
    )
    chosen = ("dare_ties", "ties", "dare_ties")
    genome = {g.name: g.decode(0.3 + 0.02 * i) for i, g in enumerate(space.space.genes)}
    genome |= {f"method.g{group}": method for group, method in enumerate(chosen)}
    stacked = parse_recipe(space.recipe(genome).to_yaml())
    assert stacked.merge_method == "passthrough"
    found = merged(stacked)
    for group, (start, end) in enumerate(space.layer_ranges()):
        plain = merged(space.recipe(genome | {f"method.g{g}": chosen[group] for g in range(3)}))
        outside = {0: ["model.embed_tokens.weight"], 2: ["model.norm.weight"]}.get(group, [])
        here = [n for n in found if layer_of(n) in range(start, end)] + outside
        assert len(here) > 1
        for name in here:
            assert torch.equal(found[name], plain[name]), name


@pytest.mark.parametrize(
    "method",
    [
        *("task_arithmetic", "dare_linear", "breadcrumbs", "ties", "dare_ties"),
        *("breadcrumbs_ties", "linear", "slerp", "nuslerp", "della_linear", "della"),
    ],
)
def test_what_is_exact_is_that_sum(family: Path, method: str) -> None:
    fixed = {"density": 1.0} if method.startswith("della") else {}
    space = build(family, method=method, layer_groups=2, fixed=fixed)
    base, *parents = (merged(alone(str(family / n))) for n in ("base", "a", "b"))
    tried: list[Mapping[str, float]] = [{"a": 1.0}, {"b": 1.0}, {"a": 0.5, "b": 0.5}]
    tried += [{"a": 0.3, "b": 0.9}, {"a": 0.6}, {}]
    exact = 0
    for weights in tried:
        place = space.nearest(weights)
        assert place is not None
        found = merged(space.recipe(place[0]))
        same = True
        for name, start in base.items():
            each = zip("ab", parents, strict=True)
            total = start + sum(weights.get(n, 0.0) * (p[name] - start) for n, p in each)
            same = same and torch.allclose(found[name], total, atol=2e-6)
        assert same is place[1]
        exact += place[1]
    assert exact >= 2


@pytest.mark.parametrize("method", ["linear", "ties", "dare_ties", "della"])
def test_without_normalizing_all_points_are_finite(family: Path, method: str) -> None:
    bounds: dict[str, Any] = {"weight": [-0.5, 1.5]}
    space = build(family, method=method, bounds=bounds)
    generator = np.random.default_rng(1)
    points = [generator.random(space.space.dimension) for _ in range(4)]
    zero = space.space.encode(
        {g.name: 0.0 if "weight" in g.name else 0.5 for g in space.space.genes}
    )
    for point in [*points, zero]:
        recipe = space.recipe(space.space.decode(point))
        assert all(torch.isfinite(t).all() for t in merged(recipe).values())


def test_a_worker_scores_a_merge_of_merges_as_often_as_it_is_asked(family: Path) -> None:
    from search_spaces.messages import Job, TaskSpec, WorkerSpec
    from workers.worker import Worker

    splits = {"search": {"letters": tuple(range(20))}}
    spec = WorkerSpec(
        str(family / "base"),
        {str(family / n): n for n in "ab"},
        (TaskSpec("letters", str(family / "tasks" / "letters.yaml")),),
        "float32",
        batch_tokens=64,
        threads=1,
    )
    worker = Worker(spec)
    worker.set_splits(splits)
    space = build(family, method=["linear", "ties"], method_per="group", layer_groups=2)
    genome = {g.name: g.decode(0.3 + 0.02 * i) for i, g in enumerate(space.space.genes)}
    recipes = [
        space.recipe(genome | {"method.g0": one, "method.g1": other, "weight.a.g0": weight})
        for weight in (0.2, 0.9)
        for one, other in (("linear", "ties"), ("ties", "linear"), ("ties", "ties"))
    ]
    once, again = (
        [worker.run(Job(number, recipe, "search")).score for number, recipe in enumerate(found)]
        for found in (recipes, recipes[::-1])
    )
    for number, (first, second) in enumerate(zip(once, again[::-1], strict=True)):
        assert first is not None, number
        assert second is not None
        assert first.outcomes == second.outcomes
        places = dict(worker._tensors)
        worker._build(recipes[number])
        for name, tensor in merged(recipes[number]).items():
            assert torch.equal(places[name], tensor)
