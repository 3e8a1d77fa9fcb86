"""The Pareto front of a search with several objectives, as a table."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from evolve.cli.tables import plain_table
from evolve.objective_words import heading, shown

MOST_ROWS = 20


def front_table(front: Mapping[str, Any]) -> Table:
    """A line per point, the best average first, each objective's best value in bold; of a long
    front the first `MOST_ROWS`, and the chosen point.
    """
    names, rows = front["objectives"], shown_rows(front)
    heads = [escape(heading(name)) for name in names if name != "average"]
    table = plain_table("Pareto front, on search items", ["point", "", "average", *heads])
    best = [max(column) for column in zip(*(r["scores"] for r in front["rows"]), strict=True)]
    for row in rows:
        cells = [
            f"[bold]{shown(name, value)}[/bold]" if value == top else shown(name, value)
            for name, value, top in zip(names, row["scores"], best, strict=True)
            if name != "average"
        ]
        chosen = "chosen" if row["chosen"] else ""
        average = "-" if row["average"] is None else f"{row['average']:.3f}"
        style = "bold green" if row["chosen"] else ""
        table.add_row(escape(row["name"]), chosen, average, *cells, style=style)
    return table


def shown_rows(front: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The first of a long front, and the chosen point, wherever it stands."""
    rows: list[Mapping[str, Any]] = front["rows"]
    kept = rows[:MOST_ROWS]
    return [*kept, *(row for row in rows[MOST_ROWS:] if row["chosen"])]


def front_lines(found: Mapping[str, Any]) -> list[str]:
    """How many points there are, how much they cover, and where the chosen one is if not here."""
    front = found["front"]
    count, left = len(front["rows"]), len(front["rows"]) - len(shown_rows(front))
    line = (
        f"{count} point{'s' if count != 1 else ''}: no other trial is as good in every objective"
    )
    line += " and better in one"
    if left:
        line += f"; {left} of them are not shown (`--json` has them)"
    if front["hypervolume"]:
        line += f"; hypervolume {front['hypervolume']:.4g}"
        parents = front["hypervolume_of_parents"]
        if parents is not None:
            line += f", that of base and parents alone {parents:.4g}"
    lines = [f"{line}."]
    if found["chosen"] is not None and not any(row["chosen"] for row in front["rows"]):
        lines.append(
            f"Chosen was {escape(found['chosen']['name'])}, on validation items; on search items "
            "it is not on this front."
        )
    return [*lines, ""]
