"""The filter of the page Trials, for its table and all of its charts, and what it lets through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from search_spaces.space import Gene
from ui import filters, genes
from ui.filters import ORIGIN_NAMES, STATE_NAMES, Brush, Filter
from ui.formats import plain
from ui.genes import Matrix
from ui.queries import Known, Store


@dataclass(frozen=True)
class Passing:
    """positions: of the trials that pass, by number; unbrushed: those that pass but for what is
    brushed; matrix: of all trials, where it was needed.
    """

    wanted: Filter
    genes: tuple[Gene, ...]
    positions: NDArray[np.int64]
    unbrushed: NDArray[np.int64]
    matrix: Matrix | None


def bar(store: Store, known: Known) -> Passing:
    """Draws the filter and applies it."""
    found = genes.genes_of(known.search)
    wanted = _wanted(known)
    matrix = _matrix(store, known) if wanted.by_genes else None
    everything = filters.passing(known.trials, replace(wanted, state="all"), found, matrix)
    counted = filters.counts(known.trials, everything)
    left, right = st.columns([2, 1])
    state: str = left.segmented_control(
        "State",
        list(STATE_NAMES),
        default="all",
        required=True,
        format_func=lambda s: f"{STATE_NAMES[s]} {counted[s]:,}",
        key="trial_state",
    )
    right.selectbox(
        "Trials of", list(ORIGIN_NAMES), format_func=ORIGIN_NAMES.__getitem__, key="trial_origin"
    )
    wanted = replace(wanted, state=state)
    _chips(known, wanted.brushes, found)
    return Passing(
        wanted,
        found,
        filters.passing(known.trials, wanted, found, matrix),
        filters.passing(known.trials, replace(wanted, brushes=()), found, None),
        matrix,
    )


def brushes(digest: str) -> tuple[Brush, ...]:
    """What is brushed on the page of a search."""
    found: tuple[Brush, ...] = _kept(digest)["brushes"]
    return found


def count(digest: str) -> int:
    """How often something was brushed; see parallel.js."""
    found: int = _kept(digest)["count"]
    return found


def take(digest: str, key: str, axes: Sequence[str]) -> None:
    """Takes what the browser sent. key: of the component; axes: those that it shows: what is
    brushed on others stays.
    """
    sent: Any = (st.session_state.get(key) or {}).get("brushed") or {}
    kept = _kept(digest)
    others = tuple(b for b in kept["brushes"] if b.axis not in axes)
    kept["brushes"] = others + filters.brushes_from(sent.get("brushes") or {}, axes)
    kept["count"] = int(sent.get("count") or 0)


def _wanted(known: Known) -> Filter:
    state = st.session_state.get("trial_state") or "all"
    origin = st.session_state.get("trial_origin") or "optimizer"
    return Filter(state, origin, brushes(known.search.digest))


def _kept(digest: str) -> dict[str, Any]:
    found: dict[str, Any] = st.session_state.setdefault(
        f"brushed {digest}", {"brushes": (), "count": 0}
    )
    return found


def _matrix(store: Store, known: Known) -> Matrix:
    if genes.are_read(store, known):
        return genes.all_of(store, known)
    with st.spinner(f"Reading the genes of {len(known.trials):,} trials, once …"):
        return genes.all_of(store, known)


def _chips(known: Known, shown: Sequence[Brush], found: Sequence[Gene]) -> None:
    """What is brushed, to be clicked away."""
    if not shown:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="brushed"):
        st.caption("Only", width="content")
        for brush in shown:
            st.button(
                plain(filters.told(brush, found)),
                key=f"chip {brush.axis}",
                icon=":material/close:",
                icon_position="right",
                help="Click to remove this range",
                on_click=_drop,
                args=(known.search.digest, brush.axis),
            )
        if len(shown) > 1:
            st.button(
                "Clear all",
                key="clear",
                type="tertiary",
                on_click=_drop,
                args=(known.search.digest, None),
            )


def _drop(digest: str, axis: str | None) -> None:
    kept = _kept(digest)
    kept["brushes"] = tuple(b for b in kept["brushes"] if axis is not None and b.axis != axis)
    kept["count"] += 1
