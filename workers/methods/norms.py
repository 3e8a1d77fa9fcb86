"""Norms of task vectors, whole and after a drop, summed in float64: alike in any order."""

import math
from collections.abc import Callable, Sequence

import torch

from workers.methods.passes import STRETCH, Tensors, position, stretches, sweep

Kept = Callable[..., list[torch.Tensor]]


def norms_once(base: torch.Tensor, model: torch.Tensor, norm: str) -> float:
    """The l1, l2 or linf norm of model - base."""
    parts = [_partial(norm, end - origin) for _, (origin, end) in stretches(base, model)]
    return _joined(norm, torch.stack(parts))


def norms_of(
    kept: Kept,
    rows: Sequence[tuple[int, list[tuple[float, float]]]],
    words: torch.Tensor | None,
    operands: Tensors,
    norm: str,
    *,
    compile_it: bool,
) -> list[float]:
    """The norm of what `kept` leaves of every task vector.

    rows: (end of the stretch, low and high of every model there).
    """

    def measure(whole: Tensors, *along: torch.Tensor) -> Tensors:
        return (torch.stack([_partial(norm, delta) for delta in kept(whole, *along)]),)

    flat = [t.reshape(-1) for t in operands]
    parts: list[torch.Tensor] = []
    start = 0
    for stop, limits in rows:
        table = torch.tensor([(1.0, 1.0, low, high) for low, high in limits])
        table = table.to(flat[0].device)
        found = sweep(
            f"{norm} of {kept}",
            measure,
            (table,) if words is None else (table, words),
            [t[start:stop] for t in flat],
            start=None if words is None else start,
            compile_it=compile_it,
        )
        parts += [values[0] for values in found]
        start = stop
    joined = torch.stack(parts)
    return [_joined(norm, joined[:, index]) for index in range(joined.shape[1])]


def keep_at_once(
    kept: Kept,
    limits: list[tuple[float, float]],
    words: torch.Tensor,
    operands: Tensors,
    norm: str,
) -> tuple[list[torch.Tensor], list[float], list[float]]:
    """(what is kept of every task vector, its norm, the norm of the whole), for a single merge:
    nothing is drawn twice.
    """
    models = len(limits)
    flat = [t.reshape(-1) for t in operands]
    count, device = len(flat[0]), flat[0].device
    table = torch.tensor([(1.0, 1.0, low, high) for low, high in limits]).to(device)
    found = [torch.empty(count, device=device) for _ in limits]
    norms: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    for first in range(0, count, STRETCH):
        part = [t[first : first + STRETCH] for t in flat]
        base = part[0].float()
        left = kept((position(first, device), table, words), *part)
        for index, delta in enumerate(left):
            found[index][first : first + STRETCH] = delta
        whole = [model.float() - base for model in part[1 : models + 1]]
        norms[0].append(torch.stack([_partial(norm, delta) for delta in left]))
        norms[1].append(torch.stack([_partial(norm, delta) for delta in whole]))
    after, before = (
        [_joined(norm, torch.stack(parts)[:, index]) for index in range(models)] for parts in norms
    )
    return [t.view(operands[0].shape) for t in found], after, before


def _partial(norm: str, delta: torch.Tensor) -> torch.Tensor:
    """One number in float64; squared for l2."""
    if norm == "linf":
        return delta.abs().amax().double()
    wide = delta.abs().double() if norm == "l1" else delta.double() * delta.double()
    return wide.sum()


def _joined(norm: str, parts: torch.Tensor) -> float:
    if norm == "linf":
        return float(parts.amax())
    total = float(parts.sum())
    return math.sqrt(total) if norm == "l2" else total
