"""One search: how far it is, what it found, and how to get the model."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from evolve.contamination import told
from evolve.pricing import money
from evolve.report import overfitting
from evolve.store import SearchRow
from ui import queries, search_tabs, states, tables
from ui.choosing import choose_search
from ui.formats import duration, plain, score
from ui.queries import Store, Whole

# A driver is silent after three minutes, or after the time of three trials where these are longer.
_SILENT_S = 180
_BADGES: dict[str, tuple[str, Any]] = {
    "running": (":material/play_arrow:", "blue"),
    "finished": (":material/check:", "green"),
    "stopped": (":material/pause:", "orange"),
    "failed": (":material/error:", "red"),
}


def page() -> None:
    store = queries.open_store()
    searches = store.reader.searches()
    if not searches:
        st.title("Search", anchor=False)
        states.no_searches(queries.shown_url(store.url))
        return
    search = choose_search(store, searches)
    live = search.state == "running"
    st.fragment(_body, run_every=2 if live else None)(search.digest, live)


def _body(digest: str, live: bool) -> None:
    with states.told():
        store = queries.open_store()
        search = store.reader.search(digest)
        if search is None or (search.state == "running") != live:
            st.rerun()
            return
        whole = queries.whole(store, search)
        _header(search)
        _metrics(whole)
        _verdict(whole)
        _contamination(whole)
        results, trials, recipe = st.tabs(["Scores", "Trials", "Recipe"])
        with results:
            search_tabs.scores(whole)
        with trials:
            search_tabs.trials(whole)
        with recipe:
            search_tabs.recipe(whole, _command_name(store, search), store.url)


def _command_name(store: Store, search: SearchRow) -> str:
    """How a command names the search: by its digest where a newer one has the same name."""
    newest = store.reader.find(search.name)
    return search.name if newest.digest == search.digest else search.digest[:12]


def _header(search: SearchRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(search.name), anchor=False, width="content")
        icon, colour = _BADGES.get(search.state, (":material/help:", "gray"))
        st.badge(plain(search.state), icon=icon, color=colour)
    tasks = ", ".join(tables.goal_label(g) for g in search.goals)
    st.caption(plain(f"{tasks}; {len(search.genes)} genes; digest {search.digest[:12]}"))


def _metrics(whole: Whole) -> None:
    now, running = whole.summary["progress"], whole.search.state == "running"
    rate = now["trials_per_hour"]
    cells = {
        "Trials": (
            tables.trials_of(now),
            "recipes that were tried, of the budget if any",
        ),
        "Stopped early": (
            now["pruned"],
            "trials that were clearly worse than the best ones; "
            f"{_share(now)} of all search items were scored",
        ),
        "Failed": (now["failed"], "trials without a score; the tab Trials has the reasons"),
        "Best search score": (
            score(now["best"] and now["best"]["fitness"]),
            "of a single trial that was scored in full, on the items that guide the search; it "
            "flatters",
        ),
        "Trials per hour": ("—" if rate is None else f"{rate:,.0f}", None),
        "Time left" if running else "Time spent": (
            duration(now["seconds_left"] if running else whole.search.active_s),
            None,
        ),
    }
    cells |= _cost(now)
    with st.container(horizontal=True, gap="medium"):
        for label, (value, meaning) in cells.items():
            st.metric(label, value, help=meaning, width="content")
    if running:
        part = tables.part_done(now)
        if part is None:
            st.caption(f"{_phase(whole)}. The search goes on until it is stopped.")
        else:
            st.progress(part, text=_phase(whole))
        quiet = queries.silent_s(whole.search)
        if quiet > max(_SILENT_S, 3 * 3600 / rate if rate else 0.0):
            states.silent(quiet, whole.search.holder)


def _cost(now: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Spent, projected and per trial; nothing where the price of a worker is not known."""
    spent, left, each = now["usd_spent"], now["usd_left"], now["usd_per_trial"]
    if spent is None:
        return {}
    whole = f" of about {money(now['usd_projected'])}" if left else ""
    trial = "" if each is None else f"; {money(each)} per trial"
    hours, price = now["worker_hours"], now["usd_per_hour"]
    meaning = f"{hours:.3g} hours of workers at {money(price)}{trial}"
    return {"Cost": (plain(f"{money(spent)}{whole}"), plain(meaning))}


def _share(now: Mapping[str, Any]) -> str:
    return f"{now['items_spent'] / now['items_full']:.0%}" if now["items_full"] else "none"


def _phase(whole: Whole) -> str:
    """What a running search is doing, in words."""
    aside = ("optimizer", "mean", "ablation")
    references = [t for t in whole.trials if t.origin not in aside]
    mine = [t for t in whole.trials if t.origin == "optimizer"]
    if not whole.trials:
        return "Starting: the parents are being opened"
    if not mine:
        scored = sum(t.state == "done" for t in references)
        return f"Scoring what recipes have to beat first: {scored} of {len(references)}"
    ablations = [t for t in whole.trials if t.origin == "ablation"]
    if ablations and whole.search.attribution is None:
        scored = sum(t.state != "asked" for t in ablations)
        return f"Without each parent and gene in turn: {scored} of {len(ablations)}"
    if whole.search.chosen_trial_id is not None:
        return "The chosen recipe meets the report items, which the search never saw"
    ended = sum(t.state != "asked" for t in mine)
    budget = whole.summary["progress"]["budget"]
    if budget is None or ended < budget:
        return f"Trying recipes: {ended} ended, {len(mine) - ended} being scored"
    return "All recipes are tried; the best ones are compared on items they have not seen"


def _verdict(whole: Whole) -> None:
    verdict = whole.search.verdict
    if verdict is not None:
        show = st.success if verdict["kind"] == "improvement" else st.info
        icon = "trending_up" if verdict["kind"] == "improvement" else "trending_flat"
        show(plain(verdict["sentence"]), icon=f":material/{icon}:")
        for line in overfitting(verdict):
            st.caption(plain(line))
    elif whole.search.state in ("stopped", "failed"):
        st.warning(
            f"This search has {whole.search.state} before its verdict. The same `evolve run` "
            "command goes on where it ended; nothing that was recorded is lost.",
            icon=":material/pause_circle:",
        )


def _contamination(whole: Whole) -> None:
    """The hint, once there is a verdict; never silent."""
    if whole.search.verdict is None and whole.summary["contamination"] is None:
        return
    warnings, rest = told(whole.summary["contamination"])
    for line in warnings:
        st.warning(plain(line[:1].upper() + line[1:]), icon=":material/warning:")
    st.caption(plain(rest))


page()
