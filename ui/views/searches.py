"""All searches, the newest first: how far each is, what can be done with it, several compared."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from evolve.visible import visible
from ui import comparing, controls, queries, states, tables
from ui.bests import best_of
from ui.charts.compare import MOST, Over
from ui.charts.frame import CONFIG
from ui.figures import compare_chart
from ui.formats import plain
from ui.queries import Overview, Store

_COLUMNS = {
    "name": st.column_config.TextColumn("Name", width=150),
    "state": st.column_config.TextColumn("State", width=112),
    "progress": st.column_config.ProgressColumn(
        "Progress", format="percent", min_value=0, max_value=1, width="small"
    ),
    "trials": st.column_config.TextColumn(
        "Trials", help="scored or failed, of the budget", width="small"
    ),
    "best": st.column_config.TextColumn(
        "Best, 95 % interval",
        help="Of a finished search, the chosen recipe on report items, which it never saw before. "
        "Of another, its best trial on search items: it was picked for that score, so both the "
        "score and its interval flatter.",
    ),
    "on": st.column_config.TextColumn("On items", help="of which split", width="small"),
    "rate": st.column_config.NumberColumn(
        "Trials / h", format="%.0f", help="over the time that drivers spent on it"
    ),
    "spent": st.column_config.TextColumn(
        "Spent", help="time of drivers, and money where the price of a worker is known"
    ),
    "left": st.column_config.TextColumn("Left", help="if it goes on as so far"),
    "verdict": st.column_config.TextColumn(
        "Verdict", help="on items that the search never saw; only known at the end"
    ),
    "created": st.column_config.DatetimeColumn("Created", format="D MMM YYYY, HH:mm"),
}
_OVERS: dict[Over, str] = {"trials": "Trials", "hours": "Hours", "usd": "Money"}
_PICKED = "picked_searches"  # digests, in the order of the table
_MARKS = "marked_searches"
_REFRESH_S = 5


def page() -> None:
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        st.title("Searches", anchor=False)
        st.caption(
            "Each search looks for the best merge of its parents on the tasks it was given."
        )
    if right.button("New search", icon=":material/add:", width="stretch"):
        st.switch_page("views/new.py")
    live = _is_live(queries.open_store())
    st.fragment(_body, run_every=_REFRESH_S if live else None)(live)


def _is_live(store: Store) -> bool:
    return any(s.state == "running" for s in store.reader.searches()) or controls.at_work()


def _body(live: bool) -> None:
    with states.told():
        store = queries.open_store()
        if _is_live(store) != live:
            st.rerun()
            return
        overviews = _overviews(store)
        if not overviews:
            states.no_searches(queries.shown_url(store.url))
            return
        by_digest = {o.search.digest: o for o in overviews}
        picked = [by_digest[d] for d in _picked(store, overviews) if d in by_digest]
        if len(picked) == 1:
            controls.of_one(store, picked[0])
        elif picked:
            _compared(store, picked)
        else:
            st.caption(
                "Click a line to see what can be done with a search; tick several to compare them."
            )


def _overviews(store: Store) -> list[Overview]:
    """With leases and wishes as they are now: these change while a driver writes nothing."""
    now = {s.id: s for s in store.reader.searches()}
    found = queries.overviews(store)
    return [replace(o, search=now[o.search.id]) for o in found if o.search.id in now]


def _picked(store: Store, overviews: Sequence[Overview]) -> list[str]:
    """Draws the table; digests of the searches that are ticked, or of the one that is clicked."""
    bests = {o.search.id: best_of(store, o) for o in overviews}
    words = {
        number: (comparing.best_words(b), "" if b is None else b.split)
        for number, b in bests.items()
    }
    frame = tables.searches(overviews, words)
    frame["created"] = frame["created"].map(_local)
    hidden = [name for name in ("rate", "left", "best", "verdict") if frame[name].isna().all()]
    digests = [o.search.digest for o in overviews]
    # A selection is of line numbers: where there are other searches, they mean others.
    before = st.session_state.get(_PICKED, [])
    rows = [digests.index(d) for d in before if d in digests]
    found = st.dataframe(
        frame.drop(columns=hidden),
        hide_index=True,
        column_config=_COLUMNS,
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        selection_default={"selection": {"rows": rows}} if rows else None,
        placeholder="—",
        row_height=40,
        key=f"searches_{len(digests)}_{digests[0]}",
    )
    ticked = [digests[row] for row in sorted(found["selection"]["rows"])]
    clicked = [digests[row] for row, _ in found["selection"]["cells"]]
    picked = _latest(ticked, clicked, st.session_state.get(_MARKS), before)
    st.session_state[_MARKS], st.session_state[_PICKED] = (ticked, clicked), picked
    return picked


def _latest(ticked: list[str], clicked: list[str], marks: Any, before: Sequence[str]) -> list[str]:
    """Ticks and the click live side by side in a table; what was done last counts. marks: (ticked,
    clicked) as they were, before: what was picked then.
    """
    if marks == (ticked, clicked):
        return list(before)
    if clicked and (marks is None or clicked != marks[1]):
        return clicked
    return ticked or clicked


def _compared(store: Store, picked: Sequence[Overview]) -> None:
    st.subheader(f"{len(picked)} searches side by side", anchor=False)
    names = _names(picked)
    lines = [
        (name, o.search, o.progress, best_of(store, o))
        for name, o in zip(names, picked, strict=True)
    ]
    st.dataframe(comparing.side_by_side(lines), hide_index=True, placeholder="—")
    if len({(o.search.goals, str(o.search.config.get("splits"))) for o in picked}) > 1:
        st.info(
            "These searches have other tasks, weights or numbers of items: their scores do not "
            "mean the same.",
            icon=":material/balance:",
        )
    courses = [
        comparing.course(
            o.search,
            queries.known(store, o.search).trials,
            name,
            o.progress["usd_per_hour"],
        )
        for name, o in zip(names[:MOST], picked, strict=False)
    ]
    priced = [c for c in courses if c.usd is not None]
    overs: list[Over] = [over for over in _OVERS if over != "usd" or priced]
    over = st.segmented_control(
        "Best so far over",
        overs,
        default="trials",
        required=True,
        format_func=lambda o: _OVERS[o],
        key="compare_over",
    )
    if not any(len(c.score) for c in courses):
        st.info(
            "None of them has a trial that was scored in full yet; the curves begin with it.",
            icon=":material/hourglass_empty:",
        )
        return
    st.plotly_chart(compare_chart(courses, over or "trials"), config=CONFIG, key="compare")
    for line in _left_out(len(picked), courses, over or "trials"):
        st.caption(line)


def _left_out(count: int, courses: Sequence[comparing.Course], over: Over) -> list[str]:
    found = []
    if count > MOST:
        found.append(f"The curves are of the first {MOST}.")
    if over == "usd" and (free := [c.name for c in courses if c.usd is None]):
        names = ", ".join(plain(name) for name in free)
        found.append(f"What a worker costs is not known for {names}.")
    if over == "hours":
        found.append("Times when nobody drove a search are taken out, as far as they are known.")
    return found


def _names(picked: Sequence[Overview]) -> list[str]:
    """With the digest where two have the same name."""
    names = [visible(o.search.name) for o in picked]
    return [
        name if names.count(name) == 1 else f"{name} ({o.search.digest[:6]})"
        for name, o in zip(names, picked, strict=True)
    ]


def _local(moment: pd.Timestamp) -> pd.Timestamp:
    """The wall clock of whoever looks, without a zone."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return moment.astimezone(zone).replace(tzinfo=None)


page()
