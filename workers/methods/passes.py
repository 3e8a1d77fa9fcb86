"""Runs one pass over a tensor, straight into its place: compiled, or in cache-sized stretches."""

from collections.abc import Callable, Iterator
from functools import cache

import torch

from workers.methods.compiling import WORTH_COMPILING, compiled
from workers.methods.inputs import Kernel, Pass

# Elements of a stretch: its few fp32 temporaries stay in a core's cache.
STRETCH = 1 << 16


def run_pass(found: Pass, out: torch.Tensor, *, dtype: torch.dtype, compile_it: bool) -> None:
    """Writes the merged tensor into `out`, in place, rounded to `dtype` on the way.

    out: of the operands' shape, contiguous. compile_it: through torch.compile, which fuses the whole
    pass; else the same code on one stretch after another.
    """
    rows = found.rows
    target = out.view(rows, -1) if rows else out.view(-1)
    operands = [t.reshape(rows, -1) if rows else t.reshape(-1) for t in found.operands]
    columns = target.shape[1] if rows else 1
    fused = compile_it and target.numel() >= WORTH_COMPILING
    write = _written(found.kernel, dtype)
    write = compiled(write) if fused else write
    start = 0
    for stretch in found.stretches:
        stop = rows or stretch.stop
        step = stop - start if fused else max(1, STRETCH // columns)
        for first in range(start, stop, max(1, step)):
            last = min(first + step, stop)
            whole = stretch.whole
            if found.indexed:
                whole = (position(first, out.device), *whole)
            write(target[first:last], whole, *(t[first:last] for t in operands))
        start = stop


def position(first: int, device: torch.device) -> torch.Tensor:
    """A flat position as int32; beyond 2^31 it wraps around, as the hash of a mask may."""
    return torch.tensor((first + 2**31) % 2**32 - 2**31, dtype=torch.int32, device=device)


@cache
def _written(kernel: Kernel, dtype: torch.dtype) -> Callable[..., None]:
    def write(
        target: torch.Tensor, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor
    ) -> None:
        target.copy_(kernel(whole, *operands).to(dtype))

    return write


def stretches(*tensors: torch.Tensor) -> Iterator[tuple[int, tuple[torch.Tensor, ...]]]:
    """(first position, equal flat stretches in fp32) of tensors of one shape."""
    flat = [t.reshape(-1) for t in tensors]
    for first in range(0, flat[0].numel(), STRETCH):
        yield first, tuple(t[first : first + STRETCH].float() for t in flat)
