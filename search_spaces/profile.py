"""What parents changed, and how they get on: sums over tensors from which norms, cosines, sign
conflicts and signal-to-noise ratios follow exactly, for one tensor, a layer, a kind or all.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search_spaces.resolve import in_layer, layer_of

Array = NDArray[np.float64]
_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")
_PREFIX = re.compile(r"^(?:model|transformer|gpt_neox)\.")


@dataclass(frozen=True)
class Profile:
    """Of the task vectors d = parent - base of p parents. Profiles add.

    base_square: sum of squares of the base. dots: (p, p) inner products of task vectors. both:
    (p, p) entries among the top 20 % magnitudes of both; opposite: those of them with opposite
    signs. log_snr: (p,) sum over matrices of the log of Spectrum's ratio, snr_count: (p,) how many
    matrices have one. signal: (p,)
    squares of d above the noise edge, matrix_square: (p,) all squares of d in matrices.
    """

    base_square: float
    dots: Array
    both: Array
    opposite: Array
    log_snr: Array
    snr_count: Array
    signal: Array
    matrix_square: Array

    def __add__(self, other: "Profile") -> "Profile":
        return Profile(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def norms(self) -> Array:
        """Frobenius norm of each task vector, (p,)."""
        return np.sqrt(np.diag(self.dots))

    @property
    def relative(self) -> Array:
        """Norms relative to the base's norm, (p,); NaN where the base is all zeros."""
        return (
            self.norms / math.sqrt(self.base_square) if self.base_square else self.norms * np.nan
        )

    @property
    def cosines(self) -> Array:
        """Between task vectors, (p, p) in [-1, 1]; NaN where one of the two is zero."""
        return np.clip(_ratio(self.dots, np.outer(self.norms, self.norms)), -1.0, 1.0)

    @property
    def conflicts(self) -> Array:
        """Share of opposite signs among the entries that are large in both, (p, p) in [0, 1].

        Large: in the top 20 % magnitudes of its tensor, which TIES keeps (arXiv:2306.01708,
        section 4). 0.5 is what unrelated task vectors have; NaN where no entry is large in both.
        """
        return _ratio(self.opposite, self.both)

    @property
    def snrs(self) -> Array:
        """Geometric mean over matrices of Spectrum's ratio of each parent's weights, (p,); NaN
        where no matrix has one.
        """
        return np.exp(_ratio(self.log_snr, self.snr_count))

    @property
    def signals(self) -> Array:
        """Share of the task vector's squares above the edge of noise, (p,) in [0, 1]."""
        return _ratio(self.signal, self.matrix_square)


@dataclass(frozen=True)
class Inspection:
    """Parents measured against their base. tensors: tensor -> Profile; layers: of the base;
    groups made from it are sums.
    """

    base: str
    parents: Mapping[str, str]
    dtype: str
    layers: int
    tensors: Mapping[str, Profile]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Positions of every two parents."""
        return list(combinations(range(len(self.parents)), 2))

    def whole(self) -> Profile:
        return total(self.tensors.values())

    def by_layer(self) -> dict[int, Profile]:
        """Tensors outside the layers are left out."""
        found = self._grouped(layer_of)
        return {k: found[k] for k in sorted(n for n in found if isinstance(n, int))}

    def by_kind(self) -> dict[str, Profile]:
        return {str(kind): found for kind, found in self._grouped(kind_of).items()}

    def by_layer_and_kind(self) -> dict[tuple[int, str], Profile]:
        inside = {n: p for n, p in self.tensors.items() if layer_of(n) is not None}
        found: dict[tuple[int, str], list[Profile]] = {}
        for name, profile in inside.items():
            found.setdefault((layer_of(name) or 0, kind_of(name)), []).append(profile)
        return {key: total(profiles) for key, profiles in found.items()}

    def _grouped(self, key: Callable[[str], int | str | None]) -> dict[int | str | None, Profile]:
        found: dict[int | str | None, list[Profile]] = {}
        for name, profile in self.tensors.items():
            found.setdefault(key(name), []).append(profile)
        return {k: total(profiles) for k, profiles in found.items()}


def total(profiles: Iterable[Profile]) -> Profile:
    """The profile of all tensors together; at least one."""
    return reduce(Profile.__add__, profiles)


def kind_of(tensor: str) -> str:
    """The name without layer and expert numbers: `self_attn.q_proj`, `input_layernorm`,
    `embed_tokens`.
    """
    name = tensor
    if layer_of(tensor) is not None:
        name = in_layer(tensor, 0).partition(".0.")[2] or tensor
    return _NUMBER.sub("*", _PREFIX.sub("", name)).removesuffix(".weight")


def as_data(found: Inspection) -> dict[str, Any]:
    """All of it as plain data; a number that does not exist is None."""
    return {
        "base": found.base,
        "parents": dict(found.parents),
        "dtype": found.dtype,
        "whole": _row(found, found.whole()),
        "layers": [{"layer": n, **_row(found, p)} for n, p in found.by_layer().items()],
        "kinds": {kind: _row(found, p) for kind, p in found.by_kind().items()},
        "tensors": {name: _row(found, p) for name, p in found.tensors.items()},
    }


def _row(found: Inspection, profile: Profile) -> dict[str, Any]:
    names = list(found.parents)
    columns = {
        "norm": profile.norms,
        "relative": profile.relative,
        "snr": profile.snrs,
        "signal": profile.signals,
    }
    cosines, conflicts = profile.cosines, profile.conflicts
    return {
        "parents": {
            name: {key: _number(values[i]) for key, values in columns.items()}
            for i, name in enumerate(names)
        },
        "pairs": [
            {
                "between": [names[i], names[j]],
                "cosine": _number(cosines[i, j]),
                "conflict": _number(conflicts[i, j]),
            }
            for i, j in found.pairs
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _ratio(above: Array, below: Array) -> Array:
    """above / below; NaN where below is zero."""
    found: Array = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found
