"""Order statistics of magnitudes: the exact value of any rank, without a sort per candidate.

The magnitudes of a task vector are sorted once, and every 64th of that order is kept: the knots. A
rank then lies on a knot, or between two that have few elements between them; one pass that counts
those by blocks of memory finds them, and with them the exact value. Equal magnitudes are told
apart by their place in memory, as a stable sort does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from workers.methods.passes import Tensors, sweep

_BETWEEN = 64
_BLOCK = 64

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]
Side = Literal["larger", "smaller"]
# Of stretches of all tensors in fp32: the magnitudes that were sorted, one tensor for each order.
Magnitudes = Callable[..., list[torch.Tensor]]


@dataclass(frozen=True)
class Order:
    """Knots of the ascending order of `count` magnitudes.

    values: (knots,) distinct, ascending, the smallest and the largest among them; below, through:
    how many are smaller, and smaller or equal.
    """

    count: int
    values: Floats
    below: npt.NDArray[np.uint32]
    through: npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Edge:
    """The magnitude at a rank; equal ones are on one side before the flat position `cut`, and on
    the other from there.
    """

    value: float
    cut: int


def before(value: float | np.float32) -> float:
    """The fp32 number before a magnitude."""
    return float(np.nextafter(np.float32(value), np.float32(-1)))


def sort_once(magnitudes: Floats) -> Order:
    """magnitudes: (n,) fp32, not negative; sorted in place."""
    magnitudes.view(np.int32).sort()
    count = len(magnitudes)
    values = np.unique(np.append(magnitudes[::_BETWEEN], magnitudes[-1]))
    below = np.searchsorted(magnitudes, values, side="left").astype(np.uint32)
    through = np.searchsorted(magnitudes, values, side="right").astype(np.uint32)
    return Order(count, values, below, through)


@dataclass(frozen=True)
class _Bracket:
    """A rank is the `rank`-th of `inside` elements in (low, high]; `known`: they are all equal.

    order: which magnitudes it is about.
    """

    order: int
    low: float
    high: float
    rank: int
    inside: int
    known: bool


def edges_of(
    orders: Sequence[Order],
    ranks: Sequence[Sequence[int]],
    first: Side,
    magnitudes: Magnitudes,
    tensors: Tensors,
    *,
    name: str,
    compile_it: bool,
) -> list[list[Edge]]:
    """The edges at some ranks of every order: elements of smaller rank are under it, others over
    it.

    ranks: of each order, ascending from 0, the smallest; each in [0, n). first: which side the
    first of equal elements in memory are on. name: what tells `magnitudes` from other functions.
    """
    flat = tuple(t.reshape(-1) for t in tensors)
    search = _Search(magnitudes, flat, name, compile_it)
    brackets = [
        [_bracket(order, index, rank) for rank in ranks[index]]
        for index, order in enumerate(orders)
    ]
    between = [b for found in brackets for b in found if not b.known]
    if between:
        search.collect(between, len(orders))
    return [[_edge(bracket, first, search) for bracket in found] for found in brackets]


def edges_at_once(magnitudes: Floats, ranks: Sequence[int], first: Side) -> list[Edge]:
    """The same edges, for magnitudes that are needed only once: (n,) fp32, not negative."""
    # As bits, which sort as the numbers do, and faster.
    bits = magnitudes.view(np.int32)
    parted = np.partition(bits, ranks)
    edges = []
    for rank in ranks:
        value = parted[rank]
        smaller = rank - int(np.count_nonzero(bits < value))
        equal = np.flatnonzero(bits == value)
        place = smaller if first == "smaller" else len(equal) - smaller
        cut = len(bits) if place == len(equal) else 0 if place == 0 else int(equal[place])
        edges.append(Edge(float(value.view(np.float32)), cut))
    return edges


def _bracket(order: Order, index: int, rank: int) -> _Bracket:
    knot = int(np.searchsorted(order.through, rank, side="right"))
    value, below = order.values[knot], int(order.below[knot])
    under = before(value)
    if rank >= below:
        inside = int(order.through[knot]) - below
        return _Bracket(index, under, float(value), rank - below, inside, known=True)
    through = int(order.through[knot - 1])
    low = float(order.values[knot - 1])
    return _Bracket(index, low, under, rank - through, below - through, known=False)


def _edge(bracket: _Bracket, first: Side, search: "_Search") -> Edge:
    value, rank, inside = bracket.high, bracket.rank, bracket.inside
    equal = None
    if not bracket.known:
        mine = search.values[bracket.order]
        here = np.flatnonzero((mine > bracket.low) & (mine <= bracket.high))
        found = mine[here]
        number = np.partition(found, rank)[rank]
        equal = here[found == number]
        value, inside = float(number), len(equal)
        rank -= int(np.count_nonzero(found < number))
    place = rank if first == "smaller" else inside - rank
    if place == 0:
        return Edge(value, 0)
    if place == inside:
        return Edge(value, search.count)
    if equal is not None:
        return Edge(value, search.position(int(equal[place])))
    return Edge(value, search.position_of(bracket.order, value, place))


class _Search:
    """Finds elements by their magnitude, in one pass over the tensors.

    values: of each order, the magnitudes of all blocks of memory that were collected.
    """

    def __init__(self, magnitudes: Magnitudes, flat: Tensors, name: str, compile_it: bool) -> None:
        self.count = flat[0].numel()
        self.values: list[Floats] = []
        self._blocks: Counts = np.empty(0, np.int64)
        self._magnitudes = magnitudes
        self._flat = flat
        self._name = name
        self._compile = compile_it
        self._whole = self.count // _BLOCK * _BLOCK
        # Seen as rows, so that a kernel's length is in blocks.
        self._rows = [t[: self._whole].view(-1, _BLOCK) for t in flat]

    def collect(self, brackets: Sequence[_Bracket], orders: int) -> None:
        """Collects all blocks of memory that have an element inside a bracket."""
        of_order = [[b for b in brackets if b.order == order] for order in range(orders)]
        limits = np.full((orders, max(map(len, of_order)), 2), np.inf, dtype=np.float32)
        for order, found in enumerate(of_order):
            for number, bracket in enumerate(found):
                limits[order, number] = bracket.low, bracket.high
        counts = self._block_counts(limits)
        numbers = counts.nonzero().view(-1)
        parts = self._magnitudes(*(t[numbers].float() for t in self._rows))
        self._blocks = numbers.cpu().numpy()
        self.values = [part.view(-1).cpu().numpy() for part in parts]
        if self._whole < self.count:
            rest = self._magnitudes(*(t[self._whole :].float() for t in self._flat))
            self.values = [
                np.append(some, more.cpu().numpy())
                for some, more in zip(self.values, rest, strict=True)
            ]

    def position(self, index: int) -> int:
        """The flat position of an element of `values`."""
        block, inside = divmod(index, _BLOCK)
        start = int(self._blocks[block]) * _BLOCK if block < len(self._blocks) else self._whole
        return start + inside

    def position_of(self, order: int, value: float, place: int) -> int:
        """The flat position of the `place`-th element of that magnitude, from 0."""
        limits = np.full((order + 1, 1, 2), np.inf, dtype=np.float32)
        limits[order, 0] = before(value), value
        counts = self._block_counts(limits).long().cumsum(0)
        block = int(torch.searchsorted(counts, place, right=True))
        earlier = int(counts[block - 1]) if block else 0
        here = slice(block * _BLOCK, (block + 1) * _BLOCK)
        inside = self._magnitudes(*(t[here].float() for t in self._flat))[order] == value
        return block * _BLOCK + int(inside.nonzero()[place - earlier])

    def _block_counts(self, limits: Floats) -> torch.Tensor:
        """(blocks,): how many elements of every block lie inside any limits.

        limits: (orders, n, 2), each open below and closed above.
        """
        table = torch.from_numpy(limits).to(self._flat[0].device)
        found = sweep(
            f"counts of {self._name}",
            self._counts,
            (table,),
            self._rows,
            compile_it=self._compile,
            step=1 << 10,
        )
        parts = [part[0] for part in found]
        if len(parts) == 1:
            return parts[0]
        return torch.cat(parts) if parts else torch.zeros(0, device=table.device)

    def _counts(self, whole: Tensors, *along: torch.Tensor) -> Tensors:
        total: torch.Tensor | None = None
        found = self._magnitudes(*(t.float() for t in along))
        for order in range(len(whole[0])):
            for low, high in whole[0][order].unbind(0):
                inside = ((found[order] > low) & (found[order] <= high)).float()
                total = inside if total is None else total + inside
        assert total is not None  # noqa: S101 - there is an order
        return (total.sum(1),)
