"""Laws of the merge methods, and their values against plain float64 formulas."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.errors import CandidateError
from search_spaces.methods import METHODS as SPECS
from workers.methods import METHODS, Inputs
from workers.methods.masks import at_random, largest, mask_seed

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


def test_the_registry_and_the_parameter_table_name_the_same_methods() -> None:
    assert set(METHODS) == set(SPECS)


@pytest.mark.parametrize("name", ["task_arithmetic", "ties", "dare_linear", "dare_ties"])
@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_one_hot_weights_give_that_parent(name: str, chosen: int) -> None:
    weights = tuple(float(i == chosen) for i in range(3))
    inputs = task_inputs(weights)
    torch.testing.assert_close(METHODS[name](inputs), inputs.models[chosen])


@pytest.mark.parametrize("name", ["task_arithmetic", "ties", "dare_linear", "dare_ties"])
def test_weights_of_zero_give_the_base(name: str) -> None:
    inputs = task_inputs((0.0, 0.0))
    torch.testing.assert_close(METHODS[name](inputs), inputs.reference())


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=4), st.floats(-1, 2))
@settings(max_examples=40, deadline=None)
def test_task_arithmetic_is_its_formula(weights: list[float], scale: float) -> None:
    inputs = task_inputs(tuple(weights), **{"lambda": scale})
    base = inputs.reference().double()
    expected = base + scale * sum(
        w * (m.double() - base) for w, m in zip(weights, inputs.models, strict=True)
    )
    torch.testing.assert_close(
        METHODS["task_arithmetic"](inputs).double(), expected, atol=2e-5, rtol=2e-5
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
        torch.testing.assert_close(METHODS[name](inputs), METHODS[name](turned))


def test_linear_normalizes_and_refuses_what_it_cannot() -> None:
    one, two = tensors(2)
    inputs = Inputs(None, (one, two), {"weight": (1.0, 3.0)}, {"normalize": 1.0})
    torch.testing.assert_close(METHODS["linear"](inputs), 0.25 * one + 0.75 * two)
    plain = Inputs(None, (one, two), {"weight": (1.0, 3.0)}, {"normalize": 0.0})
    torch.testing.assert_close(METHODS["linear"](plain), one + 3 * two)
    with pytest.raises(CandidateError, match="sum to 0"):
        METHODS["linear"](Inputs(None, (one, two), {"weight": (1.0, -1.0)}, {"normalize": 1.0}))


@given(st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_slerp_ends_at_its_models_and_keeps_to_the_arc(t: float) -> None:
    start, end = tensors(2)
    end = end * (start.norm() / end.norm())

    def at(value: float) -> torch.Tensor:
        return METHODS["slerp"](Inputs(start, (end,), {}, {"t": value}))

    torch.testing.assert_close(at(0.0), start)
    torch.testing.assert_close(at(1.0), end)
    assert float(at(t).norm()) == pytest.approx(float(start.norm()), rel=1e-4)


def test_slerp_of_parallel_tensors_is_a_straight_line() -> None:
    (start,) = tensors(1)
    merged = METHODS["slerp"](Inputs(start, (2 * start,), {}, {"t": 0.25}))
    torch.testing.assert_close(merged, 1.25 * start)


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
        METHODS["ties"](inputs).double(), torch.from_numpy(expected), atol=1e-5, rtol=1e-5
    )


def test_ties_keeps_its_divisor_away_from_zero() -> None:
    """mergekit makes a 2356 of this; what we make stays of the size of the models."""
    base = torch.zeros(4)
    models = (torch.full((4,), 2.1), torch.full((4,), -2.1))
    inputs = Inputs(
        base, models, {"weight": (1.0, -0.999), "density": (1.0, 1.0)}, SHARED | {"normalize": 1.0}
    )
    assert float(METHODS["ties"](inputs).abs().max()) < 220


@given(st.floats(0.01, 0.999))
@settings(max_examples=30, deadline=None)
def test_largest_keeps_exactly_so_many_and_the_largest(density: float) -> None:
    (delta,) = tensors(1, seed=4, shape=(13, 9))
    delta = (delta * 4).round() / 4  # many equal magnitudes
    kept = largest(delta, density)
    count = int(density * delta.numel())
    chosen = kept != 0
    expected = torch.argsort(delta.abs().flatten(), descending=True, stable=True)[:count]
    mask = torch.zeros(delta.numel(), dtype=torch.bool)
    mask[expected] = True
    assert torch.equal(kept, delta * mask.view(delta.shape))
    assert int(chosen.sum()) <= count


def test_random_masks_nest_and_depend_on_their_seed_alone() -> None:
    delta = torch.ones(200, 50)
    low, high = at_random(delta, 0.3, 7), at_random(delta, 0.6, 7)
    assert bool((low <= high).all())
    assert float(low.mean()) == pytest.approx(0.3, abs=0.02)
    torch.manual_seed(99)
    assert torch.equal(low, at_random(delta, 0.3, 7))
    assert not torch.equal(low, at_random(delta, 0.3, 8))


def test_mask_seeds_differ_by_search_parent_and_tensor() -> None:
    seeds = {mask_seed(s, p, t) for s in (0, 1) for p in ("a", "b") for t in ("x", "y")}
    assert len(seeds) == 8


def test_rescale_restores_the_l1_norm_of_the_task_vector() -> None:
    inputs = task_inputs((1.0,), (0.4,), rescale=1.0)
    merged = METHODS["dare_linear"](inputs) - inputs.reference()
    whole = inputs.models[0] - inputs.reference()
    assert float(merged.abs().sum()) == pytest.approx(float(whole.abs().sum()), rel=1e-4)
    assert 0.2 < float((merged.abs() > 1e-7).float().mean()) < 0.6
