"""The task-vector family in float64, given the masks: what a random merge has to come to.

DARE arXiv:2311.03099, TIES arXiv:2306.01708, DELLA arXiv:2406.11617; `rescale` and the defaults
are mergekit's: what is kept gets back the L1 norm that the task vector had.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

Array = npt.NDArray[np.float64]
_LEAST_NORM = 1e-7


def rescaled(delta: Array, kept: Array) -> float:
    """What `kept`, a part of `delta`, is multiplied by."""
    before, after = np.abs(delta).sum(), np.abs(kept).sum()
    return 1.0 if min(before, after) < _LEAST_NORM else float(before / after)


def merged(
    base: Array,
    deltas: Sequence[Array],
    masks: Sequence[Array],
    weights: Sequence[float],
    shared: dict[str, Any],
    *,
    elect: bool,
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """(base + lambda * the sum or the elected mean of steps, where the vote is a tie).

    deltas, masks: one per model; shared: normalize, rescale, lambda.
    """
    steps = []
    for delta, mask, weight in zip(deltas, masks, weights, strict=True):
        kept = delta * mask
        steps.append(weight * kept * (rescaled(delta, kept) if shared["rescale"] else 1.0))
    total = np.sum(steps, axis=0)
    tied = np.zeros(base.shape, dtype=bool)
    divisor: Any = sum(weights)
    if elect:
        size = np.sum(np.abs(steps), axis=0)
        tied = (np.abs(total) <= 1e-6 * size) & (size > 0)
        elected = np.where(total >= 0, 1.0, -1.0)
        agrees = [np.sign(step) == elected for step in steps]
        total = np.sum([step * agree for step, agree in zip(steps, agrees, strict=True)], axis=0)
        divisor = np.sum([w * agree for w, agree in zip(weights, agrees, strict=True)], axis=0)
        divisor = np.where(divisor == 0, 1.0, divisor)
    if shared["normalize"]:
        total = total / divisor
    return base + float(shared["lambda"]) * total, tied


def keep_probability(delta: Array, density: float, epsilon: float | None) -> Array:
    """Of every entry: density, or with `epsilon` DELLA's, by rank in its row."""
    if epsilon is None or density >= 1:
        return np.full(delta.shape, min(density, 1.0))
    rows = delta.reshape(delta.shape[0], -1) if delta.ndim > 1 else delta.reshape(1, -1)
    ranks = np.abs(rows).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    spread = 2 * epsilon / max(1, rows.shape[1] - 1)
    return (density - epsilon + spread * ranks).reshape(delta.shape)


def ramplus_tl(
    base: torch.Tensor, models: Sequence[torch.Tensor], parameters: Mapping[str, float]
) -> torch.Tensor:
    """RAM+ of one tensor in float64 (arXiv:2601.13572): what a model alone changes times 1 + r
    clip(shared / unique, 0, alpha), what several change averaged.
    """
    deltas = torch.stack([model.double() - base.double() for model in models])
    changed = deltas.abs() > parameters["epsilon"]
    count = changed.sum(0)
    dims = tuple(range(1, deltas.dim()))
    shared, unique = (changed & (count > 1)).sum(dims), (changed & (count == 1)).sum(dims)
    ratio = shared.double() / unique.double().clamp(min=parameters["epsilon"])
    factor = 1 + parameters["r"] * ratio.clamp(0, parameters["alpha"])
    factor = factor.view(-1, *(1 for _ in dims))
    kept = deltas * changed
    alone = (kept * (count == 1) * factor).sum(0)
    return base.double() + alone + (kept * (count > 1)).sum(0) / count.clamp(min=1)


def in_float64(
    method: str,
    exact: torch.Tensor,
    base: torch.Tensor | None,
    models: Sequence[torch.Tensor],
    parameters: Mapping[str, float],
) -> torch.Tensor:
    """exact: mergekit's float64 result, which is taken as it is but for RAM+, whose ratio it
    computes in float32 all the same.
    """
    if method != "ramplus_tl" or base is None:
        return exact
    return ramplus_tl(base, models, parameters)
