"""base + lambda * sum w d over task vectors d = model - base, with dropping and sign election.

Task arithmetic arXiv:2212.04089, TIES arXiv:2306.01708, DARE arXiv:2311.03099, DELLA
arXiv:2406.11617, Breadcrumbs arXiv:2312.06795. Sums are in fp32 whatever the models' dtype.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch

from search_spaces.errors import CandidateError
from workers.methods.choosing import over, sign_of, where_positive
from workers.methods.inputs import Inputs, Pass, Stretch
from workers.methods.masks import Band, drawn, limit_of, seed_words
from workers.methods.norms import norms_of, norms_once
from workers.methods.order import Edge, Order, Side, edges_of, sort_once
from workers.methods.passes import stretches
from workers.methods.ranks import DIGIT, row_ranks

Keep = Literal["all", "top", "band", "random", "ranked"]
# Columns of the coefficients of one model.
STEP, WEIGHT, LOW, HIGH = range(4)


@dataclass(frozen=True)
class Kept:
    """The task vectors with what is dropped set to zero; one tensor per model.

    whole: (start,) where positions count, then coefficients (models, 4): step = weight x rescale,
    weight, and low and high: of the band, or what is drawn has to be under low + high x rank; then
    the seeds. operands: base, models, and the digits of the ranks by row where
    they count.
    """

    keep: Keep
    models: int

    def __call__(
        self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor
    ) -> list[torch.Tensor]:
        base, models = operands[0].float(), operands[1 : self.models + 1]
        deltas = [model.float() - base for model in models]
        if self.keep == "all":
            return deltas
        if self.keep == "top":
            return [over(d, whole[0][i, LOW]) for i, d in enumerate(deltas)]
        if self.keep == "band":
            return [self._band(d, whole[0][i]) for i, d in enumerate(deltas)]
        start, coefficients, words = whole[:3]
        count = base.numel()
        position = torch.arange(count, dtype=torch.int32, device=base.device) + start
        found = []
        for index, delta in enumerate(deltas):
            limit = coefficients[index, LOW]
            if self.keep == "ranked":
                digits = (len(operands) - 1) // self.models - 1
                first = self.models + 1 + digits * index
                rank = operands[first].float()
                if digits > 1:
                    rank = rank + operands[first + 1].float() * float(DIGIT)
                limit = limit + coefficients[index, HIGH] * rank
            found.append(delta * (drawn(position, words[index]) < limit))
        return found

    @staticmethod
    def _band(delta: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
        size = delta.abs()
        return delta * ((size > row[LOW]) & (size <= row[HIGH]))


@dataclass(frozen=True)
class Sum:
    """base + scale * sum step d; whole ends with (scale,)."""

    kept: Kept

    def __call__(
        self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor
    ) -> torch.Tensor:
        coefficients = whole[1] if self.kept.keep in ("random", "ranked") else whole[0]
        deltas = self.kept(whole, *operands)
        total = deltas[0] * coefficients[0, STEP]
        for index, delta in enumerate(deltas[1:], start=1):
            total = total + delta * coefficients[index, STEP]
        return operands[0].float() + total * whole[-1][0]


@dataclass(frozen=True)
class Elect:
    """base + lambda * mean (or sum) of step d over the models that agree with the elected sign;
    whole ends with (lambda, floor).

    mixed: weights of both signs, whose sum has to be kept away from zero.
    """

    kept: Kept
    normalize: bool
    mixed: bool

    def __call__(
        self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor
    ) -> torch.Tensor:
        coefficients = whole[1] if self.kept.keep in ("random", "ranked") else whole[0]
        steps = [
            delta * coefficients[index, STEP]
            for index, delta in enumerate(self.kept(whole, *operands))
        ]
        total = steps[0]
        for step in steps[1:]:
            total = total + step
        elected = sign_of(total)
        agreeing = [(step * elected).relu() for step in steps]
        total = agreeing[0]
        for part in agreeing[1:]:
            total = total + part
        if self.normalize:
            total = total / self._divisor(agreeing, coefficients, whole[-1][1])
        return operands[0].float() + total * elected * whole[-1][0]

    def _divisor(
        self, agreeing: list[torch.Tensor], coefficients: torch.Tensor, floor: torch.Tensor
    ) -> torch.Tensor:
        """The sum of weights of the models that agree, kept away from zero.

        mergekit has no floor here: weights (1, -.999) made of 2.1 a 2356. Where weights of both
        signs cancel to under 1 % of their absolute sum, that 1 % is used, with the divisor's sign;
        where nothing agrees the sum is zero too, and any divisor will do. Without mixed signs the
        coefficients are those of absolute weights, and the sign is in lambda.
        """
        weights = coefficients[:, WEIGHT]
        divisor = where_positive(agreeing[0], weights[0])
        for index, part in enumerate(agreeing[1:], start=1):
            divisor = divisor + where_positive(part, weights[index])
        if not self.mixed:
            return divisor.maximum(floor)
        size = where_positive(agreeing[0], weights[0].abs())
        for index, part in enumerate(agreeing[1:], start=1):
            size = size + where_positive(part, weights[index].abs())
        return sign_of(divisor) * divisor.abs().maximum((0.01 * size).maximum(floor))


def task_arithmetic(inputs: Inputs) -> Pass:
    """base + lambda * sum w d (equation 1 of arXiv:2212.04089, with a weight per task)."""
    return _merge(inputs, "all", elect=False)


def ties(inputs: Inputs) -> Pass:
    """Trim to the top density of abs(d), elect signs, mean over those that agree (section 3)."""
    return _merge(inputs, "top", elect=True)


def dare_linear(inputs: Inputs) -> Pass:
    """Drop at random, rescale, sum."""
    return _merge(inputs, "random", elect=False)


def dare_ties(inputs: Inputs) -> Pass:
    """Drop at random, rescale, elect signs as TIES does."""
    return _merge(inputs, "random", elect=True)


def della_linear(inputs: Inputs) -> Pass:
    """Drop at random, small ones of a row more often, rescale, sum."""
    return _merge(inputs, "ranked", elect=False)


def della(inputs: Inputs) -> Pass:
    """Drop at random, small ones of a row more often, rescale, elect signs (section 3)."""
    return _merge(inputs, "ranked", elect=True)


def breadcrumbs(inputs: Inputs) -> Pass:
    """Drop the largest gamma and then the smallest, so that density is kept; sum (section 3)."""
    return _merge(inputs, "band", elect=False)


def breadcrumbs_ties(inputs: Inputs) -> Pass:
    """Drop the largest gamma and then the smallest, elect signs as TIES does."""
    return _merge(inputs, "band", elect=True)


def _merge(inputs: Inputs, keep: Keep, *, elect: bool) -> Pass:
    densities = inputs.per_model.get("density", ())
    if keep != "all" and all(density >= 1 for density in densities):
        keep = "all"
    kept = Kept(keep, len(inputs.models))
    base = inputs.reference()
    operands = (base, *inputs.models)
    if keep == "ranked":
        operands += tuple(b for index in range(len(inputs.models)) for b in _ranks(inputs, index))
    rows = _rows_of_limits(inputs, keep)
    words = seed_words(inputs.seeds, base.device) if keep in ("random", "ranked") else None
    scales = [1.0] * len(inputs.models)
    if inputs.shared.get("rescale") and keep != "all":
        scales = _rescales(inputs, kept, rows, words, operands)
    weights = inputs.per_model["weight"]
    mixed = min(weights) < 0 < max(weights)
    kernel, tail = _kernel(inputs, kept, elect=elect)

    def whole(limits: list[tuple[float, float]]) -> tuple[torch.Tensor, ...]:
        table = [
            (w * s, w if mixed else abs(w), low, high)
            for w, s, (low, high) in zip(weights, scales, limits, strict=True)
        ]
        found = [torch.tensor(table, dtype=torch.float32, device=base.device)]
        found += [] if words is None else [words]
        return (*found, torch.tensor(tail, dtype=torch.float32, device=base.device))

    return Pass(
        kernel,
        operands,
        tuple(Stretch(stop, whole(limits)) for stop, limits in rows),
        indexed=words is not None,
    )


def _kernel(inputs: Inputs, kept: Kept, *, elect: bool) -> tuple[Sum | Elect, tuple[float, ...]]:
    """(the kernel, what its coefficients end with)."""
    weights, scale = inputs.per_model["weight"], float(inputs.shared["lambda"])
    normalize = bool(inputs.shared["normalize"])
    if elect:
        mixed = min(weights) < 0 < max(weights)
        scale *= -1 if normalize and max(weights) <= 0 and min(weights) < 0 else 1
        floor = min((abs(w) for w in weights if w), default=1.0)
        return Elect(kept, normalize, mixed), (scale, floor * (1e-3 if mixed else 0.5))
    if normalize:
        total, size = sum(weights), sum(map(abs, weights))
        least = 0.01 * size if size else 1.0
        scale /= math.copysign(max(abs(total), least), total)
    return Sum(kept), (scale,)


Limits = list[tuple[float, float]]


def _rows_of_limits(inputs: Inputs, keep: Keep) -> list[tuple[int, Limits]]:
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
            edges = [dropped] if gammas is None else [dropped, dropped + kept]
            ranks[index] = [rank for rank in edges if rank < count]
    edges_found = _edges(inputs, ranks, first)
    for index, edges in edges_found.items():
        found[index] = _cut(count, edges, first)
    return found


def _cut(count: int, edges: list[Edge], first: Side) -> list[tuple[int, Band]]:
    """Bands between the cuts of one or two edges: over the first and under the second."""
    found = []
    for start, stop in pairwise(sorted({0, count, *(edge.cut for edge in edges)})):
        sides = []
        for edge in edges:
            over = (start < edge.cut) == (first == "larger")
            sides.append(_before(edge.value) if over else edge.value)
        found.append((stop, Band(sides[0], sides[1] if len(sides) > 1 else math.inf)))
    return found


def _before(value: float) -> float:
    """The fp32 number before it."""
    return float(torch.nextafter(torch.tensor(value), torch.tensor(-1.0)))


def sizes(base: torch.Tensor, *models: torch.Tensor) -> list[torch.Tensor]:
    """abs(d) of every model."""
    return [(model - base).abs() for model in models]


def _edges(inputs: Inputs, ranks: dict[int, list[int]], first: Side) -> dict[int, list[Edge]]:
    """The edges at the ranks of each model that has any."""
    if not ranks:
        return {}
    base = inputs.reference()

    def order(index: int) -> Order:
        def sort() -> Order:
            parts = stretches(base, inputs.models[index])
            return sort_once(torch.cat([sizes(*part)[0] for _, part in parts]).cpu().numpy())

        return inputs.once_of(index, "order", sort)

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


def _ranks(inputs: Inputs, index: int) -> tuple[torch.Tensor, ...]:
    tensors = (inputs.reference(), inputs.models[index])
    return inputs.once_of(index, "ranks", lambda: row_ranks(*tensors))


def _rescales(
    inputs: Inputs,
    kept: Kept,
    rows: list[tuple[int, Limits]],
    words: torch.Tensor | None,
    operands: tuple[torch.Tensor, ...],
) -> list[float]:
    """Norm of the whole task vector by norm of what is kept, for every model.

    mergekit's `rescale`: it is not DARE's 1/p, but equal to it in expectation. Norms under 1e-7
    are left alone.
    """
    norm = str(inputs.shared.get("rescale_norm", "l1"))
    before = [
        inputs.once_of(
            index, ("norm", norm), lambda model=model: norms_once(operands[0], model, norm)
        )
        for index, model in enumerate(inputs.models)
    ]
    after = norms_of(kept, rows, words, operands, norm, compile_it=inputs.compile_it)
    return [
        b / a if b >= 1e-7 and a >= 1e-7 else 1.0 for b, a in zip(before, after, strict=True)
    ]
