"""What `evolve inspect` prints: one table of the parents, one of the pairs, one per view."""

import math
from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from evolve.cli.tables import plain_table
from search_spaces.profile import Inspection, Profile

_SHOWN_PARENTS, _NAME_WIDTH = 6, 12
LEGEND = (
    "Of each parent: the norm of its change (parent - base), in % of the base's. cosine: between "
    "changes, mean of the pairs. opp. signs: opposite ones among entries in the top 20 % of both "
    "changes; 50 % is chance. signal: share of a change above the noise edge (Marchenko-Pastur). "
    "SNR: of the parent's weights, as Spectrum (arXiv:2406.06623), geometric mean over matrices."
)


def parents_table(found: Inspection) -> Table:
    """One line per parent, over all tensors."""
    whole, layers = found.whole(), found.by_layer()
    table = plain_table(
        "Parents, over all tensors", ["parent", "change", "most in", "least in", "signal", "SNR"]
    )
    for i, name in enumerate(found.parents):
        sizes = {n: float(p.relative[i]) for n, p in layers.items()}
        most, least = max(sizes, key=lambda n: sizes[n]), min(sizes, key=lambda n: sizes[n])
        table.add_row(
            escape(name),
            _percent(whole.relative[i]),
            f"layer {most} ({_percent(sizes[most])})",
            f"layer {least} ({_percent(sizes[least])})",
            _share(whole.signals[i]),
            _ratio(whole.snrs[i]),
        )
    return table


def pairs_of_parents_table(found: Inspection) -> Table | None:
    """One line per pair; None for a single parent."""
    if not found.pairs:
        return None
    whole, names = found.whole(), list(found.parents)
    table = plain_table("Pairs, over all tensors", ["pair", "cosine", "opposite signs"])
    for i, j in found.pairs:
        table.add_row(
            escape(f"{names[i]} - {names[j]}"),
            _signed(whole.cosines[i, j]),
            _share(whole.conflicts[i, j]),
        )
    return table


def view_table(
    found: Inspection,
    title: str,
    head: str,
    profiles: Mapping[int, Profile] | Mapping[str, Profile],
) -> Table:
    """One line per layer or kind: every parent's change, and the means of the rest."""
    names, several = list(found.parents), bool(found.pairs)
    # Beyond a screen's width the least and the largest change say what a line needs.
    few = len(names) <= _SHOWN_PARENTS
    changes = [f"{escape(n)}\n%" for n in names] if few else ["least\n%", "largest\n%"]
    pairs = ["mean\ncosine", "opp.\nsigns"] if several else []
    table = plain_table(title, [f"\n{head}", *changes, *pairs, "\nsignal", "\nSNR"])
    table.padding = (0, 1, 0, 0)
    shown = _short([str(key) for key in profiles])
    first = table.columns[0]
    first.no_wrap, first.overflow = False, "fold"
    first.min_width = min(_NAME_WIDTH, max(len(name) for name in shown))
    for column in table.columns[1:]:
        column.justify = "right"
    top = [max(_known(p.relative[i]) for p in profiles.values()) for i in range(len(names))]
    for name, profile in zip(shown, profiles.values(), strict=True):
        values = profile.relative.tolist()
        if few:
            cells = [
                f"[bold]{_figures(v)}[/bold]" if v == top[i] and v > 0 else _figures(v)
                for i, v in enumerate(values)
            ]
        else:
            cells = [_figures(min(values)), _figures(max(values))]
        if several:
            cells.append(_signed(_mean([profile.cosines[i, j] for i, j in found.pairs])))
            cells.append(_share(_mean([profile.conflicts[i, j] for i, j in found.pairs])))
        table.add_row(
            escape(name),
            *cells,
            _share(_mean(profile.signals.tolist())),
            _ratio(_mean(profile.snrs.tolist())),
        )
    return table


def _short(kinds: Sequence[str]) -> list[str]:
    """Without what stands before the last dot, where that says which one it is."""
    ends = [kind.rpartition(".")[2] for kind in kinds]
    return [end if ends.count(end) == 1 else kind for kind, end in zip(kinds, ends, strict=True)]


def _mean(values: Sequence[float]) -> float:
    known = [float(v) for v in values if math.isfinite(v)]
    return sum(known) / len(known) if known else math.nan


def _known(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


def _percent(value: float) -> str:
    return f"{_figures(value)} %" if math.isfinite(value) else "-"


def _figures(value: float) -> str:
    """A relative norm in percent, three figures of it."""
    percent = 100 * value
    if not math.isfinite(percent):
        return "-"
    return "0" if percent == 0 else f"{percent:.{2 if percent < 10 else 1}f}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if math.isfinite(value) else "-"


def _signed(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "-"


def _ratio(value: float) -> str:
    return f"{value:.2g}" if math.isfinite(value) else "-"
