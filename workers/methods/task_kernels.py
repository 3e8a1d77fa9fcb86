"""The kernels of the task-vector family: what is kept of each task vector, and how they add up."""

from dataclasses import dataclass
from typing import Literal

import torch

from workers.methods.choosing import between, over, positive, sign_of
from workers.methods.masks import drawn
from workers.methods.ranks import DIGIT

Keep = Literal["all", "top", "band", "random", "ranked", "given"]
# Columns of the coefficients of one model.
STEP, WEIGHT, LOW, HIGH = range(4)
# Of the absolute sum of weights: what their sum is kept above where they are to be divided by.
LEAST = 0.01


@dataclass(frozen=True)
class Kept:
    """The task vectors with what is dropped set to zero; one tensor per model.

    whole: (start,) where positions count, then coefficients (models, 4): step = weight x rescale,
    weight, and low and high: of the band, or what is drawn has to be under low + high x rank; then
    the seeds. operands: base, models, and the digits of the ranks by row where they count, or what
    is kept of each, where it is given.
    """

    keep: Keep
    models: int

    def __call__(
        self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor
    ) -> list[torch.Tensor]:
        if self.keep == "given":
            return list(operands[self.models + 1 :])
        base, models = operands[0].float(), operands[1 : self.models + 1]
        deltas = [model.float() - base for model in models]
        if self.keep == "all":
            return deltas
        if self.keep == "top":
            return [over(d, whole[0][i, LOW]) for i, d in enumerate(deltas)]
        if self.keep == "band":
            limits = whole[0]
            return [
                between(d, limits[index, LOW], limits[index, HIGH])
                for index, d in enumerate(deltas)
            ]
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
                for digit in range(1, digits):
                    rank = rank + operands[first + digit].float() * float(DIGIT**digit)
                limit = limit + coefficients[index, HIGH] * rank
            found.append(delta * (drawn(position, words[index]) < limit))
        return found


@dataclass(frozen=True)
class Sum:
    """base + scale * sum step d; whole ends with (scale,)."""

    kept: Kept

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        coefficients = whole[1] if self.kept.keep in ("random", "ranked") else whole[0]
        base, deltas = _deltas(coefficients.dtype, operands, self.kept.models)
        masks = None
        if self.kept.keep != "all":
            kept = self.kept(whole, *operands)
            if coefficients.dtype == torch.float32:
                deltas = kept
            else:
                masks = [positive(d.abs()) for d in kept]
        total: torch.Tensor | None = None
        for index, delta in enumerate(deltas):
            if masks is not None:
                delta = delta * masks[index]
            part = delta * coefficients[index, STEP]
            total = part if total is None else total + part
        assert total is not None  # noqa: S101 - a registry line asks for a model
        return base + total * whole[-1][0]


@dataclass(frozen=True)
class Elect:
    """base + lambda * mean (or sum) of step d over the models that agree with the elected sign;
    whole ends with (lambda, floor).

    Signs are elected in fp32. mixed: weights of both signs, whose sum has to be kept away from
    zero.
    """

    kept: Kept
    normalize: bool
    mixed: bool

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        coefficients = whole[1] if self.kept.keep in ("random", "ranked") else whole[0]
        number = coefficients.dtype
        kept = self.kept(whole, *operands)
        steps = [delta * coefficients[index, STEP] for index, delta in enumerate(kept)]
        total = steps[0]
        for step in steps[1:]:
            total = total + step
        elected = sign_of(total)
        agrees = [positive(step * elected).to(number) for step in steps]
        base, deltas = _deltas(number, operands, self.kept.models)
        if number == torch.float32:
            deltas = kept
        merged: torch.Tensor | None = None
        for index, (delta, agree) in enumerate(zip(deltas, agrees, strict=True)):
            part = delta * agree * coefficients[index, STEP]
            merged = part if merged is None else merged + part
        assert merged is not None  # noqa: S101 - a registry line asks for a model
        if self.normalize:
            merged = merged / self._divisor(agrees, coefficients[:, WEIGHT], whole[-1][1])
        return base + merged * whole[-1][0]

    def _divisor(
        self, agrees: list[torch.Tensor], weights: torch.Tensor, floor: torch.Tensor
    ) -> torch.Tensor:
        """The sum of weights of the models that agree, kept away from zero.

        mergekit has no floor here: weights (1, -.999) made of 2.1 a 2356. Where weights of both
        signs cancel to under 1 % of their absolute sum, that 1 % is used, with the divisor's
        sign; where nothing agrees the sum is zero too, and any divisor will do. Without mixed
        signs the coefficients are those of absolute weights, and the sign is in lambda.
        """
        divisor = agrees[0] * weights[0]
        for index, agree in enumerate(agrees[1:], start=1):
            divisor = divisor + agree * weights[index]
        if not self.mixed:
            return divisor.maximum(floor)
        size = agrees[0] * weights[0].abs()
        for index, agree in enumerate(agrees[1:], start=1):
            size = size + agree * weights[index].abs()
        return sign_of(divisor) * divisor.abs().maximum((LEAST * size).maximum(floor))


def _deltas(
    number: torch.dtype, operands: tuple[torch.Tensor, ...], models: int
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """(base, task vectors) in that number format."""
    base = operands[0].to(number)
    return base, [model.to(number) - base for model in operands[1 : models + 1]]
