"""What the pages read, read only. While a search runs, only what is new is read."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from evolve.report import progress, summary
from evolve.store import Reader, SearchRow, TrialRow, open_engine
from evolve.store.connecting import shown
from ui import columns
from ui.columns import Columns

DEFAULT_URL = "sqlite:///evolve.db"


@dataclass(frozen=True)
class Store:
    """An open database. identity: of the SQLite file; one that was replaced is opened anew."""

    url: str = field(repr=False)
    identity: tuple[int, int] | None
    reader: Reader


@dataclass(frozen=True)
class Overview:
    """A search among all. progress: `evolve.report.progress`."""

    search: SearchRow
    progress: dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What the pages know of one search. others: its trials that are not the optimizer's;
    summary: `evolve.report.summary`.
    """

    search: SearchRow
    trials: Columns
    others: Sequence[TrialRow]
    summary: dict[str, Any]


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
    return [_seen(store, search) for search in store.reader.searches()]


def _seen(store: Store, search: SearchRow) -> Overview:
    """Of a running search, its trials are followed; of another, they are counted once."""
    if search.state == "running":
        return Overview(search, progress(search, known(store, search).trials.tally))
    key = (store.url, store.identity, search.id, search.updated_at)
    return Overview(search, _progress(key, store.reader, search))


def known(store: Store, search: SearchRow) -> Known:
    """search: as the store has it now. What is given is shared between sessions, never changed."""
    return _shelf((store.url, store.identity, search.id)).known(store.reader, search)


def silent_s(search: SearchRow, now: datetime | None = None) -> float:
    """Seconds since a driver last wrote to the search."""
    return ((now or datetime.now(UTC)) - search.updated_at).total_seconds()


def trial_to_show(store: Store, found: Known, number: int | None = None) -> TrialRow | None:
    """The trial with this number; else the chosen one, or the best one so far; None before any
    was scored.
    """
    if number is not None:
        return store.reader.numbered(found.search.id, number)
    if found.search.chosen_trial_id is not None:
        return store.reader.trial(found.search.chosen_trial_id)
    best = found.trials.tally.best
    return None if best is None else store.reader.numbered(found.search.id, best[0])


class _Shelf:
    """What was read of one search so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: Any = None
        self._updated_at: datetime | None = None
        self._known: Known | None = None

    def known(self, reader: Reader, search: SearchRow) -> Known:
        with self._lock:
            marks = (search.state, search.goals, search.chosen_trial_id)
            fits = self._known is not None and self._marks == marks
            if fits and self._updated_at == search.updated_at:
                return self._known  # type: ignore[return-value]
            # Trials that have ended change only where these do: new units, a new driver.
            before = self._known.trials if fits and self._known is not None else None
            trials = columns.read(reader, search.id, before)
            self._known = Known(
                search,
                trials,
                reader.others(search.id),
                summary(reader, search, trials.tally),
            )
            self._marks, self._updated_at = marks, search.updated_at
            return self._known


@st.cache_resource(show_spinner="Opening the database …", max_entries=4)
def _engine(url: str, identity: tuple[int, int] | None) -> Engine:
    return open_engine(url, read_only=True)


@st.cache_resource(show_spinner=False, max_entries=16)
def _shelf(key: tuple[str, tuple[int, int] | None, int]) -> _Shelf:
    return _Shelf()


# The key holds `updated_at`, which every write of a driver moves.
@st.cache_resource(show_spinner=False, max_entries=512)
def _progress(
    key: tuple[str, tuple[int, int] | None, int, datetime], _reader: Reader, _search: SearchRow
) -> dict[str, Any]:
    return progress(_search, _reader.tally(_search.id))


def _identity(url: str) -> tuple[int, int] | None:
    try:
        found = Path(make_url(url).database or "").stat()
    except (OSError, ValueError, AttributeError):
        return None
    return found.st_dev, found.st_ino
