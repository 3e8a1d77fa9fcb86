"""Paragraphs, points, facts, tables, code and charts -> HTML. Everything that is text is escaped
here, and nowhere else is HTML written but in page.py.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from evolve.visible import visible


@dataclass(frozen=True)
class Words:
    """A paragraph. kind: plain, note (small), good, warning, or lead (the first thing to read)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Points:
    """Sentences of equal rank."""

    lines: Sequence[str]
    title: str = ""


@dataclass(frozen=True)
class Facts:
    """Names and values, side by side where there is room. large: as figures to look at."""

    pairs: Sequence[tuple[str, str]]
    large: bool = False


@dataclass(frozen=True)
class Table:
    """rows: as many cells as heads; strong: positions of rows that stand out; numbers: of columns
    that are set to the right.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    strong: frozenset[int] = frozenset()
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Code:
    """Text to copy. folded: shown when its title is clicked, and in print."""

    text: str
    title: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Chart:
    """words: what it shows, for whoever cannot see it."""

    figure: go.Figure
    words: str = field(default="chart")


Part = Words | Points | Facts | Table | Code | Chart


def text(found: str) -> str:
    """Others' text as HTML that is nothing but text, inside elements and attributes."""
    return html.escape(visible(found), quote=True)


def written(part: Part, chart: int) -> str:
    """chart: number of the next chart, whose figure the page keeps under that number."""
    match part:
        case Words():
            return f'<p class="{text(part.kind)}">{text(part.text)}</p>'
        case Points():
            lines = "".join(f"<li>{text(line)}</li>" for line in part.lines)
            return f"{_title(part.title)}<ul>{lines}</ul>"
        case Facts():
            return _facts(part)
        case Table():
            return _table(part)
        case Code():
            return _code(part)
        case Chart():
            height = int(part.figure.layout.height or 400)
            return (
                f'<figure class="chart"><div id="chart-{chart}" role="img" '
                f'aria-label="{text(part.words)}" style="height:{height}px"></div></figure>'
            )


def _facts(part: Facts) -> str:
    pairs = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in part.pairs
    )
    return f'<dl class="{"large" if part.large else "facts"}">{pairs}</dl>'


def _table(part: Table) -> str:
    heads = "".join(
        f'<th scope="col"{_right(part, i)}>{text(head)}</th>' for i, head in enumerate(part.heads)
    )
    rows = "".join(_row(part, number) for number in range(len(part.rows)))
    return (
        f'<div class="table"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(part: Table, number: int) -> str:
    cells = "".join(
        f'<th scope="row">{text(cell)}</th>'
        if i == 0
        else f"<td{_right(part, i)}>{text(cell)}</td>"
        for i, cell in enumerate(part.rows[number])
    )
    strong = ' class="strong"' if number in part.strong else ""
    return f"<tr{strong}>{cells}</tr>"


def _right(part: Table, column: int) -> str:
    return ' class="number"' if column in part.numbers else ""


def _code(part: Code) -> str:
    block = f"<pre><code>{text(part.text)}</code></pre>"
    if part.folded:
        return f"<details><summary>{text(part.title)}</summary>{block}</details>"
    return _title(part.title) + block


def _title(title: str) -> str:
    return f"<h3>{text(title)}</h3>" if title else ""
