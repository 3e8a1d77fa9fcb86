"""What the genes do to the score, on the page Trials: importance, slices, two genes at a time."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from evolve.visible import visible
from search_spaces.space import Gene
from ui import figures, genes, importance, samples
from ui.charts.frame import CONFIG
from ui.charts.sample import thinned
from ui.charts.slices import AT_MOST as SLICES
from ui.columns import STATES
from ui.filter_bar import Passing
from ui.importance import FANOVA_AT_MOST, FEWEST, METHODS, Weight
from ui.queries import Known, Store

_SLICED, _BINNED, _WEIGHED = 1000, 5000, 2000
_EVERY_S = 60  # the importance of a running search is found anew at most so often


def importances(store: Store, known: Known, passing: Passing) -> None:
    """How much each gene decides about the score."""
    method = st.segmented_control(
        "Importance",
        list(METHODS),
        default="ped-anova",
        required=True,
        format_func=METHODS.__getitem__,
        key="importance_method",
        label_visibility="collapsed",
    )
    weights, count = _weights(store, known, passing, method)
    if not weights:
        st.caption(
            f"Importance is told once {FEWEST} trials that pass the filter have scores that are "
            f"not all the same; {count} have one."
        )
        return
    chart = figures.importance_chart(weights, count)
    st.plotly_chart(chart, config=CONFIG, key="importance", alt="The importance of each gene")
    of_all = len(samples.with_score(known.trials, passing.positions))
    which = f"{count:,} trials with a score{_halves(count, of_all)}"
    how = (
        f"PED-ANOVA of {which}: how much a gene decides whether a trial is among the best tenth."
        if method == "ped-anova"
        else f"fANOVA of {which}: how much of the score's ups and downs a gene explains; nothing "
        "is said of genes that some of these trials do not have."
    )
    st.caption(f"{how} By Optuna. A hatched bar: only some of the trials have the gene.")


def slices(store: Store, known: Known, passing: Passing) -> None:
    """The score against each gene."""
    trials = known.trials
    scored = samples.with_score(trials, passing.positions)
    if not len(scored):
        _none(known, "the score against each gene")
        return
    names = [gene.name for gene in _by_importance(store, known, passing)]
    if len(names) > SLICES:
        names = st.multiselect(
            f"Genes, at most {SLICES}; the most important ones first",
            names,
            default=names[:SLICES],
            max_selections=SLICES,
            format_func=visible,
            key=f"slices {known.search.digest}",
        )
    shown = _named(passing, names)
    drawn = samples.best_and_even(trials, scored, 0, _SLICED)
    values = _values(store, known, passing, drawn, shown)
    stopped = trials.state[drawn] == STATES.index("pruned")
    if not shown:
        st.caption("Choose a gene to see the score against it.")
        return
    chart = figures.slice_chart(
        shown, values, trials.number[drawn], trials.fitness[drawn], stopped
    )
    st.plotly_chart(chart, config=CONFIG, key="slices", alt="Score against each gene's value")
    sample = f" An even sample of {len(drawn):,} of {len(scored):,}."
    st.caption(
        "A point per trial, blue for early ones, orange for late ones; hollow: stopped early."
        + (sample if len(drawn) < len(scored) else "")
    )


def contour(store: Store, known: Known, passing: Passing) -> None:
    """The mean score over two genes."""
    trials = known.trials
    scored = samples.with_score(trials, passing.positions)
    names = [gene.name for gene in _by_importance(store, known, passing)]
    if len(names) < 2:
        st.caption("This search has a single gene; its slice shows all there is to see.")
        return
    if not len(scored):
        _none(known, "the mean score over two genes")
        return
    left, right = st.columns(2)
    digest = known.search.digest
    one = left.selectbox("Across", names, 0, format_func=visible, key=f"across {digest}")
    two = right.selectbox("Up", names, 1, format_func=visible, key=f"up {digest}")
    if one == two:
        st.caption("Choose two different genes.")
        return
    shown = _named(passing, [one, two])
    drawn = scored if genes.are_read(store, known) else thinned(trials, scored, _BINNED)
    values = _values(store, known, passing, drawn, shown)
    chart = figures.contour_chart(shown[0], shown[1], values, trials.fitness[drawn])
    st.plotly_chart(chart, config=CONFIG, key="contour", alt="Mean score over two genes")
    which = f"an even sample of {len(drawn):,} of " if len(drawn) < len(scored) else ""
    st.caption(
        f"The mean score of {which}{len(scored):,} trials, by ranges of both genes. Where no "
        "trial has been nothing is drawn; point at a cell to see how many there are."
    )


def _weights(
    store: Store, known: Known, passing: Passing, method: str
) -> tuple[list[Weight], int]:
    """(the most important gene first, from how many trials); [] where these are too few."""
    scored = samples.with_score(known.trials, passing.positions)
    most = _WEIGHED if method == "ped-anova" else FANOVA_AT_MOST
    count = min(most, len(scored))
    if count < FEWEST:
        return [], count
    # A running search is always a little further; what is asked of it again soon is not.
    running = known.search.state == "running"
    moment = int(known.search.updated_at.timestamp())
    key = (store.url, store.identity, known.search.id, passing.wanted, method)
    return _found((*key, moment // _EVERY_S if running else moment), store, known, passing, most)


@st.cache_data(max_entries=64, show_spinner="Working out which genes matter …")
def _found(
    key: tuple[object, ...], _store: Store, _known: Known, _passing: Passing, most: int
) -> tuple[list[Weight], int]:
    trials, method = _known.trials, str(key[4])
    scored = samples.with_score(trials, _passing.positions)
    drawn = samples.best_and_even(trials, scored, most // 2, most - most // 2)
    values = genes.some_of(_store, _known, trials.number[drawn])
    there = ~np.isnan(values).all(axis=1)  # references have no genes
    found = importance.importances(
        _passing.genes, values[there], trials.fitness[drawn][there], method
    )
    return found, int(there.sum())


def _by_importance(store: Store, known: Known, passing: Passing) -> list[Gene]:
    """All genes, the most important ones first where that is known."""
    weights, _ = _weights(store, known, passing, "ped-anova")
    order = {weight.gene: place for place, weight in enumerate(weights)}
    return sorted(passing.genes, key=lambda gene: order.get(gene.name, 0))


def _named(passing: Passing, names: list[str]) -> list[Gene]:
    found = {gene.name: gene for gene in passing.genes}
    return [found[name] for name in names]


def _values(
    store: Store, known: Known, passing: Passing, drawn: NDArray[np.int64], shown: list[Gene]
) -> NDArray[np.float32]:
    place = [passing.genes.index(gene) for gene in shown]
    return genes.some_of(store, known, known.trials.number[drawn])[:, place]


def _halves(count: int, of_all: int) -> str:
    """How the sample was taken, where it is one."""
    return f" (of {of_all:,}: the best half and an even sample)" if count < of_all else ""


def _none(known: Known, what: str) -> None:
    """Where no trial that passes has a score."""
    later = "; it comes with the first one" if not known.trials.tally.scored else ""
    st.caption(f"No trial that passes the filter has a score yet to draw {what} from{later}.")
