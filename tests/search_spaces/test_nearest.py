"""The point of a parameter space nearest to a sum of task vectors. That exact ones make these
tensors is in tests/workers/test_points.py.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.parameters import ParameterSpace, SpaceConfig, build_space

PARENTS = {"a": "/m/a", "b": "/m/b"}
ONE_HOT = {"a": 1.0, "b": 0.0}
UNIFORM = {"a": 0.5, "b": 0.5}
SUM = {"a": 0.4, "b": 0.3}


def build(method: Any = "task_arithmetic", **config: Any) -> ParameterSpace:
    found = SpaceConfig.model_validate({"method": method, **config})
    return build_space(found, "/m/base", PARENTS, layers=4, dtype="bfloat16", seed=4)


def exact(space: ParameterSpace, weights: dict[str, float]) -> bool:
    found = space.nearest(weights)
    assert found is not None
    genome, says = found
    assert space.space.decode(space.space.encode(genome)) == pytest.approx(genome)
    return says


@pytest.mark.parametrize(
    ("method", "one_hot", "uniform", "total"),
    [
        ("task_arithmetic", True, True, True),
        ("dare_linear", True, True, True),
        ("della_linear", False, False, False),
        ("breadcrumbs", True, True, True),
        ("ties", True, False, False),
        ("dare_ties", True, False, False),
        ("breadcrumbs_ties", True, False, False),
        ("linear", True, True, False),
        ("nuslerp", True, False, False),
        ("multislerp", False, False, False),
        ("slerp", True, False, False),
    ],
)
def test_which_sums_a_method_can_make(
    method: str, one_hot: bool, uniform: bool, total: bool
) -> None:
    space = build(method)
    assert [exact(space, w) for w in (ONE_HOT, UNIFORM, SUM)] == [one_hot, uniform, total]


@pytest.mark.parametrize("method", ["sce", "ram", "nearswap", ["karcher", "sce"]])
def test_a_method_that_knows_no_weights_has_nothing_like_it(method: Any) -> None:
    assert build(method).nearest(UNIFORM) is None


def test_the_first_method_that_is_exact_else_the_first() -> None:
    space = build(["ties", "linear", "task_arithmetic"])
    methods = {
        name: found[0]["method"]
        for name, weights in (("one", ONE_HOT), ("uniform", UNIFORM), ("sum", SUM))
        if (found := space.nearest(weights)) is not None
    }
    assert methods == {"one": "ties", "uniform": "linear", "sum": "task_arithmetic"}
    found = build(["ties", "linear"]).nearest(SUM)
    assert found is not None
    genome, says = found
    assert (genome["method"], says) == ("ties", False)
    assert genome["density.a"] == pytest.approx(0.525)
    grouped = build(["ties", "linear"], method_per="group", layer_groups=2).nearest(UNIFORM)
    assert grouped == ({"method.g0": "linear", "method.g1": "linear", **HALVES}, True)


HALVES = {f"weight.{name}.g{group}": 0.5 for group in (0, 1) for name in PARENTS}


@pytest.mark.parametrize(
    ("config", "weights", "says"),
    [
        ({"bounds": {"weight": [0, 0.35]}}, SUM, False),
        ({"bounds": {"weight": [-0.5, 1.5]}}, {"a": -0.5, "b": 1.5}, True),
        ({"fixed": {"weight.a": 0.4}}, SUM, True),
        ({"fixed": {"weight.a": 0.5}}, SUM, False),
        ({"tied": ["weight"]}, UNIFORM, True),
        ({"tied": ["weight"]}, SUM, False),
        ({"fixed": {"lambda": 2}}, SUM, True),
        ({"bounds": {"lambda": {"low": 0.5, "high": 1, "start": 0.5}}}, SUM, True),
        ({"fixed": {"normalize": True}}, UNIFORM, True),
        ({"fixed": {"normalize": True}}, SUM, False),
        ({"fixed": {"normalize": True}, "bounds": {"lambda": [0, 1]}}, SUM, True),
        ({"layer_groups": 4, "smooth": True, "filters": ["mlp"]}, SUM, True),
        ({"method": "dare_linear", "fixed": {"density": 0.5}}, SUM, False),
        (
            {
                "method": "dare_linear",
                "bounds": {"density": {"low": 0, "high": 1, "start": 0.5}},
            },
            SUM,
            False,
        ),
        ({"method": "della_linear", "fixed": {"density": 1}}, SUM, True),
        ({"method": "ties", "fixed": {"normalize": True}}, ONE_HOT, True),
        ({"method": "ties", "fixed": {"normalize": True}}, {"a": 0.7}, False),
        ({"method": "linear", "fixed": {"normalize": True}}, UNIFORM, True),
        ({"method": "slerp", "bounds": {"t": [0.1, 1]}}, ONE_HOT, False),
        ({"method": "ties"}, {}, True),
        ({"method": "linear"}, {}, False),
    ],
)
def test_bounds_fixed_and_tied_genes_decide_whether_it_is_exact(
    config: dict[str, Any], weights: dict[str, float], says: bool
) -> None:
    space = build(**config)
    assert exact(space, weights) is says
    found = space.nearest(weights)
    assert found is not None
    for gene in space.space.genes:
        assert gene.low <= float(found[0][gene.name]) <= gene.high


@given(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5), st.sampled_from([1, 2, "each"]))
@settings(max_examples=40, deadline=None)
def test_within_bounds_task_arithmetic_makes_every_sum(a: float, b: float, groups: Any) -> None:
    space = build(layer_groups=groups, bounds={"weight": [-0.5, 1.5]})
    found = space.nearest({"a": a, "b": b})
    assert found is not None
    genome, says = found
    assert says
    assert {name.split(".")[1]: value for name, value in genome.items()} == {"a": a, "b": b}
    again = space.space.decode(space.space.encode(genome))
    assert np.allclose([float(again[n]) for n in genome], [float(v) for v in genome.values()])
