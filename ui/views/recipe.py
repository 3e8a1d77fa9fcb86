"""Recipe: what one trial is made of, what it does better and worse than what it is made of, and
how to get the model.
"""

from collections.abc import Callable

import streamlit as st

from evolve.attribution import label, nothing, told_once
from evolve.recipe_words import described
from evolve.store import TrialRow
from evolve.visible import visible
from search_spaces.recipe import as_yaml, stored_recipe
from ui import commands, figures, gene_words, queries, recipe_items, recipe_tasks, recipe_weights
from ui.charts.frame import CONFIG
from ui.formats import estimated, file_name, plain
from ui.page import of_search
from ui.picking import on_report, pick_trial
from ui.queries import Known, Store
from ui.tables import STATES

_CAPTION = "What a trial is made of, and what it can do that its parents cannot."
_RECIPE_PX = 520
_COLOURS = {"done": "green", "pruned": "gray", "failed": "red", "asked": "blue"}


def _body(store: Store, known: Known) -> None:
    trial = pick_trial(store, known)
    if trial is None:
        st.info(
            "There is no recipe yet: the parents are being opened. The first trials are what "
            "recipes have to beat; they appear within minutes.",
            icon=":material/hourglass_empty:",
        )
        return
    _header(known, trial)
    part = st.segmented_control(
        "Shown",
        list(_PARTS),
        default=next(iter(_PARTS)),
        required=True,
        key="recipe_part",
        label_visibility="collapsed",
    )
    _PARTS[part](store, known, trial)


def _header(known: Known, trial: TrialRow) -> None:
    chosen = trial.id == known.search.chosen_trial_id
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(trial.name), anchor=False, width="content")
        if chosen:
            st.badge("chosen", icon=":material/star:", color="green")
        else:
            st.badge(
                plain(STATES.get(trial.state, trial.state)),
                color=_COLOURS.get(trial.state, "gray"),  # type: ignore[arg-type]
            )
    words = described(stored_recipe(trial.recipe)).replace("`", "")
    if trial.scored:
        chosen = trial.id == known.search.chosen_trial_id
        on_new = on_report(known) if chosen else None
        lines = [words, *([on_new] if on_new else []), f"Search score {estimated(trial)}"]
        st.caption(plain(f"{'. '.join(lines)}."))
    elif trial.state == "failed":
        st.caption(plain(f"{words}. It has no score: it failed, which costs its time alone."))
        st.code(visible(trial.reason or "no reason was recorded"), language=None, wrap_lines=True)
    else:
        st.caption(plain(f"{words}. It has no score yet: it is being scored, or waits for it."))
    if trial.scored and known.search.verdict is None and known.search.state != "finished":
        st.info(
            "Scores on search items flatter. The recipe is chosen on items that the finalists "
            "have not seen, once all trials have ended.",
            icon=":material/hourglass_top:",
        )


def _made_of(store: Store, known: Known, trial: TrialRow) -> None:
    recipe_weights.weights(store, known, trial)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("As mergekit reads it", anchor=False)
        st.code(
            visible(as_yaml(trial.recipe)), language="yaml", height=_RECIPE_PX, line_numbers=False
        )
    with right:
        _ways_out(store, known, trial)
        _genes(known, trial)


def _ways_out(store: Store, known: Known, trial: TrialRow) -> None:
    st.subheader("Write the model", anchor=False)
    st.caption("From this search; from its recipe, saved as `recipe.yml`; or by mergekit.")
    search = known.search
    newest = store.reader.find(search.name)
    name = search.name if newest.digest == search.digest else search.digest[:12]
    number = None if trial.id == search.chosen_trial_id else trial.number
    where = None if store.url == queries.DEFAULT_URL else queries.shown_url(store.url)
    lines = commands.shown(name, number, f"./{file_name(search.name)}", where)
    st.code(visible(lines), language="bash", wrap_lines=True)
    st.page_link(
        "views/export.py",
        label="Download the recipe or write the model from here",
        icon=":material/download:",
        query_params={"search": search.digest, "trial": str(trial.number)},
    )


def _genes(known: Known, trial: TrialRow) -> None:
    if not trial.genome:
        return
    st.subheader("Its genes", anchor=False)
    groups = gene_words.groups_named(str(gene["name"]) for gene in known.search.genes)
    st.caption("Green: the value of this trial. Grey: the bounds it was searched in." + groups)
    with st.container(height="content" if len(trial.genome) <= 16 else _RECIPE_PX, border=False):
        chart = figures.gene_chart(trial.genome, known.search.genes)
        st.plotly_chart(chart, config=CONFIG, key="genes")
        for name, value in trial.genome.items():
            if isinstance(value, str):
                st.text(visible(f"{name}: {value}"))


def _gave(store: Store, known: Known, trial: TrialRow) -> None:
    """What each parent and each gene gave the chosen recipe; a word where there is nothing."""
    st.subheader("What each parent and gene gave it", anchor=False)
    attribution = known.summary["attribution"]
    if trial.id != known.search.chosen_trial_id:
        st.caption("This is measured for the chosen recipe alone, once it is chosen.")
    elif attribution is None:
        st.caption(plain(nothing(known.summary) or "It was not measured, or not yet."))
    else:
        st.caption(
            "How much more the chosen recipe scores than the same recipe without, on validation "
            "items, by which it was chosen. Whiskers are 95 % intervals; a bar is hatched where "
            "its interval holds zero. Gains need not add up."
        )
        rows = told_once(attribution["rows"])
        st.plotly_chart(figures.attribution_chart(rows), config=CONFIG, key="attribution")
        for row in rows:
            if row["gain"] is None:
                st.text(visible(f"{label(row)}: {row['reason']}"))


_PARTS: dict[str, Callable[[Store, Known, TrialRow], None]] = {
    "Made of": _made_of,
    "Task by task": recipe_tasks.profile,
    "Item by item": recipe_items.items,
    "Who gave what": _gave,
}

of_search("Recipe", _CAPTION, _body)
