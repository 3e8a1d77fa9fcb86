"""Runs one pass over a tensor, straight into its place: fused, or in cache-sized stretches."""

from collections.abc import Callable, Iterator, Sequence

import torch

from workers.methods.compiling import MOST, WORTH_FUSING, fused
from workers.methods.inputs import Pass

# Elements of a stretch: its few fp32 temporaries stay in a core's cache.
STRETCH = 1 << 16

Tensors = tuple[torch.Tensor, ...]
Function = Callable[..., Tensors]


def run_pass(found: Pass, out: torch.Tensor, *, dtype: torch.dtype, compile_it: bool) -> None:
    """Writes the merged tensor into `out`, in place, rounded to `dtype` on the way.

    out: of the operands' shape, contiguous. compile_it: by a kernel that fuses the whole pass;
    else the same code on one stretch after another.
    """
    rows = found.rows
    target = out.view(rows, -1) if rows else out.view(-1)
    operands = [t.reshape(rows, -1) if rows else t.reshape(-1) for t in found.operands]
    kernel, start = found.kernel, 0

    def write(whole: Tensors, *along: torch.Tensor) -> Tensors:
        along[0].copy_(kernel(whole, *along[1:]).to(dtype))
        return ()

    for stretch in found.stretches:
        stop = rows or stretch.stop
        sweep(
            f"{kernel}>{dtype}",
            write,
            stretch.whole,
            [t[start:stop] for t in (target, *operands)],
            start=start if found.indexed else None,
            compile_it=compile_it and not rows,
            step=max(1, STRETCH // target.shape[1]) if rows else STRETCH,
        )
        start = stop


def sweep(
    name: str,
    function: Function,
    whole: Tensors,
    along: Sequence[torch.Tensor],
    *,
    start: int | None = None,
    compile_it: bool,
    step: int = STRETCH,
) -> list[Sequence[torch.Tensor]]:
    """`function(whole, *along)` over all of `along`, fused or in stretches; what each call gave.

    name: what tells the function from others. start: where `along` starts in its tensor, if the
    function wants the position of its first element first in `whole`.
    """
    count, device = len(along[0]), along[0].device
    first = 0
    found: list[Sequence[torch.Tensor]] = []
    while first < count:
        last = min(first + MOST, count) if compile_it else min(first + step, count)
        given = whole if start is None else (position(start + first, device), *whole)
        here = [t[first:last] for t in along] if (first, last) != (0, count) else list(along)
        run = None
        if compile_it and last - first >= WORTH_FUSING:
            run = fused(name, _flat(function, len(given)), given, here)
        if run is not None:
            found.append(run([*given, *here]))
        elif last - first <= step:
            found.append(function(given, *here))
        else:
            compile_it = False
            continue
        first = last
    return found


def _flat(function: Function, count: int) -> Function:
    """The function with the first `count` tensors of its arguments given one by one."""

    def flat(*tensors: torch.Tensor) -> Tensors:
        return function(tensors[:count], *tensors[count:])

    return flat


def position(first: int, device: torch.device) -> torch.Tensor:
    """A flat position as int32; beyond 2^31 it wraps around, as the hash of a mask may."""
    return torch.tensor((first + 2**31) % 2**32 - 2**31, dtype=torch.int32, device=device)


def stretches(*tensors: torch.Tensor) -> Iterator[tuple[int, Tensors]]:
    """(first position, equal flat stretches in fp32) of tensors of one shape."""
    flat = [t.reshape(-1) for t in tensors]
    for first in range(0, flat[0].numel(), STRETCH):
        yield first, tuple(t[first : first + STRETCH].float() for t in flat)
