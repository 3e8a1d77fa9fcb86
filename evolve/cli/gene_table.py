"""Genes as a table; many of them, family by family."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from evolve.cli.tables import plain_table

MOST_ROWS = 30
_NUMBER = re.compile(r"(?<=[.=+])([a-z])\d+(?=[.=+]|$)")  # .g3 of a group, .s3 of a slot
_ORDER = ("gene", "genes", "range", "scale", "when")


def genes_table(genes: Sequence[Mapping[str, Any]]) -> Table:
    """Genes, their ranges, and the choices under which they mean something, if there are any."""
    rows = folded(genes)
    shown = {
        "genes": len(rows) < len(genes),
        "when": any(gene["when"] is not None for gene in genes),
    }
    columns = [name for name in _ORDER if shown.get(name, True)]
    count = f"Genes ({len(genes)})" if shown["genes"] else "Genes"
    table = plain_table(count, columns)
    for row in rows:
        table.add_row(*(escape(row[name]) for name in columns))
    return table


def folded(genes: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A row per gene; where these are too many, a row for all genes that differ in the number of
    their group or slot alone; and where those are too many still, for all of a parameter.
    """
    rows = _rows(genes, str)
    if len(rows) > MOST_ROWS:
        rows = _rows(genes, _numbered)
    if len(rows) > MOST_ROWS:
        rows = _rows(genes, _parameter)
    return rows


def _rows(genes: Iterable[Mapping[str, Any]], name: Any) -> list[dict[str, str]]:
    """name: what a gene's family is called."""
    families: dict[tuple[str, ...], list[str]] = {}
    for gene in genes:
        key = (name(gene["name"]), _span(gene), _scale(gene), _when(gene, name))
        families.setdefault(key, []).append(gene["name"])
    return [
        {
            "gene": members[0] if len(members) == 1 else family,
            "genes": str(len(members)),
            "range": span,
            "scale": scale,
            "when": when,
        }
        for (family, span, scale, when), members in families.items()
    ]


def _numbered(name: str) -> str:
    return _NUMBER.sub(r"\1*", name)


def _parameter(name: str) -> str:
    return f"{name.split('.')[0]}.*"


def _span(gene: Mapping[str, Any]) -> str:
    if gene["choices"]:
        return " | ".join(gene["choices"])
    return f"{gene['low']:g} .. {gene['high']:g}"


def _scale(gene: Mapping[str, Any]) -> str:
    return "choice" if gene["choices"] else "log" if gene["log"] else "linear"


def _when(gene: Mapping[str, Any], name: Any) -> str:
    when = gene["when"]
    return "" if when is None else f"{name(when['gene'])} = {' | '.join(when['is'])}"
