"""Where a method's choice hangs on a tie, so that no rounding can be held against it.

Equal magnitudes at the cut of a trim are kept in memory order here and in no stated order by
mergekit, which sorts unstably; a vote whose terms cancel goes to whichever rounding comes last.
bfloat16 parents have many of both. An entry is undecided only if that is shown from the inputs.
"""

from typing import Any

import torch

# Relative room for fp32 roundings, in votes, variances and importances.
_ROOM = 1e-6
_ELECTING = ("ties", "breadcrumbs_ties", "dare_ties", "della", "sce")
_TRIMMING = ("ties", "breadcrumbs", "breadcrumbs_ties")


def undecided(
    method: str,
    base: torch.Tensor | None,
    models: dict[str, torch.Tensor],
    shared: dict[str, Any],
    each: dict[str, dict[str, Any]],
) -> torch.Tensor:
    """True where a tie decides; base, models: one tensor, as the method gets it.

    shared, each: the parameters that mergekit resolved for it.
    """
    shape = next(iter(models.values())).shape
    tied = torch.zeros(shape, dtype=torch.bool)
    if base is None or method not in {*_ELECTING, *_TRIMMING, "arcee_fusion"}:
        return tied
    deltas = [tensor.double() - base.double() for tensor in models.values()]
    if method == "arcee_fusion":
        (model,) = models.values()
        return _near(_importance(base.double(), model.double()), _threshold)
    votes = deltas
    if method == "sce":
        kept, tied = _selected(torch.stack(deltas), float(shared["select_topk"]))
        votes = [delta * kept for delta in deltas]
    else:
        votes = []
        for delta, given in zip(deltas, each.values(), strict=True):
            kept = torch.ones(shape, dtype=torch.bool)
            if method in _TRIMMING:
                kept, at_cut = _trimmed(delta.abs().float(), given)
                tied |= at_cut
            votes.append(delta * kept * given["weight"])
    if method in _ELECTING:
        stacked = torch.stack(votes)
        size = stacked.abs().sum(0)
        tied |= (stacked.sum(0).abs() <= _ROOM * size) & (size > 0)
    return tied


def _trimmed(size: torch.Tensor, given: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """(kept, at a cut that equal magnitudes share) of TIES or Breadcrumbs."""
    count, density = size.numel(), float(given["density"])
    if density >= 1:
        return torch.ones_like(size, dtype=torch.bool), torch.zeros_like(size, dtype=torch.bool)
    kept = int(density * count)
    if "gamma" in given:
        low = max(0, count - kept - int(float(given["gamma"]) * count))
    else:
        kept = max(1, kept) if density > 0 else 0
        low = count - kept
    ordered, order = size.flatten().sort(stable=True)
    mask = torch.zeros(count, dtype=torch.bool)
    mask[order[low : low + kept]] = True
    tied = torch.zeros_like(mask)
    for edge in (low, low + kept):
        if 0 < edge < count and ordered[edge - 1] == ordered[edge]:
            tied |= size.flatten() == ordered[edge]
    return mask.view(size.shape), tied.view(size.shape)


def _selected(deltas: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """(selected, at the cut) of SCE's variances."""
    variance = deltas.var(dim=0, unbiased=False)
    kept = int(int(torch.count_nonzero(variance)) * share)
    if share >= 1 or kept == 0:
        whole = torch.full(variance.shape, share >= 1)
        return whole, torch.zeros_like(whole)
    cut = variance.flatten().sort(descending=True).values[kept - 1]
    return variance >= cut, (variance - cut).abs() <= _ROOM * cut


def _importance(base: torch.Tensor, model: torch.Tensor) -> torch.Tensor:
    p, q = model.softmax(-1) + 1e-8, base.softmax(-1) + 1e-8
    return (model - base).abs() * (p * (p / q).log()).sum(-1, keepdim=True)


def _threshold(importance: torch.Tensor) -> torch.Tensor:
    ordered = importance.flatten().sort().values
    low, middle, high = (ordered[int(q * (len(ordered) - 1))] for q in (0.25, 0.5, 0.75))
    return middle + 1.5 * (high - low)


def _near(values: torch.Tensor, cut: Any) -> torch.Tensor:
    at = cut(values)
    return (values - at).abs() <= 1e-5 * at.abs()
