"""Distances between tensors in units in the last place of the output dtype.

An ulp is taken at the larger of the result and of the largest input at that element: the small
difference of two large numbers cannot be better than they are. `plain` takes it at the result.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch


@dataclass
class Distance:
    """Over all elements of some tensors.

    scaled, plain: the largest, in ulps; equal: how many are equal to the last bit.
    """

    scaled: float = 0.0
    plain: float = 0.0
    elements: int = 0
    equal: int = 0

    def add(self, other: "Distance") -> None:
        self.scaled = max(self.scaled, other.scaled)
        self.plain = max(self.plain, other.plain)
        self.elements += other.elements
        self.equal += other.equal

    @property
    def share_equal(self) -> float:
        return self.equal / max(1, self.elements)


@dataclass
class Compared:
    """One merge held against mergekit's result in float64 (`exact`) and its own (`native`).

    theirs: mergekit's own against its float64. tied: elements over one ulp where a tie decides;
    where one does, nothing counts in the distances. over: others over one ulp from float64.
    problems: what differs other than in numbers; reasons: why something may.
    """

    exact: Distance = field(default_factory=Distance)
    native: Distance = field(default_factory=Distance)
    theirs: Distance = field(default_factory=Distance)
    tensors: int = 0
    tied: int = 0
    over: int = 0
    worst: str = ""
    problems: list[str] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)

    def add(self, other: "Compared") -> None:
        for name in ("exact", "native", "theirs"):
            getattr(self, name).add(getattr(other, name))
        for name in ("tensors", "tied", "over"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst = self.worst or other.worst
        self.problems += other.problems
        self.reasons |= other.reasons


def ulp(size: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """One unit in the last place of `dtype` at magnitudes `size`; float64."""
    info = torch.finfo(dtype)
    exponent = torch.frexp(size.double().clamp(min=info.tiny)).exponent - 1
    return torch.ldexp(torch.full_like(size, info.eps, dtype=torch.float64), exponent)


def sizes(inputs: Iterable[torch.Tensor], *results: torch.Tensor) -> torch.Tensor:
    """The largest magnitude at every element."""
    return torch.stack([t.double().abs() for t in (*inputs, *results)]).amax(0)


def distance(
    found: torch.Tensor, wanted: torch.Tensor, size: torch.Tensor, counted: torch.Tensor
) -> tuple[Distance, torch.Tensor]:
    """(what it comes to where `counted`, the distance of each element in ulps at `size`)."""
    apart = (found.double() - wanted.double()).abs()
    apart = torch.where(torch.isfinite(apart), apart, torch.inf)
    scaled = apart / ulp(size, found.dtype)
    plain = apart / ulp(wanted.double().abs(), found.dtype)
    total = Distance(
        float((scaled * counted).max()),
        float((plain * counted).max()),
        int(counted.sum()),
        int(((found == wanted.to(found.dtype)) & counted).sum()),
    )
    return total, scaled


def compare_tensor(
    ours: torch.Tensor,
    native: torch.Tensor,
    exact: torch.Tensor,
    inputs: list[torch.Tensor],
    tied: torch.Tensor,
    name: str = "",
) -> Compared:
    """inputs: the parents' tensors; tied: where a tie decides."""
    found = Compared(tensors=1)
    size, free = sizes(inputs, exact), ~tied
    native = native.to(ours.dtype)
    found.exact, apart = distance(ours, exact, size, free)
    found.native = distance(ours, native, size, free)[0]
    found.theirs = distance(native, exact, size, free)[0]
    found.tied = int(((apart > 1) & tied).sum())
    found.over = int(((apart > 1) & free).sum())
    found.worst = name if found.over else ""
    return found
