"""The state of a search as plain data, of one shape while it runs and when it is finished.

The terminal, --json and the pages all show this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from evolve.blocks import BudgetConfig, WorkersConfig
from evolve.closing_time import Pace, closing_of, closing_seconds
from evolve.contamination import as_data
from evolve.fitness import Goal
from evolve.front import described
from evolve.pricing import usd
from evolve.signed import signed
from evolve.statistics import Interval, mean_interval, weighted_interval
from evolve.store import Reader, SearchRow, TrialRow
from evolve.store.rows import Tally
from evolve.units import unit_of
from search_spaces.messages import PROBE
from search_spaces.recipe import as_yaml

_BEFORE = ("base", "parent", "plain", "one_scale", "start")
_ROLES = ("base", "parent", "plain", "one_scale", "chosen")


def summary(reader: Reader, search: SearchRow, tally: Tally | None = None) -> dict[str, Any]:
    """search, progress, starts, rows, chosen, verdict, front, attribution, contamination; what is
    not known yet is null.

    rows: base, every parent, the plain merges, the one-scale baseline and the chosen recipe, each
    with its intervals on report items. A reference that was chosen is there once, as chosen, and
    nothing is attributed to it. tally: of the search, where it is at hand.
    """
    tally = reader.tally(search.id) if tally is None else tally
    trials = reader.others(search.id)
    chosen = None if search.chosen_trial_id is None else reader.trial(search.chosen_trial_id)
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
            "unit": unit_of(search.goals),
        },
        "progress": progress(search, tally, closing_left(reader, search, tally)),
        "starts": starts(trials),
        "rows": rows,
        "chosen": None
        if chosen is None
        else {
            "trial": chosen.number,
            "name": chosen.name,
            "genome": chosen.genome,
            "recipe": as_yaml(chosen.recipe),
        },
        "verdict": search.verdict,
        "front": front_of(reader, search, trials),
        "attribution": search.attribution,
        "contamination": _contamination(reader, search, trials),
    }


def front_of(
    reader: Reader, search: SearchRow, others: Sequence[TrialRow]
) -> dict[str, Any] | None:
    """See `evolve.front.described`; `others` say whether there are several objectives."""
    if not any(t.objectives is not None for t in others):
        return None
    ends = [t for t in others if t.state != "done"]
    return described(search, [*reader.with_objectives(search.id), *ends])


def progress(search: SearchRow, tally: Tally, closing_s: float = 0.0) -> dict[str, Any]:
    """How far a search is; rates are over the time that drivers spent on it. closing_s: of what is
    still to come after the last trial.

    trials: that were scored, `pruned` of them stopped early; items_spent: search items that these
    were scored on, of items_full if none had been stopped; best: of those that were not.
    usd_per_hour: of one worker; the other dollars are null without it. usd_per_trial: of all that
    was spent; usd_projected: of the whole search, spent and left.
    """
    budget = search.config["budget"]["trials"]
    counted = tally.scored + tally.failed
    best = tally.best
    hours = search.active_s / 3600
    rate = counted / hours if hours > 0 and counted else None
    price, workers = _workers(search).usd_per_hour, mean_workers(search)
    left = _seconds_left(search, rate, counted, closing_s)
    spent = usd(search.active_s * workers, price)
    to_come = None if left is None else usd(left * workers, price)
    each = spent / counted if spent is not None and counted else None
    whole = spent + to_come if spent is not None and to_come is not None else None
    return {
        "trials": tally.scored,
        "pruned": tally.pruned,
        "failed": tally.failed,
        "budget": budget,
        "best": None if best is None else {"trial": best[0], "fitness": best[1]},
        "trials_per_hour": None if rate is None else round(rate, 1),
        "items_spent": tally.items,
        "items_full": tally.scored * tally.of_one,
        "seconds_left": None if left is None else round(left),
        "worker_hours": round(hours * workers, 4),
        "usd_per_hour": price,
        "usd_spent": _cents(spent),
        "usd_left": _cents(to_come),
        "usd_projected": _cents(whole),
        "usd_per_trial": None if each is None else round(each, 6),
    }


def mean_workers(search: SearchRow) -> float:
    """How many there were, over the time that drivers spent on it."""
    if search.worker_s > 0 and search.active_s > 0:
        return search.worker_s / search.active_s
    return float(search.workers or _workers(search).count or 1)


def _workers(search: SearchRow) -> WorkersConfig:
    return WorkersConfig.model_validate(search.config.get("workers", {}))


def _cents(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _seconds_left(
    search: SearchRow, rate: float | None, counted: int, closing_s: float
) -> float | None:
    """Until the end of the search, by the first limit of trials, hours and money that is reached;
    None where none is known.
    """
    if search.state == "finished":
        return 0.0
    budget = BudgetConfig.model_validate(search.config["budget"])
    hourly = usd(3600 * mean_workers(search), _workers(search).usd_per_hour)
    found: list[float] = []
    if budget.trials is not None and rate is not None:
        found.append(max(0, budget.trials - counted) / rate * 3600 + closing_s)
    if budget.hours is not None:  # these two leave time for the closing
        found.append(budget.hours * 3600 - search.active_s)
    if budget.usd is not None and hourly is not None:
        found.append(budget.usd / hourly * 3600 - search.active_s)
    return max(0.0, min(found)) if found else None


def closing_left(reader: Reader, search: SearchRow, tally: Tally) -> float:
    """Seconds of what comes after the last trial, as far as it is not done."""
    if search.state == "finished":
        return 0.0
    splits = reader.splits(search.id)
    if not {"search", "validation", "report"} <= set(splits):
        return 0.0
    workers = mean_workers(search)
    closing = closing_of(search.config, len(search.genes), splits)
    pace = Pace(*reader.pace(search.id))
    whole = closing_seconds(pace, closing, max(1, round(workers)), margin=1.0)
    done = 0.0 if tally.asked else reader.closing_s(search.id)  # it begins with the last trial
    return max(0.0, whole - done / workers)


def starts(trials: Sequence[TrialRow]) -> dict[str, Any]:
    """What was scored before the first trial: how many references, how many starting points
    besides them, and the best of all on search items, at which (or next to which) the optimizer
    began.
    """
    done = [t for t in trials if t.state == "done" and t.fitness is not None]
    met = [t for t in done if t.origin in _BEFORE]
    best = max(met, key=lambda t: (t.fitness or 0.0, -t.number), default=None)
    return {
        "references": sum(t.origin != "start" for t in met),
        "scored": sum(t.origin == "start" for t in met),
        "best": None
        if best is None
        else {
            "trial": best.number,
            "name": best.name,
            "origin": best.origin,
            "fitness": best.fitness,
        },
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


def overfitting(verdict: Mapping[str, Any]) -> list[str]:
    """A line on the gap between search score and report score; none where it is not known."""
    found = verdict.get("overfitting")
    if found is None:
        return []
    line = (
        f"Overfitting: {found['search']:.3f} on search items, {found['report']:.3f} on report "
        f"items, a gap of {signed(found['gap'])}"
    )
    if found["best"] is not None:
        line += f"; the best trial had {found['best']:.3f} on search items"
    return [f"{line}."]


def held(verdict: Mapping[str, Any]) -> str:
    """What the intervals of the gains are corrected for."""
    count, tasks = verdict["corrected_for"], len(verdict["tasks"])
    if tasks == 1:
        return f"95 % intervals that hold for all {count} comparisons at once"
    return (
        f"95 % intervals: those of the average hold for all {count} comparisons at once, those of "
        f"the tasks for all {count * tasks}"
    )


def _row(reader: Reader, search: SearchRow, trial: TrialRow, role: str) -> dict[str, Any]:
    # Report items are scored once a trial is chosen.
    met = search.chosen_trial_id is not None
    outcomes = reader.outcomes(trial.id, "report") if met else None
    tasks: dict[str, Any] = {goal.task: None for goal in search.goals}
    average = None
    if outcomes is not None:
        for goal in search.goals:
            tasks[goal.task] = asdict(mean_interval(outcomes[goal.task][goal.metric]))
        average = asdict(average_of(search.goals, outcomes, search.config["seed"]))
    return {
        "name": trial.name,
        "role": role,
        "trial": trial.number,
        "search_fitness": trial.fitness,
        "tasks": tasks,
        "average": average,
    }


def _contamination(
    reader: Reader, search: SearchRow, trials: Sequence[TrialRow]
) -> dict[str, Any] | None:
    """See contamination.py; None before base and parents have been probed."""
    base = next((t for t in trials if t.origin == "base"), None)
    parents = [t for t in trials if t.origin == "parent"]
    attempts = reader.probes(search.id, PROBE)
    tried = {a.trial_id: a for a in attempts if a.state in ("done", "failed")}
    if base is None or any(tried.get(t.id) is None for t in [base, *parents]):
        return None
    found = {t.id: reader.outcomes(t.id, PROBE) for t in [base, *parents]}
    failed = [t for t in [base, *parents] if tried[t.id].state == "failed" and not found[t.id]]
    return as_data(
        found[base.id],
        {t.name: found[t.id] for t in parents},
        [goal.task for goal in search.goals],
        {f"{t.origin} '{t.name}'": tried[t.id].reason or "" for t in failed},
    )


def average_of(goals: Sequence[Goal], outcomes: Any, seed: int) -> Interval:
    """The weighted average with its 95 % interval. outcomes: of one trial on a split."""
    values = [goal.counted(outcomes) for goal in goals]
    return weighted_interval(values, [goal.weight for goal in goals], seed=seed)


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds")
