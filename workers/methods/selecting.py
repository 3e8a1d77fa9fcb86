"""Methods that choose entries by what all models, or their rows, say of them."""

from dataclasses import dataclass

import numpy as np
import torch

from workers.methods.choosing import positive, sign_of
from workers.methods.inputs import Inputs, Pass, Stretch, one_pass
from workers.methods.order import Edge, Order, before, edges_of, sort_once
from workers.methods.passes import stretches


def variance(base: torch.Tensor, *models: torch.Tensor) -> torch.Tensor:
    """Of the task vectors over the models, at every position."""
    deltas = [model - base for model in models]
    mean = deltas[0]
    for delta in deltas[1:]:
        mean = mean + delta
    mean = mean / len(deltas)
    total = (deltas[0] - mean) ** 2
    for delta in deltas[1:]:
        total = total + (delta - mean) ** 2
    return total / len(deltas)


def _variances(base: torch.Tensor, *models: torch.Tensor) -> list[torch.Tensor]:
    return [variance(base, *models)]


@dataclass(frozen=True)
class Fuse:
    """SCE's fusion; whole: weights (models,), (low,) variance over which an entry counts.

    all_count: no selection at all.
    """

    all_count: bool

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        number = whole[0].dtype
        base, *models = (t.float() for t in operands)
        deltas = _selected(base, models, None if self.all_count else whole[1][0])
        total = deltas[0]
        for delta in deltas[1:]:
            total = total + delta
        elected = sign_of(total)
        agrees = [positive(delta * elected).to(number) for delta in deltas]
        origin = operands[0].to(number)
        merged, divisor = torch.zeros_like(origin), torch.zeros_like(origin)
        for index, agree in enumerate(agrees):
            weight = agree * whole[0][index]
            merged = merged + (operands[index + 1].to(number) - origin) * weight
            divisor = divisor + weight
        return origin + merged / divisor.clamp(min=1e-6)


def sce(inputs: Inputs) -> Pass:
    """Select the entries of highest variance, weigh models by their mean square there, erase the
    minority signs (arXiv:2408.07990, section 3.2).

    As mergekit does, models weigh alike where their mean squares sum to under 1e-6, which is so
    for many real fine-tunes; the paper has no such floor.
    """
    base = inputs.reference()
    tensors = (base, *inputs.models)
    share, count = float(inputs.shared["select_topk"]), base.numel()
    if share >= 1:
        weights = inputs.once("energy", lambda: _energies(tensors, None))
        return one_pass(Fuse(True), tensors, inputs.scalars(*weights))

    def sort() -> tuple[Order, int]:
        found = torch.cat([variance(*part) for _, part in stretches(*tensors)]).cpu().numpy()
        return sort_once(found), int(np.count_nonzero(found))

    order, varied = inputs.once("variances", sort)
    kept = int(varied * share)
    low, cut = float("inf"), count
    if kept > 0:
        ((edge,),) = edges_of(
            [order],
            [[count - kept]],
            "larger",
            _variances,
            tensors,
            name=f"variance of {len(inputs.models)}",
            compile_it=inputs.compile_it,
        )
        low, cut = edge.value, edge.cut
    edge = Edge(low, cut)
    weights = _energies(tensors, edge)
    limits = (
        [(cut, before(low)), (count, low)]
        if 0 < cut < count
        else [(count, before(low) if cut else low)]
    )
    return Pass(
        Fuse(False),
        tensors,
        tuple(
            Stretch(stop, (inputs.scalars(*weights), inputs.scalars(limit)))
            for stop, limit in limits
        ),
    )


def _selected(
    base: torch.Tensor, models: list[torch.Tensor], low: torch.Tensor | None
) -> list[torch.Tensor]:
    deltas = [model - base for model in models]
    if low is None:
        return deltas
    kept = variance(base, *models) > low
    return [delta * kept for delta in deltas]


def _energies(tensors: tuple[torch.Tensor, ...], edge: Edge | None) -> list[float]:
    """Each model's share of the mean squares of the selected entries."""
    total = torch.zeros(len(tensors) - 1, dtype=torch.float64, device=tensors[0].device)
    for first, (base, *models) in stretches(*tensors):
        deltas = [model - base for model in models]
        if edge is not None:
            found = variance(base, *models)
            kept = found > edge.value
            if first < edge.cut:
                equal = found[: edge.cut - first] == edge.value
                kept[: edge.cut - first] |= equal
            deltas = [delta * kept for delta in deltas]
        total += torch.stack([(delta.double() ** 2).sum() for delta in deltas])
    means = (total / tensors[0].numel()).tolist()
    if sum(means) < 1e-6:
        return [1 / len(means)] * len(means)
    return [mean / sum(means) for mean in means]


