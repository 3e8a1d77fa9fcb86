"""The state of a search as plain data, of one shape while it runs and when it is finished.

The terminal, --json and the pages all show this.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from evolve.fitness import Goal
from evolve.statistics import mean_interval, weighted_interval
from evolve.store import Reader, SearchRow, TrialRow

_ROLES = ("base", "parent", "plain", "one_scale", "chosen")


def summary(reader: Reader, search: SearchRow) -> dict[str, Any]:
    """search, progress, rows, chosen, verdict; what is not known yet is null.

    rows: base, every parent, the plain merges, the one-scale baseline and the chosen recipe, each
    with its intervals on report items. A reference that was chosen is there once, as chosen.
    """
    trials = reader.trials(search.id)
    chosen = next((t for t in trials if t.id == search.chosen_trial_id), None)
    rows = [
        _row(reader, search, trial, trial.origin)
        for trial in references(trials)
        if trial.id != search.chosen_trial_id
    ]
    if chosen is not None:
        rows.append(_row(reader, search, chosen, "chosen"))
    return {
        "search": {
            "name": search.name,
            "digest": search.digest,
            "state": search.state,
            "seed": search.config["seed"],
            "created_at": _time(search.created_at),
            "finished_at": _time(search.finished_at),
            "active_s": round(search.active_s, 3),
            "tasks": [asdict(goal) for goal in search.goals],
        },
        "progress": progress(search, trials),
        "rows": rows,
        "chosen": None
        if chosen is None
        else {
            "trial": chosen.number,
            "name": chosen.name,
            "genome": chosen.genome,
            "recipe": chosen.recipe,
        },
        "verdict": search.verdict,
    }


def progress(search: SearchRow, trials: Sequence[TrialRow]) -> dict[str, Any]:
    """How far a search is; rates are over the time that drivers spent on it.

    trials: that were scored, `pruned` of them stopped early; items_spent: search items that these
    were scored on, of items_full if none had been stopped; best: of those that were not.
    """
    mine = [t for t in trials if t.origin == "optimizer"]
    scored = [t for t in mine if t.scored]
    done = [t for t in scored if t.state == "done"]
    failed = [t for t in mine if t.state == "failed"]
    budget = int(search.config["budget"]["trials"])
    best = max(done, key=lambda t: (t.fitness or 0.0, -t.number), default=None)
    counted = len(scored) + len(failed)
    search_items = max((t.items or 0 for t in trials), default=0)  # of a reference
    hours = search.active_s / 3600
    rate = counted / hours if hours > 0 and counted else None
    left = max(0, budget - counted)
    if search.state == "finished":
        left = 0
    return {
        "trials": len(scored),
        "pruned": len(scored) - len(done),
        "failed": len(failed),
        "budget": budget,
        "best": None if best is None else {"trial": best.number, "fitness": best.fitness},
        "trials_per_hour": None if rate is None else round(rate, 1),
        "items_spent": sum(t.items or 0 for t in scored),
        "items_full": len(scored) * search_items,
        "seconds_left": None if rate is None else round(left / rate * 3600),
    }


def references(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Base, parents, plain merges, and the one scale that is best on search items, in this
    order.
    """
    done = [t for t in trials if t.state == "done"]
    scales = [t for t in done if t.origin == "one_scale" and t.fitness is not None]
    best_scale = max(scales, key=lambda t: (t.fitness or 0.0, -t.number), default=None)
    kept = [t for t in done if t.origin in _ROLES and t.origin != "one_scale"]
    if best_scale is not None:
        kept.append(best_scale)
    return sorted(kept, key=lambda t: (_ROLES.index(t.origin), t.number))


def _row(reader: Reader, search: SearchRow, trial: TrialRow, role: str) -> dict[str, Any]:
    outcomes = reader.outcomes(trial.id, "report")
    tasks: dict[str, Any] = {goal.task: None for goal in search.goals}
    average = None
    if outcomes is not None:
        for goal in search.goals:
            tasks[goal.task] = asdict(mean_interval(outcomes[goal.task][goal.metric]))
        average = asdict(_average(search.goals, outcomes, search.config["seed"]))
    return {
        "name": trial.name,
        "role": role,
        "trial": trial.number,
        "search_fitness": trial.fitness,
        "tasks": tasks,
        "average": average,
    }


def _average(goals: Sequence[Goal], outcomes: Any, seed: int) -> Any:
    values = [goal.values(outcomes) for goal in goals]
    return weighted_interval(values, [goal.weight for goal in goals], seed=seed)


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds")
