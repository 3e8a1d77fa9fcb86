"""Weighted averages, straight and on the sphere."""

import torch

from search_spaces.errors import CandidateError
from workers.methods.inputs import Inputs

_PARALLEL = 0.9995


def linear(inputs: Inputs) -> torch.Tensor:
    """sum w x, divided by sum w if `normalize`. Model soups, arXiv:2203.05482.

    Raises: CandidateError when the weights to normalize by sum to nothing.
    """
    weights = inputs.per_model["weight"]
    total = sum(weights)
    if inputs.shared["normalize"]:
        if abs(total) < 1e-6 * max(1e-30, sum(map(abs, weights))) or total == 0:
            raise CandidateError(
                f"linear: weights {weights} sum to {total:g}, which cannot be normalized"
            )
        weights = tuple(w / total for w in weights)
    merged = inputs.models[0].float() * weights[0]
    for weight, model in zip(weights[1:], inputs.models[1:], strict=True):
        merged.add_(model, alpha=weight)
    return merged


def slerp(inputs: Inputs) -> torch.Tensor:
    """From the base (t=0) to the other model (t=1) along the arc between them, whole tensor at
    once.

    Shoemake 1985; straight interpolation where the two are nearly parallel (abs(cos) > .9995). The
    norms are not equalized.
    """
    t = inputs.shared["t"]
    start, end = inputs.reference().float(), inputs.models[0].float()
    norms = float(start.norm()) * float(end.norm())
    cosine = float((start * end).sum()) / norms if norms > 0 else 1.0
    if abs(cosine) > _PARALLEL:
        return torch.lerp(start, end, t)
    angle = torch.arccos(torch.tensor(cosine, dtype=torch.float64))
    sine = torch.sin(angle)
    return start * float(torch.sin((1 - t) * angle) / sine) + end * float(
        torch.sin(t * angle) / sine
    )
