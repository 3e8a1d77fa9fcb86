"""Which weights reach which tensors, for every recorded space of a family.

The spaces of a family are views of one thing: a weight for every parent, layer and kind of tensor.
So trials of all of them can teach one model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from recorded_families import FAMILIES, genes_of

TOP_WEIGHT = 1.5  # of a weight gene in natural units; lambda goes from 0.5 to 1.5

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """What the genes of a space are. parent: (n_genes,), -1 for lambda; group: (n_genes,), the
    layer group of each; spread: (n_weights, n_cells) 0/1, which cells (parent x layer x kind of
    tensor) each weight reaches; cell_parent, cell_half: (n_cells,), the half of the layers.
    """

    parent: NDArray[np.int64]
    group: NDArray[np.int64]
    spread: FloatArray
    cell_parent: NDArray[np.int64]
    cell_half: NDArray[np.int64]

    def reaching(self, points: FloatArray) -> FloatArray:
        """points: (n, n_genes) in the unit cube -> weight times lambda, (n, n_weights)."""
        return np.asarray(points[:, self.parent >= 0] * self.scales(points))

    def scales(self, points: FloatArray) -> FloatArray:
        """What the coordinates of the weights are multiplied by, (n, n_weights)."""
        weights = self.parent >= 0
        if weights.all():
            return np.full((len(points), len(self.parent)), TOP_WEIGHT)
        return TOP_WEIGHT * (0.5 + points[:, ~weights])[:, self.factor_of()]

    def factor_of(self) -> NDArray[np.int64]:
        """Which of the lambdas belongs to each weight."""
        weights = self.parent >= 0
        return np.searchsorted(self.group[~weights], self.group[weights])

    def maps(self) -> list[FloatArray]:
        """Matrices that make the three kernels' inputs from the weights, each (n_weights, k), so
        scaled that squared distances are means over the inputs."""
        every = np.arange(len(self.cell_parent))
        owners = (self.cell_parent, 2 * self.cell_parent + self.cell_half, every)
        return [self.spread @ _means(owner) for owner in owners]


def _means(owner: NDArray[np.int64]) -> FloatArray:
    one = (owner[:, None] == np.unique(owner)).astype(np.float64)
    means = one / one.sum(axis=0)
    return np.asarray(means / means.shape[1] ** 0.5)


def layout_of(family: str, dimension: int) -> Layout:
    """family: of FAMILIES; dimension: of one of its spaces."""
    spec = FAMILIES[family]
    space, names = spec.spaces[dimension], genes_of(family, dimension)
    groups = space["layer_groups"]
    edges = [round(g * spec.layers / groups) for g in range(groups + 1)]
    cells = [(p, n, k) for p in spec.parents for n in range(spec.layers) for k in spec.kinds]
    parent, group, spread = [], [], []
    for name in names:
        kind, *rest = name.split(".")
        of_layer = next(int(r[1:]) for r in rest if r[0] == "g" and r[1:].isdigit())
        group.append(of_layer)
        if kind == "lambda":
            parent.append(-1)
            continue
        parent.append(spec.parents.index(rest[0]))
        layers = range(edges[of_layer], edges[of_layer + 1])
        part = rest[2] if len(rest) == 3 else None
        filters = space.get("filters", [])
        spread.append(
            [
                p == rest[0] and n in layers and part in (None, _part(k, filters))
                for p, n, k in cells
            ]
        )
    return Layout(
        np.array(parent),
        np.array(group),
        np.array(spread, dtype=np.float64),
        np.array([spec.parents.index(p) for p, _, _ in cells]),
        np.array([2 * n // spec.layers for _, n, _ in cells]),
    )


def _part(kind: str, filters: list[str]) -> str:
    """The first filter that a tensor's name has in it, as recipes are read."""
    return next((f for f in filters if f in kind), "rest")
