"""Results as tables: aligned and coloured on a terminal, plain text elsewhere."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table

from evolve.attribution import change, label, told_once
from evolve.pricing import money
from evolve.report import held
from evolve.signed import signed
from evolve.visible import visible

_ROLE = {
    "base": "base",
    "parent": "parent",
    "plain": "plain merge",
    "one_scale": "baseline",
    "chosen": "chosen",
}
_OVER = {
    "parent": "over the best parent",
    "plain": "over the best plain merge",
    "one_scale": "over one tuned scale",
}
PLAIN_WIDTH = 160


class _Console(Console):
    """Whatever is printed, no name or reason of others reaches the terminal as a command to it."""

    def render(self, *arguments: Any, **options: Any) -> Iterable[Segment]:
        for found in super().render(*arguments, **options):
            yield found if found.control else Segment(visible(found.text), found.style)


def make_console(stream: TextIO | None = None) -> Console:
    """Elsewhere than on a terminal: no colour, no wrapping at 80 columns.

    The console keeps to `stream` (standard output), also while that is redirected.
    """
    stream = stream or sys.stdout
    console = _Console(file=stream, emoji=False)
    if console.is_terminal:
        return console
    return _Console(file=stream, width=PLAIN_WIDTH, no_color=True, emoji=False)


def fitting_report(console: Console, found: Mapping[str, Any]) -> Table:
    """The closing table with as much in it as the console is wide: first the intervals of the
    tasks are left out, then the tasks.
    """
    endless = console.options.update(max_width=10_000)
    for table in (report_table(found), report_table(found, intervals=False)):
        if console.measure(table, options=endless).maximum <= console.width:
            return table
    return report_table(found, tasks=False)


def report_table(found: Mapping[str, Any], *, intervals: bool = True, tasks: bool = True) -> Table:
    """The closing table: who scored what on report items, with 95 % intervals. intervals: of the
    tasks too; tasks: else the average alone.
    """
    rows = found["rows"]
    named = [goal["task"] for goal in found["search"]["tasks"]] if tasks else []
    known = next((r for r in rows if r["average"] is not None), None)
    heads = [_head(task, known["tasks"][task] if known else None) for task in named]
    heads.append(_head(average_name(found), known["average"] if known else None))
    title = "Report items, which the search never saw (95 % intervals)"
    table = plain_table(
        title if tasks else f"{title}; the tasks are in --json", ["model", "", *heads]
    )
    top = {c: max((_mean(r, c) for r in rows), default=0.0) for c in [*named, None]}
    for row in rows:
        style = "bold green" if row["role"] == "chosen" else ""
        cells = [_interval(row["tasks"][t], _mean(row, t) == top[t], intervals) for t in named]
        cells.append(_interval(row["average"], _mean(row, None) == top[None]))
        table.add_row(escape(row["name"]), _ROLE[row["role"]], *cells, style=style)
    return table


def attribution_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What each parent and each gene gave the chosen recipe."""
    table = plain_table(
        "What gave it, on validation items (95 % intervals)",
        ["parent or gene", "value → without", "gain of having it"],
    )
    for row in told_once(rows):
        gain = row["reason"] or "-" if row["gain"] is None else signed(row["gain"])
        table.add_row(escape(label(row)), escape(change(row)), escape(gain))
    return table


def gains_table(found: Mapping[str, Any]) -> Table | None:
    """What the chosen recipe gains, on average and per task; None before a verdict, and for one of
    a time when tasks were not compared.
    """
    verdict = found["verdict"]
    if verdict is None or not verdict.get("tasks"):
        return None
    rows = verdict["tasks"]
    if len(rows) > 1:
        rows = {average_name(found): {o: verdict[f"over_{o}"] for o in _OVER}, **rows}
    table = plain_table(
        f"Gain of {escape(verdict['chosen'])}, in each task over the best there ({held(verdict)})",
        ["", *_OVER.values()],
    )
    for name, gains in rows.items():
        cells = [f"{_gain(gains[o]['difference'])} {escape(gains[o]['over'])}" for o in _OVER]
        table.add_row(escape(name), *cells)
    return table


def average_name(found: Mapping[str, Any]) -> str:
    """average, weighted average, and of what, where that is not the tasks' metric."""
    weighted = len({goal["weight"] for goal in found["search"]["tasks"]}) > 1
    name = "weighted average" if weighted else "average"
    unit = found["search"].get("unit", "metric")
    return name if unit == "metric" else f"{name} of the {unit}"


def searches_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """One line per search of a database; with what they cost where a price is known."""
    heads = ["name", "digest", "state", "trials", "best on search items", "verdict", "created"]
    costs = any(row["progress"]["usd_spent"] is not None for row in rows)
    table = plain_table(None, [*heads, "cost"] if costs else heads)
    for row in rows:
        best = row["progress"]["best"]
        verdict = row["verdict"]
        table.add_row(
            escape(row["search"]["name"]),
            row["search"]["digest"][:8],
            row["search"]["state"],
            trials_of(row["progress"]),
            f"{best['fitness']:.4f}" if best else "-",
            verdict["kind"] if verdict else "-",
            row["search"]["created_at"].replace("T", " ").removesuffix("+00:00"),
            *([_cost(row["progress"])] if costs else []),
        )
    return table


def _cost(progress: Mapping[str, Any]) -> str:
    spent, whole = progress["usd_spent"], progress["usd_projected"]
    if spent is None:
        return "-"
    return money(spent) if not progress["usd_left"] else f"{money(spent)} of {money(whole)}"


def trials_of(progress: Mapping[str, Any]) -> str:
    """Trials that were scored, of the budget where there is one."""
    budget = progress["budget"]
    ended = progress["trials"] + progress["failed"]
    return f"{ended}" if budget is None else f"{ended}/{budget}"


def pairs_table(title: str, pairs: Sequence[tuple[str, str]]) -> Table:
    """Names and values."""
    table = Table(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        box=None,
        show_header=False,
        padding=(0, 2, 0, 0),
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in pairs:
        table.add_row(escape(name), escape(value))
    return table


def duration(seconds: float | None) -> str:
    """Hours, minutes and seconds, as far as they matter."""
    if seconds is None:
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def plain_table(title: str | None, heads: Sequence[str]) -> Table:
    """A table without rows, as all results are shown."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for index, head in enumerate(heads):
        table.add_column(head, no_wrap=index == 0, justify="left")
    return table


def _head(name: str, interval: Mapping[str, Any] | None) -> str:
    return escape(name) if interval is None else f"{escape(name)}\n({interval['items']:,} items)"


def _mean(row: Mapping[str, Any], task: str | None) -> float:
    found = row["average"] if task is None else row["tasks"][task]
    return float(found["mean"]) if found else float("-inf")


def _interval(found: Mapping[str, float] | None, best: bool, whole: bool = True) -> str:
    """whole: with its ends."""
    if found is None:
        return "-"
    mean = f"[bold]{found['mean']:.3f}[/bold]" if best else f"{found['mean']:.3f}"
    return f"{mean} [dim]{found['low']:.3f}-{found['high']:.3f}[/dim]" if whole else mean


def _gain(found: Mapping[str, float]) -> str:
    sure = found["low"] > 0 or found["high"] < 0
    mean = f"[bold]{found['mean']:+.3f}[/bold]" if sure else f"{found['mean']:+.3f}"
    return f"{mean} [dim]{found['low']:+.3f}..{found['high']:+.3f}[/dim]"
