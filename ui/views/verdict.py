"""Verdict: what came of a search, in words first and in numbers after."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from evolve import manager_words as words
from evolve.contamination import told
from evolve.pricing import money
from evolve.report import held, overfitting
from evolve.units import are_right_answers
from evolve.visible import visible
from ui import commands, figures, phases, queries, states, tables
from ui.charts.frame import CONFIG
from ui.formats import duration, plain
from ui.page import of_search
from ui.queries import Known, Store

_CAPTION = "What came of a search, held against what needs none."
_SCORE = st.column_config.NumberColumn(format="%.3f")
_REFERENCES = ("parent", "plain", "one_scale")


def _body(store: Store, known: Known) -> None:
    if known.search.verdict is None:
        _not_yet(store, known)
        _provisional(known)
        return
    _statement(known)
    _report(known)
    left, right = st.columns(2, gap="large")
    with left:
        _flattered(known)
    with right:
        _contamination(known)
        _limits(known)


def _statement(known: Known) -> None:
    """What a manager has to know: it needs nothing of what is below."""
    verdict, goals = known.search.verdict or {}, known.search.goals
    reference = _reference(known)
    better = verdict["kind"] == "improvement"
    with st.container(border=True):
        if better:
            st.badge("improvement", icon=":material/trending_up:", color="green")
        else:
            st.badge("no improvement", icon=":material/trending_flat:", color="gray")
        st.header(plain(words.headline(verdict, goals, reference)), anchor=False)
        _lines(words.gains_told(verdict, goals, reference))
        st.markdown(plain(words.meaning(verdict, goals, reference)))
        point = "A point is one question of 100. " if are_right_answers(goals) else ""
        st.caption(f"{point}Certainties hold for all of these comparisons at once.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("What to do next", anchor=False)
        _lines(words.next_steps(verdict, goals, reference))
        if better:
            st.page_link(
                "views/export.py",
                label="Take the model, or its recipe",
                icon=":material/download:",
                query_params={"search": known.search.digest},
            )
        st.page_link(
            "views/recipe.py",
            label="What the chosen recipe is made of",
            icon=":material/arrow_forward:",
            query_params={"search": known.search.digest},
        )
    with right:
        _cost(known)


def _cost(known: Known) -> None:
    now, search = known.summary["progress"], known.search
    st.subheader("What it took", anchor=False)
    cells = {
        "Recipes tried": (f"{now['trials'] + now['failed']:,}", "some may have failed"),
        "Time": (duration(search.active_s), f"{now['worker_hours']:.3g} hours of workers"),
    }
    if now["usd_spent"] is not None:
        price = f"at {money(now['usd_per_hour'])} per hour of a worker"
        cells["Cost"] = (money(now["usd_spent"]), price)
    with st.container(horizontal=True, gap="medium"):
        for label, (value, meaning) in cells.items():
            st.metric(label, plain(value), help=plain(meaning), width="content")
    ends = {
        "failed": now["failed"],
        "were judged by a part of the search items, to save time": now["pruned"],
    }
    told = ", ".join(f"{count:,} {how}" for how, count in ends.items() if count)
    if told:
        st.caption(f"{told}.")


def _report(known: Known) -> None:
    verdict, goals, rows = known.search.verdict or {}, known.search.goals, known.summary["rows"]
    st.subheader("On questions that the search never saw", anchor=False)
    st.caption(
        "Report items, used once. Whiskers are 95 % intervals; the dotted line is the chosen "
        "recipe."
    )
    st.plotly_chart(figures.task_chart(rows, goals), config=CONFIG, key="tasks")
    by_task = words.tasks_told(verdict, goals)
    if by_task:
        st.markdown("Task by task, against the best parent in each:")
        _lines(by_task)
        st.caption(
            "A model that is good at everything need not beat the specialist of a task; the "
            "verdict is on the average."
        )
    with st.expander("The same in numbers", icon=":material/table:"):
        st.markdown(plain(verdict["sentence"]))
        _rows(known, rows)
        gains = tables.gains(verdict, goals)
        if not gains.empty:
            st.caption(
                f"What the chosen recipe gains over the best of each kind; {held(verdict)}."
            )
            st.dataframe(gains, hide_index=True)


def _flattered(known: Known) -> None:
    verdict, goals = known.search.verdict or {}, known.search.goals
    st.subheader("Was it flattered by its own questions?", anchor=False)
    said = words.flattered(verdict, goals)
    if said is None:
        st.caption("This was not measured in this search.")
        return
    st.markdown(plain(said))
    st.plotly_chart(figures.gap_chart(verdict["overfitting"]), config=CONFIG, key="gap")
    for line in overfitting(verdict):
        st.caption(plain(line))


def _contamination(known: Known) -> None:
    """The hint; never silent."""
    st.subheader("Had its parents seen the questions?", anchor=False)
    warnings, rest = told(known.summary["contamination"])
    for line in warnings:
        st.warning(plain(line[:1].upper() + line[1:]), icon=":material/warning:")
    st.markdown(plain(rest))


def _limits(known: Known) -> None:
    st.subheader("What this search could not tell", anchor=False)
    probed = bool((known.summary["contamination"] or {}).get("rows"))
    _lines(words.not_told(known.search.goals, probed=probed))


def _not_yet(store: Store, known: Known) -> None:
    """What is missing, and when it comes."""
    search, now = known.search, known.summary["progress"]
    if search.state != "running":
        st.warning(
            f"This search has {plain(search.state)} before its verdict. Nothing that was "
            "recorded is lost: this command goes on where it ended.",
            icon=":material/pause_circle:",
        )
        where = None if store.url == queries.DEFAULT_URL else queries.shown_url(store.url)
        line = commands.shown_control(["resume"], search.digest[:12], where)
        st.code(visible(line), language="bash", wrap_lines=True)
        return
    st.info(
        "No verdict yet. It is given when all recipes are tried: the best of them are compared on "
        "items that they have not seen, one is chosen, and that one meets the report items, once.",
        icon=":material/hourglass_top:",
    )
    part = tables.part_done(now)
    if part is None:
        st.markdown(plain(phases.phase(known)))
    else:
        st.progress(part, text=plain(phases.phase(known)))
    st.caption(plain(phases.ending(known)))
    quiet = phases.quiet_s(known)
    if quiet is not None:
        states.silent(quiet, search.holder)


def _provisional(known: Known) -> None:
    now = known.summary["progress"]
    best = None if now["best"] is None else now["best"]["fitness"]
    st.subheader("So far, on questions that flatter", anchor=False)
    st.markdown(plain(words.provisional(best, now["trials"], known.search.goals)))
    if known.summary["rows"]:
        st.caption("The best so far and what recipes have to beat, all on search items:")
        found = [] if now["best"] is None else [_best(now["best"])]
        _rows(known, [*found, *known.summary["rows"]])


def _best(found: Mapping[str, Any]) -> dict[str, Any]:
    """The best trial so far as a row of the report. found: of `evolve.report.progress`."""
    name, fitness = f"trial {found['trial']}", found["fitness"]
    return {"name": name, "role": "best", "average": None, "search_fitness": fitness}


def _rows(known: Known, rows: Sequence[Mapping[str, Any]]) -> None:
    st.dataframe(
        tables.report({"rows": rows}, known.search.goals),
        hide_index=True,
        column_config={"search score": _SCORE},
        placeholder="—",
    )


def _lines(lines: list[str]) -> None:
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _reference(known: Known) -> str | None:
    """The origin of what was chosen, where that is no recipe of the search."""
    chosen = known.search.chosen_trial_id
    found = (t.origin for t in known.others if t.id == chosen and t.origin in _REFERENCES)
    return next(found, None)


of_search("Verdict", _CAPTION, _body, live=True)
