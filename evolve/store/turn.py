"""What one turn of the driver writes: rows by table, then sent in a handful of statements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from evolve.store.packing import Mask
from evolve.store.recording import record_outcomes
from evolve.store.tables import attempts, lineage, models, trials
from search_spaces.messages import Score, Split

_Row = dict[str, Any]
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_END_ATTEMPT = (
    update(attempts)
    .where(attempts.c.id == bindparam("of"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "state",
                "reason",
                "worker",
                "finished_at",
                "merge_s",
                "score_s",
                "tokens",
            )
        }
    )
)
_END_VALUES = ("state", "reason", "fitness", "error", "objectives", "items", "told", "finished_at")
_END_TRIAL = (
    update(trials)
    .where(trials.c.id == bindparam("of"))
    .values({name: bindparam(name) for name in _END_VALUES})
)


@dataclass(frozen=True)
class Recorded:
    """Outcomes of one trial on one split; seen: task -> which of its items, None for all."""

    trial_id: int
    split: Split
    score: Score
    seen: Mapping[str, Mask] | None


@dataclass
class Turn:
    """Rows that wait for their transaction. edges: of models that nobody has added before."""

    models: dict[int, _Row] = field(default_factory=dict)
    edges: list[_Row] = field(default_factory=list)
    trials: list[_Row] = field(default_factory=list)
    attempts: list[_Row] = field(default_factory=list)
    ended_attempts: list[_Row] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    ended_trials: list[_Row] = field(default_factory=list)
    late_ends: list[_Row] = field(default_factory=list)  # only of trials that nothing ended yet
    more: list[Callable[[Connection], None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def write(self, connection: Connection) -> None:
        """All of it, in the transaction that the connection is in."""
        self._write_models(connection)
        for table, rows in ((trials, self.trials), (attempts, self.attempts)):
            if rows:
                connection.execute(insert(table), rows)
        if self.ended_attempts:
            connection.execute(_END_ATTEMPT, self.ended_attempts)
        if self.recorded:
            record_outcomes(connection, self.recorded)
        if self.ended_trials:
            connection.execute(_END_TRIAL, self.ended_trials)
        if self.late_ends:
            connection.execute(_END_TRIAL.where(trials.c.state == "asked"), self.late_ends)
        for do in self.more:
            do(connection)

    def _write_models(self, connection: Connection) -> None:
        """Models that another search has added keep their edges."""
        if not self.models:
            return
        ids = list(self.models)
        known = set(connection.execute(select(models.c.id).where(models.c.id.in_(ids))).scalars())
        new = [row for model_id, row in self.models.items() if model_id not in known]
        edges = [e for e in self.edges if e["child_id"] not in known]
        make = INSERT[connection.dialect.name]  # beside us, another search may add the same
        for table, rows in ((models, new), (lineage, edges)):
            if rows:
                connection.execute(make(table).on_conflict_do_nothing(), rows)


def attempt_ended(attempt_id: int, values: Mapping[str, Any]) -> _Row:
    return {"of": attempt_id, **values}


def trial_ended(trial_id: int, values: Mapping[str, Any]) -> _Row:
    """values: all of a trial's end; what it has none of is null."""
    return {"of": trial_id, **{name: values.get(name) for name in _END_VALUES}}
