"""Signal and noise in a matrix, by its singular values and the law of Marchenko and Pastur.

Two measures, because they answer two questions. `spectrum_snr` is the ratio of Spectrum
(arXiv:2406.06623, section 3), comparable with what its authors publish; it takes the spread of the
singular values for the noise, which ranks matrices but is not zero for noise alone: on a matrix of
pure noise it is well above zero, and on a wide one it has no value. `signal_square` measures
against the edge that singular values of pure noise do not pass, and is about zero for noise.
"""

import math
from functools import lru_cache

import numpy as np
import torch

_ROWS = 16384


def singular_values(matrix: torch.Tensor) -> torch.Tensor:
    """(n, m) -> (min(n, m),) float64, ascending.

    Square roots of the eigenvalues of the smaller Gram matrix, several times faster than an SVD;
    what is under 1e-8 of the largest is rounding.
    """
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    gram = torch.zeros(tall.shape[1], tall.shape[1], dtype=torch.float64, device=matrix.device)
    for first in range(0, tall.shape[0], _ROWS):
        rows = tall[first : first + _ROWS].double()
        gram += rows.T @ rows
    squares: torch.Tensor = torch.linalg.eigvalsh(gram)
    return squares.clamp_min_(0.0).sqrt_()


def spectrum_snr(values: torch.Tensor, shape: tuple[int, int]) -> float:
    """Sum of the singular values above the threshold over the sum of the others, divided by the
    largest one; NaN where none is below. values: ascending.

    threshold = sigma * (1 + sqrt(beta)), beta = shorter side / longer side, sigma = interquartile
    range of the singular values / 1.349 (arXiv:2406.06623, section 3).
    """
    quartiles = torch.quantile(values, torch.tensor([0.25, 0.75]).to(values))
    sigma = float(quartiles[1] - quartiles[0]) / 1.349
    above = values > sigma * (1 + math.sqrt(min(shape) / max(shape)))
    noise = float(values[~above].sum())
    if noise == 0:
        return math.nan
    return float(values[above].sum()) / noise / float(values[-1])


def signal_square(values: torch.Tensor, shape: tuple[int, int]) -> float:
    """Sum of squares of the singular values above the edge of the Marchenko-Pastur law.

    The law is fitted to their median, of which less than half a spectrum of signals moves little
    (Gavish and Donoho, arXiv:1305.5870, section III-E): for noise of variance s^2 the squares lie
    around s^2 * longer side, and end at s^2 * longer side * (1 + sqrt(beta))^2.
    """
    beta = min(shape) / max(shape)
    squares = values.square()
    edge = float(squares.median()) / _median(beta) * (1 + math.sqrt(beta)) ** 2
    # Of a low-rank matrix the median is rounding, and so is what lies around it.
    edge = max(edge, 1e-12 * float(squares[-1]))
    return float(squares[squares > edge].sum())


@lru_cache(maxsize=256)
def _median(beta: float) -> float:
    """The median of the Marchenko-Pastur law of unit variance, beta in (0, 1]."""
    low, high = (1 - math.sqrt(beta)) ** 2, (1 + math.sqrt(beta)) ** 2
    # x = middle - half cos(angle) takes the root out of both ends of the density.
    angle = (np.arange(20_000) + 0.5) / 20_000 * math.pi
    x = (low + high) / 2 - (high - low) / 2 * np.cos(angle)
    mass = np.cumsum(np.sin(angle) ** 2 / x)
    return float(x[np.searchsorted(mass, mass[-1] / 2)])
