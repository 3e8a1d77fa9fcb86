"""The family tree in parts: what a page or an export shows, never the whole of it.

All that is more than a candidate of a search (checkpoints, imported and exported models) has a
fingerprint, and is found by that index; candidates are read by search, the best first, or as
somebody's ancestors. Ancestors are found in the database; cycles end there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Select, func, literal_column, or_, select

from evolve.store.querying import Queries
from evolve.store.rows import ModelRow
from evolve.store.tables import lineage, models, searches, trials

Edge = tuple[int, int, str, float | None]  # child id, parent id, role, weight
_REFERENCES = ("base", "parent")


@dataclass(frozen=True)
class Scored:
    """A model's best trial."""

    search_id: int
    trial: int
    fitness: float | None


class FamilyReader(Queries):
    """Queries over the models of one database and where they came from."""

    def named(self) -> list[ModelRow]:
        """Every model that is more than a candidate, without recipes, by id."""
        query = _models(short=True).where(models.c.fingerprint.is_not(None))
        return _rows_as_models(self._rows(query.order_by(models.c.id)))

    def models(self, ids: Iterable[int]) -> list[ModelRow]:
        """Of these ids, without recipes, by id."""
        return _rows_as_models(
            self._some(_models(short=True), models.c.id, ids, order=models.c.id)
        )

    def whole(self, model_id: int) -> ModelRow | None:
        """One model, with its recipe where it has one."""
        rows = self._rows(_models().where(models.c.id == model_id))
        return ModelRow(*rows[0]) if rows else None

    def of_digest(self, beginning: str, limit: int = 2) -> list[ModelRow]:
        """Models whose digest or fingerprint begins so; hexadecimal digits only."""
        if not beginning or not set(beginning) <= set("0123456789abcdef"):
            return []
        ranges = [
            column.between(beginning, beginning + "g")  # the letter after f: an index can do it
            for column in (models.c.digest, models.c.fingerprint)
        ]
        query = _models(short=True).where(or_(*ranges)).order_by(models.c.id).limit(limit)
        return _rows_as_models(self._rows(query))

    def find(self, text: str, limit: int = 500) -> list[ModelRow]:
        """Models with this in their name or reference, or whose digest begins so; those that are
        more than candidates first.
        """
        pattern = "%" + text.translate({ord(c): f"\\{c}" for c in "\\%_"}) + "%"
        fits = [c.ilike(pattern, escape="\\") for c in (models.c.name, models.c.reference)]
        query = (
            _models(short=True)
            .where(or_(*fits))
            .order_by(models.c.fingerprint.is_(None), models.c.name, models.c.id)
            .limit(limit)
        )
        found = {m.id: m for m in self.of_digest(text.lower(), limit) if len(text) >= 4}
        found |= {m.id: m for m in _rows_as_models(self._rows(query))}
        return list(found.values())[:limit]

    def chosen(self) -> dict[int, Scored]:
        """model id -> its trial, of the chosen trial of every search that has one."""
        query = select(
            trials.c.model_id, trials.c.search_id, trials.c.number, trials.c.fitness
        ).join(searches, searches.c.chosen_trial_id == trials.c.id)
        return {m: Scored(s, n, f) for m, s, n, f in self._rows(query)}

    def best_of(self, search_id: int, limit: int) -> list[tuple[int, Scored]]:
        """(model id, trial) of the candidates with the best search scores, each model once; those
        without a score come last.
        """
        score = trials.c.fitness
        query = (
            select(trials.c.model_id, trials.c.number, score)
            .where(trials.c.search_id == search_id, trials.c.origin.not_in(_REFERENCES))
            .order_by(score.is_(None), trials.c.state != "done", score.desc(), trials.c.number)
        )
        found: dict[int, Scored] = {}
        for model, number, fitness in self._rows(query.limit(2 * limit)):
            found.setdefault(model, Scored(search_id, number, fitness))
        return list(found.items())[:limit]

    def best_trial(self, search_id: int) -> tuple[int, Scored] | None:
        """(model id, trial) of the optimizer's best that was not stopped early."""
        query = (
            select(trials.c.model_id, trials.c.number, trials.c.fitness)
            .where(trials.c.search_id == search_id, trials.c.origin == "optimizer")
            .where(trials.c.state == "done", trials.c.fitness.is_not(None))
            .order_by(trials.c.fitness.desc(), trials.c.number)
            .limit(1)
        )
        found = [(m, Scored(search_id, n, f)) for m, n, f in self._rows(query)]
        return found[0] if found else None

    def count_of(self, search_id: int) -> int:
        """How many trials of candidates a search has."""
        query = select(func.count()).where(
            trials.c.search_id == search_id, trials.c.origin.not_in(_REFERENCES)
        )
        return int(self._rows(query)[0][0])

    def parents_of(self, search_id: int) -> list[int]:
        """Model ids of a search's base and parents."""
        query = select(trials.c.model_id).where(
            trials.c.search_id == search_id, trials.c.origin.in_(_REFERENCES)
        )
        return sorted({row.model_id for row in self._rows(query)})

    def trials_of(self, ids: Iterable[int]) -> dict[int, Scored]:
        """model id -> its best trial, of those of these models that have one; of equal ones the
        latest search's.
        """
        query = select(trials.c.model_id, trials.c.search_id, trials.c.number, trials.c.fitness)
        found: dict[int, Scored] = {}
        for model, search, number, fitness in self._some(query, trials.c.model_id, ids):
            new = Scored(search, number, fitness)
            if model not in found or _worth(new) > _worth(found[model]):
                found[model] = new
        return found

    def trial_numbers(self, search_id: int, ids: Iterable[int]) -> dict[int, int]:
        """model id -> number of its first trial in this search."""
        query = select(trials.c.model_id, trials.c.number).where(trials.c.search_id == search_id)
        found: dict[int, int] = {}
        for model, number in self._some(query, trials.c.model_id, ids):
            found[model] = min(number, found.get(model, number))
        return found

    def edges_into(self, ids: Iterable[int]) -> list[Edge]:
        """All edges whose child is one of these."""
        rows = self._some(select(lineage), lineage.c.child_id, ids)
        return [(r.child_id, r.parent_id, r.role, r.weight) for r in rows]

    def ancestors(self, ids: Sequence[int], limit: int = 10_000) -> list[int]:
        """Ids of the ancestors of at most 900 models, the nearest first, with the models
        themselves only where they are in a cycle.
        """
        return self._reached(ids, lineage.c.child_id, lineage.c.parent_id, limit)

    def descendants(self, ids: Sequence[int], limit: int = 10_000) -> list[int]:
        """As `ancestors`, of what came from them."""
        return self._reached(ids, lineage.c.parent_id, lineage.c.child_id, limit)

    def children_of(self, model_id: int, limit: int = 10_000) -> list[int]:
        """Ids of what was made from a model."""
        query = select(lineage.c.child_id).where(lineage.c.parent_id == model_id).limit(limit)
        return [row.child_id for row in self._rows(query)]

    def search_names(self) -> dict[int, str]:
        """search id -> name."""
        return {row.id: row.name for row in self._rows(select(searches.c.id, searches.c.name))}

    def _reached(self, ids: Sequence[int], start: Any, end: Any, limit: int) -> list[int]:
        """UNION drops what was reached before, so that cycles end."""
        first = select(end.label("id")).where(start.in_(list(ids)))
        walk = first.cte("walk", recursive=True)
        further = select(end).join(walk, start == walk.c.id)
        walk = walk.union(further)
        return [row.id for row in self._rows(select(walk.c.id).limit(limit))]


def _models(*, short: bool = False) -> Select[Any]:
    """short: without the recipes, which are long."""
    left_out: Any = literal_column("NULL")
    columns = [
        left_out.label(f.name) if short and f.name == "recipe" else models.c[f.name]
        for f in fields(ModelRow)
    ]
    return select(*columns)


def _rows_as_models(rows: Iterable[Any]) -> list[ModelRow]:
    return [ModelRow(*row) for row in rows]


def _worth(found: Scored) -> tuple[float, int]:
    return (float("-inf") if found.fitness is None else found.fitness, found.search_id)
