"""Genes and the space they span. Optimizers move in the unit cube; recipes are made from natural
values.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = NDArray[np.float64]
GeneValue = float | str


@dataclass(frozen=True)
class Gene:
    """One searched number in [low, high], on a log scale if `log`; or one of `choices`."""

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[str, ...] = ()

    def decode(self, unit: float) -> GeneValue:
        """unit: in [0, 1]; what lies outside is clipped."""
        unit = min(1.0, max(0.0, float(unit)))
        if self.choices:
            return self.choices[min(int(unit * len(self.choices)), len(self.choices) - 1)]
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            return min(self.high, max(self.low, math.exp(low + unit * (high - low))))
        return self.low + unit * (self.high - self.low)

    def encode(self, value: GeneValue) -> float:
        """The unit coordinate of a natural value; a choice sits in the middle of its cell."""
        if self.choices:
            return (self.choices.index(str(value)) + 0.5) / len(self.choices)
        number = min(self.high, max(self.low, float(value)))
        if self.log:
            span = math.log(self.high) - math.log(self.low)
            return (math.log(number) - math.log(self.low)) / span
        return (number - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Space:
    """All genes in a fixed order; a point is a `(dimension,)` float64 vector in the unit cube."""

    genes: tuple[Gene, ...]

    @property
    def dimension(self) -> int:
        return len(self.genes)

    def decode(self, point: Point) -> dict[str, GeneValue]:
        return {g.name: g.decode(u) for g, u in zip(self.genes, point.tolist(), strict=True)}

    def encode(self, values: Mapping[str, GeneValue]) -> Point:
        return np.array([g.encode(values[g.name]) for g in self.genes], dtype=np.float64)
