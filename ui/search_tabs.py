"""The tabs of one search: its scores, its trials, its recipe."""

import re
from collections.abc import Iterable
from typing import Any

import streamlit as st

from evolve.attribution import label, nothing, told_once
from evolve.objective_words import heading
from evolve.report import held
from evolve.store import TrialRow
from evolve.visible import visible
from search_spaces.recipe import as_yaml
from ui import commands, figures, queries, tables
from ui.formats import file_name, plain
from ui.queries import Whole

_STATES = {
    "all": "All",
    "done": "Scored",
    "pruned": "Stopped early",
    "failed": "Failed",
    "asked": "Waiting",
}
_RECIPE_PX = 560
_CHART: dict[str, Any] = {"displayModeBar": False}
_SCORE = st.column_config.NumberColumn(format="%.3f")


def scores(whole: Whole) -> None:
    """Once there is a verdict, the report items come first; until then the trials do."""
    if whole.search.verdict is None:
        _trial_by_trial(whole)
        _front(whole)
        _rivals(whole)
    else:
        _report(whole)
        _front(whole)
        _gave(whole)
        _trial_by_trial(whole)


def trials(whole: Whole) -> None:
    """Why trials failed, then all of them."""
    failures = tables.failures([t for t in whole.trials if t.origin != "ablation"])
    if failures:
        st.subheader("Why trials failed", anchor=False)
        st.caption("A failed trial costs its time and nothing else; the search goes on.")
        for reason, count in failures[:5]:
            times = f"{count} times: " if count > 1 else ""
            st.code(visible(times + reason), language=None, wrap_lines=True)
    st.subheader("All trials", anchor=False)
    wanted = st.segmented_control(
        "State",
        list(_STATES),
        default="all",
        required=True,
        format_func=lambda state: _STATES[state],
        key="trial_state",
        label_visibility="collapsed",
    )
    shown = [t for t in whole.trials if wanted in ("all", None, t.state)]
    if not shown:
        st.caption("No trial is in this state." if whole.trials else "No trial yet.")
        return
    goals = whole.search.goals
    numbers = ["search score", "±", *(tables.goal_label(g) for g in goals)]
    st.dataframe(
        tables.trials(shown, whole.means, goals, whole.search.chosen_trial_id),
        hide_index=True,
        placeholder="—",
        column_config={
            **dict.fromkeys(numbers, _SCORE),
            "why it failed": st.column_config.TextColumn(width="large"),
        },
    )


def recipe(whole: Whole, name: str, url: str) -> None:
    """The chosen recipe or the best so far. name: the search in a command; url: of the store."""
    trial = _recipe_trial(whole)
    if trial is None:
        st.caption("There is no recipe before the first trial has been scored.")
        return
    chosen = trial.id == whole.search.chosen_trial_id
    if not chosen:
        st.info(
            "The best on search items so far. It is not the answer yet: finalists are compared on "
            "items that they have not seen.",
            icon=":material/hourglass_top:",
        )
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(plain(f"Recipe of {trial.name}"), anchor=False)
        st.code(visible(as_yaml(trial.recipe)), language="yaml", height=_RECIPE_PX)
    with right:
        _genes(whole, trial)
        _ways_out(whole, None if chosen else trial.number, name, url)


def _report(whole: Whole) -> None:
    st.subheader("On report items", anchor=False)
    st.caption(
        "Items that the search never saw, used once; whiskers are 95 % intervals. "
        "The dotted line is the chosen recipe."
    )
    rows, goals = whole.summary["rows"], whole.search.goals
    st.plotly_chart(figures.task_chart(rows, goals), config=_CHART, key="tasks")
    st.subheader("The same in numbers", anchor=False)
    _rows(whole)
    _gains(whole)


def _gains(whole: Whole) -> None:
    verdict = whole.search.verdict or {}
    frame = tables.gains(verdict, whole.search.goals)
    if frame.empty:
        return
    st.subheader("What the chosen recipe gains", anchor=False)
    st.caption(f"In each task over the best there; {held(verdict)}.")
    st.dataframe(frame, hide_index=True)


