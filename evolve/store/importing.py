"""Models that files name, into the family tree: all of them in one transaction, or none.

A model is known by its content where there are files, and by its name where there are none:
`models.reference` is then a name on the hub or a folder, and the digest is made of that. Such a
row also has its digest as its fingerprint, so that all that is no mere candidate is found by that
index. As soon as a name is seen with content, here or in a search, the two become one row.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from evolve.store.away import patiently
from evolve.store.ids import model_id
from evolve.store.tables import lineage, models
from evolve.store.turn import INSERT

IMPORTED = "imported"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MERGED = ("base", "parent")  # what mergekit's files say wins over cards


@dataclass(frozen=True)
class Imported:
    """A model to keep. reference: a folder, or a name on the hub without its revision; digest: of
    its content, None where there is none; parents: reference -> (role, weight).
    """

    name: str
    reference: str
    parents: Mapping[str, tuple[str, float | None]] = field(default_factory=dict)
    digest: str | None = None
    license: str | None = None
    recipe: str | None = None


@dataclass
class Report:
    """What an import did. ids: reference -> model id; new, unified: ids; the rest are counts."""

    ids: dict[str, int] = field(default_factory=dict)
    new: list[int] = field(default_factory=list)
    unified: int = 0
    new_edges: int = 0
    known_edges: int = 0


class _UndoneError(Exception):
    """Nothing was to be written."""


def import_models(engine: Engine, found: Sequence[Imported], *, dry: bool = False) -> Report:
    """Adds models and edges that are not there yet; a second time it changes nothing. Candidates
    of searches keep their own parents. dry: only says what it would do.
    """

    def do() -> Report:
        report = Report()
        try:
            with _writing(engine) as connection:
                book = _Book(connection)
                for one in found:
                    report.ids[one.reference] = _model(book, one, report)
                for one in found:
                    _parents(book, one, report)
                if dry:
                    raise _UndoneError
        except _UndoneError:
            pass
        return report

    return patiently(engine, do)


def settle(engine: Engine, licenses: Mapping[int, str | None]) -> None:
    """What a search knows of its models: their licences, kept where none is known yet; rows that
    knew one of them only by its name become one with it.

    licenses: model id -> licence.
    """

    def do() -> None:
        with _writing(engine) as connection:
            book = _Book(connection)
            for model, license_ in licenses.items():
                row = book.rows.get(model)
                if row is not None:
                    for twin in book.named(row.reference or ""):
                        if twin.id != model and _is_name(twin):
                            book.unify(twin.id, model)
                    book.fill(model, license_, None)

    patiently(engine, do)


def name_of(reference: str) -> str:
    """A name on the hub without its revision; a folder as it is. Both halves of an adapter's."""
    if "/" not in reference or reference.startswith(("/", ".", "~")):
        return reference
    return "+".join(half.partition("@")[0] for half in reference.split("+"))


@dataclass(frozen=True)
class _Row:
    """A row of `models` that is more than a candidate, as it is now."""

    id: int
    kind: str
    digest: str
    fingerprint: str
    reference: str | None
    license: str | None
    recipe: str | None


