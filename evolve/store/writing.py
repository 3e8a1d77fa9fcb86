"""What the driver writes. Every transaction first checks that this driver is still the newest one.

A driver gets an epoch when it opens its search, one higher than the last. A transaction of an
older epoch changes nothing: so of two drivers only the later can write, and an attempt of a driver
that was killed can never be counted beside its repetition.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, insert, select, update

from evolve.store.packing import Mask
from evolve.store.recording import items_of, record_outcomes
from evolve.store.tables import attempts, lineage, models, searches, splits, trials
from search_spaces.errors import StopError
from search_spaces.messages import Result, Split


@dataclass(frozen=True)
class NewTrial:
    """A trial before it has run. name: `trial N` by its number if empty; parents: model id ->
    mean weight.
    """

    origin: str
    name: str
    recipe_yaml: str
    recipe_digest: str
    base_id: int | None
    parents: Mapping[int, float]
    point: list[float] | None = None
    genome: dict[str, float | str] | None = None


class Ledger:
    """One driver's hold on one search: the only place that writes trials."""

    def __init__(self, engine: Engine, search_id: int, epoch: int) -> None:
        self._engine = engine
        self.search_id = search_id
        self.epoch = epoch

    @classmethod
    def open(
        cls,
        engine: Engine,
        *,
        digest: str,
        name: str,
        config: Mapping[str, Any],
        genes: list[dict[str, Any]],
        goals: list[dict[str, Any]],
        holder: str,
        refuse: Callable[[str], None] = lambda holder: None,
    ) -> "Ledger":
        """Makes the search, or takes over the one with this digest under a new epoch.

        holder: host:pid of this driver; refuse: raises when the driver that holds a running search
        must not be overtaken.
        """
        with _writing(engine) as connection:
            row = connection.execute(select(searches).where(searches.c.digest == digest)).first()
            if row is None:
                created = connection.execute(
                    insert(searches).values(
                        digest=digest,
                        name=name,
                        config=dict(config),
                        genes=genes,
                        goals=goals,
                        state="running",
                        epoch=1,
                        holder=holder,
                        sequence=0,
                        active_s=0.0,
                        created_at=_now(),
                        updated_at=_now(),
                    )
                )
                return cls(engine, _new_id(created), 1)
            if row.state == "running" and row.holder is not None:
                refuse(row.holder)
            connection.execute(
                update(searches)
                .where(searches.c.id == row.id)
                .values(epoch=row.epoch + 1, holder=holder, state="running", updated_at=_now())
            )
            return cls(engine, row.id, row.epoch + 1)

    def set_splits(self, found: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        """Keeps which items belong to which split; a search has them once and for all."""
        with self._fenced() as connection:
            rows = [
                {"search_id": self.search_id, "split": s, "task": t, "items": list(items)}
                for s, tasks in found.items()
                for t, items in tasks.items()
            ]
            connection.execute(insert(splits), rows)

    def add_model(self, *, kind: str, name: str, digest: str, reference: str) -> int:
        """The id of a checkpoint; one that an earlier search exported is recognized by its
        content.
        """
        with self._fenced() as connection:
            known = connection.execute(
                select(models.c.id).where(
                    (models.c.digest == digest) | (models.c.fingerprint == digest)
                )
            ).first()
            if known is not None:
                return int(known.id)
            return _new_id(
                connection.execute(
                    insert(models).values(
                        digest=digest,
                        fingerprint=digest,
                        kind=kind,
                        name=name,
                        reference=reference,
                        created_at=_now(),
                    )
                )
            )

    def add_trial(self, new: NewTrial) -> tuple[int, int]:
        """(id, number) of a trial that is now due; its model and edges go into the lineage with
        it.
        """
        with self._fenced() as connection:
            number = connection.execute(
                select(func.count())
                .select_from(trials)
                .where(trials.c.search_id == self.search_id)
            ).scalar_one()
            new = replace(new, name=new.name or f"trial {number}")
            model_id = self._candidate(connection, new)
            asked = self._next(connection) if new.origin == "optimizer" else None
            created = connection.execute(
                insert(trials).values(
                    search_id=self.search_id,
                    number=number,
                    origin=new.origin,
                    name=new.name,
                    point=new.point,
                    genome=new.genome,
                    recipe=new.recipe_yaml,
                    model_id=model_id,
                    state="asked",
                    asked=asked,
                    created_at=_now(),
                )
            )
            return _new_id(created), number

    def set_units(
        self,
        goals: list[dict[str, Any]],
        worth: Mapping[int, tuple[float, Sequence[float] | None]],
    ) -> None:
        """The units in which the goals count, and what was scored before in these.

        worth: trial id -> (fitness, objectives where there are several).
        """
        with self._fenced() as connection:
            connection.execute(
                update(searches).where(searches.c.id == self.search_id).values(goals=goals)
            )
            for trial_id, (fitness, objectives) in worth.items():
                connection.execute(
                    update(trials)
                    .where(trials.c.id == trial_id)
                    .values(
                        fitness=fitness,
                        objectives=None if objectives is None else list(objectives),
                    )
                )

    def start_attempt(self, trial_id: int, split: Split) -> int:
        """The id of one more execution of a trial.

        Raises: StopError on report items, for a recipe of the search that is not the chosen one.
        """
        with self._fenced() as connection:
            if split == "report":
                self._refuse_unchosen(connection, trial_id)
            return _new_id(
                connection.execute(
                    insert(attempts).values(
                        trial_id=trial_id,
                        split=split,
                        epoch=self.epoch,
                        state="running",
                        started_at=_now(),
                    )
                )
            )

    def finish_attempt(
        self,
        result: Result,
        *,
        trial_id: int,
        split: Split,
        fitness: float | None,
        tell: bool,
        spent_s: float,
        seen: Mapping[str, Mask] | None = None,
        error: float | None = None,
        objectives: Sequence[float] | None = None,
        pruned: bool = False,
    ) -> None:
        """Records how an attempt ended, with all outcomes, in one transaction.

        fitness: on search items, which ends the trial, with its standard error where it is an
        estimate; objectives: where there are several; pruned: it was stopped early; seen: task ->
        which items of the split the outcomes are of, None for all; tell: counts it in the sequence
        of tells; spent_s: time since the last such call. A lost attempt leaves its trial due; on
        other items than the search's, only a trial that nothing has ended yet is ended.

        Raises: ValueError for an item that was scored before.
        """
        state = "lost" if result.lost else "failed" if result.failed else "done"
        reason, score = result.lost or result.failed, result.score
        with self._fenced() as connection:
            connection.execute(
                update(searches)
                .where(searches.c.id == self.search_id)
                .values(active_s=searches.c.active_s + spent_s)
            )
            connection.execute(
                update(attempts)
                .where(attempts.c.id == result.attempt_id)
                .values(
                    state=state,
                    reason=reason,
                    worker=result.worker,
                    finished_at=_now(),
                    merge_s=score.merge_s if score else None,
                    score_s=score.score_s if score else None,
                    tokens=score.tokens if score else None,
                )
            )
            if state == "lost":
                return
            if score is not None:
                record_outcomes(connection, trial_id, split, score.outcomes, seen)
            ends = trials.c.id == trial_id
            if split != "search":
                ends &= trials.c.state == "asked"
            connection.execute(
                update(trials)
                .where(ends)
                .values(
                    state="pruned" if pruned and state == "done" else state,
                    reason=reason,
                    fitness=fitness,
                    error=error,
                    objectives=None if objectives is None else list(objectives),
                    items=items_of(score.outcomes) if score and split == "search" else None,
                    told=self._next(connection) if tell else None,
                    finished_at=_now(),
                )
            )

    def drop_running(self) -> None:
        """Attempts of earlier drivers that never ended are lost; their trials are due again."""
        with self._fenced() as connection:
            mine = select(trials.c.id).where(trials.c.search_id == self.search_id)
            connection.execute(
                update(attempts)
                .where(
                    attempts.c.trial_id.in_(mine),
                    attempts.c.state == "running",
                    attempts.c.epoch < self.epoch,
                )
                .values(state="lost", reason="the driver ended before it", finished_at=_now())
            )

    def set_state(self, state: str) -> None:
        """state: 'running', 'stopped' or 'failed'."""
        with self._fenced() as connection:
            connection.execute(
                update(searches).where(searches.c.id == self.search_id).values(state=state)
            )

    def choose(self, trial_id: int) -> None:
        """The search's winner, written before it meets the report items. It is chosen once.

        Raises: StopError when another one was chosen before.
        """
        with self._fenced() as connection:
            chosen = self._chosen(connection)
            if chosen is None:
                connection.execute(
                    update(searches)
                    .where(searches.c.id == self.search_id)
                    .values(chosen_trial_id=trial_id, chosen_at=_now())
                )
            elif chosen.id != trial_id:
                raise StopError(
                    f"'{self._name(connection, trial_id)}' cannot be chosen: "
                    f"{_said(chosen)}; report items are used once"
                )

    def attribute(self, attribution: Mapping[str, Any]) -> None:
        """What each parent and each gene gave the chosen trial."""
        with self._fenced() as connection:
            connection.execute(
                update(searches)
                .where(searches.c.id == self.search_id)
                .values(attribution=dict(attribution))
            )

    def learn(self, path: Sequence[Mapping[str, Any]]) -> None:
        """Keeps the steps of gradient descent on the weights."""
        with self._fenced() as connection:
            connection.execute(
                update(searches)
                .where(searches.c.id == self.search_id)
                .values(learned=[dict(step) for step in path])
            )

    def finish(self, verdict: Mapping[str, Any]) -> None:
        """The end of a search: its verdict on the chosen trial."""
        with self._fenced() as connection:
            connection.execute(
                update(searches)
                .where(searches.c.id == self.search_id)
                .values(
                    state="finished",
                    verdict=dict(verdict),
                    finished_at=_now(),
                    holder=None,
                )
            )

    @contextmanager
    def _fenced(self) -> Iterator[Connection]:
        with _writing(self._engine) as connection:
            held = connection.execute(
                update(searches)
                .where(searches.c.id == self.search_id, searches.c.epoch == self.epoch)
                .values(updated_at=_now())
            )
            if held.rowcount != 1:
                raise StopError(
                    "another `evolve run` has taken over this search; this one stops and has "
                    "written nothing since"
                )
            yield connection

    def _refuse_unchosen(self, connection: Connection, trial_id: int) -> None:
        """References are what the winner is held against; of the others only the winner itself."""
        trial = connection.execute(select(trials).where(trials.c.id == trial_id)).one()
        chosen = self._chosen(connection)
        if trial.origin in ("optimizer", "mean", "start", "ablation") and (
            chosen is None or chosen.id != trial_id
        ):
            known = "no trial is chosen yet" if chosen is None else _said(chosen)
            raise StopError(
                f"'{trial.name}' cannot be scored on report items: {known}, and report items are "
                "for the chosen trial alone"
            )

    def _chosen(self, connection: Connection) -> Row[Any] | None:
        query: Select[Any] = (
            select(trials.c.id, trials.c.name, searches.c.chosen_at)
            .join(searches, trials.c.id == searches.c.chosen_trial_id)
            .where(searches.c.id == self.search_id)
        )
        return connection.execute(query).first()

    def _name(self, connection: Connection, trial_id: int) -> str:
        query = select(trials.c.name).where(trials.c.id == trial_id)
        return str(connection.execute(query).scalar_one())

    def _next(self, connection: Connection) -> int:
        """The next position in the sequence of asks and tells."""
        connection.execute(
            update(searches)
            .where(searches.c.id == self.search_id)
            .values(sequence=searches.c.sequence + 1)
        )
        return int(
            connection.execute(
                select(searches.c.sequence).where(searches.c.id == self.search_id)
            ).scalar_one()
        )

    def _candidate(self, connection: Connection, new: NewTrial) -> int:
        """The model of a recipe: one that is a checkpoint by itself is that checkpoint."""
        if len(new.parents) == 1 and new.origin in ("base", "parent"):
            return next(iter(new.parents))
        known = connection.execute(
            select(models.c.id).where(models.c.digest == new.recipe_digest)
        ).first()
        if known is not None:
            return int(known.id)
        model_id = _new_id(
            connection.execute(
                insert(models).values(
                    digest=new.recipe_digest,
                    kind="candidate",
                    name=new.name,
                    recipe=new.recipe_yaml,
                    created_at=_now(),
                )
            )
        )
        edges = [
            {"child_id": model_id, "parent_id": p, "role": "parent", "weight": w}
            for p, w in new.parents.items()
        ]
        if new.base_id is not None and new.base_id not in new.parents:
            edges.append(
                {"child_id": model_id, "parent_id": new.base_id, "role": "base", "weight": None}
            )
        connection.execute(insert(lineage), edges)
        return model_id


def record_export(
    engine: Engine, model_id: int, fingerprint: str, reference: str, name: str
) -> None:
    """Ties an exported folder to its candidate, so that a later search knows it as a parent."""
    with _writing(engine) as connection:
        connection.execute(
            update(models)
            .where(models.c.id == model_id, models.c.kind == "candidate")
            .values(fingerprint=fingerprint, reference=reference, name=name)
        )


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _said(chosen: Row[Any]) -> str:
    """chosen_at is null where the search was finished before that was recorded."""
    when = "" if chosen.chosen_at is None else f" at {chosen.chosen_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"'{chosen.name}' was chosen{when}"


def _new_id(result: Any) -> int:
    return int(result.inserted_primary_key[0])


def _now() -> datetime:
    return datetime.now(UTC)
