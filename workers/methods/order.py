"""Order statistics of magnitudes: the exact value of any rank, without a sort per candidate.

The magnitudes of a task vector are sorted once, and a few thousand knots of that order are kept. A
rank then lies on a knot, or between two that have few elements between them; one pass that collects
those gives its exact value. Equal magnitudes are told apart by their place in memory, as a stable
sort does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from workers.methods.compiling import WORTH_COMPILING, compiled
from workers.methods.passes import STRETCH

_KNOTS = 4096
_BETWEEN = 256
_BLOCK = 64

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]
Magnitude = Callable[..., torch.Tensor]


@dataclass(frozen=True)
class Order:
    """Knots of the ascending order of `count` magnitudes.

    values: (knots,) distinct, ascending; below, through: how many are smaller, and smaller or
    equal.
    """

    count: int
    values: Floats
    below: Counts
    through: Counts


@dataclass(frozen=True)
class Edge:
    """The magnitude at a rank; equal ones are on one side before the flat position `cut`, and on
    the other from there.
    """

    value: float
    cut: int


def sort_once(magnitudes: Floats) -> Order:
    """magnitudes: (n,) fp32, not negative; sorted in place."""
    magnitudes.view(np.int32).sort()
    count = len(magnitudes)
    knots = min(_KNOTS, count // _BETWEEN) + 2
    values = np.unique(magnitudes[np.linspace(0, count - 1, knots).astype(np.int64)])
    below = np.searchsorted(magnitudes, values, side="left")
    return Order(count, values, below, np.searchsorted(magnitudes, values, side="right"))


def edges_of(
    order: Order,
    ranks: Sequence[int],
    first: Literal["larger", "smaller"],
    magnitude: Magnitude,
    tensors: tuple[torch.Tensor, ...],
    *,
    compile_it: bool,
) -> list[Edge]:
    """The edges at `ranks`: the elements of smaller rank are under it, the others over it.

    ranks: ascending, 0 is the smallest; each in [0, n). first: which side the first of equal
    elements in memory are on. magnitude: of stretches of `tensors`, in fp32: what was sorted.
    """
    brackets = [_bracket(order, rank) for rank in ranks]
    between = [b for b in brackets if not b.known]
    some = _collect(between, magnitude, tensors, compile_it) if between else None
    edges = []
    for bracket in brackets:
        if some is not None and not bracket.known:
            bracket, positions = _within(bracket, *some)
        else:
            positions = None
        place = bracket.rank if first == "smaller" else bracket.inside - bracket.rank
        if place in (0, bracket.inside):
            cut = 0 if place == 0 else order.count
        elif positions is not None:
            cut = int(positions[place])
        else:
            cut = _position_of(bracket.high, place, magnitude, tensors, compile_it)
        edges.append(Edge(bracket.high, cut))
    return edges


@dataclass(frozen=True)
class _Bracket:
    """A rank is the `rank`-th of `inside` elements in (low, high]; `known`: they are all equal."""

    low: float
    high: float
    rank: int
    inside: int
    known: bool


def _bracket(order: Order, rank: int) -> _Bracket:
    knot = int(np.searchsorted(order.through, rank, side="right"))
    value, below = order.values[knot], int(order.below[knot])
    under = float(np.nextafter(value, np.float32(-1)))
    if rank >= below:
        inside = int(order.through[knot]) - below
        return _Bracket(under, float(value), rank - below, inside, known=True)
    through = int(order.through[knot - 1])
    low = float(order.values[knot - 1])
    return _Bracket(low, under, rank - through, below - through, known=False)


def _within(
    bracket: _Bracket, positions: Counts, values: Floats
) -> tuple[_Bracket, Counts]:
    """(the bracket of the elements equal to the one sought, their positions)."""
    inside = (values > bracket.low) & (values <= bracket.high)
    mine, where = values[inside], positions[inside]
    value = np.partition(mine, bracket.rank)[bracket.rank]
    equal = where[mine == value]
    rank = bracket.rank - int((mine < value).sum())
    return _Bracket(float(value), float(value), rank, len(equal), known=True), equal


def _collect(
    brackets: Sequence[_Bracket],
    magnitude: Magnitude,
    tensors: tuple[torch.Tensor, ...],
    compile_it: bool,
) -> tuple[Counts, Floats]:
    """(positions, magnitudes) of all elements inside any bracket, in memory order."""
    flat = tuple(t.reshape(-1) for t in tensors)
    limits = _limits(brackets, flat[0].device)
    counts = _block_counts(magnitude, limits, flat, compile_it)
    numbers = counts.nonzero()
    spread = (numbers * _BLOCK + torch.arange(_BLOCK, device=numbers.device)).flatten()
    spread = spread[: spread.numel() - max(0, int(spread[-1]) + 1 - flat[0].numel())]
    values = magnitude(*(t[spread].float() for t in flat))
    return spread.cpu().numpy(), values.cpu().numpy()


def _position_of(
    value: float,
    place: int,
    magnitude: Magnitude,
    tensors: tuple[torch.Tensor, ...],
    compile_it: bool,
) -> int:
    """The flat position of the `place`-th element of that magnitude, in memory order, from 0."""
    flat = tuple(t.reshape(-1) for t in tensors)
    under = float(np.nextafter(np.float32(value), np.float32(-1)))
    limits = torch.tensor([[under, value]], dtype=torch.float32, device=flat[0].device)
    counts = _block_counts(magnitude, limits, flat, compile_it).cumsum(0)
    block = int(torch.searchsorted(counts, place, right=True))
    before = int(counts[block - 1]) if block else 0
    start = block * _BLOCK
    inside = magnitude(*(t[start : start + _BLOCK].float() for t in flat)) == value
    return start + int(inside.nonzero()[place - before])


def _limits(brackets: Sequence[_Bracket], device: torch.device) -> torch.Tensor:
    return torch.tensor(
        [(b.low, b.high) for b in brackets], dtype=torch.float32, device=device
    )


def _block_counts(
    magnitude: Magnitude, limits: torch.Tensor, flat: tuple[torch.Tensor, ...], compile_it: bool
) -> torch.Tensor:
    """(blocks,) int64: how many elements of every block of 64 lie inside any of `limits`.

    limits: (n, 2) fp32, each open below and closed above.
    """
    count = flat[0].numel()
    whole = count // _BLOCK * _BLOCK
    fused = compile_it and whole >= WORTH_COMPILING
    function = compiled(_counts) if fused else _counts
    step = whole if fused else STRETCH
    parts = [
        function(magnitude, limits, *(t[first : min(first + step, whole)] for t in flat))
        for first in range(0, whole, max(1, step))
    ]
    if whole < count:
        rest = magnitude(*(t[whole:].float() for t in flat))
        parts.append(_inside(rest, limits).sum()[None])
    return torch.cat(parts).long()


def _counts(
    magnitude: Magnitude, limits: torch.Tensor, *tensors: torch.Tensor
) -> torch.Tensor:
    found = magnitude(*(t.float() for t in tensors))
    return _inside(found, limits).view(-1, _BLOCK).sum(1)


def _inside(values: torch.Tensor, limits: torch.Tensor) -> torch.Tensor:
    """1 where inside any of the limits, else 0, in fp32."""
    total = (values > limits[0, 0]) & (values <= limits[0, 1])
    for index in range(1, len(limits)):
        total = total | ((values > limits[index, 0]) & (values <= limits[index, 1]))
    return total.float()
