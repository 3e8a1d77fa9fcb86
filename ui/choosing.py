"""Which search a page is about: the one in the address (?search=), or the one that is picked."""

import streamlit as st

from evolve.store import SearchRow
from evolve.visible import visible
from search_spaces.errors import ConfigError
from ui.formats import plain
from ui.queries import Store

_PARAMETER = "search"
_WIDGET = "chosen_search"
_LAST = "last_search"


def choose_search(store: Store, searches: list[SearchRow]) -> SearchRow:
    """A select box over all searches, in step with the page's address.

    searches: at least one, the newest first; shown where the address names none that exists.
    """
    by_digest = {s.digest: s for s in searches}
    wanted = st.query_params.get(_PARAMETER) or st.session_state.get(_LAST)
    digest = _resolved(store, wanted) if wanted else None
    st.session_state[_WIDGET] = digest if digest in by_digest else searches[0].digest
    picked: str = st.selectbox(
        "Search",
        list(by_digest),
        key=_WIDGET,
        format_func=lambda d: f"{visible(by_digest[d].name)}  ·  {by_digest[d].state}  ·  {d[:8]}",
        on_change=_to_address,
    )
    _remember(picked)
    return by_digest[picked]


def _resolved(store: Store, wanted: str) -> str | None:
    try:
        return store.reader.find(wanted).digest
    except ConfigError as error:
        st.warning(plain(str(error)), icon=":material/link_off:")
        return None


def _to_address() -> None:
    _remember(st.session_state[_WIDGET])


def _remember(digest: str) -> None:
    st.session_state[_LAST] = digest
    if st.query_params.get(_PARAMETER) != digest:
        st.query_params[_PARAMETER] = digest
