"""What each parent and each gene gave the winner, as it is told.

rows: of `evolve.ablations.gains`, as the store and the report have them.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def nothing(found: Mapping[str, Any]) -> str | None:
    """Why there is no attribution in a finished search, if not for `ablations: 0`. found: of
    `evolve.report.summary`.
    """
    if found["verdict"] is None or found["attribution"] is not None:
        return None
    if found["chosen"]["genome"] is not None:
        return None
    return (
        "Nothing is attributed to parents and genes: what was chosen is no recipe of the search."
    )


def told_once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without the genes that are all of a parent: leaving it out is that gene at its neutral
    value.
    """
    parents = [_same(row) for row in rows if row["kind"] == "parent" and row["trial"] is not None]
    return [row for row in rows if row["kind"] == "parent" or _same(row) not in parents]


def label(row: Mapping[str, Any]) -> str:
    """A row's name among parents and genes."""
    return f"parent {row['name']}" if row["kind"] == "parent" else str(row["name"])


def change(row: Mapping[str, Any]) -> str:
    """From the winner's value to the neutral one."""
    value = row["value"]
    shown = "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
    return shown if row["neutral"] is None else f"{shown} → {row['neutral']:g}"


def _same(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["trial"], row["value"], row["neutral"]
