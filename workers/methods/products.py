"""Dot products between tensors, in float64 and in stretches."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

Matrix = npt.NDArray[np.float64]
_STRETCH = 1 << 18


def gram(models: tuple[torch.Tensor, ...], base: torch.Tensor | None = None) -> Matrix:
    """(models, models) dot products of the tensors, or of their differences to `base`."""
    total = np.zeros((len(models), len(models)))
    for part in _stretches(models, base, 1, models[0].numel()):
        flat = part.flatten(1)
        total += (flat @ flat.T).cpu().numpy()
    return total


def rowwise(models: tuple[torch.Tensor, ...], base: torch.Tensor | None = None) -> Matrix:
    """(rows, models, models) dot products of each row; tensors of shape (rows, ...)."""
    found = []
    for part in _stretches(models, base, len(models[0]), models[0][0].numel()):
        stacked = part.movedim(1, 0)
        found.append((stacked @ stacked.transpose(1, 2)).cpu().numpy())
    return np.concatenate(found)


def columnwise(models: tuple[torch.Tensor, ...], base: torch.Tensor | None = None) -> Matrix:
    """(columns, models, models) dot products of each column; tensors of shape (rows, columns)."""
    columns = models[0][0].numel()
    total = np.zeros((columns, len(models), len(models)))
    for part in _stretches(models, base, len(models[0]), columns):
        total += torch.einsum("irc,jrc->cij", part, part).cpu().numpy()
    return total


def _stretches(
    models: tuple[torch.Tensor, ...], base: torch.Tensor | None, rows: int, columns: int
) -> Iterator[torch.Tensor]:
    """(models, rows of the stretch, columns of it) in float64; only a single row is cut inside."""
    tall, wide = max(1, _STRETCH // max(1, columns)), _STRETCH if rows == 1 else columns
    for top in range(0, rows, tall):
        for left in range(0, columns, max(1, wide)):

            def part(tensor: torch.Tensor, top: int = top, left: int = left) -> torch.Tensor:
                whole = tensor.reshape(rows, columns)
                return whole[top : top + tall, left : left + wide].double()

            origin = 0 if base is None else part(base)
            yield torch.stack([part(model) - origin for model in models])
