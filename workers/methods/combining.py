"""Methods that are a linear combination of the models: averages, straight and on the sphere.

The coefficients follow from the dot products of the tensors (their Gram matrix), which depend on
the parents alone; so a candidate costs one weighted sum.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from search_spaces.errors import CandidateError
from workers.methods.inputs import Inputs, Pass, one_pass, settled
from workers.methods.products import Matrix, columnwise, gram, rowwise

_PARALLEL = 0.9995


@dataclass(frozen=True)
class Combine:
    """sum c x; with `base`, the first operand, base + sum c (x - base).

    whole: (c,), of shape (models,) or (models, 1, columns), or none where the last operand is
    (rows, models): coefficients of each row.
    """

    base: bool
    by_row: bool = False

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        tensors = operands[:-1] if self.by_row else operands
        number = operands[-1].dtype if self.by_row else whole[0].dtype
        base = tensors[0].to(number) if self.base else None
        total: torch.Tensor | None = None
        for index, tensor in enumerate(tensors[1:] if self.base else tensors):
            part = tensor.to(number) if base is None else tensor.to(number) - base
            part = part * (operands[-1][:, index : index + 1] if self.by_row else whole[0][index])
            total = part if total is None else total + part
        assert total is not None  # noqa: S101 - a registry line asks for a model
        return total if base is None else base + total


@dataclass(frozen=True)
class Scale:
    """c x."""

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        return operands[0].to(whole[0].dtype) * whole[0][0]


def linear(inputs: Inputs) -> Pass:
    """sum w x, divided by sum w if `normalize`. Model soups, arXiv:2203.05482.

    Raises: CandidateError when the weights to normalize by sum to nothing.
    """
    weights = inputs.per_model["weight"]
    if inputs.shared["normalize"]:
        weights = _normalized("linear", weights)
    return _sum(inputs, inputs.models, None, weights)


def passthrough(inputs: Inputs) -> Pass:
    """The one model, times `scale`."""
    return one_pass(Scale(), inputs.models, inputs.scalars(*inputs.per_model["scale"]))


def slerp(inputs: Inputs) -> Pass:
    """From the base (t=0) to the other model (t=1) along the arc between them, whole tensor at
    once.

    Shoemake 1985; straight interpolation where the two are nearly parallel (abs(cos) > .9995). The
    norms are not equalized.
    """
    t = float(inputs.shared["t"])
    tensors = (inputs.reference(), *inputs.models)
    dots = inputs.once("dots of all", lambda: gram(tensors))
    norms = [n if n > 1e-8 else 1.0 for n in np.sqrt(np.diag(dots))]
    cosine = max(-1.0, min(1.0, float(dots[0, 1] / (norms[0] * norms[1]))))
    return _sum(inputs, tensors, None, _along_the_arc(t, cosine, abs(cosine) > _PARALLEL))


def nuslerp(inputs: Inputs) -> Pass:
    """slerp between two models at t = w2 / (w1 + w2); with a base, between their task vectors.

    By whole tensor (nuslerp_flatten), else by row, or by column (nuslerp_row_wise, as mergekit has
    it).
    """
    first, second = inputs.per_model["weight"]
    t = 0.5 if abs(first + second) < 1e-6 else second / (first + second)
    flat = inputs.models[0].dim() < 2

    def arc(dots: Matrix) -> tuple[float, float]:
        norms = np.maximum(np.sqrt(np.diag(dots)), 1e-7)
        cosine = max(-1.0, min(1.0, float(dots[0, 1] / (norms[0] * norms[1]))))
        return _along_the_arc(t, cosine, 1 - cosine * cosine <= 1e-16)

    if inputs.shared["nuslerp_flatten"] or flat:
        dots = inputs.once("dots of task vectors", lambda: gram(inputs.models, inputs.base))
        return _sum(inputs, inputs.models, inputs.base, arc(dots))
    by_column = bool(inputs.shared["nuslerp_row_wise"])
    products = columnwise if by_column else rowwise
    all_dots = inputs.once(
        ("dots of lines", by_column), lambda: products(inputs.models, inputs.base)
    )
    lines = [[settled(c) for c in arc(dots)] for dots in all_dots]
    found = torch.tensor(lines, dtype=inputs.number)
    coefficients = found.to(inputs.models[0].device)
    operands = _operands(inputs.models, inputs.base)
    if by_column:
        columns = coefficients.T[:, None, :].contiguous()
        return one_pass(Combine(inputs.base is not None), operands, columns, rows=len(operands[0]))
    kernel = Combine(inputs.base is not None, by_row=True)
    return one_pass(kernel, (*operands, coefficients), rows=len(coefficients))


def multislerp(inputs: Inputs) -> Pass:
    """The weighted mean of the unit tensors, put back on the sphere and given the weighted mean
    norm; with a base, of task vectors.

    Goddard's barycentre in the tangent space at that mean: its tangent part is zero by
    construction, so the mean itself is the result. A tensor that no model changes stays as it is.

    Raises: CandidateError where the unit tensors cancel.
    """
    if len(inputs.models) == 1:
        return _sum(inputs, inputs.models, None, (1.0,))
    weights, eps = inputs.per_model["weight"], float(inputs.shared["eps"])
    if inputs.shared["normalize_weights"]:
        weights = _normalized("multislerp", weights)
    dots = inputs.once("dots of task vectors", lambda: gram(inputs.models, inputs.base))
    norms = np.sqrt(np.diag(dots))
    units = np.asarray(weights) / np.where(norms > 0, norms + eps, 1.0)
    length = math.sqrt(max(0.0, float(units @ dots @ units)))
    if length <= eps:
        if len(weights) == 2 or not norms.any():
            return _sum(inputs, inputs.models, inputs.base, weights)
        raise CandidateError(
            f"multislerp: with weights {weights} the directions of the models cancel; use others"
        )
    scale = float(norms @ np.asarray(weights)) / length
    return _sum(inputs, inputs.models, inputs.base, tuple(units * scale))


def karcher(inputs: Inputs) -> Pass:
    """The point of the sphere nearest to all unit tensors, by iteration, times the mean norm.

    Karcher 1977; the iteration stays in the span of the tensors, so it is done on coefficients.
    """
    models, tol = inputs.models, float(inputs.shared["tol"])
    if len(models) == 1:
        return _sum(inputs, models, None, (1.0,))
    dots = inputs.once("dots", lambda: gram(models))
    norms = np.sqrt(np.diag(dots))
    valid = np.flatnonzero(norms > tol)
    found = np.zeros(len(models))
    if len(valid):
        units = dots[np.ix_(valid, valid)] / np.outer(norms[valid], norms[valid])
        mean = _karcher_mean(units, int(inputs.shared["max_iter"]), tol)
        found[valid] = float(norms.mean()) * mean / norms[valid]
    return _sum(inputs, models, None, tuple(found))


def model_stock(inputs: Inputs) -> Pass:
    """base + t (mean - base), t = N cos / (1 + (N - 1) cos) with the mean cosine between task
    vectors (arXiv:2403.19522, equation 7); of the whole tensor, or `filter_wise` by row.
    """
    count = len(inputs.models)
    base = inputs.reference()
    if inputs.shared["filter_wise"] and base.dim() > 1:
        all_dots = inputs.once(("dots of lines", False), lambda: rowwise(inputs.models, base))
        ratios = [[settled(_stock_ratio(d) / count)] * count for d in all_dots]
        coefficients = torch.tensor(ratios, dtype=inputs.number).to(base.device)
        operands = _operands(inputs.models, base)
        kernel = Combine(True, by_row=True)
        return one_pass(kernel, (*operands, coefficients), rows=len(coefficients))
    dots = inputs.once("dots of task vectors", lambda: gram(inputs.models, base))
    return _sum(inputs, inputs.models, base, (_stock_ratio(dots) / count,) * count)


def _stock_ratio(dots: Matrix) -> float:
    count, norms = len(dots), np.sqrt(np.diag(dots))
    cosines = [
        max(-1.0, min(1.0, dots[i, j] / max(norms[i] * norms[j], 1e-6)))
        for i in range(count)
        for j in range(i + 1, count)
    ]
    cosine = float(np.mean(cosines))
    divisor = 1 + (count - 1) * cosine
    return 0.0 if abs(divisor) < 1e-6 else count * cosine / divisor


def _karcher_mean(units: Matrix, most: int, tol: float) -> Matrix:
    """Coefficients over unit vectors of the point nearest to all; units: their dot products."""
    count = len(units)

    def length(point: Matrix) -> float:
        return math.sqrt(max(0.0, float(point @ units @ point)))

    mean = np.full(count, 1 / count)
    mean = np.eye(count)[0] if length(mean) < tol else mean / length(mean)
    for _ in range(most):
        tangent = np.zeros(count)
        for index in range(count):
            dot = max(-1.0, min(1.0, float(units[index] @ mean)))
            angle = math.acos(dot)
            if angle >= tol and angle > 0:
                step = -dot * mean
                step[index] += 1
                tangent += angle / math.sin(angle) / count * step
        size = length(tangent)
        if size < tol:
            break
        mean = math.cos(size) * mean + math.sin(size) / size * tangent
        mean = mean / length(mean) if length(mean) > tol else mean
    return mean


def _along_the_arc(t: float, cosine: float, straight: bool) -> tuple[float, float]:
    """(coefficient of the start, of the end)."""
    if straight:
        return 1 - t, t
    angle = math.acos(cosine)
    return math.sin((1 - t) * angle) / math.sin(angle), math.sin(t * angle) / math.sin(angle)


def _normalized(method: str, weights: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(weights)
    if total == 0 or abs(total) < 1e-6 * sum(map(abs, weights)):
        raise CandidateError(
            f"{method}: weights {weights} sum to {total:g}, which cannot be normalized"
        )
    return tuple(w / total for w in weights)


def _operands(
    models: tuple[torch.Tensor, ...], base: torch.Tensor | None
) -> tuple[torch.Tensor, ...]:
    return models if base is None else (base, *models)


def _sum(
    inputs: Inputs,
    models: tuple[torch.Tensor, ...],
    base: torch.Tensor | None,
    values: tuple[float, ...],
) -> Pass:
    coefficients = inputs.scalars(*map(settled, values))
    return one_pass(Combine(base is not None), _operands(models, base), coefficients)
