"""What a sink is told, as plain data, made from what the driver and the store know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from evolve.dispatch import Ended
from evolve.progress import Progress
from evolve.store import Reader
from search_spaces.recipe import as_yaml


@dataclass(frozen=True)
class SearchFacts:
    """A search as a driver takes it up. config: without passwords; trials: state -> how many of
    the optimizer's have ended so far; items, tokens: scored so far; lost: attempts.
    """

    name: str
    digest: str
    config: Mapping[str, Any]
    trials: Mapping[str, int] = field(default_factory=dict)
    best: float | None = None
    items: int = 0
    tokens: int = 0
    lost: int = 0


@dataclass(frozen=True)
class TrialFacts:
    """A trial that ended on a split. state: done, pruned or failed (with a reason)."""

    number: int
    name: str
    origin: str
    split: str
    state: str
    fitness: float | None
    error: float | None
    items: int
    reason: str | None
    genome: Mapping[str, float | str]
    merge_s: float = 0.0
    score_s: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class End:
    """How a driver leaves a search. state: finished, stopped or failed; recipe: of the chosen
    trial, mergekit YAML.
    """

    state: str
    verdict: Mapping[str, Any] | None = None
    chosen: str | None = None
    recipe: str | None = None


class Sink(Protocol):
    """Each may raise and may take its time; see outlet.py."""

    def begin(self, search: SearchFacts) -> None:
        """Before anything else; again later where it raised."""

    def ended(self, trial: TrialFacts) -> None: ...

    def progress(self, now: Progress) -> None: ...

    def close(self, end: End) -> None:
        """The last call."""


def search_facts(reader: Reader, search_id: int) -> SearchFacts:
    """From the store, as a driver finds it."""
    search = reader.search_by_id(search_id)
    mine = reader.trials(search_id, origin="optimizer")
    ended = [t for t in mine if t.state != "asked"]
    attempts = reader.attempts(search_id)
    best = max(
        (t.fitness for t in ended if t.state == "done" and t.fitness is not None), default=None
    )
    return SearchFacts(
        name=search.name,
        digest=search.digest,
        config=search.config,
        trials={s: sum(t.state == s for t in ended) for s in ("done", "pruned", "failed")},
        best=best,
        items=sum(t.items or 0 for t in ended),
        tokens=sum(a.tokens or 0 for a in attempts),
        lost=sum(a.state == "lost" for a in attempts),
    )


def trial_facts(ended: Ended) -> TrialFacts:
    """From what the dispatch gives."""
    trial, score = ended.trial, None if ended.result is None else ended.result.score
    failed = ended.fitness is None and ended.reason is not None
    return TrialFacts(
        number=trial.number,
        name=trial.name,
        origin=trial.origin,
        split=ended.split,
        state="failed" if failed else "pruned" if ended.pruned else "done",
        fitness=ended.fitness,
        error=ended.error,
        items=ended.items,
        reason=ended.reason,
        genome=trial.genome or {},
        merge_s=0.0 if score is None else score.merge_s,
        score_s=0.0 if score is None else score.score_s,
        tokens=0 if score is None else score.tokens,
    )


def end_of(reader: Reader, search_id: int) -> End:
    """From the store, after the driver."""
    search = reader.search_by_id(search_id)
    if search.chosen_trial_id is None:
        return End(search.state, search.verdict)
    chosen = reader.trial(search.chosen_trial_id)
    return End(search.state, search.verdict, chosen.name, as_yaml(chosen.recipe))
