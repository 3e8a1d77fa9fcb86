"""Rows -> pandas frames, as the pages show them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evolve.fitness import Goal
from evolve.objective_words import heading, natural
from evolve.pricing import money
from evolve.signed import signed
from evolve.store import SearchRow, TrialRow
from evolve.units import unit_of
from evolve.visible import visible
from ui.formats import duration, interval, score
from ui.palette import NAMES

if TYPE_CHECKING:  # figures need no Streamlit
    from evolve.differences import ItemDifference
    from ui.charts.radar import Profile
    from ui.queries import Overview

STOPPED_EARLY = "stopped early"
STATES = {
    "running": "▶ running",
    "finished": "✓ finished",
    "stopped": "❚❚ stopped",
    "failed": "✕ failed",
    "done": "✓ done",
    "pruned": f"◐ {STOPPED_EARLY}",
    "asked": "… waiting",
}
_OVER = {
    "parent": "over the best parent",
    "plain": "over the best plain merge",
    "one_scale": "over one tuned scale",
}
_VERDICTS = {"improvement": "▲ improvement", "no improvement": "= no improvement"}


def searches(
    overviews: Sequence["Overview"], bests: Mapping[int, tuple[str | None, str]]
) -> pd.DataFrame:
    """One line per search. bests: search id -> (its best in words, on items of which split)."""
    rows = [_search_line(o.search, o.progress, *bests[o.search.id]) for o in overviews]
    columns = ["name", "state", "progress", "trials", "best", "on", "rate", "spent", "left"]
    return _frame(rows, [*columns, "verdict", "created"])


def report(summary: Mapping[str, Any], goals: Sequence[Goal]) -> pd.DataFrame:
    """The chosen recipe first, then what it is held against; intervals are text."""
    lines = []
    for row in chosen_first(summary["rows"]):
        line = {"model": row["name"], "what it is": NAMES.get(row["role"], row["role"])}
        if row["average"] is not None:
            line[average_label(goals)] = interval(row["average"])
            line |= {goal_label(g): interval(row["tasks"][g.task]) for g in goals}
        line["search score"] = row["search_fitness"]
        lines.append(line)
    return _frame(lines)


def gains(verdict: Mapping[str, Any], goals: Sequence[Goal]) -> pd.DataFrame:
    """The average, then every task: what the chosen recipe gains over the best of each kind; empty
    for a verdict of a time when tasks were not compared.
    """
    tasks = verdict.get("tasks") or {}
    found = {goal_label(g): tasks[g.task] for g in goals if g.task in tasks}
    if len(found) > 1:
        found = {average_label(goals): {o: verdict[f"over_{o}"] for o in _OVER}, **found}
    lines = [
        {"on": name} | {_OVER[o]: f"{signed(g[o]['difference'])} {g[o]['over']}" for o in _OVER}
        for name, g in found.items()
    ]
    return _frame(lines)


def profiles(found: Sequence["Profile"], goals: Sequence[Goal]) -> pd.DataFrame:
    """One line per model, its mean on each task."""
    lines = [
        {"model": p.name, "what it is": "this trial" if p.role == "chosen" else p.role}
        | {goal_label(g): score(p.means.get(g.task)) for g in goals}
        for p in found
    ]
    return _frame(lines)


def items(found: Sequence["ItemDifference"], right_or_wrong: bool, rival: str) -> pd.DataFrame:
    """One line per item that two models answer differently."""
    lines = [
        {
            "task": row.task,
            "item": row.item,
            "this trial": answered(row.ours, right_or_wrong),
            rival: answered(row.theirs, right_or_wrong),
        }
        for row in found
    ]
    return _frame(lines)


def answered(value: float, right_or_wrong: bool) -> str:
    """An item's value, as a word where it is right or wrong."""
    if right_or_wrong:
        return "right" if value == 1 else "wrong"
    return f"{value:.4g}"


def average_label(goals: Sequence[Goal]) -> str:
    """average, and of what, where that is not the tasks' metric."""
    unit = unit_of(goals)
    return "average" if unit == "metric" else f"average of the {unit}"


