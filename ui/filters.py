"""Which trials a page shows: one filter by state, origin and ranges of genes and of the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search_spaces.space import Gene
from ui.columns import ORIGINS, STATES, Columns
from ui.genes import Matrix

SCORE = "score"  # the axis of the score among those of the genes, whose names have a dot
STATE_NAMES = {
    "all": "All",
    "done": "Scored",
    "pruned": "Stopped early",
    "failed": "Failed",
    "asked": "Waiting",
}
ORIGIN_NAMES = {
    "optimizer": "The optimizer's",
    "references": "References and starts too",
    "all": "Ablations and means too",
}
_REFERENCES = ("optimizer", "base", "parent", "plain", "one_scale", "start")


@dataclass(frozen=True)
class Brush:
    """A range that was brushed on an axis, both ends in it; of a choice, of positions among the
    choices.
    """

    axis: str
    low: float
    high: float


@dataclass(frozen=True)
class Filter:
    """state: of STATE_NAMES; origin: of ORIGIN_NAMES; all brushes hold at once."""

    state: str = "all"
    origin: str = "optimizer"
    brushes: tuple[Brush, ...] = ()

    @property
    def by_genes(self) -> bool:
        """Does it need the genes of all trials?"""
        return any(brush.axis != SCORE for brush in self.brushes)


def passing(
    trials: Columns, wanted: Filter, genes: Sequence[Gene], matrix: Matrix | None
) -> NDArray[np.int64]:
    """Positions of the trials that pass, by number. matrix: of all trials, needed where it is
    `by_genes`; a trial without a gene that was brushed does not pass.
    """
    states = STATES if wanted.state == "all" else (wanted.state,)
    found = trials.where(states=states, origins=_origins(wanted.origin))
    return within(trials, found, wanted.brushes, genes, matrix)


def within(
    trials: Columns,
    positions: NDArray[np.int64],
    brushes: Sequence[Brush],
    genes: Sequence[Gene],
    matrix: Matrix | None,
) -> NDArray[np.int64]:
    """Those of the positions that are inside all brushes."""
    place = {gene.name: index for index, gene in enumerate(genes)}
    for brush in brushes:
        if brush.axis == SCORE:
            values = trials.fitness[positions]
        elif matrix is not None and brush.axis in place:
            column = Matrix(matrix.number, matrix.values[:, [place[brush.axis]]])
            values = column.of(trials.number[positions])[:, 0].astype(np.float64)
        else:
            continue
        slack = 1e-6 * max(abs(brush.low), abs(brush.high))  # genes are kept in 32 bits
        inside = (values >= brush.low - slack) & (values <= brush.high + slack)
        positions = positions[inside]  # NaN is never inside
    return positions


def counts(trials: Columns, positions: NDArray[np.int64]) -> dict[str, int]:
    """state, or all -> number of these trials."""
    found = np.bincount(trials.state[positions], minlength=len(STATES)).tolist()
    return {"all": len(positions)} | dict(zip(STATES, found, strict=True))


def brushes_from(sent: Mapping[str, Sequence[float]], axes: Sequence[str]) -> tuple[Brush, ...]:
    """What a browser sent as axis -> (low, high): those of known axes, in their order, that are
    ranges of numbers.
    """
    found = []
    for axis in axes:
        ends = sent.get(axis)
        if not isinstance(ends, Sequence) or len(ends) != 2:
            continue
        if all(isinstance(end, int | float) and np.isfinite(end) for end in ends):
            found.append(Brush(axis, float(min(ends)), float(max(ends))))
    return tuple(found)


def told(brush: Brush, genes: Sequence[Gene]) -> str:
    """`weight.maths.g0 0.2 to 0.6`, or the choices; names as they are."""
    gene = next((g for g in genes if g.name == brush.axis), None)
    if gene is not None and gene.choices:
        first, last = max(0, int(np.ceil(brush.low))), int(np.floor(brush.high))
        return f"{brush.axis} {', '.join(gene.choices[first : last + 1])}"
    return f"{brush.axis} {brush.low:.3g} to {brush.high:.3g}"


def _origins(origin: str) -> Sequence[str]:
    return {"optimizer": ("optimizer",), "references": _REFERENCES}.get(origin, ORIGINS)