def _front(whole: Whole) -> None:
    """The Pareto front as a table, where there are several objectives."""
    found = whole.summary["front"]
    if found is None:
        return
    st.subheader("The Pareto front", anchor=False)
    st.caption(
        "On search items: no other trial is as good in every objective and better in one. "
        "Where less is better there is an arrow down."
    )
    whole_numbers = {heading("depth"): st.column_config.NumberColumn(format="%d")}
    heads = ["average", *(heading(name) for name in found["objectives"])]
    st.dataframe(
        tables.front(found),
        hide_index=True,
        placeholder="—",
        column_config=dict.fromkeys(heads, _SCORE) | whole_numbers,
    )


def _gave(whole: Whole) -> None:
    """What each parent and each gene gave the chosen recipe; a word where there is nothing."""
    attribution, why = whole.summary["attribution"], nothing(whole.summary)
    if attribution is None and why is None:
        return
    st.subheader("What each parent and gene gave it", anchor=False)
    if attribution is None:
        st.caption(plain(str(why)))
        return
    st.caption(
        "How much more the chosen recipe scores than the same recipe without, on validation "
        "items, by which it was chosen. Whiskers are 95 % intervals; a bar is hatched where "
        "its interval holds zero. Gains need not add up."
    )
    rows = told_once(attribution["rows"])
    st.plotly_chart(figures.attribution_chart(rows), config=_CHART, key="attribution")
    for row in rows:
        if row["gain"] is None:
            st.text(visible(f"{label(row)}: {row['reason']}"))


def _rivals(whole: Whole) -> None:
    if whole.summary["rows"]:
        st.subheader("What the recipes have to beat", anchor=False)
        st.caption("On search items; report items are scored once, when the search ends.")
        _rows(whole)


def _rows(whole: Whole) -> None:
    st.dataframe(
        tables.report(whole.summary, whole.search.goals),
        hide_index=True,
        column_config={"search score": _SCORE},
        placeholder="—",
    )


def _trial_by_trial(whole: Whole) -> None:
    st.subheader("The search, trial by trial", anchor=False)
    if not any(t.origin == "optimizer" for t in whole.trials):
        st.caption("No recipe has been tried yet. The first ones follow the reference models.")
        return
    running = whole.search.state == "running"
    chart = figures.score_chart(
        whole.trials,
        chosen_id=whole.search.chosen_trial_id,
        budget=whole.summary["progress"]["budget"] if running else None,
    )
    st.plotly_chart(chart, config=_CHART, key="scores")


def _genes(whole: Whole, trial: TrialRow) -> None:
    genome = trial.genome or {}
    st.subheader("Its genes", anchor=False)
    layers = _groups_named(str(gene["name"]) for gene in whole.search.genes)
    st.caption("Green: the value that was found. Grey: the bounds it was searched in." + layers)
    chart = figures.gene_chart(genome, whole.search.genes)
    st.plotly_chart(chart, config=_CHART, key="genes")
    for name, value in genome.items():
        if isinstance(value, str):
            st.text(visible(f"{name}: {value}"))


def _groups_named(names: Iterable[str]) -> str:
    """What g0, g1 ... in names of genes are; nothing where there are none."""
    found = [int(n) for name in names for n in re.findall(r"(?<=[.=+])g(\d+)(?=[.=+]|$)", name)]
    last = max(found, default=0)
    return f" g0 to g{last}: groups of layers, from the input on." if last else ""


def _ways_out(whole: Whole, number: int | None, name: str, url: str) -> None:
    st.subheader("Write the model", anchor=False)
    st.caption("From this search; from its recipe, saved as `recipe.yml`; or by mergekit.")
    folder = f"./{file_name(whole.search.name)}"
    store = None if url == queries.DEFAULT_URL else queries.shown_url(url)
    st.code(visible(commands.shown(name, number, folder, store)), language="bash", wrap_lines=True)
    st.page_link(
        "views/export.py",
        label="Download the recipe or write the model from here",
        icon=":material/download:",
        query_params={"search": whole.search.digest},
    )


def _recipe_trial(whole: Whole) -> TrialRow | None:
    """The chosen trial, or the best one so far."""
    for trial in whole.trials:
        if trial.id == whole.search.chosen_trial_id:
            return trial
    best = whole.summary["progress"]["best"]
    return None if best is None else next(t for t in whole.trials if t.number == best["trial"])
