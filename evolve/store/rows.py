"""Rows as they are read: frozen, with times in UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evolve.fitness import Goal

OTHERS = ("base", "parent", "plain", "one_scale", "start", "ablation", "mean")


@dataclass(frozen=True)
class SearchRow:
    """A search; times are in UTC. workers: that it began with; active_s: seconds that drivers
    spent on it, worker_s: that their workers did, summed.
    """

    id: int
    digest: str
    name: str
    config: dict[str, Any]
    genes: list[dict[str, Any]]
    goals: tuple[Goal, ...]
    state: str
    holder: str | None
    wish: str | None
    lease_until: datetime | None
    workers: int | None
    active_s: float
    worker_s: float
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    chosen_trial_id: int | None
    chosen_at: datetime | None
    verdict: dict[str, Any] | None
    attribution: dict[str, Any] | None
    learned: list[dict[str, Any]] | None


@dataclass(frozen=True)
class TrialRow:
    """A trial; `asked` and `told` are positions in the sequence of asks and tells.

    error: the standard error of fitness where that is an estimate; objectives: what is maximized
    where that is more than fitness; items: search items scored.
    """

    id: int
    number: int
    origin: str
    name: str
    point: list[float] | None
    genome: dict[str, float | str] | None
    recipe: str
    model_id: int
    state: str
    created_at: datetime
    fitness: float | None = None
    error: float | None = None
    objectives: list[float] | None = None
    items: int | None = None
    reason: str | None = None
    asked: int | None = None
    told: int | None = None
    finished_at: datetime | None = None

    @property
    def scores(self) -> tuple[float, ...] | None:
        """What the optimizer is told; None where it failed."""
        if self.fitness is None:
            return None
        return (self.fitness,) if self.objectives is None else tuple(self.objectives)

    @property
    def scored(self) -> bool:
        """Has it a fitness, from all of its search items or, stopped early, from some?"""
        return self.state in ("done", "pruned") and self.fitness is not None


@dataclass(frozen=True)
class AttemptRow:
    """One execution of a trial; times are in UTC."""

    id: int
    trial_id: int
    split: str
    worker: str | None
    state: str
    reason: str | None
    started_at: datetime
    finished_at: datetime | None
    merge_s: float | None
    score_s: float | None
    tokens: int | None


@dataclass(frozen=True)
class ModelRow:
    """A node of the family tree."""

    id: int
    digest: str
    kind: str
    name: str
    reference: str | None
    recipe: str | None
    license: str | None = None


@dataclass(frozen=True)
class Tally:
    """The optimizer's trials of a search in numbers.

    scored: also those that were stopped early (pruned); items: search items of the scored ones,
    summed; of_one: of the trial of any origin that has most; best: number and fitness of the best
    that was not stopped early.
    """

    scored: int
    pruned: int
    failed: int
    asked: int
    items: int
    of_one: int
    best: tuple[int, float] | None
