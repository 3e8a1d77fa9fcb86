"""Parallel coordinates of the page Trials: which trials and which genes are drawn."""

from functools import partial

import numpy as np
import streamlit as st

from evolve.visible import visible
from search_spaces.space import Gene
from ui import filter_bar, genes, importance, parallel, samples
from ui.charts.sample import thinned
from ui.filter_bar import Passing
from ui.queries import Known, Store

_LINES, _BEST, _FADED = 800, 400, 200
_VALUES_AT_MOST = 16_000  # that are sent to be drawn: fewer lines where there are many axes
_ALL_AXES = 12  # genes; of more, the first ones are chosen
_FIRST_AXES = 10


def lines(store: Store, known: Known, passing: Passing) -> None:
    """Parallel coordinates, which also brush."""
    digest, trials = known.search.digest, known.trials
    shown = _axes(store, known, passing)
    left = max(60, min(_LINES, _VALUES_AT_MOST // (len(shown) + 1)))
    faded = samples.without(trials, passing.unbrushed, passing.positions)
    faded = thinned(trials, faded, left * _FADED // _LINES)
    left -= len(faded)
    best = left * _BEST // _LINES
    kept = samples.best_and_even(trials, passing.positions, best, left - best)
    drawn = np.union1d(kept, faded)
    place = [passing.genes.index(gene) for gene in shown]
    data = parallel.data_of(
        trials,
        drawn,
        np.isin(drawn, kept),
        shown,
        genes.some_of(store, known, trials.number[drawn])[:, place],
        passing.wanted.brushes,
        filter_bar.count(digest),
    )
    key = f"parallel {digest}"
    names = [axis["name"] for axis in data["axes"]]
    parallel.draw(data, key, partial(filter_bar.take, digest, key, names))
    some = f"{len(kept):,} of {len(passing.positions):,}"
    which = f" The lines: {some} trials, the best {best:,} and an even sample of the others."
    st.caption(
        "Drag along an axis to keep only a range, click it to let go. A range holds for all "
        "trials, for the table and every chart. Blue is a low score, orange a high one; dashed "
        "was stopped early, dotted has no score."
        + (which if len(kept) < len(passing.positions) else "")
    )


def _axes(store: Store, known: Known, passing: Passing) -> list[Gene]:
    """The genes that have an axis, in their order."""
    if len(passing.genes) <= _ALL_AXES:
        return list(passing.genes)
    digest = known.search.digest
    first = f"first axes {digest}"
    if first not in st.session_state:
        st.session_state[first] = _most_apart(store, known, passing)
    chosen = st.multiselect(
        f"Genes ({len(passing.genes)} in all; at first those in which the best trials differ "
        "most from the others)",
        [gene.name for gene in passing.genes],
        default=st.session_state[first],
        format_func=visible,
        key=f"axes {digest}",
    )
    return [gene for gene in passing.genes if gene.name in chosen]


def _most_apart(store: Store, known: Known, passing: Passing) -> list[str]:
    drawn = samples.best_and_even(known.trials, passing.unbrushed, _BEST, _LINES - _BEST)
    best = np.isin(drawn, known.trials.best(drawn, max(1, len(drawn) // 4)))
    values = genes.some_of(store, known, known.trials.number[drawn])
    found = importance.apart(passing.genes, values, best)
    order = np.argsort(-found, kind="stable")[:_FIRST_AXES]
    return [passing.genes[i].name for i in sorted(order.tolist())]
