"""The tables of `search.py`, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from search_functions import make as make_function
from search_functions import references
from search_simulation import Course, checkpoints

Found = Mapping[tuple[str, str, int], Sequence[Course]]  # by function, optimizer, workers
MARKS = (100, 300, 1000)
RIVAL = "mergekit-evolve"
PLAIN_WORKERS = 8


def markdown(found: Found, default: str) -> str:
    """default: the optimizer whose reach is told."""
    functions = list(dict.fromkeys(f for f, _, _ in found))
    parts = [reach(found, default), costs(found)]
    parts += [regrets(found, function) for function in functions]
    parts += [quartiles(found, function) for function in functions]
    return "\n\n".join(p for p in parts if p) + "\n"


def curves(courses: Sequence[Course], best_scored: bool = False) -> NDArray[np.float64]:
    """Regrets in points, (n_seeds, n_checkpoints)."""
    return 100 * np.array([c.best_scored if best_scored else c.recommended for c in courses])


def regrets(found: Found, function: str) -> str:
    """Medians at MARKS, of the recommended point and of the best-scoring one."""
    workers = sorted({w for f, _, w in found if f == function})
    head = [f"{w} worker{'s' if w > 1 else ''}" for w in workers]
    rows = []
    for name in _names(found, function):
        row = [name]
        for count in workers:
            courses = found.get((function, name, count), [])
            row.append(_marks(courses, False))
        row.append(_marks(found.get((function, name, PLAIN_WORKERS), []), True))
        one = next(iter(c for w in workers if (c := found.get((function, name, w)))))
        row.append(f"{len(one)} seed{'s' if len(one) > 1 else ''}")
        rows.append(row)
    title = (
        f"### {function}: median regret at {' / '.join(f'{m:,}' for m in MARKS)} trials, points"
    )
    scored = f"best-scoring trial, {PLAIN_WORKERS} workers"
    return title + "\n\n" + _table(["optimizer", *head, scored, ""], rows)


def quartiles(found: Found, function: str) -> str:
    """25 % and 75 % of the seeds, of the recommended point."""
    rows = []
    for name in _names(found, function):
        courses = found.get((function, name, PLAIN_WORKERS))
        if courses:
            values = curves(courses)
            low, middle, high = np.percentile(values, (25, 50, 75), axis=0)
            rows.append(
                [name]
                + [
                    f"{middle[n]:.2f} ({low[n]:.2f} to {high[n]:.2f})" if n is not None else ""
                    for n in _places(values.shape[1])
                ]
            )
    if not rows:
        return ""
    title = f"### {function}: regret at {PLAIN_WORKERS} workers, median (quartiles)"
    return title + "\n\n" + _table(["optimizer", *(f"{m:,}" for m in MARKS)], rows)


def costs(found: Found) -> str:
    """Over all functions: busy share, trials thrown away, and the optimizer's own time."""
    workers = sorted({w for _, _, w in found})
    dimensions = sorted({_dimension(f) for f, _, _ in found})
    rows = []
    for name in dict.fromkeys(n for _, n, _ in found):
        row = [name]
        for count in workers:
            of_all = [c for k, cs in found.items() if k[1:] == (name, count) for c in cs]
            busy = min((c.busy for c in of_all), default=None)
            thrown = np.mean([c.thrown for c in of_all]) if of_all else None
            row.append("" if busy is None else f"{100 * busy:.0f} %, {thrown:.0f}")
        for dimension in dimensions:
            seconds = [
                c.seconds
                for (f, n, _), cs in found.items()
                if n == name and _dimension(f) == dimension
                for c in cs
            ]
            row.append(f"{1000 * np.median(seconds):.1f} ms" if seconds else "")
        rows.append(row)
    head = [f"{w}: busy, thrown away" for w in workers]
    head += [f"own time a trial, {d} genes" for d in dimensions]
    title = "### Workers kept busy (the least of all searches) and trials thrown away (mean)"
    return title + "\n\n" + _table(["optimizer", *head], rows)


def reach(found: Found, default: str) -> str:
    """Trials in which the default's median regret is at or under the rival's at 1,000 and stays
    there, and where on the curve it is worst against it.
    """
    rows = []
    for function, name, count in found:
        rival = found.get((function, RIVAL, count))
        if name != default or rival is None:
            continue
        ours, theirs = (
            np.median(curves(c), axis=0) for c in (found[function, name, count], rival)
        )
        at = checkpoints(1000)[: len(ours)]
        above = np.flatnonzero(ours > theirs[-1])
        first = np.flatnonzero(ours <= theirs[-1])
        if len(first) == 0:
            reached = stays = "not reached"
        else:
            reached = f"{at[first[0]]:,}"
            last = above[-1] + 1 if len(above) else 0
            stays = f"{at[last]:,}" if last < len(at) else "not at 1,000"
        known = len(references(make_function(function).layout))
        shifted = np.interp(np.array(at) - known, at, ours, left=np.nan)
        compared = np.array([n > known + at[0] for n in at])
        gap, gap_shifted = ours - theirs, np.where(compared, shifted - theirs, -np.inf)
        rows.append(
            [
                function,
                str(count),
                f"{theirs[-1]:.2f}",
                f"{ours[-1]:.2f}",
                reached,
                stays,
                _worst(gap, at),
                f"{known}",
                _worst(gap_shifted, at),
            ]
        )
    if not rows:
        return ""
    head = [
        "function",
        "workers",
        f"{RIVAL} at 1,000",
        f"{default} at 1,000",
        f"{default} reaches that in",
        "and stays from",
        "largest excess over it",
        "references",
        "the same with references counted as trials",
    ]
    return f"### Reach of {default}, medians in points\n\n" + _table(head, rows)


def _worst(gap: NDArray[np.float64], at: Sequence[int]) -> str:
    worst = int(np.argmax(gap))
    return "never worse" if gap[worst] <= 0 else f"{gap[worst]:.2f} at {at[worst]:,}"


def _marks(courses: Sequence[Course], best_scored: bool) -> str:
    if not courses:
        return ""
    middle = np.median(curves(courses, best_scored), axis=0)
    return " / ".join("-" if n is None else f"{middle[n]:.2f}" for n in _places(len(middle)))


def _places(count: int) -> list[int | None]:
    """Where MARKS are among the first `count` checkpoints."""
    at = checkpoints(1000)[:count]
    return [at.index(m) if m in at else None for m in MARKS]


def _names(found: Found, function: str) -> list[str]:
    """By the median regret at the last trial on 8 workers, the best first."""
    names = list(dict.fromkeys(n for f, n, _ in found if f == function))

    def last(name: str) -> float:
        courses = found.get((function, name, PLAIN_WORKERS), [])
        return float(np.median(curves(courses)[:, -1])) if courses else np.inf

    return sorted(names, key=last)


def _dimension(function: str) -> int:
    return int(function.rsplit("-", 1)[1])


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    heads = list(head)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
