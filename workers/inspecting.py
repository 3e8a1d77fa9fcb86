"""What parents changed of their base, tensor by tensor: what `evolve inspect` measures."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import torch

from search_spaces.errors import ParentError
from search_spaces.profile import Inspection, Profile
from workers.parents import Parent, problems_between
from workers.spectrum import signal_square, singular_values, spectrum_snr
from workers.weights import OnDisk

TOP = 0.2
_NAMES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}


def inspect_parents(
    base: Parent,
    parents: Mapping[str, Parent],
    *,
    device: str = "cpu",
    spectrum: bool = True,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Inspection:
    """Measures every tensor; one of each model is in memory at a time, in fp32.

    spectrum: also singular values, which take most of the time; report: told the parameters that
    are done and how many there are.

    Raises: ParentError for parents that are not of this base, for NaN and Inf.
    """
    problems = problems_between(base, parents.values())
    if problems:
        raise ParentError("\n".join(problems))
    disk, disks = OnDisk(base, device), [OnDisk(p, device) for p in parents.values()]
    tensors: dict[str, Profile] = {}
    done = 0
    for name, header in base.tensors.items():
        report(done, base.parameters)
        tensors[name] = profile_of(
            disk.get(name).float(), [d.get(name).float() for d in disks], spectrum=spectrum
        )
        done += math.prod(header.shape)
    references = {name: parent.reference for name, parent in parents.items()}
    return Inspection(base.reference, references, dtype_of(base), base.layers, tensors)


def dtype_of(parent: Parent) -> str:
    """That of most of its parameters."""
    counts: dict[str, int] = {}
    for header in parent.tensors.values():
        counts[header.dtype] = counts.get(header.dtype, 0) + math.prod(header.shape)
    return _NAMES[max(counts, key=lambda d: counts[d])]


def profile_of(
    base: torch.Tensor, parents: Sequence[torch.Tensor], *, spectrum: bool = True
) -> Profile:
    """base and each parent: fp32, of one shape. Signal and noise are measured in matrices only.

    A parent that left the tensor as it is has no direction there: it adds nothing to signs.
    """
    p = len(parents)
    deltas = [parent - base for parent in parents]
    dots, both, opposite = np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p))
    moved = [i for i in range(p) if bool(deltas[i].any())]
    for i in moved:
        dots[i, i] = _dot(deltas[i], deltas[i])
    large = {i: _large(deltas[i]) for i in moved} if len(moved) > 1 else {}
    for i, j in combinations(moved, 2):
        dots[i, j] = dots[j, i] = _dot(deltas[i], deltas[j])
        shared = large[i] & large[j]
        both[i, j] = both[j, i] = int(shared.sum())
        against = shared & (torch.signbit(deltas[i]) != torch.signbit(deltas[j]))
        opposite[i, j] = opposite[j, i] = int(against.sum())
    snr, count, signal, square = np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p)
    if spectrum and base.ndim == 2 and min(base.shape) > 1:
        unchanged = [i for i in range(p) if i not in moved]
        ratios = {i: _snr(parents[i]) for i in moved}
        if unchanged:
            ratios |= dict.fromkeys(unchanged, _snr(base))
        for i, ratio in ratios.items():
            if ratio > 0:  # not NaN either
                snr[i], count[i] = math.log(ratio), 1
        for i in moved:
            signal[i] = signal_square(singular_values(deltas[i]), _shape(base))
            square[i] = dots[i, i]
    return Profile(_dot(base, base), dots, both, opposite, snr, count, signal, square)


def _snr(matrix: torch.Tensor) -> float:
    return spectrum_snr(singular_values(matrix), _shape(matrix))


def _shape(matrix: torch.Tensor) -> tuple[int, int]:
    return matrix.shape[0], matrix.shape[1]


def _dot(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a * b).sum(dtype=torch.float64))


def _large(delta: torch.Tensor) -> torch.Tensor:
    """Which entries are among the largest fifth by magnitude, and not zero."""
    magnitudes = delta.abs().flatten()
    keep = max(1, math.ceil(TOP * magnitudes.numel()))
    least = magnitudes.kthvalue(magnitudes.numel() - keep + 1).values
    return (delta.abs() >= least) & (delta != 0)
