"""base + lambda * sum w d over task vectors d = model - base, with dropping and sign election.

Task arithmetic arXiv:2212.04089, TIES arXiv:2306.01708, DARE arXiv:2311.03099, DELLA
arXiv:2406.11617, Breadcrumbs arXiv:2312.06795. Sums are in fp32 whatever the models' dtype.
"""

import math
from functools import partial

import torch

from workers.methods.drops import ranks_of, stretches_of
from workers.methods.inputs import Inputs, Pass, Stretch, settled
from workers.methods.masks import seed_words
from workers.methods.norms import keep_at_once, norms_of, norms_once
from workers.methods.task_kernels import LEAST, Elect, Keep, Kept, Sum


def task_arithmetic(inputs: Inputs) -> Pass:
    """base + lambda * sum w d (equation 1 of arXiv:2212.04089, with a weight per task)."""
    return _merge(inputs, "all", elect=False)


def ties(inputs: Inputs) -> Pass:
    """Trim to the top density of abs(d), elect signs, mean over those that agree (section 3)."""
    return _merge(inputs, "top", elect=True)


def dare_linear(inputs: Inputs) -> Pass:
    """Drop at random, rescale, sum."""
    return _merge(inputs, "random", elect=False)


def dare_ties(inputs: Inputs) -> Pass:
    """Drop at random, rescale, elect signs as TIES does."""
    return _merge(inputs, "random", elect=True)


def della_linear(inputs: Inputs) -> Pass:
    """Drop at random, small ones of a row more often, rescale, sum."""
    return _merge(inputs, "ranked", elect=False)


def della(inputs: Inputs) -> Pass:
    """Drop at random, small ones of a row more often, rescale, elect signs (section 3)."""
    return _merge(inputs, "ranked", elect=True)


def breadcrumbs(inputs: Inputs) -> Pass:
    """Drop the largest gamma and then the smallest, so that density is kept; sum (section 3)."""
    return _merge(inputs, "band", elect=False)


def breadcrumbs_ties(inputs: Inputs) -> Pass:
    """Drop the largest gamma and then the smallest, elect signs as TIES does."""
    return _merge(inputs, "band", elect=True)


def _merge(inputs: Inputs, keep: Keep, *, elect: bool) -> Pass:
    densities = inputs.per_model.get("density", ())
    if keep != "all" and all(density >= 1 for density in densities):
        keep = "all"
    kept = Kept(keep, len(inputs.models))
    base = inputs.reference()
    operands = (base, *inputs.models)
    if keep == "ranked":
        operands += tuple(
            b for index in range(len(inputs.models)) for b in ranks_of(inputs, index)
        )
    rows = stretches_of(inputs, keep)
    words = seed_words(inputs.seeds, base.device) if keep in ("random", "ranked") else None
    scales = [1.0] * len(inputs.models)
    if inputs.shared.get("rescale") and keep != "all":
        norm = str(inputs.shared.get("rescale_norm", "l1"))
        if words is not None and not inputs.facts.keep:
            given, after, before = keep_at_once(kept, rows[0][1], words, operands, norm)
            kept, words = Kept("given", len(given)), None
            operands = (base, *inputs.models, *given)
        else:
            before = _norms(inputs, norm)
            after = norms_of(kept, rows, words, operands, norm, compile_it=inputs.compile_it)
        scales = [_rescale(*pair) for pair in zip(before, after, strict=True)]
    weights = inputs.per_model["weight"]
    mixed = min(weights) < 0 < max(weights)
    kernel, tail = _kernel(inputs, kept, elect=elect, mixed=mixed)

    def whole(limits: list[tuple[float, float]]) -> tuple[torch.Tensor, ...]:
        table = [
            (w * s, w if mixed else abs(w), low, high)
            for w, s, (low, high) in zip(weights, scales, limits, strict=True)
        ]
        found = [torch.tensor(table, dtype=inputs.number, device=base.device)]
        found += [] if words is None else [words]
        return (*found, inputs.scalars(*tail))

    return Pass(
        kernel,
        operands,
        tuple(Stretch(stop, whole(limits)) for stop, limits in rows),
        indexed=words is not None,
    )


def _kernel(
    inputs: Inputs, kept: Kept, *, elect: bool, mixed: bool
) -> tuple[Sum | Elect, tuple[float, ...]]:
    """(the kernel, what its coefficients end with)."""
    weights, scale = inputs.per_model["weight"], float(inputs.shared["lambda"])
    normalize = bool(inputs.shared["normalize"])
    if elect:
        scale *= -1 if normalize and max(weights) <= 0 and min(weights) < 0 else 1
        floor = min((abs(w) for w in weights if w), default=1.0)
        return Elect(kept, normalize, mixed), (scale, floor * (1e-3 if mixed else 0.5))
    if normalize:
        total, size = sum(weights), sum(map(abs, weights))
        least = LEAST * size if size else 1.0
        scale /= math.copysign(max(abs(total), least), total)
    return Sum(kept), (scale,)


def _norms(inputs: Inputs, norm: str) -> list[float]:
    """Of the whole task vectors."""
    base = inputs.reference()
    return [
        inputs.once_of(index, ("norm", norm), partial(norms_once, base, model, norm))
        for index, model in enumerate(inputs.models)
    ]


def _rescale(before: float, after: float) -> float:
    """Norm of the whole task vector by norm of what is kept.

    mergekit's `rescale`: it is not DARE's 1/p, but equal to it in expectation. Norms under 1e-7
    are left alone.
    """
    return settled(before / after) if before >= 1e-7 and after >= 1e-7 else 1.0
