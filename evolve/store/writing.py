"""What the driver writes: a turn of it in one transaction, fenced by the search's epoch.

What a driver records waits in memory until `flush` sends it, all in one transaction or nothing of
it. Nobody hears of a trial before it is flushed: no worker gets it, no reader sees it. A
transaction of an older epoch changes nothing, so of two drivers only the later can write, and an
attempt of a driver that was killed can never be counted beside its repetition. Where a connection
is lost in the middle of a commit, `searches.writes` tells whether it went through.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, insert, or_, select, update

from evolve.store.away import patiently
from evolve.store.ids import model_id, number_of, row_id
from evolve.store.lease import lease_end, refuse_if_held
from evolve.store.packing import Mask
from evolve.store.recording import items_of
from evolve.store.rows import TrialRow
from evolve.store.tables import attempts, models, searches, splits, texts, trials
from evolve.store.turn import INSERT, Recorded, Turn, attempt_ended, trial_ended
from search_spaces.errors import StopError
from search_spaces.faults import reach
from search_spaces.messages import Result, Split


@dataclass(frozen=True)
class NewTrial:
    """A trial before it has run. name: `trial N` by its number if empty; recipe: as
    `Recipe.to_json`; parents: model id -> mean weight.
    """

    origin: str
    name: str
    recipe: str
    recipe_digest: str
    base_id: int | None
    parents: Mapping[int, float]
    point: list[float] | None = None
    genome: dict[str, float | str] | None = None


class Ledger:
    """One driver's hold on one search: the only place that writes trials."""

    def __init__(self, engine: Engine, row: Row[Any], known: Mapping[str, int]) -> None:
        """row: of the search, under this driver's epoch; known: digest -> id of models whose ids
        are not made from their digests.
        """
        self._engine = engine
        self._connection: Connection | None = None
        self.search_id: int = row.id
        self.epoch: int = row.epoch
        self.active_s: float = row.active_s
        self.worker_s: float = row.worker_s
        self._sequence: int = row.sequence
        self._writes: int = row.writes
        self._known = known
        self._turn = Turn()
        self._sending: Turn | None = None  # whose commit may have gone through
        self._trials, self._attempts = patiently(engine, self._counts)

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
        workers: int = 1,
    ) -> "Ledger":
        """Makes the search, or takes over the one with this digest under a new epoch.

        holder: host:pid of this driver; workers: that it begins with.

        Raises: HeldError while another driver's lease lasts.
        """

        def take(connection: Connection) -> tuple[Row[Any], dict[str, int]]:
            # Two may begin or take over the same search at once: one makes the row, and each
            # locks it before it reads the epoch that it raises (SQLite has one writer anyway).
            query = select(searches).where(searches.c.digest == digest).with_for_update()
            if connection.execute(query).first() is None:
                fixed = {"digest": digest, "name": name, "config": dict(config), "genes": genes}
                begun = {"goals": goals, "workers": workers, "state": "running"}
                zero = {"epoch": 0, "sequence": 0, "writes": 0, "active_s": 0.0, "worker_s": 0.0}
                when = {"created_at": _now(), "updated_at": _now()}
                make = INSERT[connection.dialect.name](searches)
                connection.execute(
                    make.values(**fixed, **begun, **zero, **when).on_conflict_do_nothing()
                )
            row = connection.execute(query).one()
            if row.holder != holder:  # else it is we, and the answer was lost
                refuse_if_held(connection, row)
            values = {"state": "running", "holder": holder, "wish": None, "updated_at": _now()}
            connection.execute(
                update(searches)
                .where(searches.c.id == row.id)
                .values(epoch=row.epoch + 1, lease_until=lease_end(connection), **values)
            )
            old = select(models.c.digest, models.c.id).where(models.c.id < row_id(1, 0))
            known = {found.digest: found.id for found in connection.execute(old)}
            return connection.execute(query).one(), known

        return cls(engine, *patiently(engine, lambda: _in_transaction(engine, take)))

    def set_splits(self, found: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        """Keeps which items belong to which split; a search has them once and for all."""
        rows = [
            {"search_id": self.search_id, "split": s, "task": t, "items": list(items)}
            for s, tasks in found.items()
            for t, items in tasks.items()
        ]
        self._at_once(lambda connection: connection.execute(insert(splits), rows))

    def set_texts(self, packed: Mapping[str, bytes]) -> None:
        """Keeps what the items of each task say; see texts.py."""
        rows = [
            {"search_id": self.search_id, "task": task, "packed": blob}
            for task, blob in packed.items()
        ]
        self._at_once(lambda connection: connection.execute(insert(texts), rows))

    def add_model(self, *, kind: str, name: str, digest: str, reference: str) -> int:
        """The id of a checkpoint; one that an earlier search exported is recognized by its
        content.
        """
        same = or_(models.c.digest == digest, models.c.fingerprint == digest)
        self.flush()
        known = self._read(select(models.c.id).where(same))
        if known:
            return int(known[0].id)
        found = model_id(digest)
        self._turn.models[found] = {
            "id": found,
            "digest": digest,
            "fingerprint": digest,
            "kind": kind,
            "name": name,
            "reference": reference,
            "recipe": None,
            "created_at": _now(),
        }
        self.flush()
        return found

    def add_trial(self, new: NewTrial) -> TrialRow:
        """A trial that is now due; its model and edges go into the lineage with it."""
        number = self._trials
        self._trials += 1
        name = new.name or f"trial {number}"
        trial = TrialRow(
            id=row_id(self.search_id, number),
            number=number,
            origin=new.origin,
            name=name,
            point=new.point,
            genome=new.genome,
            recipe=new.recipe,
            model_id=self._candidate(new, name),
            state="asked",
            asked=self._next() if new.origin == "optimizer" else None,
            created_at=_now(),
        )
        self._turn.trials.append(vars(trial) | {"search_id": self.search_id})
        return trial

    def set_units(
        self,
        goals: list[dict[str, Any]],
        worth: Mapping[int, tuple[float, Sequence[float] | None]],
    ) -> None:
        """The units in which the goals count, and what was scored before in these.

        worth: trial id -> (fitness, objectives where there are several).
        """

        def write(connection: Connection) -> None:
            connection.execute(self._update(goals=goals))
            for trial_id, (fitness, several) in worth.items():
                values = {
                    "fitness": fitness,
                    "objectives": None if several is None else list(several),
                }
                connection.execute(update(trials).where(trials.c.id == trial_id).values(**values))

        self._at_once(write)

    def start_attempt(self, trial_id: int, split: Split) -> int:
        """The id of one more execution of a trial.

        Raises: StopError on report items, for a recipe of the search that is not the chosen one.
        """
        if split == "report":
            self.flush()
            self._refuse_unchosen(trial_id)
        found = row_id(self.search_id, self._attempts)
        self._attempts += 1
        self._turn.attempts.append(
            {
                "id": found,
                "trial_id": trial_id,
                "split": split,
                "epoch": self.epoch,
                "state": "running",
                "started_at": _now(),
            }
        )
        return found

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
        workers: int = 1,
    ) -> None:
        """How an attempt ended, with all outcomes.

        fitness: on search items, which ends the trial, with its standard error where it is an
        estimate; objectives: where there are several; pruned: it was stopped early; seen: task ->
        which items of the split the outcomes are of, None for all; tell: counts it in the sequence
        of tells; spent_s: time since the last such call, workers: alive in it. A lost attempt
        leaves its trial due; on other items than the search's, only a trial that nothing has ended
        yet is ended. An item that was scored before is a ValueError of the `flush` that follows.
        """
        state = "lost" if result.lost else "failed" if result.failed else "done"
        reason, score = result.lost or result.failed, result.score
        self.spend(spent_s, workers)
        times = {name: getattr(score, name, None) for name in ("merge_s", "score_s", "tokens")}
        how = {"state": state, "reason": reason, "finished_at": _now()}
        self._turn.ended_attempts.append(
            attempt_ended(result.attempt_id, how | times | {"worker": result.worker})
        )
        if state == "lost":
            return
        if score is not None:
            self._turn.recorded.append(Recorded(trial_id, split, score, seen))
        if pruned and state == "done":
            how["state"] = "pruned"
        worth = {
            "fitness": fitness,
            "error": error,
            "objectives": None if objectives is None else list(objectives),
            "items": items_of(score.outcomes) if score and split == "search" else None,
            "told": self._next() if tell else None,
        }
        ends = self._turn.ended_trials if split == "search" else self._turn.late_ends
        ends.append(trial_ended(trial_id, how | worth))

    def spend(self, seconds: float, workers: int) -> None:
        """Counts time of this driver, and of so many workers."""
        self.active_s += seconds
        self.worker_s += seconds * workers

    def drop_running(self) -> None:
        """Attempts of earlier drivers that never ended are lost; their trials are due again."""
        mine = select(trials.c.id).where(trials.c.search_id == self.search_id)
        lost = (
            update(attempts)
            .where(
                attempts.c.trial_id.in_(mine),
                attempts.c.state == "running",
                attempts.c.epoch < self.epoch,
            )
            .values(state="lost", reason="the driver ended before it", finished_at=_now())
        )
        self._at_once(lambda connection: connection.execute(lost))

    def release(self, state: str, *, limit_s: float | None = None) -> None:
        """Ends this driver's hold, with what it knows written, and what was asked of it. state:
        'stopped' or 'failed'; limit_s: of waiting for a database that is away.
        """
        ended = self._update(state=state, holder=None, wish=None, lease_until=None)
        self._at_once(lambda connection: connection.execute(ended), limit_s=limit_s)

    def choose(self, trial_id: int) -> None:
        """The search's winner, written before it meets the report items. It is chosen once.

        Raises: StopError when another one was chosen before.
        """
        self.flush()
        chosen = self._chosen()
        if chosen is None:
            now = self._update(chosen_trial_id=trial_id, chosen_at=_now())
            self._at_once(lambda connection: connection.execute(now))
            reach("driver.chosen")
        elif chosen.id != trial_id:
            name = self._read(select(trials.c.name).where(trials.c.id == trial_id))[0].name
            raise StopError(
                f"'{name}' cannot be chosen: {_said(chosen)}; report items are used once"
            )

    def attribute(self, attribution: Mapping[str, Any]) -> None:
        """What each parent and each gene gave the chosen trial."""
        found = self._update(attribution=dict(attribution))
        self._at_once(lambda connection: connection.execute(found))

    def learn(self, path: Sequence[Mapping[str, Any]]) -> None:
        """Keeps the steps of gradient descent on the weights."""
        found = self._update(learned=[dict(step) for step in path])
        self._at_once(lambda connection: connection.execute(found))

    def finish(self, verdict: Mapping[str, Any]) -> None:
        """The end of a search: its verdict on the chosen trial."""
        reach("driver.finishing")
        how = {"state": "finished", "verdict": dict(verdict), "finished_at": _now()}
        ended = self._update(**how, holder=None, wish=None, lease_until=None)
        self._at_once(lambda connection: connection.execute(ended))

    def flush(self, *, limit_s: float | None = None) -> None:
        """Sends all that waits, in one transaction; waits for a database that is away, at most
        `limit_s` or as long as the engine's option says.

        Raises: StopError when another driver has taken over; PauseError when the database is away
        for too long; ValueError for an item that was scored before. What waits then still waits.
        """
        while self._sending is not None or self._turn:
            if self._sending is None:
                self._sending, self._turn = self._turn, Turn()
            turn, number = self._sending, self._writes + 1
            patiently(self._engine, lambda t=turn, n=number: self._send(t, n), limit_s=limit_s)  # type: ignore[misc]
            self._writes, self._sending = number, None
            reach("driver.committed")

    def close(self) -> None:
        """Gives the connection back; what waits is not sent."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _at_once(
        self, write: Callable[[Connection], Any], *, limit_s: float | None = None
    ) -> None:
        self._turn.more.append(write)
        self.flush(limit_s=limit_s)

    def _send(self, turn: Turn, number: int) -> None:
        """number: of this transaction, by which a commit is recognized whose answer was lost."""
        connection = self._connected()
        try:
            with connection.begin():
                held = connection.execute(
                    self._update(
                        writes=number,
                        sequence=self._sequence,
                        active_s=self.active_s,
                        worker_s=self.worker_s,
                        updated_at=_now(),
                    ).where(searches.c.epoch == self.epoch, searches.c.writes == number - 1)
                )
                if held.rowcount != 1:
                    self._refuse_unless_written(connection, number)
                    return
                turn.write(connection)
                reach("driver.committing")
        except BaseException:
            connection.invalidate()  # it may be anywhere in its transaction
            self.close()
            raise

    def _refuse_unless_written(self, connection: Connection, number: int) -> None:
        row = connection.execute(select(searches).where(searches.c.id == self.search_id)).one()
        if row.epoch != self.epoch:
            by = "" if row.holder is None else f" ({row.holder})"
            raise StopError(
                f"another `evolve run`{by} has taken over this search; this one stops and has "
                "written nothing since"
            )
        if row.writes != number:
            raise StopError(
                f"the store is at transaction {row.writes} of this search, expected {number}; was "
                "the database restored from a copy? Run the same command again"
            )

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._engine.connect().execution_options(writes=True)
        return self._connection

    def _read(self, query: Select[Any]) -> Sequence[Row[Any]]:
        def read() -> Sequence[Row[Any]]:
            with self._engine.connect() as connection:
                return connection.execute(query).all()

        return patiently(self._engine, read)

    def _update(self, **values: Any) -> Any:
        return update(searches).where(searches.c.id == self.search_id).values(**values)

    def _counts(self) -> tuple[int, int]:
        """How many trials the search has, and one more than its attempt with the highest id."""
        mine = attempts.c.id.between(row_id(self.search_id, 0), row_id(self.search_id + 1, 0) - 1)
        with self._engine.connect() as connection:
            of_search = trials.c.search_id == self.search_id
            count = connection.execute(
                select(func.count()).select_from(trials).where(of_search)
            ).scalar_one()
            last = connection.execute(select(func.max(attempts.c.id)).where(mine)).scalar_one()
        return count, 0 if last is None else number_of(last) + 1

    def _refuse_unchosen(self, trial_id: int) -> None:
        """References are what the winner is held against; of the others only the winner itself."""
        trial = self._read(select(trials).where(trials.c.id == trial_id))[0]
        chosen = self._chosen()
        if trial.origin in ("optimizer", "mean", "start", "ablation") and (
            chosen is None or chosen.id != trial_id
        ):
            known = "no trial is chosen yet" if chosen is None else _said(chosen)
            raise StopError(
                f"'{trial.name}' cannot be scored on report items: {known}, and report items are "
                "for the chosen trial alone"
            )

    def _chosen(self) -> Row[Any] | None:
        query: Select[Any] = (
            select(trials.c.id, trials.c.name, searches.c.chosen_at)
            .join(searches, trials.c.id == searches.c.chosen_trial_id)
            .where(searches.c.id == self.search_id)
        )
        return next(iter(self._read(query)), None)

    def _next(self) -> int:
        """The next position in the sequence of asks and tells."""
        self._sequence += 1
        return self._sequence

    def _candidate(self, new: NewTrial, name: str) -> int:
        """The model of a recipe: one that is a checkpoint by itself is that checkpoint."""
        if len(new.parents) == 1 and new.origin in ("base", "parent"):
            return next(iter(new.parents))
        digest = new.recipe_digest
        if digest in self._known:
            return self._known[digest]
        found = model_id(digest)
        self._turn.models[found] = {
            "id": found,
            "digest": digest,
            "fingerprint": None,
            "kind": "candidate",
            "name": name,
            "reference": None,
            "recipe": None,  # its trials have it
            "created_at": _now(),
        }
        edges = [(p, "parent", w) for p, w in new.parents.items()]
        if new.base_id is not None and new.base_id not in new.parents:
            edges.append((new.base_id, "base", None))  # type: ignore[arg-type]
        self._turn.edges += [
            {"child_id": found, "parent_id": p, "role": role, "weight": w} for p, role, w in edges
        ]
        return found


def record_export(
    engine: Engine, model_id: int, fingerprint: str, reference: str, name: str
) -> None:
    """Ties an exported folder to its candidate, so that a later search knows it as a parent."""
    tied = (
        update(models)
        .where(models.c.id == model_id, models.c.kind == "candidate")
        .values(fingerprint=fingerprint, reference=reference, name=name)
    )
    patiently(engine, lambda: _in_transaction(engine, lambda c: c.execute(tied)))


def _in_transaction(engine: Engine, do: Callable[[Connection], Any]) -> Any:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        return do(connection)


def _said(chosen: Row[Any]) -> str:
    """chosen_at is null where the search was finished before that was recorded."""
    when = "" if chosen.chosen_at is None else f" at {chosen.chosen_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"'{chosen.name}' was chosen{when}"


def _now() -> datetime:
    return datetime.now(UTC)
