"""A new search: from a form, a file or an example; checked, then started here or on a cluster."""

import shlex
from pathlib import Path

import streamlit as st

from evolve.config import absolute_store
from evolve.store import SearchRow
from evolve.visible import visible
from search_spaces.errors import EvolveError
from ui import checking, controls, detached, gate, queries, states
from ui.checking import Checked, RefusedError
from ui.detached import Started
from ui.formats import plain
from ui.new_sources import SAID, TEXT, sources
from ui.plan_words import plan_words

_CHECKED, _STARTED = "new_checked", "new_started"
_DASHBOARD = "http://127.0.0.1:8265"
_LOOK_S = 2.0
_CODE = "<style>.st-key-new_text textarea { font-family: monospace; }</style>"
_HERE, _RAY = "This machine", "A Ray cluster"


def page() -> None:
    st.title("New search", anchor=False)
    st.caption(
        "Say what may be merged and on what it is judged. The form writes a search file; a file "
        "of your own can be changed here before it is checked and started."
    )
    st.session_state.setdefault(TEXT, "")
    left, right = st.columns(2, gap="large")
    with left:
        sources()
    with right:
        _file()


def _file() -> None:
    st.html(_CODE)
    if st.session_state.get(SAID):
        st.error(plain(st.session_state[SAID]), icon=":material/error:")
    text: str = st.text_area(
        "Search file",
        key=TEXT,
        height=420,
        placeholder="The form writes it; or paste one here.",
    )
    if not text.strip():
        st.caption("Once there is a text, it can be checked here, and started.")
        return
    name = st.text_input("File name", "search.yaml", key="new_name")
    if gate.is_shared():
        _to_take_along(text, name)
        return
    folder = st.text_input(
        "Folder",
        str(Path.cwd()),
        key="new_folder",
        help="relative paths in the file count from it",
    )
    if st.button("Check", icon=":material/fact_check:", key="new_check"):
        with st.spinner("Checking: models, tokenizers and tasks are opened ..."):
            st.session_state[_CHECKED] = checking.check(text, folder, queries.store_url())
    checked: Checked | None = st.session_state.get(_CHECKED)
    fits = checked is not None and (checked.text, checked.folder) == (text, folder)
    if checked is None or not fits:
        st.caption("Check it first: nothing is started before its models and tasks are opened.")
    else:
        _told(checked)
    _start(checked if fits else None, name)


def _told(checked: Checked) -> None:
    if checked.plan is None:
        count = len(checked.problems)
        st.error(
            "It cannot be started yet:"
            if count == 1
            else f"{count} problems, to be mended above:",
            icon=":material/error:",
        )
        for problem in checked.problems:
            st.markdown(f"- {plain(problem)}")
        return
    st.success("It can be started. What it would do:", icon=":material/check:")
    for what, words in plan_words(checked.plan):
        st.markdown(f"- {plain(f'{what}: {words}.')}")
    for remark in checked.plan["remarks"]:
        st.caption(plain(remark))
    own, here = checked.plan["config"]["store"], queries.store_url()
    if own != queries.shown_url(absolute_store(here, Path.cwd())):
        st.warning(
            plain(
                f"This file names a database of its own, {own}; these pages show another one, so "
                "the search will not appear on them. Leave `store:` out and it does."
            ),
            icon=":material/database:",
        )


def _start(checked: Checked | None, name: str) -> None:
    where = st.segmented_control(
        "Where it runs", [_HERE, _RAY], default=_HERE, required=True, key="new_where"
    )
    address = None
    if where == _RAY:
        address = st.text_input(
            "Address of the cluster's dashboard", _DASHBOARD, key="new_address"
        ).strip()
    started: Started | None = st.session_state.get(_STARTED)
    runs = started is not None and detached.exit_code(started) is None
    ready = checked is not None and checked.plan is not None and not (runs and address is None)
    pressed = st.button(
        "Start", type="primary", icon=":material/play_arrow:", disabled=not ready, key="new_start"
    )
    if pressed and checked is not None:
        try:
            file = checking.save(checked.text, checked.folder, name.strip())
            st.session_state[_STARTED] = checking.launch(file, queries.store_url(), address)
            st.session_state["new_digest"] = (checked.plan or {})["search"]["digest"]
        except RefusedError as error:
            st.error(plain(str(error)), icon=":material/error:")
    if st.session_state.get(_STARTED) is not None:
        _follow(st.session_state[_STARTED], st.session_state["new_digest"])


def _follow(started: Started, digest: str) -> None:
    """From the start until the search is in the database, and a link to it."""
    there = detached.exit_code(started) is not None or _search(digest, started) is not None
    st.fragment(_following, run_every=None if there else _LOOK_S)(started, digest, there)


def _following(started: Started, digest: str, there: bool) -> None:
    with states.told():
        search = _search(digest, started)
        code = detached.exit_code(started)
        if not there and (search is not None or code is not None):
            st.rerun()
            return
        if search is not None:
            words = "runs" if search.state == "running" else f"is {search.state}"
            st.success(plain(f"Search '{search.name}' {words}."), icon=":material/check:")
            if st.button("Open live", icon=":material/open_in_new:", key="new_open"):
                st.switch_page("views/live.py", query_params={"search": digest})
        elif code is None:
            st.info(
                "Starting: workers open the models. The search appears within a minute or so.",
                icon=":material/hourglass_top:",
            )
        elif code == 0:
            st.success("It is handed over; this is what was said:", icon=":material/check:")
            st.code(visible(detached.tail(started)), language=None, wrap_lines=True)
        controls.panel(started, search)


def _search(digest: str, started: Started) -> SearchRow | None:
    """In the pages' database, once a driver has taken it up since."""
    try:
        found = queries.open_store().reader.search(digest)
    except EvolveError:  # no database yet: this search makes it
        return None
    return None if found is None or found.updated_at < started.when else found


def _to_take_along(text: str, name: str) -> None:
    """Visitors of shared pages start nothing on the machine that shows them."""
    st.download_button(
        "Download the search file",
        text,
        file_name=name,
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption("Check it, then start it, in a terminal:")
    lines = [["evolve", "plan", name], ["evolve", "launch", name, "--on", "local"]]
    st.code(
        visible("\n".join(shlex.join(line) for line in lines)), language="bash", wrap_lines=True
    )


page()
