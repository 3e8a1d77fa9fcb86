"""Rows -> pandas frames, as the pages show them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from evolve.fitness import Goal
from evolve.objective_words import heading, natural
from evolve.signed import signed
from evolve.store import SearchRow, TrialRow
from evolve.units import unit_of
from evolve.visible import visible
from ui.formats import interval
from ui.palette import NAMES
from ui.queries import Overview
from ui.tree import Family

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


def searches(overviews: Sequence[Overview]) -> pd.DataFrame:
    """One line per search: name, state, progress in percent, trials, best, verdict, created."""
    rows = [_search_line(o.search, o.progress) for o in overviews]
    columns = ["name", "state", "progress", "trials", "best", "verdict", "created"]
    return _frame(rows, columns)


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


def average_label(goals: Sequence[Goal]) -> str:
    """average, and of what, where that is not the tasks' metric."""
    unit = unit_of(goals)
    return "average" if unit == "metric" else f"average of the {unit}"


def trials(
    found: Sequence[TrialRow],
    means: Mapping[int, Mapping[tuple[str, str], float]],
    goals: Sequence[Goal],
    chosen_id: int | None,
) -> pd.DataFrame:
    """One line per trial, the newest first; per task its mean on the search items that it saw."""
    lines = []
    for trial in sorted(found, key=lambda t: -t.number):
        origin = "chosen" if trial.id == chosen_id else trial.origin
        line: dict[str, Any] = {
            "trial": trial.number,
            "name": trial.name,
            "origin": NAMES.get(origin, origin),
            "state": STATES.get(trial.state, trial.state),
            "search score": trial.fitness,
            "±": trial.error,
            "items": trial.items,
        }
        own = means.get(trial.id, {})
        line |= {goal_label(g): own.get((g.task, g.metric)) for g in goals}
        line["why it failed"] = trial.reason or ""
        lines.append(line)
    return _frame(lines)


def failures(found: Sequence[TrialRow]) -> list[tuple[str, int]]:
    """(reason, number of trials) of all failed trials, the most frequent first."""
    reasons = Counter(t.reason or "no reason was recorded" for t in found if t.state == "failed")
    return reasons.most_common()


def models(family: Family, shown: Mapping[int, int]) -> pd.DataFrame:
    """One line per model that is shown. shown: model id -> generation."""
    lines = []
    for model_id, generation in sorted(shown.items(), key=lambda item: (item[1], item[0])):
        member = family.members[model_id]
        parents = [
            _parent(family.members[p].model.name, edge["weight"])
            for p, _, edge in family.graph.in_edges(model_id, data=True)
        ]
        lines.append(
            {
                "model": member.model.name,
                "generation": generation,
                "what it is": NAMES.get(member.role, member.role),
                "search": (member.search or "") if member.model.kind == "candidate" else "",
                "search score": member.fitness,
                "merged from": ", ".join(parents),
                "folder": member.model.reference or "",
                "digest": member.model.digest,
            }
        )
    return _frame(lines)


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


def _search_line(search: SearchRow, progress: Mapping[str, Any]) -> dict[str, Any]:
    verdict = search.verdict["kind"] if search.verdict else ""
    return {
        "name": search.name,
        "state": STATES.get(search.state, search.state),
        "progress": part_done(progress),
        "trials": trials_of(progress),
        "best": None if progress["best"] is None else progress["best"]["fitness"],
        "verdict": _VERDICTS.get(verdict, verdict),
        "created": search.created_at,
    }


def _parent(name: str, weight: float | None) -> str:
    return f"{name} (base)" if weight is None else f"{weight:.2f} {name}"