def trials(
    found: Sequence[TrialRow],
    means: Mapping[int, Mapping[tuple[str, str], float]],
    goals: Sequence[Goal],
    chosen_id: int | None,
    genomes: Sequence[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """One line per trial, in their order; per task its mean on the search items that it saw.

    genomes: of each of the trials, for columns of their own; none without.
    """
    lines = []
    for place, trial in enumerate(found):
        origin = "chosen" if trial.id == chosen_id else trial.origin
        line: dict[str, Any] = {
            "trial": trial.number,
            "name": trial.name or f"trial {trial.number}",
            "origin": NAMES.get(origin, origin),
            "state": STATES.get(trial.state, trial.state),
            "search score": trial.fitness,
            "±": trial.error,
            "items": trial.items,
        }
        own = means.get(trial.id, {})
        line |= {goal_label(g): own.get((g.task, g.metric)) for g in goals}
        line |= genomes[place] if genomes else {}
        line["why it failed"] = trial.reason or ""
        lines.append(line)
    return _frame(lines)


def failures(reasons: Sequence[tuple[str, int]]) -> pd.DataFrame:
    """One line per reason. reasons: (reason, number of trials), the most frequent first."""
    lines = [{"trials": count, "why they failed": reason} for reason, count in reasons]
    return _frame(lines, ["trials", "why they failed"])


def front(found: Mapping[str, Any]) -> pd.DataFrame:
    """One line per point of the Pareto front, the best average first. found: `evolve.front`'s."""
    lines = []
    for row in found["rows"]:
        named = {"point": row["name"], "chosen": "chosen" if row["chosen"] else ""}
        scores = {"average": row["average"]} | {
            heading(name): natural(name, score) / (1e6 if name == "size" else 1)
            for name, score in zip(found["objectives"], row["scores"], strict=True)
        }
        lines.append(named | scores)
    return _frame(lines)


def trials_of(progress: Mapping[str, Any]) -> str:
    """Scored or failed, of the budget where there is one."""
    counted, budget = progress["trials"] + progress["failed"], progress["budget"]
    return f"{counted}" if budget is None else f"{counted} of {budget}"


def part_done(progress: Mapping[str, Any]) -> float | None:
    """Of the budget, from 0 to 1; None where a search has no limit of trials."""
    budget = progress["budget"]
    counted: int = progress["trials"] + progress["failed"]
    return None if budget is None else min(1.0, counted / budget)


def chosen_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of a summary in the order in which every table and chart shows them."""
    return sorted(rows, key=lambda row: row["role"] != "chosen")


def goal_label(goal: Goal) -> str:
    """A task with its metric; an arrow down where less is better."""
    return f"{visible(goal.task)} {goal.metric}" + ("" if goal.higher_is_better else " ↓")


def _frame(
    lines: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Names and reasons of others as cells and heads that turn nothing around."""
    found = [
        {visible(k): visible(v) if isinstance(v, str) else v for k, v in line.items()}
        for line in lines
    ]
    return pd.DataFrame(found, columns=None if columns is None else list(columns))


def _search_line(
    search: SearchRow, progress: Mapping[str, Any], best: str | None, on: str
) -> dict[str, Any]:
    verdict = search.verdict["kind"] if search.verdict else ""
    wish = "" if search.wish is None else f", {search.wish} asked"
    part = part_done(progress)
    return {
        "name": search.name,
        "state": STATES.get(search.state, search.state) + wish,
        "progress": None if part is None else round(part, 2),
        "trials": trials_of(progress),
        "best": best,
        "on": on,
        "rate": progress["trials_per_hour"],
        "spent": _amount(search.active_s, progress["usd_spent"]),
        "left": _left(search, progress),
        "verdict": _VERDICTS.get(verdict, verdict) or None,
        "created": search.created_at,
    }


def _left(search: SearchRow, progress: Mapping[str, Any]) -> str | None:
    """If it goes on as so far; nothing of a finished one."""
    if search.state == "finished" or progress["seconds_left"] is None:
        return None
    return _amount(progress["seconds_left"], progress["usd_left"])


def _amount(seconds: float, usd: float | None) -> str:
    """Time, and money where the price of a worker is known: `3 h 12 min · $4.20`."""
    return duration(seconds) + ("" if usd is None else f" · {money(usd)}")
