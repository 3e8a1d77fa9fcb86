"""All searches, the newest first; a click opens one."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from ui import queries, states, tables

_COLUMNS = {
    "name": st.column_config.TextColumn("Name", width="medium"),
    "state": st.column_config.TextColumn("State", width="small"),
    "progress": st.column_config.ProgressColumn(
        "Progress", format="percent", min_value=0, max_value=1, width="small"
    ),
    "trials": st.column_config.TextColumn(
        "Trials", help="scored or failed, of the budget", width="small"
    ),
    "best": st.column_config.NumberColumn(
        "Best search score",
        format="%.3f",
        help="the best trial on the items that guide the search; optimistic by nature",
    ),
    "verdict": st.column_config.TextColumn(
        "Verdict",
        width="medium",
        help="on items that the search never saw; only known at the end",
    ),
    "created": st.column_config.DatetimeColumn("Created", format="D MMM YYYY, HH:mm"),
}


def page() -> None:
    st.title("Searches", anchor=False)
    st.caption("Each search looks for the best merge of its parents on the tasks it was given.")
    store = queries.open_store()
    running = any(s.state == "running" for s in store.reader.searches())
    st.fragment(_table, run_every=5 if running else None)()


def _table() -> None:
    with states.told():
        store = queries.open_store()
        overviews = queries.overviews(store)
        if not overviews:
            states.no_searches(queries.shown_url(store.url))
            return
        frame = tables.searches(overviews)
        frame["created"] = frame["created"].map(_local)
        picked = st.dataframe(
            frame,
            hide_index=True,
            column_config=_COLUMNS,
            on_select="rerun",
            selection_mode=["single-row", "single-cell"],
            placeholder="—",
            row_height=40,
            key="searches",
        )
        st.caption("Click a line to open its search.")
        selection = picked["selection"]
        rows = [*selection["rows"], *(row for row, _ in selection["cells"])]
        if rows:
            search = overviews[rows[0]].search
            st.switch_page("views/search.py", query_params={"search": search.digest})


def _local(moment: pd.Timestamp) -> pd.Timestamp:
    """The wall clock of whoever looks, without a zone."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return moment.astimezone(zone).replace(tzinfo=None)


page()