@dataclass(frozen=True)
class Share:
    """RAM's sum: d where one model has it, their mean where several do.

    whole: (epsilon,), (models,) factors of what one model has alone.
    """

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        number = whole[1].dtype
        base, *models = (t.float() for t in operands)
        changed = [((model - base).abs() > whole[0][0]).to(number) for model in models]
        count = changed[0]
        for one in changed[1:]:
            count = count + one
        alone = (count == 1).to(number)
        origin = operands[0].to(number)
        total = torch.zeros_like(origin)
        for index, one in enumerate(changed):
            delta = (operands[index + 1].to(number) - origin) * one
            total = total + delta * (1 + alone * (whole[1][index] - 1))
        return origin + total / count.clamp(min=1)


def ram(inputs: Inputs) -> Pass:
    """Unique changes summed, shared ones averaged (arXiv:2601.13572); changed: over epsilon."""
    return _shared(inputs, [1.0] * len(inputs.models))


def ramplus_tl(inputs: Inputs) -> Pass:
    """RAM with what a model changes alone times 1 + r clip(shared/unique, 0, alpha), counted in
    this tensor (arXiv:2601.13572).
    """
    epsilon = float(inputs.shared["epsilon"])
    tensors = (inputs.reference(), *inputs.models)
    counts = inputs.once(("overlap", epsilon), lambda: _overlaps(tensors, epsilon))
    r, alpha = float(inputs.shared["r"]), float(inputs.shared["alpha"])
    ratios = [shared / max(unique, epsilon) for shared, unique in counts]
    return _shared(inputs, [1 + r * min(max(ratio, 0.0), alpha) for ratio in ratios])


def _shared(inputs: Inputs, factors: list[float]) -> Pass:
    base, epsilon = inputs.reference(), float(inputs.shared["epsilon"])
    return one_pass(
        Share(), (base, *inputs.models), inputs.scalars(epsilon), inputs.scalars(*factors)
    )


def _overlaps(tensors: tuple[torch.Tensor, ...], epsilon: float) -> list[tuple[int, int]]:
    """(entries changed with others, changed alone) of every model."""
    limit = torch.tensor(epsilon, dtype=torch.float32, device=tensors[0].device)
    total = torch.zeros(2, len(tensors) - 1, dtype=torch.int64, device=limit.device)
    for _, (base, *models) in stretches(*tensors):
        changed = torch.stack([(model - base).abs() > limit for model in models])
        count = changed.sum(0)
        total[0] += (changed & (count > 1)).sum(1)
        total[1] += (changed & (count == 1)).sum(1)
    return [(int(a), int(b)) for a, b in total.T.tolist()]


@dataclass(frozen=True)
class Near:
    """base + d clip(t / abs(d), 0, 1); whole: (t,)."""

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        base = operands[0].to(whole[0].dtype)
        delta = operands[1].to(whole[0].dtype) - base
        return base + delta * (whole[0][0] / delta.abs().clamp(min=1e-6)).clamp(0, 1)


def nearswap(inputs: Inputs) -> Pass:
    """The other model where it is within t of the base, else t towards it (alchemonaut's
    NearSwap).
    """
    base = inputs.reference()
    return one_pass(Near(), (base, *inputs.models), inputs.scalars(float(inputs.shared["t"])))


@dataclass(frozen=True)
class Swap:
    """The other model's entry where abs(d) x divergence of its row reaches the threshold.

    whole: (threshold,); operands: base, model, (rows, 1) divergence.
    """

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        size = (operands[1].float() - operands[0].float()).abs()
        chosen = (size * operands[2] >= whole[0][0]).to(whole[0].dtype)
        base = operands[0].to(whole[0].dtype)
        return base + (operands[1].to(whole[0].dtype) - base) * chosen


def arcee_fusion(inputs: Inputs) -> Pass:
    """Entries whose importance, abs(d) x KL of their row's softmax, reaches median + 1.5 IQR.

    Quantiles are exact; mergekit estimates them from a million random entries of larger tensors.
    """
    base, model = inputs.reference(), inputs.models[0]
    rows = base.numel() // base.shape[-1] if base.dim() else 1
    divergence, threshold = inputs.once("importance", lambda: _importance(base, model, rows))
    return one_pass(Swap(), (base, model, divergence), inputs.scalars(threshold), rows=rows)


def _importance(base: torch.Tensor, model: torch.Tensor, rows: int) -> tuple[torch.Tensor, float]:
    """((rows, 1) divergence of the rows in fp32, the threshold)."""
    divergences, found = [], []
    wide = base.shape[-1] if base.dim() else 1
    step = max(1, (1 << 18) // max(1, wide))
    left, right = base.reshape(-1, wide), model.reshape(-1, wide)
    for first in range(0, len(left), step):
        origin, end = left[first : first + step].double(), right[first : first + step].double()
        p, q = torch.softmax(end, -1) + 1e-8, torch.softmax(origin, -1) + 1e-8
        divergence = (p * (p / q).log()).sum(-1, keepdim=True).float()
        divergences.append(divergence)
        found.append(((end.float() - origin.float()).abs() * divergence).flatten())
    ordered = torch.cat(found).cpu().numpy()
    ordered.sort()
    q1, median, q3 = (float(ordered[int(q * (len(ordered) - 1))]) for q in (0.25, 0.5, 0.75))
    return torch.cat(divergences).view(rows, -1), median + 1.5 * (q3 - q1)
