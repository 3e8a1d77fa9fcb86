"""Norms of task vectors, whole and after a drop, summed in float64: alike in any order."""

import math
from collections.abc import Callable, Sequence
from functools import cache

import torch

from workers.methods.compiling import WORTH_COMPILING, compiled
from workers.methods.passes import STRETCH, position, stretches

Kept = Callable[..., list[torch.Tensor]]


def norms_once(base: torch.Tensor, model: torch.Tensor, norm: str) -> float:
    """The l1, l2 or linf norm of model - base."""
    parts = []
    for _, (origin, end) in stretches(base, model):
        parts.append(_partial(norm, end - origin))
    return _joined(norm, torch.stack(parts))


def norms_of(
    kept: Kept,
    rows: Sequence[tuple[int, list[tuple[float, float]]]],
    words: torch.Tensor | None,
    operands: tuple[torch.Tensor, ...],
    norm: str,
    *,
    compile_it: bool,
) -> list[float]:
    """The norm of what `kept` leaves of every task vector.

    rows: (end of the stretch, low and high of every model there).
    """
    flat = [t.reshape(-1) for t in operands]
    parts: list[torch.Tensor] = []
    start = 0
    for stop, limits in rows:
        table = torch.tensor([(1.0, 1.0, low, high) for low, high in limits])
        table = table.to(flat[0].device)
        fused = compile_it and stop - start >= WORTH_COMPILING
        measure = compiled(_measured(kept, norm)) if fused else _measured(kept, norm)
        step = stop - start if fused else STRETCH
        for first in range(start, stop, step):
            last = min(first + step, stop)
            whole = (table,) if words is None else (position(first, table.device), table, words)
            parts.append(measure(whole, *(t[first:last] for t in flat)))
        start = stop
    table = torch.stack(parts)
    return [_joined(norm, table[:, index]) for index in range(table.shape[1])]


@cache
def _measured(kept: Kept, norm: str) -> Callable[..., torch.Tensor]:
    def measure(whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        return torch.stack([_partial(norm, delta) for delta in kept(whole, *operands)])

    return measure


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
