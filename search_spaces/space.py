"""Genes and the space they span. Optimizers move in the unit cube; recipes are made from natural
values.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search_spaces.recipe import Recipe

Point = NDArray[np.float64]
GeneValue = float | str
Genome = Mapping[str, GeneValue]


@dataclass(frozen=True)
class Gene:
    """One searched number in [low, high], on a log scale if `log`; or one of `choices`.

    when: (name of a choice gene before it, those of its choices under which this gene means
    something); None: it always does.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[str, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None

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
        """Natural values of the genes that mean something at this point."""
        found: dict[str, GeneValue] = {}
        for gene, unit in zip(self.genes, point.tolist(), strict=True):
            if _holds(gene, found):
                found[gene.name] = gene.decode(unit)
        return found

    def encode(self, values: Mapping[str, GeneValue]) -> Point:
        """A point that decodes to `values`; genes that mean nothing there are in their middle."""
        units = [g.encode(values[g.name]) if _holds(g, values) else 0.5 for g in self.genes]
        return np.array(units, dtype=np.float64)

    def active(self, point: Point) -> NDArray[np.bool_]:
        """Which genes mean something at this point, (dimension,)."""
        found = self.decode(point)
        return np.array([gene.name in found for gene in self.genes], dtype=np.bool_)


def _holds(gene: Gene, values: Mapping[str, GeneValue]) -> bool:
    return gene.when is None or values.get(gene.when[0]) in gene.when[1]


class RecipeSpace(Protocol):
    """A Space whose points are recipes over `parents`, given by name -> model reference."""

    @property
    def space(self) -> Space: ...

    @property
    def parents(self) -> Mapping[str, str]: ...

    @property
    def layers(self) -> int:
        """Of the parents."""
        ...

    @property
    def most_layers(self) -> int:
        """Of the deepest merged model in the space."""
        ...

    @property
    def methods(self) -> Sequence[str]:
        """The merge methods that its recipes use."""
        ...

    def recipe(self, values: Mapping[str, GeneValue]) -> Recipe:
        """The merge at one point, given in natural values."""
        ...

    def nearest(self, weights: Mapping[str, float]) -> tuple[dict[str, GeneValue], bool] | None:
        """The point of the space nearest to base + sum weight * (parent - base), and whether it is
        that merge exactly; None where the space has nothing like it. weights: by parent's name.
        """
        ...
