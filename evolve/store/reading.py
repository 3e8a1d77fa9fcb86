"""What the driver, the command line and the pages read. Nothing here writes."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, or_, select

from evolve.fitness import Goal
from evolve.store.glances import Glances
from evolve.store.packing import unpack_split
from evolve.store.querying import columns
from evolve.store.recording import OutcomesByTask
from evolve.store.rows import AttemptRow, ModelRow, SearchRow, TrialRow
from evolve.store.tables import (
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


class Reader(Glances):
    """Queries over one database."""

    @property
    def family(self) -> "FamilyReader":
        """Queries over models and where they came from."""
        from evolve.store.family import FamilyReader

        return FamilyReader(self._engine)

    def searches(self) -> list[SearchRow]:
        """All searches, the newest first."""
        query = columns(searches, SearchRow).order_by(searches.c.id.desc())
        return [_search(r) for r in self._rows(query)]

    def search(self, digest: str) -> SearchRow | None:
        """The search with exactly this digest."""
        rows = self._rows(columns(searches, SearchRow).where(searches.c.digest == digest))
        return _search(rows[0]) if rows else None

    def search_by_id(self, search_id: int) -> SearchRow:
        """A search that is known to exist."""
        query = columns(searches, SearchRow).where(searches.c.id == search_id)
        return _search(self._rows(query)[0])

    def trial(self, trial_id: int) -> TrialRow:
        """A trial that is known to exist."""
        return TrialRow(*self._rows(columns(trials, TrialRow).where(trials.c.id == trial_id))[0])

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
        query = columns(trials, TrialRow).where(mine).order_by(trials.c.number)
        if origin is not None:
            query = query.where(trials.c.origin == origin)
        return self._each(query, lambda rows: [TrialRow(*r) for r in rows])

    def numbered(self, search_id: int, number: int) -> TrialRow | None:
        """A search's trial by its number."""
        mine = (trials.c.search_id == search_id) & (trials.c.number == number)
        rows = self._rows(columns(trials, TrialRow).where(mine))
        return TrialRow(*rows[0]) if rows else None

    def attempts(self, search_id: int) -> list[AttemptRow]:
        """All attempts of a search, in the order they were started."""
        query = (
            columns(attempts, AttemptRow)
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
        rows = self._rows(columns(models, ModelRow).where(models.c.id == model_id))
        return ModelRow(*rows[0]) if rows else None

    def model_of(self, digest: str) -> ModelRow | None:
        """A node by its digest, or by the fingerprint of the folder it was exported to."""
        same = or_(models.c.digest == digest, models.c.fingerprint == digest)
        rows = self._rows(columns(models, ModelRow).where(same))
        return ModelRow(*rows[0]) if rows else None

    def models(self) -> list[ModelRow]:
        """Every node of the family tree."""
        query = columns(models, ModelRow).order_by(models.c.id)
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


def _search(row: Row[Any]) -> SearchRow:
    return SearchRow(**row._asdict() | {"goals": tuple(Goal(**g) for g in row.goals)})
