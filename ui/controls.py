"""What can be done with one search from the pages: open, pause, stop, go on; and what a command
that a page started has to say.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from evolve.store import SearchRow
from evolve.store.lease import is_gone
from evolve.visible import visible
from ui import commands, detached, gate, queries, states
from ui.detached import Started
from ui.formats import file_name, plain
from ui.queries import Overview, Store

_SAID = "control_said"  # digest -> (exit code, words) of the last command
_STARTED = "control_started"  # digest -> Started
_CHOOSE = (
    "No more trials are asked: the best ones so far meet validation and report items, and the "
    "search ends with its verdict. It cannot go on afterwards."
)


def at_work() -> bool:
    """Does a command run that this visitor started here?"""
    found: dict[str, Started] = st.session_state.get(_STARTED, {})
    return any(detached.exit_code(one) is None for one in found.values())


def of_one(store: Store, overview: Overview) -> None:
    """The buttons of one search, or the command lines where the pages are shared."""
    search = overview.search
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(search.name), anchor=False, width="content")
        icon, colour = states.BADGES.get(search.state, (":material/help:", "gray"))
        st.badge(visible(search.state), icon=icon, color=colour)  # type: ignore[arg-type]
        where, label = _opens(search)
        if st.button(label, type="primary", icon=":material/open_in_new:", key="open_search"):
            st.switch_page(where, query_params={"search": search.digest})
        if not gate.is_shared():
            _buttons(store, overview)
    if gate.is_shared():
        _to_copy(store, search)
        return
    _said(search)
    panel(st.session_state.get(_STARTED, {}).get(search.digest), search)


def panel(started: Started | None, search: SearchRow | None) -> None:
    """What a command that was started has come to: its log, and how it ended."""
    if started is None:
        return
    code = detached.exit_code(started)
    said = visible(detached.tail(started))
    if code is None:
        with st.expander("Output of the command that drives it", icon=":material/terminal:"):
            st.code(said or "(nothing yet)", language=None, wrap_lines=True)
            st.caption(f"In full: {plain(str(started.log))}")
        return
    if code and (search is None or search.updated_at < started.when):
        st.error("It ended at once:", icon=":material/error:")
        st.code(said or "(it said nothing)", language=None, wrap_lines=True)
    elif code:
        st.error(
            f"The command that drove it ended with exit code {code}:", icon=":material/error:"
        )
        st.code(said, language=None, wrap_lines=True)
    st.caption(f"Output: {plain(str(started.log))}")


def _opens(search: SearchRow) -> tuple[str, str]:
    """(page, label)"""
    if search.state == "finished":
        return "views/verdict.py", "Open the verdict"
    if search.state == "running":
        return "views/live.py", "Open live"
    return "views/trials.py", "Open its trials"


def _buttons(store: Store, overview: Overview) -> None:
    search = overview.search
    if search.state == "finished":
        return
    scored = overview.progress["trials"] > 0
    if search.state == "running" and _is_driven(search):
        st.button(
            "Pause",
            icon=":material/pause:",
            disabled=search.wish is not None,
            on_click=_ask,
            args=(store.url, "pause", search.digest),
            key="pause_search",
        )
        _confirmed(
            "Stop and choose",
            disabled=search.wish is not None or not scored or search.chosen_trial_id is not None,
            act=_ask,
            args=(store.url, "stop", search.digest),
        )
        return
    st.button(
        "Resume",
        icon=":material/play_arrow:",
        on_click=_resume,
        args=(store.url, search),
        disabled=_starting(search),
        key="resume_search",
    )
    _confirmed(
        "Choose from what there is",
        disabled=not scored or _starting(search),
        act=_resume,
        args=(store.url, search, "--finish"),
    )


def _is_driven(search: SearchRow) -> bool:
    """Does its driver hold a lease that has not run out, and is not known to be gone?"""
    if search.holder is not None and is_gone(search.holder):
        return False
    return search.lease_until is None or search.lease_until > datetime.now(UTC)


def _starting(search: SearchRow) -> bool:
    """Is a command on its way that was started here?"""
    started = st.session_state.get(_STARTED, {}).get(search.digest)
    return started is not None and detached.exit_code(started) is None


def _confirmed(label: str, *, disabled: bool, act: Any, args: tuple[Any, ...]) -> None:
    with st.popover(label, icon=":material/stop:", disabled=disabled):
        st.write(_CHOOSE)
        st.button("Yes, choose now", type="primary", on_click=act, args=args, key="stop_search")


def _ask(url: str, verb: str, digest: str) -> None:
    st.session_state[_SAID] = {digest: commands.asked(url, verb, digest)}


def _resume(url: str, search: SearchRow, *more: str) -> None:
    """Starts a driver that outlives these pages."""
    argv = commands.control_argv(
        sys.executable, url, "resume", search.digest, "--on", "local", *more
    )
    log = Path.cwd() / "logs" / f"{file_name(search.name)[:60]}-{search.digest[:8]}.log"
    try:
        started = detached.start(argv, commands.environ_of(url), log)
    except OSError as error:
        st.session_state[_SAID] = {search.digest: (1, f"{log}: {error.strerror}")}
        return
    st.session_state.setdefault(_STARTED, {})[search.digest] = started
    st.session_state.pop(_SAID, None)


def _said(search: SearchRow) -> None:
    """What the last command answered, a wish that waits, or a driver that is silent."""
    code, words = st.session_state.get(_SAID, {}).get(search.digest, (0, ""))
    if code:
        st.error(plain(words), icon=":material/error:")
    elif words and search.wish is None:  # what was asked is done, or there was nothing to do
        st.info(plain(words), icon=":material/info:")
    if search.state != "running":
        return
    if not _is_driven(search):
        states.silent(queries.silent_s(search), search.holder)
    elif search.wish == "pause":
        st.info(
            "Its driver is asked to pause. It looks every few seconds, and stops at a moment when "
            "nothing is half done.",
            icon=":material/pause_circle:",
        )
    elif search.wish == "stop":
        st.info(
            "Its driver is asked for no more trials: those that are being scored end, then it "
            "chooses and reports.",
            icon=":material/flag:",
        )


def _to_copy(store: Store, search: SearchRow) -> None:
    """Visitors of shared pages start nothing on the machine that shows them."""
    if search.state == "finished":
        return
    running = search.state == "running" and _is_driven(search)
    verbs = ["pause", "stop"] if running else ["resume", "resume --finish"]
    url = None if store.url == queries.DEFAULT_URL else queries.shown_url(store.url)
    st.caption("Pause, stop or go on with it in a terminal:")
    lines = commands.shown_control(verbs, search.digest[:12], url)
    st.code(lines, language="bash", wrap_lines=True)
