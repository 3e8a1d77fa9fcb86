"""What the driver, the command line and the pages read. Nothing here writes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine, Float, Row, Select, Table, Text, cast, extract, func, or_, select
from sqlalchemy.exc import DBAPIError

from evolve.fitness import Goal
from evolve.store.away import patiently
from evolve.store.ids import row_id
from evolve.store.packing import unpack_split
from evolve.store.recording import OutcomesByTask
from evolve.store.tables import (
    BRIEF,
    attempts,
    lineage,
    models,
    outcomes,
    searches,
    splits,
    texts,
    trials,
)
from evolve.store.texts import unpack
from search_spaces.errors import ConfigError
from search_spaces.messages import ItemText, Split

if TYPE_CHECKING:
    from evolve.store.family import FamilyReader


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


_AT_ONCE = 5000
_PARAMETERS = 900  # of one statement; SQLite had room for 999
OTHERS = ("base", "parent", "plain", "one_scale", "start", "ablation", "mean")
_FAILING = ("optimizer", *(o for o in OTHERS if o != "ablation"))
_Found = TypeVar("_Found")


class Reader:
    """Queries over one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def family(self) -> "FamilyReader":
        """Queries over models and where they came from."""
        from evolve.store.family import FamilyReader

        return FamilyReader(self._engine)

    def searches(self) -> list[SearchRow]:
        """All searches, the newest first."""
        query = _columns(searches, SearchRow).order_by(searches.c.id.desc())
        return [_search(r) for r in self._rows(query)]

    def search(self, digest: str) -> SearchRow | None:
        """The search with exactly this digest."""
        rows = self._rows(_columns(searches, SearchRow).where(searches.c.digest == digest))
        return _search(rows[0]) if rows else None

    def search_by_id(self, search_id: int) -> SearchRow:
        """A search that is known to exist."""
        query = _columns(searches, SearchRow).where(searches.c.id == search_id)
        return _search(self._rows(query)[0])

    def trial(self, trial_id: int) -> TrialRow:
        """A trial that is known to exist."""
        return TrialRow(*self._rows(_columns(trials, TrialRow).where(trials.c.id == trial_id))[0])

    def find(self, word: str) -> SearchRow:
        """A search by name (the newest of that name) or by the beginning of its digest.

        Raises: ConfigError when there is none, or when a digest's beginning fits several.
        """
        everything = self.searches()
        named = [s for s in everything if s.name == word]
        if named:
            return named[0]
        found = [s for s in everything if s.digest.startswith(word)]
        if len(found) == 1:
            return found[0]
        known = (
            ", ".join(f"{s.name} ({s.digest[:8]})" for s in everything[:10])
            or "the database is empty"
        )
        problem = "fits several searches" if found else "is no search in this database"
        raise ConfigError(f"'{word}' {problem}: {known}")

    def splits(self, search_id: int) -> dict[Split, dict[str, tuple[int, ...]]]:
        """split -> task -> item numbers; empty before the first driver has made them."""
        found: dict[Split, dict[str, tuple[int, ...]]] = {}
        query = select(splits).where(splits.c.search_id == search_id)
        for row in self._rows(query.order_by(splits.c.split, splits.c.task)):
            found.setdefault(row.split, {})[row.task] = tuple(row.items)
        return found

    def has_texts(self, search_id: int) -> bool:
        """Are texts of its items kept?"""
        query = select(texts.c.task).where(texts.c.search_id == search_id).limit(1)
        return bool(self._rows(query))

    def texts(
        self, search_id: int, task: str, items: Collection[int] | None = None
    ) -> dict[int, ItemText]:
        """item number -> what it says, of some or of all; without those that were not kept."""
        query = select(texts.c.packed).where(texts.c.search_id == search_id, texts.c.task == task)
        rows = self._rows(query)
        found = unpack(rows[0].packed) if rows else {}
        return found if items is None else {i: found[i] for i in items if i in found}

    def trials(self, search_id: int, *, origin: str | None = None) -> list[TrialRow]:
        """Trials by number, of one origin or of all."""
        mine = trials.c.search_id == search_id
        query = _columns(trials, TrialRow).where(mine).order_by(trials.c.number)
        if origin is not None:
            query = query.where(trials.c.origin == origin)
        return self._each(query, lambda rows: [TrialRow(*r) for r in rows])

    def others(self, search_id: int) -> list[TrialRow]:
        """Trials that are not the optimizer's, by number: references, starts, ablations, means."""
        mine = (trials.c.search_id == search_id) & trials.c.origin.in_(OTHERS)
        # Ordered here: asked for it, SQLite walks all trials by number instead of by origin.
        found = [TrialRow(*r) for r in self._rows(_columns(trials, TrialRow).where(mine))]
        return sorted(found, key=lambda t: t.number)

    def numbered(self, search_id: int, number: int) -> TrialRow | None:
        """A search's trial by its number."""
        mine = (trials.c.search_id == search_id) & (trials.c.number == number)
        rows = self._rows(_columns(trials, TrialRow).where(mine))
        return TrialRow(*rows[0]) if rows else None

    def with_objectives(self, search_id: int) -> list[TrialRow]:
        """Trials scored in full that have several objectives, without recipe and genome."""
        left_out: dict[str, Any] = {"point": None, "genome": None, "recipe": ""}
        kept = [f.name for f in fields(TrialRow) if f.name not in left_out]
        query = (
            select(*(trials.c[name] for name in kept))
            .where(trials.c.search_id == search_id, trials.c.state == "done")
            .where(trials.c.objectives.is_not(None))
            .order_by(trials.c.number)
        )
        found = self._rows(query)
        rows = [TrialRow(**left_out, **row._asdict()) for row in found]
        return [row for row in rows if row.objectives is not None]  # JSON has a null of its own

    def brief(
        self, search_id: int, after: int = -1, also: Sequence[int] = ()
    ) -> list[tuple[Any, ...]]:
        """The columns `BRIEF` of trials with a number above `after`, and of those numbered in
        `also` (at most a few hundred), by number: from an index, without recipes. finished_at
        comes as seconds since 1970.
        """
        mine = trials.c.search_id == search_id
        *names, moment = BRIEF
        columns = select(*(trials.c[name] for name in names), self._seconds(trials.c[moment]))
        new = columns.where(mine)
        found = self._bare(new if after < 0 else new.where(trials.c.number > after))
        if also:
            near = trials.c.number.between(min(also), max(also))  # by the index on numbers
            found += self._bare(columns.where(mine, near, trials.c.number.in_(also)))
        return sorted(found)

    def genomes(self, search_id: int, numbers: Sequence[int]) -> dict[int, dict[str, float | str]]:
        """number -> genome, of those of the numbered trials that have one."""
        found: dict[int, dict[str, float | str]] = {}
        for start in range(0, len(numbers), _PARAMETERS):
            some = numbers[start : start + _PARAMETERS]
            query = select(trials.c.number, trials.c.genome).where(
                trials.c.search_id == search_id, trials.c.number.in_(some)
            )
            found |= {n: genome for n, genome in self._rows(query) if genome}
        return found

    def genome_texts(
        self,
        search_id: int,
        take: Callable[[Iterable[tuple[int, str | None]]], _Found],
        after: int = -1,
        numbers: Sequence[int] | None = None,
    ) -> _Found:
        """What `take` makes of (number, genome as JSON text) of trials with a number above
        `after`, by number; of those in `numbers` only, if given (at most 900).
        """
        mine = (trials.c.search_id == search_id) & (trials.c.number > after)
        query = select(trials.c.number, cast(trials.c.genome, Text)).where(mine)
        if numbers is not None:
            query = query.where(trials.c.number.in_(numbers))
        return self._each(query.order_by(trials.c.number), take)

    def attempts_of(self, trial_ids: Sequence[int]) -> list[AttemptRow]:
        """The attempts of some trials, in the order they were started."""
        found: list[AttemptRow] = []
        for start in range(0, len(trial_ids), _PARAMETERS):
            some = trial_ids[start : start + _PARAMETERS]
            query = _columns(attempts, AttemptRow).where(attempts.c.trial_id.in_(some))
            found += [AttemptRow(*r) for r in self._rows(query)]
        return sorted(found, key=lambda a: (a.started_at, a.id))

    def numbered_all(self, search_id: int, numbers: Sequence[int]) -> list[TrialRow]:
        """Trials by their numbers, without recipe and genome, by number."""
        left_out: dict[str, Any] = {"point": None, "genome": None, "recipe": ""}
        kept = [trials.c[f.name] for f in fields(TrialRow) if f.name not in left_out]
        found: list[TrialRow] = []
        for start in range(0, len(numbers), _PARAMETERS):
            some = numbers[start : start + _PARAMETERS]
            query = select(*kept).where(trials.c.search_id == search_id, trials.c.number.in_(some))
            found += [TrialRow(**left_out, **row._asdict()) for row in self._rows(query)]
        return sorted(found, key=lambda t: t.number)

    def means_of(
        self, trial_ids: Sequence[int], split: Split
    ) -> dict[int, dict[tuple[str, str], float]]:
        """As `means`, of some trials only."""
        found: dict[int, dict[tuple[str, str], float]] = {}
        for start in range(0, len(trial_ids), _PARAMETERS):
            some = trial_ids[start : start + _PARAMETERS]
            query = select(
                outcomes.c.trial_id, outcomes.c.task, outcomes.c.metric, outcomes.c.mean
            ).where(outcomes.c.trial_id.in_(some), outcomes.c.split == split)
            for trial_id, task, metric, mean in self._rows(query):
                found.setdefault(trial_id, {})[task, metric] = mean
        return found

    def last_attempts(self, search_id: int, last: int = 1000) -> list[AttemptRow]:
        """The attempts of the last so many trials, in the order they were started."""
        newest = select(func.max(trials.c.number)).where(trials.c.search_id == search_id)
        query = (
            _columns(attempts, AttemptRow)
            .join(trials, trials.c.id == attempts.c.trial_id)
            .where(trials.c.search_id == search_id)
            .where(trials.c.number > newest.scalar_subquery() - last)
            .order_by(attempts.c.started_at, attempts.c.id)
        )
        return [AttemptRow(*r) for r in self._rows(query)]

    def newest_attempts(self, search_id: int, most: int = 200) -> list[AttemptRow]:
        """The attempts that were started last, of whatever trials, in the order they were started:
        those on validation and report items are of old trials.
        """
        mine = attempts.c.id.between(row_id(search_id, 0), row_id(search_id + 1, 0) - 1)
        query = _columns(attempts, AttemptRow).where(mine).order_by(attempts.c.id.desc())
        rows = self._rows(query.limit(most))
        if not rows:  # of a time when ids did not tell their search
            return self.last_attempts(search_id, most)
        return [AttemptRow(*r) for r in reversed(rows)]

    def numbers_of(self, trial_ids: Collection[int]) -> dict[int, int]:
        """trial id -> number."""
        wanted, found = list(trial_ids), dict[int, int]()
        for start in range(0, len(wanted), _PARAMETERS):
            some = wanted[start : start + _PARAMETERS]
            rows = self._rows(select(trials.c.id, trials.c.number).where(trials.c.id.in_(some)))
            found |= {trial_id: number for trial_id, number in rows}
        return found

    def reasons(self, search_id: int, most: int = 20) -> list[tuple[str, int]]:
        """(reason, number of trials) of failed trials but ablations, the most frequent first."""
        count = func.count().label("trials")
        query = (
            select(trials.c.reason, count)
            .where(trials.c.search_id == search_id, trials.c.state == "failed")
            .where(trials.c.origin.in_(_FAILING))
            .group_by(trials.c.reason)
            .order_by(count.desc(), trials.c.reason)
            .limit(most)
        )
        return [(reason or "no reason was recorded", n) for reason, n in self._rows(query)]

    def tally(self, search_id: int) -> Tally:
        """Without reading the trials."""
        mine = trials.c.search_id == search_id
        optimizers = mine & (trials.c.origin == "optimizer")
        has = trials.c.fitness.is_not(None)
        by_state = select(
            trials.c.state,
            has.label("has"),
            func.count().label("count"),
            func.sum(trials.c["items"]),
        )
        found = {
            (row[0], bool(row[1])): (row[2], row[3] or 0)
            for row in self._rows(by_state.where(optimizers).group_by(trials.c.state, has))
        }
        best = (
            select(trials.c.number, trials.c.fitness)
            .where(optimizers & has & (trials.c.state == "done"))
            .order_by(trials.c.fitness.desc(), trials.c.number)
            .limit(1)
        )
        top = self._rows(best)
        of_one = self._rows(select(func.max(trials.c["items"])).where(mine))[0][0]
        done, pruned = (found.get((state, True), (0, 0)) for state in ("done", "pruned"))
        return Tally(
            scored=done[0] + pruned[0],
            pruned=pruned[0],
            failed=sum(n for (state, _), (n, _) in found.items() if state == "failed"),
            asked=sum(n for (state, _), (n, _) in found.items() if state == "asked"),
            items=int(done[1] + pruned[1]),
            of_one=of_one or 0,
            best=(top[0][0], top[0][1]) if top else None,
        )

    def pace(self, search_id: int, last: int = 1000) -> tuple[int, float, float, int]:
        """(attempts on search items that gave a score, their merge_s, score_s and search items,
        summed), of the last so many trials.
        """
        newest = select(func.max(trials.c.number)).where(trials.c.search_id == search_id)
        sums: list[Any] = [
            func.count(),
            func.sum(attempts.c.merge_s),
            func.sum(attempts.c.score_s),
            func.sum(trials.c["items"]),
        ]
        query: Select[Any] = (
            select(*sums)
            .join(trials, trials.c.id == attempts.c.trial_id)
            .where(
                trials.c.search_id == search_id,
                trials.c.number > newest.scalar_subquery() - last,
                trials.c["items"] > 0,
                attempts.c.state == "done",
                attempts.c.split == "search",
            )
        )
        count, merge_s, score_s, items = self._rows(query)[0]
        return count, merge_s or 0.0, score_s or 0.0, items or 0

    def closing_s(self, search_id: int, last: int = 5000) -> float:
        """Seconds of workers on what is not search items, so far: these are the last attempts of a
        search, and no more than the last so many are looked at.
        """
        mine = attempts.c.id.between(row_id(search_id, 0), row_id(search_id + 1, 0) - 1)
        newest = select(func.max(attempts.c.id)).where(mine).scalar_subquery()
        query = select(func.sum(attempts.c.merge_s + attempts.c.score_s)).where(
            mine, attempts.c.id > newest - last, attempts.c.split != "search"
        )
        return float(self._rows(query)[0][0] or 0.0)

    def attempts(self, search_id: int) -> list[AttemptRow]:
        """All attempts of a search, in the order they were started."""
        query = (
            _columns(attempts, AttemptRow)
            .join(trials, trials.c.id == attempts.c.trial_id)
            .where(trials.c.search_id == search_id)
            .order_by(attempts.c.id)
        )
        return self._each(query, lambda rows: [AttemptRow(*r) for r in rows])

    def outcomes(self, trial_id: int, split: Split) -> OutcomesByTask | None:
        """task -> metric -> value per item of the split, NaN where it was not seen; None when the
        trial has not been scored on this split. A task of which nothing was seen is not in it.
        """
        query = (
            select(outcomes)
            .where(outcomes.c.trial_id == trial_id, outcomes.c.split == split)
            .order_by(outcomes.c.task, outcomes.c.metric)
        )
        found: OutcomesByTask = {}
        for row in self._rows(query):
            found.setdefault(row.task, {})[row.metric] = unpack_split(row.packed, row.seen)
        return found or None

    def means(self, search_id: int, split: Split) -> dict[int, dict[tuple[str, str], float]]:
        """trial id -> (task, metric) -> mean over those of the split's items that were seen."""
        query = (
            select(outcomes.c.trial_id, outcomes.c.task, outcomes.c.metric, outcomes.c.mean)
            .join(trials, trials.c.id == outcomes.c.trial_id)
            .where(trials.c.search_id == search_id, outcomes.c.split == split)
        )

        def take(rows: Iterable[Any]) -> dict[int, dict[tuple[str, str], float]]:
            found: dict[int, dict[tuple[str, str], float]] = {}
            keys: dict[tuple[str, str], tuple[str, str]] = {}  # one object each, not one per trial
            for trial_id, task, metric, mean in rows:
                key = keys.setdefault((task, metric), (task, metric))
                found.setdefault(trial_id, {})[key] = mean
            return found

        return self._each(query, take)

    def counts(self, search_id: int) -> dict[str, int]:
        """state -> number of the optimizer's trials."""
        query = (
            select(trials.c.state, func.count().label("trials"))
            .where(trials.c.search_id == search_id, trials.c.origin == "optimizer")
            .group_by(trials.c.state)
        )
        return {row.state: row.trials for row in self._rows(query)}

    def model(self, model_id: int) -> ModelRow | None:
        """A node of the family tree by its id."""
        rows = self._rows(_columns(models, ModelRow).where(models.c.id == model_id))
        return ModelRow(*rows[0]) if rows else None

    def model_of(self, digest: str) -> ModelRow | None:
        """A node by its digest, or by the fingerprint of the folder it was exported to."""
        same = or_(models.c.digest == digest, models.c.fingerprint == digest)
        rows = self._rows(_columns(models, ModelRow).where(same))
        return ModelRow(*rows[0]) if rows else None

    def probes(self, search_id: int, split: Split) -> list[AttemptRow]:
        """The attempts on one split, in the order they were started."""
        query = (
            _columns(attempts, AttemptRow)
            .join(trials, trials.c.id == attempts.c.trial_id)
            .where(trials.c.search_id == search_id, trials.c.origin.in_(OTHERS))
            .where(attempts.c.split == split)
            .order_by(attempts.c.id)
        )
        return [AttemptRow(*r) for r in self._rows(query)]

    def models(self) -> list[ModelRow]:
        """Every node of the family tree."""
        query = _columns(models, ModelRow).order_by(models.c.id)
        return self._each(query, lambda rows: [ModelRow(*r) for r in rows])

    def edges(self) -> list[tuple[int, int, str, float | None]]:
        """(child id, parent id, role, weight) of the whole family tree."""
        query = select(lineage).order_by(lineage.c.child_id, lineage.c.parent_id)
        return self._each(
            query, lambda rows: [(c, p, role, weight) for c, p, role, weight in rows]
        )

    def trial_of_model(self) -> dict[int, tuple[int, int, float | None]]:
        """model id -> (search id, trial number, fitness) of its best trial."""
        query = select(trials.c.model_id, trials.c.search_id, trials.c.number, trials.c.fitness)

        def take(rows: Iterable[Any]) -> dict[int, tuple[int, int, float | None]]:
            found: dict[int, tuple[int, int, float | None]] = {}
            for model, search, number, fitness in rows:
                old = found.get(model)
                if old is None or (fitness or -1e9) > (old[2] or -1e9):
                    found[model] = (search, number, fitness)
            return found

        return self._each(query, take)

    def _each(self, query: Select[Any], take: Callable[[Iterable[Any]], _Found]) -> _Found:
        """What `take` makes of the rows, which come a few thousand at a time: there may be
        millions.
        """

        def read() -> _Found:
            with self._engine.connect() as connection:
                return take(connection.execution_options(yield_per=_AT_ONCE).execute(query))

        return patiently(self._engine, read)

    def _seconds(self, moment: Any) -> Any:
        """A time as seconds since 1970, made by the database."""
        if self._engine.dialect.name == "sqlite":
            return (func.julianday(moment) - 2440587.5) * 86400
        return cast(extract("epoch", moment), Float)

    def _bare(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        """Rows as the database's own driver gives them: of 100,000 that is most of the time."""

        def read() -> list[tuple[Any, ...]]:
            with self._engine.connect() as connection:
                try:
                    return list(connection.execute(query).cursor.fetchall())
                except connection.dialect.loaded_dbapi.Error as error:
                    raise DBAPIError("SELECT ...", None, error) from error

        return patiently(self._engine, read)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        def read() -> Sequence[Any]:
            with self._engine.connect() as connection:
                return connection.execute(query).all()

        return patiently(self._engine, read)


def _columns(table: Table, row: type) -> Select[Any]:
    """Of a row's class, in the order of its fields."""
    return select(*(table.c[f.name] for f in fields(row)))


def _search(row: Row[Any]) -> SearchRow:
    return SearchRow(**row._asdict() | {"goals": tuple(Goal(**g) for g in row.goals)})
