"""The Pareto front of a search with several objectives."""

from collections.abc import Mapping, Sequence
from typing import Any

from evolve import pareto
from evolve.blocks import AVERAGE
from evolve.objectives import written_out
from evolve.store import SearchRow, TrialRow


def on_front(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Those that no other beats in every objective, on search items, by number."""
    scored = [t for t in trials if t.state == "done" and t.objectives is not None]
    return [scored[i] for i in pareto.front(_table(scored))] if scored else []


def covering(trials: Sequence[TrialRow], count: int) -> list[TrialRow]:
    """At most `count` trials of the front that cover it."""
    found = on_front(trials)
    return [found[i] for i in pareto.spread(_table(found), count)] if found else []


def pick(scores: Mapping[int, Sequence[float]], choose: str | Sequence[float]) -> int:
    """The key whose scores are the knee of the front, or the best by weights of the objectives."""
    keys = list(scores)
    table = [list(scores[key]) for key in keys]
    if isinstance(choose, str):
        return keys[pareto.knee(table)]
    return keys[pareto.by_weights(table, choose)]


def described(search: SearchRow, trials: Sequence[TrialRow]) -> dict[str, Any] | None:
    """objectives, rows (a point of the front each, the best average first), hypervolume; None for
    one objective.

    hypervolume: above the worst of base and parents in each objective, and as a share of what the
    base and the parents reach themselves (null where that is nothing).
    """
    names = search.config.get("objectives") or [AVERAGE]
    found = on_front(trials)
    if not found:
        return None
    ends = [t for t in trials if t.origin in ("base", "parent") and t.objectives is not None]
    volume = of_parents = None
    if ends:
        worst = [min(column) for column in zip(*_table(ends), strict=True)]
        volume = pareto.hypervolume(_table(found), worst)
        of_parents = pareto.hypervolume(_table(ends), worst)
    return {
        "objectives": _written_out(names, search, len(found[0].objectives or [])),
        "rows": [
            {
                "trial": t.number,
                "name": t.name,
                "origin": t.origin,
                "average": t.fitness,
                "scores": t.objectives,
                "chosen": t.id == search.chosen_trial_id,
            }
            for t in sorted(found, key=lambda t: (-(t.fitness or 0.0), t.number))
        ],
        "hypervolume": volume,
        "hypervolume_of_parents": of_parents,
    }


def _table(trials: Sequence[TrialRow]) -> list[list[float]]:
    return [list(t.objectives or ()) for t in trials]


def _written_out(names: Sequence[str], search: SearchRow, count: int) -> list[str]:
    tasks = [goal.task for goal in search.goals]
    found = written_out(names, tasks)
    return found if len(found) == count else tasks
