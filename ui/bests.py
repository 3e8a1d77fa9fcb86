"""The best of a search with its 95 % interval, from the outcomes of that one trial."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st
from scipy.special import ndtri

from evolve.fitness import Goal
from evolve.report import average_of
from evolve.statistics import Interval
from evolve.store import Reader, SearchRow
from ui.queries import Overview, Store

_Z = float(ndtri(0.975))


@dataclass(frozen=True)
class Best:
    """A trial's average on the items of a split, 'search' or 'report'; interval: as a dict, None
    where only the score is known.
    """

    split: str
    score: float
    interval: Mapping[str, Any] | None


def best_of(store: Store, overview: Overview) -> Best | None:
    """Of a search with a verdict the chosen recipe on report items, which are for that; of another
    the best trial on search items, by which it was found: that flatters it, and the interval does
    not know.
    """
    search, best = overview.search, overview.progress["best"]
    key = (store.url, store.identity, search.id)
    if search.verdict is not None and search.chosen_trial_id is not None:
        found = _on_report((*key, search.chosen_trial_id), store.reader, search)
        if found is not None:
            return Best("report", found["mean"], found)
    if best is None:
        return None
    goals = repr(search.goals)
    number, score = best["trial"], best["fitness"]
    return Best("search", score, _on_search((*key, number, score, goals), store.reader, search))


# What a trial has answered never changes once it is scored; in what goals count may, once.
@st.cache_resource(show_spinner=False, max_entries=2048)
def _on_report(key: Any, _reader: Reader, _search: SearchRow) -> dict[str, Any] | None:
    return _interval(_reader.outcomes(key[3], "report"), _search)


@st.cache_resource(show_spinner=False, max_entries=2048)
def _on_search(key: Any, _reader: Reader, _search: SearchRow) -> dict[str, Any] | None:
    trial = _reader.numbered(_search.id, key[3])
    if trial is None or trial.fitness is None:
        return None
    if trial.error is not None:  # an estimate, with its own error
        half = _Z * trial.error
        low, high = trial.fitness - half, trial.fitness + half
        return asdict(Interval(trial.fitness, low, high, trial.items or 0))
    return _interval(_reader.outcomes(trial.id, "search"), _search)


def _interval(outcomes: Any, search: SearchRow) -> dict[str, Any] | None:
    goals: tuple[Goal, ...] = search.goals
    if outcomes is None or any(g.metric not in outcomes.get(g.task, {}) for g in goals):
        return None
    return asdict(average_of(goals, outcomes, search.config["seed"]))
