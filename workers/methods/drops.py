"""What a recipe keeps of every task vector, as limits that a kernel compares with."""

import math
from itertools import pairwise

import torch

from search_spaces.errors import CandidateError
from workers.methods.inputs import Inputs
from workers.methods.masks import Band, limit_of
from workers.methods.order import (
    Edge,
    Floats,
    Order,
    Side,
    before,
    edges_at_once,
    edges_of,
    sort_once,
)
from workers.methods.passes import stretches
from workers.methods.ranks import row_ranks
from workers.methods.task_kernels import Keep

Limits = list[tuple[float, float]]


def stretches_of(inputs: Inputs, keep: Keep) -> list[tuple[int, Limits]]:
    """(end of the stretch, low and high of every model there), in order."""
    count = inputs.reference().numel()
    densities = inputs.per_model.get("density", ())
    if keep == "all":
        return [(count, [(0.0, 0.0)] * len(inputs.models))]
    if keep == "random":
        return [(count, [(limit_of(density), 0.0) for density in densities])]
    if keep == "ranked":
        return [(count, [_by_rank(inputs, index) for index in range(len(inputs.models))])]
    bands = _bands(inputs)
    stops = sorted({stop for found in bands for stop, _ in found})
    rows = []
    for start, stop in pairwise([0, *stops]):
        here = [next(b for end, b in found if end > start) for found in bands]
        rows.append((stop, [(band.low, band.high) for band in here]))
    return rows


def _by_rank(inputs: Inputs, index: int) -> tuple[float, float]:
    """Probability of keeping: of the smallest of a row, and how much more by rank.

    Raises: CandidateError where it would leave (0, 1).
    """
    density, epsilon = inputs.per_model["density"][index], inputs.per_model["epsilon"][index]
    if density <= 0 or density >= 1:
        return limit_of(density), 0.0
    if density + epsilon >= 1 or density - epsilon <= 0:
        raise CandidateError(
            f"della: density {density:g} +- epsilon {epsilon:g} must lie inside (0, 1); use a "
            "smaller epsilon"
        )
    base = inputs.reference()
    columns = base.numel() // len(base) if base.dim() > 1 else base.numel()
    return limit_of(density - epsilon), 2 * epsilon / max(1, columns - 1) * 2.0**32


def _bands(inputs: Inputs) -> list[list[tuple[int, Band]]]:
    """Of every model (end, what is kept up to there), in order: TIES's top, or Breadcrumbs'
    middle, exactly.
    """
    count, gammas = inputs.reference().numel(), inputs.per_model.get("gamma")
    first: Side = "larger" if gammas is None else "smaller"
    ranks: dict[int, list[int]] = {}
    found = [[(count, Band(-1.0, math.inf))] for _ in inputs.models]
    for index, density in enumerate(inputs.per_model["density"]):
        kept = int(density * count)
        if gammas is None and density > 0:
            kept = max(1, kept)
        dropped = count - kept
        if gammas is not None:
            dropped = max(0, dropped - int(gammas[index] * count))
        if kept == 0:
            found[index] = [(count, Band(math.inf, math.inf))]
        elif density < 1:
            both = [dropped] if gammas is None else [dropped, dropped + kept]
            ranks[index] = [rank for rank in both if rank < count]
    for index, edges in _edges(inputs, ranks, first).items():
        found[index] = _cut(count, edges, first)
    return found


def _cut(count: int, edges: list[Edge], first: Side) -> list[tuple[int, Band]]:
    """Bands between the cuts of one or two edges: over the first and under the second."""
    found = []
    for start, stop in pairwise(sorted({0, count, *(edge.cut for edge in edges)})):
        sides = []
        for edge in edges:
            over = (start < edge.cut) == (first == "larger")
            sides.append(before(edge.value) if over else edge.value)
        found.append((stop, Band(sides[0], sides[1] if len(sides) > 1 else math.inf)))
    return found


def sizes(base: torch.Tensor, *models: torch.Tensor) -> list[torch.Tensor]:
    """abs(d) of every model."""
    return [(model - base).abs() for model in models]


def _edges(inputs: Inputs, ranks: dict[int, list[int]], first: Side) -> dict[int, list[Edge]]:
    """The edges at the ranks of each model that has any."""
    if not ranks:
        return {}
    base = inputs.reference()

    def measured(index: int) -> Floats:
        parts = stretches(base, inputs.models[index])
        return torch.cat([sizes(*part)[0] for _, part in parts]).cpu().numpy()

    if not inputs.facts.keep:
        return {i: edges_at_once(measured(i), wanted, first) for i, wanted in ranks.items()}

    def order(index: int) -> Order:
        return inputs.once_of(index, "order", lambda: sort_once(measured(index)))

    found = edges_of(
        [order(index) for index in ranks],
        list(ranks.values()),
        first,
        sizes,
        (base, *(inputs.models[index] for index in ranks)),
        name="sizes",
        compile_it=inputs.compile_it,
    )
    return dict(zip(ranks, found, strict=True))


def ranks_of(inputs: Inputs, index: int) -> tuple[torch.Tensor, ...]:
    """The digits of the ranks of one model's entries in their rows, found once."""
    tensors = (inputs.reference(), inputs.models[index])
    return inputs.once_of(index, "ranks", lambda: row_ranks(*tensors))
