"""The frame of a page about one search: its title, the choice of the search, what is said where
there is none, and how it is kept up to date while the search runs.
"""

from collections.abc import Callable

import streamlit as st

from evolve.visible import visible
from ui import queries, states
from ui.choosing import choose_search
from ui.queries import Known, Store

REFRESH_S = 2.0
REST_S = 6.0


def of_search(
    title: str,
    caption: str,
    body: Callable[[Store, Known], None],
    *,
    controls: Callable[[Store, Known], None] = lambda store, known: None,
    rest: Callable[[Store, Known], None] | None = None,
    live: bool = False,
) -> None:
    """Draws a page. body: below the title; live: drawn again every 2 s while the search runs, as a
    fragment, so that nothing else on the page moves; controls: above it, never redrawn by that;
    rest: below it, drawn again every 6 s.
    """
    store = queries.open_store()
    searches = store.reader.searches()
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        st.title(title, anchor=False)
        st.caption(caption)
    if not searches:
        states.no_searches(queries.shown_url(store.url))
        return
    with right:
        search = choose_search(store, searches)
    running = live and search.state == "running"
    controls(store, queries.known(store, search))
    for part, every_s in ((body, REFRESH_S), (rest, REST_S)):
        if part is not None:
            st.fragment(_body, run_every=every_s if running else None)(
                search.digest, running, part
            )


def _body(digest: str, running: bool, body: Callable[[Store, Known], None]) -> None:
    with states.told():
        store = queries.open_store()
        search = store.reader.search(digest)
        if search is None or (running and search.state != "running"):
            st.rerun()
            return
        body(store, queries.known(store, search))


def badge(known: Known) -> None:
    """The state of a search, in a word and a colour."""
    icon, colour = states.BADGES.get(known.search.state, (":material/help:", "gray"))
    st.badge(visible(known.search.state), icon=icon, color=colour)  # type: ignore[arg-type]
