"""Contamination hint: does a parent know the benchmark itself, and not only what it asks?

Who has read a benchmark's file finds its own order likelier than a shuffled one: of the options
of an item (arXiv:2409.01790), and of the items (arXiv:2310.17623). workers/probing.py measures by
how much, in nats; here parents are held against the base on the same items, so that what the whole
family prefers (rising numbers, neighbours about one subject) cancels.

It is a hint and no proof. A parent can prefer an order for an honest reason that its base does not
share, such as training on other data of the same format. Nothing is found where the base has read
the benchmark too, where a parent has read it rephrased or in another order, or only a few of its
items.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

PROBES = ("options", "items")
ERROR = 0.01  # chance of any warning at all in a search without contamination
_ITEMS, _FEWEST = 48, 8

Items = dict[str, tuple[int, ...]]
Outcomes = Mapping[str, Mapping[str, Sequence[float]]]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Hint:
    """One test of a parent on a task. effect: mean over items, in nats, of how much more than the
    base it prefers the benchmark's own order; p_corrected: by Holm (1979) over all tests.
    """

    parent: str
    task: str
    probe: str
    items: int
    effect: float
    p: float
    p_corrected: float
    flagged: bool


def probe_items(report: Mapping[str, Sequence[int]]) -> Items:
    """Up to 48 report items of each task of which none stands before another one in the
    benchmark, so that no text is its own predecessor.
    """
    found: Items = {}
    for task, items in report.items():
        taken: list[int] = []
        for item in items:
            if item > 0 and len(taken) < _ITEMS and not {item - 1, item + 1} & set(taken):
                taken.append(item)
        found[task] = tuple(taken)
    return found


def hints(base: Outcomes, parents: Mapping[str, Outcomes]) -> list[Hint]:
    """base, parents: task -> `probe` and `probe spread` -> per item, as probing.py gives them."""
    found: list[tuple[str, str, str, int, float, float]] = []
    for parent, tasks in parents.items():
        for task in tasks:
            for probe in PROBES:
                ours, theirs = _probe(tasks, task, probe), _probe(base, task, probe)
                if len(ours) != len(theirs):
                    continue
                asked = (ours[:, 1] > 0) | (theirs[:, 1] > 0)
                ours, theirs = ours[asked], theirs[asked]
                if len(ours) >= _FEWEST:
                    effect = float((ours[:, 0] - theirs[:, 0]).mean())
                    found.append((parent, task, probe, len(ours), effect, p_value(ours, theirs)))
    corrected = holm([p for *_, p in found])
    return [Hint(*one, c, c < ERROR) for one, c in zip(found, corrected, strict=True)]


def p_value(ours: Values, theirs: Values) -> float:
    """ours, theirs: (n, 2) margin and spread of each item, of a parent and of the base.

    The larger of two one-sided t-tests: the parent prefers the own order at all, and more so than
    the base does. In the second one margins are in units of the model's own mean spread among
    other orders, so that a model which is merely surer of everything is not suspect.
    """
    if not (ours[:, 1].any() and theirs[:, 1].any()):
        return 1.0
    return max(_above_zero(ours[:, 0]), _above_zero(_in_spreads(ours) - _in_spreads(theirs)))


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for their number, in the order given."""
    found, largest = [0.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[place]))
        found[place] = largest
    return found


def as_data(
    base: Outcomes | None,
    parents: Mapping[str, Outcomes | None],
    tasks: Sequence[str],
    reasons: Mapping[str, str],
) -> dict[str, Any]:
    """rows, how many are flagged, (parent, task) pairs without a test, and why models could not be
    probed. reasons: model -> why.
    """
    able = {name: found for name, found in parents.items() if found is not None}
    rows = [] if base is None else hints(base, able)
    tested = {(row.parent, row.task) for row in rows}
    return {
        "rows": [vars(row) for row in rows],
        "flagged": sum(row.flagged for row in rows),
        "untested": [[p, t] for p in parents for t in tasks if (p, t) not in tested],
        "problems": [f"{model}: {reason}" for model, reason in reasons.items()],
    }


def told(found: Mapping[str, Any] | None) -> tuple[list[str], str]:
    """(a warning per flagged test, what else there is to say). found: of `as_data`; None where
    nothing was probed.
    """
    if found is None:
        return [], "Contamination: not tested in this search."
    rows, untested = found["rows"], found["untested"]
    warnings = [
        f"parent '{r['parent']}' seems to know task '{r['task']}': the benchmark's own order of "
        f"{r['probe']} is {r['effect']:.2f} nats likelier to it than to the base, against random "
        f"orders ({r['items']} items, p = {r['p_corrected']:.2g} corrected for {len(rows)} "
        "tests); its scores there may be too good"
        for r in rows
        if r["flagged"]
    ]
    words = [f"{len(warnings)} of {len(rows)} tests warn" if warnings else "no sign"]
    if rows and not warnings:
        words = [f"no sign in {len(rows)} tests of the parents' order preferences (a hint only)"]
    if not rows:
        words = ["no test could be made"]
    elif untested:
        pairs = ", ".join(f"{parent} on {task}" for parent, task in untested)
        words.append(f"not tested: {pairs}")
    words += [f"it failed for {problem}" for problem in found["problems"]]
    return warnings, f"Contamination: {'; '.join(words)}."


def _probe(outcomes: Outcomes, task: str, probe: str) -> Values:
    """(n, 2) margin and spread of each item."""
    values = outcomes.get(task, {})
    if probe not in values:
        return np.empty((0, 2))
    return np.column_stack([values[probe], values[f"{probe} spread"]])


def _in_spreads(probed: Values) -> Values:
    """(n,) values with the mean and the standard error of mean margin / mean spread (delta
    method): where all prefer the own order, what is not known of the spreads counts too.
    """
    margin, spread = probed.T / probed[:, 1].mean()
    return np.asarray(margin - margin.mean() * (spread - 1))


def _above_zero(values: Values) -> float:
    """One-sided p-value that their mean is above 0."""
    if np.ptp(values) == 0:
        return 1.0
    return float(ttest_1samp(values, 0.0, alternative="greater").pvalue)
