"""Laws of the merge methods, and their values against plain float64 formulas."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.errors import CandidateError
from search_spaces.methods import METHODS as SPECS
from search_spaces.recipe import Recipe
from workers.materialize import Merge
from workers.methods import METHODS, Inputs, run_pass
from workers.methods.masks import mask_seed

SHARED = {
    "normalize": 0.0,
    "rescale": 0.0,
    "lambda": 1.0,
    "int8_mask": 0.0,
}


def tensors(count: int, seed: int = 0, shape: tuple[int, ...] = (7, 5)) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for _ in range(count)]


def task_inputs(
    weights: tuple[float, ...], densities: tuple[float, ...] | None = None, **shared: float
) -> Inputs:
    base, *models = tensors(1 + len(weights))
    return Inputs(
        base=base,
        models=tuple(models),
        per_model={"weight": weights, "density": densities or (1.0,) * len(weights)},
        shared=SHARED | shared,
        seeds=tuple(range(11, 11 + len(weights))),
    )


def merged(name: str, inputs: Inputs) -> torch.Tensor:
    out = torch.empty_like(inputs.models[0])
    run_pass(METHODS[name](inputs), out, dtype=out.dtype, compile_it=inputs.compile_it)
    return out


def test_the_registry_and_the_parameter_table_name_the_same_methods() -> None:
    assert set(METHODS) == set(SPECS)


@pytest.mark.parametrize("name", ["task_arithmetic", "ties", "dare_linear", "dare_ties"])
@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_one_hot_weights_give_that_parent(name: str, chosen: int) -> None:
    weights = tuple(float(i == chosen) for i in range(3))
    inputs = task_inputs(weights)
    torch.testing.assert_close(merged(name, inputs), inputs.models[chosen])


@pytest.mark.parametrize("name", ["task_arithmetic", "ties", "dare_linear", "dare_ties"])
def test_weights_of_zero_give_the_base(name: str) -> None:
    inputs = task_inputs((0.0, 0.0))
    torch.testing.assert_close(merged(name, inputs), inputs.reference())


@pytest.mark.parametrize(
    "name", sorted(n for n, s in SPECS.items() if any(p.absent is not None for p in s.parameters))
)
def test_a_model_of_weight_zero_might_as_well_not_be_there(name: str) -> None:
    """What `search_spaces.ablations.without` rests on."""
    count = 2 if name == "nuslerp" else 3
    base, *models = tensors(1 + count)
    values = {"weight": (0.7, 0.4, 0.0), "density": (0.5, 0.4, 0.6)}
    values |= {"epsilon": (0.1,) * 3, "gamma": (0.05,) * 3}
    shared = {p.name: p.default for p in SPECS[name].parameters if p.scope == "shared"}
    known = {p.name for p in SPECS[name].parameters}

    def over(kept: slice) -> Inputs:
        return Inputs(
            base=None if SPECS[name].base == "ignored" else base,
            models=tuple(models[kept]),
            per_model={k: v[3 - count :][kept] for k, v in values.items() if k in known},
            shared=shared,
            seeds=(11, 12, 13)[kept],
        )

    without = models[0] if name == "nuslerp" else merged(name, over(slice(0, 2)))
    torch.testing.assert_close(merged(name, over(slice(0, count))), without)


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=4), st.floats(-1, 2))
@settings(max_examples=40, deadline=None)
def test_task_arithmetic_is_its_formula(weights: list[float], scale: float) -> None:
    inputs = task_inputs(tuple(weights), **{"lambda": scale})
    base = inputs.reference().double()
    expected = base + scale * sum(
        w * (m.double() - base) for w, m in zip(weights, inputs.models, strict=True)
    )
    torch.testing.assert_close(
        merged("task_arithmetic", inputs).double(), expected, atol=2e-5, rtol=2e-5
    )


@given(st.permutations(range(3)))
@settings(max_examples=6, deadline=None)
def test_the_order_of_parents_does_not_matter(order: list[int]) -> None:
    for name in ("linear", "task_arithmetic", "ties"):
        inputs = task_inputs((0.2, 0.5, 0.9), (0.3, 0.6, 0.9), normalize=1.0)
        turned = Inputs(
            base=inputs.base,
            models=tuple(inputs.models[i] for i in order),
            per_model={k: tuple(v[i] for i in order) for k, v in inputs.per_model.items()},
            shared=inputs.shared,
        )
        torch.testing.assert_close(merged(name, inputs), merged(name, turned))


def test_linear_normalizes_and_refuses_what_it_cannot() -> None:
    one, two = tensors(2)
    inputs = Inputs(None, (one, two), {"weight": (1.0, 3.0)}, {"normalize": 1.0})
    torch.testing.assert_close(merged("linear", inputs), 0.25 * one + 0.75 * two)
    plain = Inputs(None, (one, two), {"weight": (1.0, 3.0)}, {"normalize": 0.0})
    torch.testing.assert_close(merged("linear", plain), one + 3 * two)
    with pytest.raises(CandidateError, match="sum to 0"):
        merged("linear", Inputs(None, (one, two), {"weight": (1.0, -1.0)}, {"normalize": 1.0}))


@given(st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_slerp_ends_at_its_models_and_keeps_to_the_arc(t: float) -> None:
    start, end = tensors(2)
    end = end * (start.norm() / end.norm())

    def at(value: float) -> torch.Tensor:
        return merged("slerp", Inputs(start, (end,), {}, {"t": value}))

    torch.testing.assert_close(at(0.0), start)
    torch.testing.assert_close(at(1.0), end)
    assert float(at(t).norm()) == pytest.approx(float(start.norm()), rel=1e-4)


def test_slerp_of_parallel_tensors_is_a_straight_line() -> None:
    (start,) = tensors(1)
    found = merged("slerp", Inputs(start, (2 * start,), {}, {"t": 0.25}))
    torch.testing.assert_close(found, 1.25 * start)


def ties_in_float64(
    base: np.ndarray,
    models: list[np.ndarray],
    weights: list[float],
    density: float,
    normalize: bool,
) -> np.ndarray:
    """TIES written out per entry, TIES section 3 (arXiv:2306.01708)."""
    deltas = []
    for model in models:
        delta = (model - base).astype(np.float64)
        keep = int(density * delta.size)
        order = np.argsort(-np.abs(delta), axis=None, kind="stable")[:keep]
        kept = np.zeros(delta.size)
        kept[order] = delta.flat[order]
        deltas.append(kept.reshape(delta.shape))
    result = base.astype(np.float64).copy()
    for place in np.ndindex(*base.shape):
        votes = [w * d[place] for w, d in zip(weights, deltas, strict=True)]
        sign = 1.0 if sum(votes) >= 0 else -1.0
        agree = [i for i, vote in enumerate(votes) if np.sign(vote) == sign]
        value = sum(votes[i] for i in agree)
        if normalize and agree:
            value /= sum(weights[i] for i in agree)
        result[place] += value
    return result


@pytest.mark.parametrize("density", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("normalize", [True, False])
def test_ties_is_its_paper(density: float, normalize: bool) -> None:
    inputs = task_inputs((0.7, 1.0, 0.4), (density,) * 3, normalize=float(normalize))
    expected = ties_in_float64(
        inputs.reference().numpy(),
        [m.numpy() for m in inputs.models],
        [0.7, 1.0, 0.4],
        density,
        normalize,
    )
    torch.testing.assert_close(
        merged("ties", inputs).double(), torch.from_numpy(expected), atol=1e-5, rtol=1e-5
    )


def test_ties_keeps_its_divisor_away_from_zero() -> None:
    """mergekit makes a 2356 of this; what we make stays of the size of the models."""
    base = torch.zeros(4)
    models = (torch.full((4,), 2.1), torch.full((4,), -2.1))
    inputs = Inputs(
        base, models, {"weight": (1.0, -0.999), "density": (1.0, 1.0)}, SHARED | {"normalize": 1.0}
    )
    assert float(merged("ties", inputs).abs().max()) < 220


def kept(name: str, delta: torch.Tensor, seed: int = 7, **per_model: float) -> torch.Tensor:
    """Which entries of one task vector a method keeps."""
    inputs = Inputs(
        torch.zeros_like(delta),
        (delta,),
        {"weight": (1.0,)} | {key: (value,) for key, value in per_model.items()},
        SHARED,
        (seed,),
    )
    return merged(name, inputs) != 0


def with_equals(shape: tuple[int, ...] = (13, 9), seed: int = 4) -> torch.Tensor:
    """Many equal magnitudes, none of them zero."""
    (delta,) = tensors(1, seed=seed, shape=shape)
    return torch.where(delta < 0, -1.0, 1.0) * ((delta.abs() * 4).round() / 4 + 0.25)


@given(st.floats(0.01, 0.999), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_ties_keeps_exactly_so_many_and_the_largest(density: float, seed: int) -> None:
    delta = with_equals(seed=seed)
    count = max(1, int(density * delta.numel()))
    order = torch.argsort(delta.abs().flatten(), descending=True, stable=True)
    mask = torch.zeros(delta.numel(), dtype=torch.bool)
    mask[order[:count]] = True
    assert torch.equal(kept("ties", delta, density=density), mask.view(delta.shape))


@given(st.floats(0.01, 0.999), st.floats(0, 0.3), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_breadcrumbs_drops_the_largest_and_then_the_smallest(
    density: float, gamma: float, seed: int
) -> None:
    delta = with_equals(seed=seed)
    count = delta.numel()
    target, top = int(density * count), int(gamma * count)
    order = torch.argsort(delta.abs().flatten(), stable=True)
    first = max(0, count - target - top)
    mask = torch.zeros(count, dtype=torch.bool)
    mask[order[first : first + target]] = True
    found = kept("breadcrumbs", delta, density=density, gamma=gamma)
    assert torch.equal(found, mask.view(delta.shape))


@pytest.mark.parametrize("equals", [False, True])
@pytest.mark.parametrize("density", [0.0003, 0.2, 0.5, 0.77, 0.9999])
def test_thresholds_of_large_tensors_are_exact(density: float, equals: bool) -> None:
    shape = (411, 523)
    delta = with_equals(shape) if equals else tensors(1, shape=shape)[0]
    count = int(density * delta.numel())
    order = torch.argsort(delta.abs().flatten(), descending=True, stable=True)
    mask = torch.zeros(delta.numel(), dtype=torch.bool)
    mask[order[:count]] = True
    assert torch.equal(kept("ties", delta, density=density), mask.view(delta.shape))


def test_random_masks_nest_and_depend_on_their_seed_alone() -> None:
    delta = torch.ones(300, 700)
    low = kept("dare_linear", delta, density=0.3)
    high = kept("dare_linear", delta, density=0.6)
    assert bool((low <= high).all())
    for mask, density in ((low, 0.3), (high, 0.6)):
        sigma = (density * (1 - density) / delta.numel()) ** 0.5
        assert float(mask.double().mean()) == pytest.approx(density, abs=5 * sigma)
    torch.manual_seed(99)
    assert torch.equal(low, kept("dare_linear", delta, density=0.3))
    other = kept("dare_linear", delta, seed=8, density=0.3)
    both = float((low & other).double().mean())
    assert both == pytest.approx(0.09, abs=0.004)
    # A stretch of memory, a row and a column keep as much as the whole.
    assert float(low[:, 0].double().mean()) == pytest.approx(0.3, abs=0.12)
    assert float((low[:, 1:] & low[:, :-1]).double().mean()) == pytest.approx(0.09, abs=0.004)


def test_della_keeps_large_entries_of_a_row_more_often() -> None:
    (delta,) = tensors(1, shape=(2000, 64))
    mask = kept("della", delta, density=0.4, epsilon=0.2)
    ranks = delta.abs().argsort(1).argsort(1)
    for rank in (0, 31, 63):
        expected = 0.2 + 0.4 * rank / 63
        assert float(mask[ranks == rank].double().mean()) == pytest.approx(expected, abs=0.05)
    with pytest.raises(CandidateError, match="must lie inside"):
        kept("della", delta, density=0.4, epsilon=0.4)


def test_mask_seeds_differ_by_search_parent_and_tensor() -> None:
    seeds = {mask_seed(s, p, t) for s in (0, 1) for p in ("a", "b") for t in ("x", "y")}
    assert len(seeds) == 8


def test_rescale_restores_the_l1_norm_of_the_task_vector() -> None:
    inputs = task_inputs((1.0,), (0.4,), rescale=1.0)
    found = merged("dare_linear", inputs) - inputs.reference()
    whole = inputs.models[0] - inputs.reference()
    assert float(found.abs().sum()) == pytest.approx(float(whole.abs().sum()), rel=1e-4)
    assert 0.2 < float((found.abs() > 1e-7).float().mean()) < 0.6


@pytest.mark.parametrize("name", sorted(SPECS))
@pytest.mark.parametrize("shape", [(), (0,), (1,), (5, 1), (1, 5), (2, 3, 4)])
def test_every_method_takes_every_shape(name: str, shape: tuple[int, ...]) -> None:
    spec = SPECS[name]
    count = spec.inputs[0] if spec.inputs[1] is not None else 2
    base, *models = tensors(1 + count, shape=shape)
    default = {"weight": 0.5, "t": 0.5, "density": 0.5, "epsilon": 0.1}
    shared = {p.name: default.get(p.name, p.default) for p in spec.parameters}
    found = materialized(name, base if spec.base != "ignored" else None, models, shared)
    assert found.shape == base.shape
    assert bool(torch.isfinite(found).all())


def materialized(
    name: str, base: torch.Tensor | None, models: list[torch.Tensor], values: dict[str, object]
) -> torch.Tensor:
    """One tensor through the merge of a whole recipe."""

    class Given:
        def __init__(self, number: int, tensor: torch.Tensor) -> None:
            self.fingerprint, self.tensor = str(number), tensor

        def get(self, tensor: str) -> torch.Tensor:
            return self.tensor

    spec = SPECS[name]
    given = {f"m{i}": Given(i, m) for i, m in enumerate(models)}
    recipe = {
        "merge_method": name,
        "models": [{"model": m} for m in given],
        "parameters": values,
        "base_model": None if base is None else "base",
    }
    if base is not None:
        given["base"] = Given(9, base)
    assert {p.name for p in spec.parameters} == set(values)
    return Merge(Recipe.model_validate(recipe), given, ["x.weight"], 1).write("x.weight")
