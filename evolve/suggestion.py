"""From what was measured of parents to a search file, with the reason on every line.

Rules of thumb, not results: they put the genes where the parents differ, and leave the rest to the
search. They are:

1. Layer groups. A layer is described by the size of each parent's change (log2 of its relative
   norm), the cosine of each pair (0.25 counts as much as a doubling of size) and the share of
   signal in each change (likewise). Contiguous layers are grouped so that the squared distance to
   their group's mean is least (dynamic programming, exact). Another group is added while it takes
   away a tenth or more of what distance there is among all layers. One group where layers are
   alike (on average less than a tenth of a doubling apart); no group of a single layer among
   eight or more; at most 8 groups, and at most 24 weights.
2. Upper bounds. A weight times the size of the change is how far a parent is moved, and all may
   move equally far: a parent whose change has the typical size (the median) gets [0, 1.5], one
   half as large up to 3, a larger one less, but never under 1.2, so that the parent itself is
   inside.
3. Lower bounds. A parent that points against the others (mean cosine under -0.05, or more than
   55 % opposite signs against every other parent) may be subtracted: from -0.3.
4. Method. task_arithmetic; where a pair has opposite signs in more than 55 % of what is large in
   both (unrelated changes have 50 %, and add up without harm), the method is a gene of
   task_arithmetic and ties, which keeps the largest fifth of every change and settles signs by
   vote.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evolve.segments import segments
from search_spaces.profile import Inspection, Profile, total

Array = NDArray[np.float64]
MOST_GROUPS, MOST_WEIGHTS = 8, 24
_ALONE = 8
_REACH, _LEAST, _MOST, _AGAINST = 1.5, 1.2, 3.0, -0.3
_OPPOSED, _CONFLICT = -0.05, 0.55


@dataclass(frozen=True)
class Range:
    """Where a parent's weight is searched, and why."""

    low: float
    high: float
    why: str


@dataclass(frozen=True)
class Suggestion:
    """edges: first layer of each group, then the number of layers; groups: a reason for each."""

    edges: tuple[int, ...]
    groups: tuple[str, ...]
    why_groups: str
    weights: Mapping[str, Range]
    methods: tuple[str, ...]
    why_method: str


def suggest(found: Inspection) -> Suggestion:
    """The rules above, applied."""
    names, whole = list(found.parents), found.whole()
    profiles = list(found.by_layer().values())
    edges, why = _groups(profiles, found)
    pieces = [total(profiles[a:b]) for a, b in pairwise(edges)]
    sizes = whole.relative
    changed = sizes[np.isfinite(sizes) & (sizes > 0)]
    typical = float(np.median(changed)) if len(changed) else 0.0
    weights = {n: _range(i, whole, typical) for i, n in enumerate(names)}
    methods, why_method = _method(found, whole)
    reasons = tuple(_told(piece, names) for piece in pieces)
    return Suggestion(edges, reasons, why, weights, methods, why_method)


def features_of(profiles: Sequence[Profile], pairs: Sequence[tuple[int, int]]) -> Array:
    """(layers, features): of each layer what rule 1 compares, each kind of feature with weight
    one in all. A number that does not exist is the mean of the others.
    """
    sizes = np.array([np.log2(np.maximum(p.relative, 1e-6)) for p in profiles])
    columns = [sizes / math.sqrt(sizes.shape[1])]
    if pairs:
        cosines = np.array([[p.cosines[i, j] for i, j in pairs] for p in profiles])
        columns.append(4 * cosines / math.sqrt(len(pairs)))
    signals = np.array([p.signals for p in profiles])
    columns.append(4 * signals / math.sqrt(signals.shape[1]))
    found = np.hstack(columns)
    there = np.isfinite(found)
    count = np.maximum(there.sum(axis=0), 1)
    means = np.where(there, found, 0.0).sum(axis=0) / count
    filled: Array = np.where(there, found, means)
    return filled


def _groups(profiles: Sequence[Profile], found: Inspection) -> tuple[tuple[int, ...], str]:
    most = max(1, min(MOST_GROUPS, MOST_WEIGHTS // len(found.parents)))
    least = 2 if len(profiles) >= _ALONE else 1
    edges = segments(features_of(profiles, found.pairs), most, least=least)
    if len(edges) == 2:
        return edges, "one group: no edge parts layers that differ enough"
    return edges, "edges where the size, direction or noise of the changes turns"


def _range(parent: int, whole: Profile, typical: float) -> Range:
    size = float(whole.relative[parent])
    if not (math.isfinite(size) and size > 0 and typical > 0):
        return Range(0.0, _REACH, "changed nothing that could be measured")
    high = round(min(_MOST, max(_LEAST, _REACH * typical / size)), 1)
    why = f"change of {100 * size:.2g} % of the base"
    ratio = size / typical
    if ratio > 1.1 or ratio < 0.9:
        why += f", {ratio:.2g} x the typical one"
    others = [j for j in range(len(whole.norms)) if j != parent]
    cosines = [c for j in others if math.isfinite(c := float(whole.cosines[parent, j]))]
    conflicts = [c for j in others if math.isfinite(c := float(whole.conflicts[parent, j]))]
    if cosines and sum(cosines) / len(cosines) < _OPPOSED:
        return Range(_AGAINST, high, f"{why}; mean cosine {sum(cosines) / len(cosines):.2f}")
    if conflicts and min(conflicts) > _CONFLICT:
        share = f"{100 * min(conflicts):.0f} % opposite signs or more"
        return Range(_AGAINST, high, f"{why}; {share} against every other parent")
    return Range(0.0, high, why)


def _method(found: Inspection, whole: Profile) -> tuple[tuple[str, ...], str]:
    names = list(found.parents)
    conflicts = {(i, j): float(whole.conflicts[i, j]) for i, j in found.pairs}
    known = {pair: c for pair, c in conflicts.items() if math.isfinite(c)}
    if not known:
        return ("task_arithmetic",), "no signs to settle"
    (i, j), worst = max(known.items(), key=lambda item: item[1])
    told = f"opposite signs: at most {100 * worst:.0f} %, {names[i]} with {names[j]}"
    if worst > _CONFLICT:
        return ("task_arithmetic", "ties"), f"{told}, more than chance: ties settles them"
    return ("task_arithmetic",), f"{told}; chance is 50 %"


def _told(profile: Profile, names: Sequence[str]) -> str:
    sizes = ", ".join(
        f"{n} {100 * s:.2g} %" for n, s in zip(names, profile.relative.tolist(), strict=True)
    )
    pairs = [
        c
        for i in range(len(names))
        for j in range(i)
        if math.isfinite(c := float(profile.cosines[i, j]))
    ]
    return f"{sizes}" + (f"; mean cosine {sum(pairs) / len(pairs):.2f}" if pairs else "")