class _Book:
    """All rows that are more than a candidate, and the edges to them: read once, and changed
    together with the database. There are thousands of them at most, however large a search is.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        columns = [models.c[f.name] for f in fields(_Row)]
        known = models.c.fingerprint.is_not(None)
        newest_first = select(*columns).where(known).order_by(models.c.created_at.desc())
        self.rows: dict[int, _Row] = {}
        self._by_name: dict[str, list[int]] = {}
        self._by_digest: dict[str, int] = {}
        for row in connection.execute(newest_first.order_by(models.c.id)):
            self._take(_Row(*row))
        ours = select(lineage).join(models, models.c.id == lineage.c.child_id).where(known)
        self.edges: dict[tuple[int, int], tuple[str, float | None]] = {}
        self._ends: dict[int, set[tuple[int, int]]] = {}
        for edge in connection.execute(ours):
            self._keep((edge.child_id, edge.parent_id), edge.role, edge.weight)

    def _take(self, row: _Row) -> None:
        self.rows[row.id] = row
        self._by_digest |= {row.digest: row.id, row.fingerprint: row.id}
        for name in _names(row):
            self._by_name.setdefault(name, []).append(row.id)

    def _forget(self, row: _Row) -> None:
        for name in _names(row):
            self._by_name[name].remove(row.id)
        for digest in {row.digest, row.fingerprint}:
            del self._by_digest[digest]

    def _keep(self, ends: tuple[int, int], role: str, weight: float | None) -> None:
        self.edges[ends] = role, weight
        for end in ends:
            self._ends.setdefault(end, set()).add(ends)

    def named(self, reference: str) -> list[_Row]:
        """Rows with this reference, at whatever revision; the newest first."""
        return [self.rows[i] for i in self._by_name.get(name_of(_clean(reference)), ())]

    def of_digest(self, digest: str | None) -> _Row | None:
        found = self._by_digest.get(digest or "")
        return None if found is None else self.rows[found]

    def add(self, one: Imported) -> _Row:
        digest = one.digest or _digest_of(name_of(_clean(one.reference)))
        row = _Row(model_id(digest), IMPORTED, digest, digest, _clean(one.reference), None, None)
        values = vars(row) | {"name": _clean(one.name)[:200], "created_at": datetime.now(UTC)}
        make = INSERT[self._connection.dialect.name]  # beside us, another may add the same
        self._connection.execute(make(models).values(**values).on_conflict_do_nothing())
        self._take(row)
        return row

    def change(self, model: int, **values: Any) -> None:
        self._connection.execute(update(models).where(models.c.id == model).values(**values))
        row = self.rows[model]
        self._forget(row)
        known = {f.name for f in fields(_Row)}
        self._take(replace(row, **{k: v for k, v in values.items() if k in known}))

    def fill(self, model: int, license_: str | None, recipe: str | None) -> None:
        """What is not known yet; of candidates their trials have the recipe."""
        row = self.rows[model]
        if license_ is not None and row.license is None:
            self.change(model, license=_clean(license_)[:100])
        if recipe is not None and row.recipe is None and row.kind != "candidate":
            self.change(model, recipe=_clean(recipe))

    def link(self, child: int, parent: int, role: str, weight: float | None) -> None:
        known = (child, parent) in self.edges
        self._keep((child, parent), role, weight)
        values = {"role": role, "weight": weight}
        ends = {"child_id": child, "parent_id": parent}
        if known:
            this = (lineage.c.child_id == child) & (lineage.c.parent_id == parent)
            self._connection.execute(update(lineage).where(this).values(**values))
            return
        make = INSERT[self._connection.dialect.name]
        self._connection.execute(make(lineage).values(**ends, **values).on_conflict_do_nothing())

    def unify(self, twin: int, kept: int) -> None:
        """Moves all that hangs on a row that is only a name to the row of the model itself."""
        for child, parent in sorted(self._ends.pop(twin, ())):
            role, weight = self.edges.pop((child, parent))
            self._ends.get(child if parent == twin else parent, set()).discard((child, parent))
            this = (lineage.c.child_id == child) & (lineage.c.parent_id == parent)
            self._connection.execute(delete(lineage).where(this))
            ends = (kept if child == twin else child, kept if parent == twin else parent)
            if ends not in self.edges:
                self.link(*ends, role, weight)
        gone = self.rows.pop(twin)
        self._forget(gone)
        self.fill(kept, gone.license, gone.recipe)
        self._connection.execute(delete(models).where(models.c.id == twin))


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _model(book: _Book, one: Imported, report: Report) -> int:
    """The id of the one row of this model."""
    named = book.named(one.reference)
    same = book.of_digest(one.digest)
    if same is None:
        # A folder whose content changed is another model; what is known by name alone is this one.
        fits = [r for r in named if one.digest is None or _is_name(r)]
        same = next((r for r in fits if not _is_name(r)), fits[0] if fits else None)
        if same is not None and one.digest is not None:
            book.change(
                same.id,
                digest=one.digest,
                fingerprint=one.digest,
                name=_clean(one.name)[:200],
                reference=_clean(one.reference),
            )
    if same is None:
        same = book.add(one)
        report.new.append(same.id)
    for twin in named:
        if twin.id != same.id and _is_name(twin):
            book.unify(twin.id, same.id)
            report.unified += 1
    book.fill(same.id, one.license, one.recipe)
    return same.id


def _parents(book: _Book, one: Imported, report: Report) -> None:
    """A candidate's search knows what it was made of; else a merge's file wins over a card."""
    child = report.ids[one.reference]
    for reference, (role, weight) in one.parents.items():
        if reference not in report.ids:
            report.ids[reference] = _model(book, Imported(reference, reference), report)
        parent = report.ids[reference]
        if book.rows[child].kind == "candidate":
            continue
        old = book.edges.get((child, parent))
        if old is None:
            report.new_edges += 1
        else:
            report.known_edges += 1
            if old == (role, weight) or (old[0] in _MERGED and role not in _MERGED):
                continue
        book.link(child, parent, role, weight)


def _names(row: _Row) -> set[str]:
    """By what it is called: an adapter on its base also by the adapter alone."""
    if row.reference is None:
        return set()
    adapter = row.reference.rpartition("+")[2]
    return {name_of(row.reference)} | ({name_of(adapter)} if "/" in adapter else set())


def _is_name(row: _Row) -> bool:
    """Is nothing known of it but its name?"""
    return bool(
        row.kind == IMPORTED
        and row.reference is not None
        and row.digest == _digest_of(name_of(row.reference))
    )


def _digest_of(name: str) -> str:
    return hashlib.blake2b(_clean(f"reference:{name}").encode(), digest_size=16).hexdigest()


def _clean(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)
