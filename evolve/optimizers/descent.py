"""The path of a gradient descent, walked point by point: an optimizer that has learnt beforehand.

The descent itself, on unlabelled text, is workers/descent.py's. Its loss is not the fitness, and
falls on where the fitness has begun to fall too; so the points of the path are scored, and the
best of them counts: early stopping.
"""

from collections.abc import Sequence

from evolve.optimizers.protocol import Scores
from evolve.optimizers.told import Told
from search_spaces.messages import Learned
from search_spaces.parameters import ParameterSpace
from search_spaces.space import GeneValue, Point, RecipeSpace


class DescentPath:
    """Asks the points of a path in their order, whatever they score; after the end, the last one
    again and again. It has no mean.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        """points: one at least. Raises: ValueError for none."""
        if not points:
            raise ValueError("the path of a descent has no points")
        self._points = [point.copy() for point in points]
        self._asked = 0
        self._told = Told()
        self.population = len(self._points)

    @property
    def exhausted(self) -> bool:
        """Has the whole path been asked?"""
        return self._asked >= len(self._points)

    def ask(self) -> Point:
        number = min(self._asked, len(self._points) - 1)
        self._asked += 1
        return self._points[number].copy()

    def tell(self, number: int, scores: Scores | None) -> None:
        self._told.check(number, scores, asked=self._asked)

    def mean(self) -> Point | None:
        return None


def genome_of_path(space: RecipeSpace, learned: Learned) -> dict[str, GeneValue] | None:
    """The genome nearest to one point of a path; None for a space without weights per parent.

    Learnt are one coefficient per parent, or one for each of the space's `layer_ranges()`; genes
    that several groups share get the mean of theirs. A space of other kinds has a genome only for
    coefficients that it makes exactly, the means over the groups.

    Raises: ValueError for another number of groups.
    """
    means = space.nearest(_by_name(space, learned, None))
    if means is None:
        return None
    genome, exact = means
    if not isinstance(space, ParameterSpace):
        return genome if exact else None
    slots = {s: n for s, n in space.frame.layout.slots.items() if n in genome}
    if not any(slot.parameter == "weight" for slot in slots):
        return None
    groups = len(next(iter(learned.weights.values())))
    if groups == 1:
        return genome
    if groups != len(space.layer_ranges()):
        raise ValueError(
            f"{groups} coefficients per parent were learnt; the space has "
            f"{len(space.layer_ranges())} groups of layers"
        )
    near = [space.nearest(_by_name(space, learned, group)) for group in range(groups)]
    values: dict[str, list[float]] = {}
    for slot, gene in slots.items():
        of_group = near[slot.group] if slot.group is not None else None
        value = of_group[0].get(gene) if of_group is not None else None
        if value is not None and not isinstance(value, str):
            values.setdefault(str(gene), []).append(value)
    return genome | {gene: sum(found) / len(found) for gene, found in values.items()}


def _by_name(space: RecipeSpace, learned: Learned, group: int | None) -> dict[str, float]:
    """Parent's name -> its coefficient in a group, or the mean over all."""
    nothing = (0.0,) * len(next(iter(learned.weights.values())))
    found = {name: learned.weights.get(ref, nothing) for name, ref in space.parents.items()}
    return {n: sum(w) / len(w) if group is None else w[group] for n, w in found.items()}
