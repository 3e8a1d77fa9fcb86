"""How far below its rivals a candidate must be, on part of the items, not to be scored further.

Blocks of a fixed set of items are a sample without replacement. Looked at after every block, the
mean of the differences to the rivals, over its standard error with the finite-population
correction, moves as a standardized Brownian bridge where the mean over the whole set is zero
(Rosen 1964), and the chance that it ever falls below a constant follows by recursive integration
(Armitage, McPherson and Rowe 1969), as for Pocock's boundary (1977). For a known number of looks
this needs fewer items than a confidence sequence that holds at every sample size
(arXiv:2103.06476), at the same error.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

_NODES = 96
_FAR = 8.0


def boundary(fractions: Sequence[float], error: float) -> float:
    """c > 0 such that a standardized Brownian bridge is below -c at one of the fractions with
    chance `error`.

    fractions: increasing, in (0, 1): the part of the items that each look has seen.
    """
    return _boundary(tuple(round(f, 6) for f in fractions), error)


@lru_cache(maxsize=64)
def _boundary(fractions: tuple[float, ...], error: float) -> float:
    low, high = float(-ndtri(error)), float(-ndtri(error / len(fractions)))
    if high - low < 1e-6:
        return high
    found = brentq(lambda c: _ever_below(fractions, c) - error, low, high, xtol=1e-3)
    return float(found)


def _ever_below(fractions: Sequence[float], c: float) -> float:
    """The chance that a standardized bridge is ever below -c: the density of those that were not,
    carried from look to look on Gauss-Legendre nodes of (-c, 8).
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    z = -c + (nodes + 1) * (_FAR + c) / 2
    weights = weights * (_FAR + c) / 2
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    for before, after in pairwise(fractions):
        r = np.sqrt(before / (1 - before) * (1 - after) / after)
        spread = np.sqrt(1 - r * r)
        step = (z[:, None] - r * z[None, :]) / spread
        kernel = np.exp(-step * step / 2) / (np.sqrt(2 * np.pi) * spread)
        density = kernel @ (weights * density)
    return float(1 - weights @ density) if len(fractions) > 1 else float(ndtr(-c))
