"""Trials: all of them as lines and as a table, what the genes do, the front, the workers; one
filter for everything.
"""

from collections.abc import Callable

import streamlit as st

from ui import (
    filter_bar,
    trial_front,
    trial_genes,
    trial_lines,
    trial_news,
    trial_table,
    trial_work,
)
from ui.filter_bar import Passing
from ui.page import REFRESH_S, of_search
from ui.queries import Known, Store

_CAPTION = "Every recipe that was tried. What is filtered or brushed holds for the whole page."


def _all(store: Store, known: Known, passing: Passing) -> None:
    trial_lines.lines(store, known, passing)
    if len(passing.positions):
        trial_table.table(store, known, passing)
    else:
        st.caption("No trial passes the filter.")


_PARTS: dict[str, Callable[[Store, Known, Passing], None]] = {
    "Trials": _all,
    "Importance": trial_genes.importances,
    "Slices": trial_genes.slices,
    "Two genes": trial_genes.contour,
    "Pareto front": trial_front.front,
    "Workers": trial_work.workers,
    "Failures": trial_work.failures,
}


def _body(store: Store, known: Known) -> None:
    if known.search.state == "running":
        offered = st.fragment(trial_news.offered, run_every=REFRESH_S)
        offered(known.search.digest, trial_news.ended(known))
    if not len(known.trials):
        st.caption("No trial yet. The base and the parents come first, then the first recipes.")
        return
    passing = filter_bar.bar(store, known)
    parts = [p for p in _PARTS if p != "Pareto front" or known.summary["front"] is not None]
    part = st.segmented_control(
        "Shown",
        parts,
        default=parts[0],
        required=True,
        key="trial_part",
        label_visibility="collapsed",
    )
    # A place for each, emptied at once: nothing that was looked at before stays while one waits.
    places = {name: st.container() if name == part else st.empty() for name in parts}
    with places[part]:
        _PARTS[part](store, known, passing)


of_search("Trials", _CAPTION, _body)
