"""What the suite found, as tables."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from tests.parity.compare import Compared
from tests.parity.draws import Draws

Groups = dict[tuple[str, str], tuple[int, Compared]]


def add_to(groups: Groups, method: str, dtype: str, found: Compared) -> None:
    """One recipe more."""
    count, total = groups.get((method, dtype), (0, Compared()))
    total.add(found)
    groups[method, dtype] = (count + 1, total)


def fine(found: Compared) -> bool:
    """Whether all that is over one ulp has a reason."""
    return found.over == 0 and not found.problems


def print_groups(console: Console, title: str, groups: Groups) -> None:
    """One row per method and dtype."""
    table = Table(title=title, title_justify="left")
    for name in ("method", "parents"):
        table.add_column(name, no_wrap=True)
    for name in (
        "recipes",
        "tensors",
        "to float64\nmax ulp",
        "plain",
        "equal",
        "to mergekit\nmax ulp",
        "equal",
        "mergekit to\nfloat64",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    for (method, dtype), (count, found) in sorted(groups.items()):
        table.add_row(
            method,
            dtype,
            str(count),
            str(found.tensors),
            f"{found.exact.scaled:.2f}",
            f"{found.exact.plain:.3g}",
            f"{found.exact.share_equal:.2%}",
            f"{found.native.scaled:.2f}",
            f"{found.native.share_equal:.2%}",
            f"{found.theirs.scaled:.2f}",
            _verdict(found),
        )
    console.print(table)


def _verdict(found: Compared) -> str:
    notes = sorted(found.reasons)
    if found.tied:
        notes.append(f"{found.tied} entries of {found.exact.elements:,} on a tie")
    bad = [f"{found.over} entries over 1 ulp, in {found.worst}"] if found.over else []
    bad += sorted(set(found.problems))[:2]
    if bad:
        return "[red]differs[/]: " + "; ".join(bad + notes)
    return "; ".join(["[green]ok[/]", *notes])


def print_draws(console: Console, found: Mapping[tuple[str, str], Draws]) -> None:
    """One row per random method and dtype."""
    table = Table(title="Random methods", title_justify="left")
    for name in ("method", "parents"):
        table.add_column(name, no_wrap=True)
    for name in (
        "recipes",
        "kept, sigmas\nours / theirs",
        "expectation, sigmas\nours / theirs",
        "L1 off by\nours / theirs",
        "to float64,\nsame mask",
        "equal",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    for (method, dtype), one in sorted(found.items()):
        bad = sorted(set(one.problems))[:2]
        bad += [f"{one.over} entries not what the mask gives"] if one.over else []
        notes = [f"{one.tied} on a tie"] if one.tied else []
        table.add_row(
            method,
            dtype,
            str(one.recipes),
            f"{one.kept['ours']:.1f} / {one.kept['native']:.1f}",
            f"{one.mean['ours']:.1f} / {one.mean['native']:.1f}",
            f"{one.norm['ours']:.1e} / {one.norm['native']:.1e}",
            f"{one.exact.scaled:.2f}",
            f"{one.exact.share_equal:.2%}",
            "; ".join(["[green]ok[/]" if one.fine else "[red]differs[/]", *bad, *notes]),
        )
    console.print(table)
