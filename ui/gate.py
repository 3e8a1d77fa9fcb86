"""Before any page: pages that only this machine can reach are open; shared ones want a log-in, and
show nothing to whoever is not on the list.
"""

import os
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit import config

from evolve.visitors import allow_list, is_loopback, may_enter
from search_spaces.errors import ConfigError
from ui.formats import plain

ALLOW = "EVOLVE_UI_ALLOW"  # set, even if empty: the pages are shared
_OF_ALL = frozenset({"client_id", "client_secret", "server_metadata_url", "client_kwargs"})


def is_shared() -> bool:
    """Can others reach the pages, as far as can be known here? Also if somebody started Streamlit
    by hand, and behind a proxy where there is an allow list.
    """
    return ALLOW in os.environ or not is_loopback(config.get_option("server.address"))


def enter() -> bool:
    """May this visitor see the pages? Draws the log-in or the refusal otherwise."""
    if not is_shared():
        return True
    user: Mapping[str, Any] = st.user.to_dict()
    if "is_logged_in" not in user or not (user["is_logged_in"] or _providers()):
        _no_login()
        return False
    if not user["is_logged_in"]:
        _log_in()
        return False
    try:
        entered = may_enter(user, allow_list([os.environ.get(ALLOW, "")]))
    except ConfigError:
        entered = False
    if not entered:
        _refused(user)
    return entered


def log_out_button() -> None:
    """Who is logged in, and the way out; nothing where there is no log-in."""
    if is_shared():
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.caption(plain(str(st.user.to_dict().get("email", ""))), width="content")
            st.button("Log out", on_click=st.logout, type="tertiary", key="log_out")


def _log_in() -> None:
    st.title("Evolve", anchor=False)
    st.write("These pages are shared. Log in to see them.")
    for name in _providers():
        label = "Log in" if name is None else f"Log in with {plain(name)}"
        st.button(label, type="primary", icon=":material/login:", on_click=_go, args=(name,))


def _go(name: str | None) -> None:
    st.login() if name is None else st.login(name)


def _refused(user: Mapping[str, Any]) -> None:
    st.title("No access", anchor=False)
    shown = plain(str(user.get("email") or "Somebody without an e-mail address")[:100])
    st.warning(
        f"{shown} is not on the list of those who may see these pages.", icon=":material/lock:"
    )
    st.write("Ask whoever runs them to add you, or log in as somebody else.")
    st.button("Log out", on_click=st.logout, icon=":material/logout:", key="log_out")


def _no_login() -> None:
    st.title("No access", anchor=False)
    st.warning(
        "These pages can be reached by other machines, and no log-in is set up for them.",
        icon=":material/lock:",
    )
    st.write("Whoever runs them starts them with `evolve ui`, which says what is needed.")


def _providers() -> list[str | None]:
    """Names of the configured log-ins; None for the one without a name."""
    found: Any = st.secrets.get("auth", {}) if st.secrets.load_if_toml_exists() else {}
    named = [k for k, v in found.items() if k not in _OF_ALL and isinstance(v, Mapping)]
    return ([None] if "client_id" in found else []) + named
