"""base + lambda * sum w d over task vectors d = model - base, with dropping and sign election.

Task arithmetic arXiv:2212.04089, TIES arXiv:2306.01708, DARE arXiv:2311.03099. Sums are in fp32.
"""

from collections.abc import Callable, Iterator

import torch

from workers.methods.inputs import Inputs
from workers.methods.masks import at_random, largest, rescaled

Drop = Callable[[torch.Tensor, int], torch.Tensor]


def task_arithmetic(inputs: Inputs) -> torch.Tensor:
    """base + lambda * sum w d (equation 1 of arXiv:2212.04089, with a weight per task)."""
    return _sum(inputs, lambda delta, index: delta)


def ties(inputs: Inputs) -> torch.Tensor:
    """Trim to the top density of abs(d), elect signs, mean over those that agree (section 3)."""
    densities = inputs.per_model["density"]
    return _elect(inputs, lambda delta, index: largest(delta, densities[index]))


def dare_linear(inputs: Inputs) -> torch.Tensor:
    """Drop at random, rescale, sum."""
    return _sum(inputs, _random_drop(inputs))


def dare_ties(inputs: Inputs) -> torch.Tensor:
    """Drop at random, rescale, elect signs as TIES does."""
    return _elect(inputs, _random_drop(inputs))


def _random_drop(inputs: Inputs) -> Drop:
    densities = inputs.per_model["density"]
    return lambda delta, index: at_random(delta, densities[index], inputs.seeds[index])


def _weighted(inputs: Inputs, drop: Drop) -> Iterator[tuple[float, torch.Tensor]]:
    """(w, w d) of every model, after dropping and rescaling; d of shape (*shape) in fp32."""
    base = inputs.reference().float()
    for index, (weight, model) in enumerate(
        zip(inputs.per_model["weight"], inputs.models, strict=True)
    ):
        whole = model.float() - base
        kept = drop(whole, index)
        if inputs.shared["rescale"]:
            kept = rescaled(kept, whole)
        yield weight, kept * weight


def _sum(inputs: Inputs, drop: Drop) -> torch.Tensor:
    base = inputs.reference().float()
    total = torch.zeros_like(base)
    for _, weighted in _weighted(inputs, drop):
        total += weighted
    if inputs.shared["normalize"]:
        weights = inputs.per_model["weight"]
        total /= _guarded(torch.tensor(sum(weights)), torch.tensor(sum(map(abs, weights))))
    return base + inputs.shared["lambda"] * total


def _elect(inputs: Inputs, drop: Drop) -> torch.Tensor:
    base = inputs.reference().float()
    pairs = list(_weighted(inputs, drop))
    total = torch.zeros_like(base)
    for _, delta in pairs:
        total += delta
    elected = torch.where(total >= 0, 1.0, -1.0)
    total.zero_()
    divisor = torch.zeros_like(base)
    size = torch.zeros_like(base)
    for weight, delta in pairs:
        agrees = delta.sign() == elected
        total += delta * agrees
        divisor += weight * agrees
        size += abs(weight) * agrees
    if inputs.shared["normalize"]:
        total /= _guarded(divisor, size)
    return base + inputs.shared["lambda"] * total


def _guarded(divisor: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
    """The sum of weights to divide by, kept away from zero.

    mergekit has no floor here: weights (1, -.999) made of 2.1 a 2356. Where weights of both signs
    cancel to under 1 % of their absolute sum, that 1 % is used, with the divisor's sign; where
    nothing agrees, 1.
    """
    floor = torch.where(size > 0, 0.01 * size, 1.0)
    small = divisor.abs() < floor
    return torch.where(small, torch.where(divisor < 0, -floor, floor), divisor)
