"""What the pages read, read only. A search is read again when its driver has written since."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from evolve.lineage import family_tree
from evolve.report import progress, summary
from evolve.store import Reader, SearchRow, TrialRow, open_engine
from evolve.store.connecting import shown
from ui.tree import Family, Member

DEFAULT_URL = "sqlite:///evolve.db"


@dataclass(frozen=True)
class Store:
    """An open database. identity: of the SQLite file; one that was replaced is opened anew."""

    url: str = field(repr=False)
    identity: tuple[int, int] | None
    reader: Reader


@dataclass(frozen=True)
class Overview:
    """A search among all. progress: `evolve.report.progress`; best_model: of its best trial."""

    search: SearchRow
    progress: dict[str, Any]
    best_model: int | None


@dataclass(frozen=True)
class Whole:
    """All that the page of one search shows. summary: `evolve.report.summary`."""

    search: SearchRow
    trials: list[TrialRow]
    summary: dict[str, Any]
    means: dict[int, dict[tuple[str, str], float]]


def store_url() -> str:
    """The database that the pages show: EVOLVE_STORE, or evolve.db in the working directory."""
    return os.environ.get("EVOLVE_STORE") or DEFAULT_URL


def shown_url(url: str) -> str:
    """The URL without its password."""
    try:
        return shown(url)
    except (ArgumentError, ValueError):
        return "(not a database URL)"


def open_store() -> Store:
    """The database, opened once per process.

    Raises: ConfigError where there is none or it cannot be reached; StopError for a newer schema.
    """
    url = store_url()
    identity = _identity(url)
    return Store(url, identity, Reader(_engine(url, identity)))


def overviews(store: Store) -> list[Overview]:
    """All searches, the newest first."""
    return [
        _overview((store.url, store.identity, s.id, s.updated_at), store.reader, s)
        for s in store.reader.searches()
    ]


def whole(store: Store, search: SearchRow) -> Whole:
    """search: as the store has it now."""
    return _whole((store.url, store.identity, search.id, search.updated_at), store.reader, search)


def silent_s(search: SearchRow, now: datetime | None = None) -> float:
    """Seconds since a driver last wrote to the search."""
    return ((now or datetime.now(UTC)) - search.updated_at).total_seconds()


def mergeable(trials: list[TrialRow], chosen_id: int | None = None) -> list[TrialRow]:
    """The trials that can be exported: merges that were scored, the best first, those that were
    stopped early after the others; and the chosen one, also if that is a parent. Not what was
    made to see what a parent or a gene gives.
    """
    aside = ("base", "parent", "ablation")
    merged = [t for t in trials if t.origin not in aside or t.id == chosen_id]
    found = [t for t in merged if t.state in ("done", "pruned")]
    return sorted(
        found,
        key=lambda t: (
            t.state == "pruned",
            -(t.fitness if t.fitness is not None else -1e9),
            t.number,
        ),
    )


def family(store: Store) -> Family:
    """The family tree of every search, each model with its part in them."""
    reader = store.reader
    found = overviews(store)
    searches = {o.search.id: o.search for o in found}
    best = {o.best_model for o in found}
    ends = [o.search.chosen_trial_id for o in found]
    chosen = {reader.trial(trial_id).model_id for trial_id in ends if trial_id is not None}
    trial_of = reader.trial_of_model()
    models = reader.models()
    members = {}
    for model in models:
        search_id, number, fitness = trial_of.get(model.id, (None, None, None))
        role = model.kind
        if model.kind == "candidate":
            exported = model.reference is not None
            role = "exported" if exported else "candidate"
            role = "best" if role == "candidate" and model.id in best else role
            role = "chosen" if not exported and model.id in chosen else role
        search = None if search_id is None else searches[search_id]
        members[model.id] = Member(
            model, role, None if search is None else search.name, number, fitness
        )
    return Family(family_tree(models, reader.edges()), members)


@st.cache_resource(show_spinner="Opening the database …", max_entries=4)
def _engine(url: str, identity: tuple[int, int] | None) -> Engine:
    return open_engine(url, read_only=True)


# The keys of the two below hold `updated_at`, which every write of a driver moves. What they give
# is shared between sessions and never changed.
_Key = tuple[str, tuple[int, int] | None, int, datetime]


@st.cache_resource(show_spinner=False, max_entries=512)
def _overview(key: _Key, _reader: Reader, _search: SearchRow) -> Overview:
    trials = _reader.trials(_search.id)
    now = progress(_search, trials)
    best = None if now["best"] is None else now["best"]["trial"]
    return Overview(_search, now, next((t.model_id for t in trials if t.number == best), None))


@st.cache_resource(show_spinner=False, max_entries=32)
def _whole(key: _Key, _reader: Reader, _search: SearchRow) -> Whole:
    return Whole(
        search=_search,
        trials=_reader.trials(_search.id),
        summary=summary(_reader, _search),
        means=_reader.means(_search.id, "search"),
    )


def _identity(url: str) -> tuple[int, int] | None:
    try:
        found = Path(make_url(url).database or "").stat()
    except (OSError, ValueError, AttributeError):
        return None
    return found.st_dev, found.st_ino
