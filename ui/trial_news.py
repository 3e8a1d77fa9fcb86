"""What is new since the page Trials was drawn: offered, because a page that is filtered should not
move by itself.
"""

import streamlit as st

from ui import queries
from ui.queries import Known


def offered(digest: str, before: int) -> None:
    """A button to draw the page anew, once a trial has ended. before: how many had ended."""
    store = queries.open_store()
    search = store.reader.search(digest)
    more = 0 if search is None else ended(queries.known(store, search)) - before
    if more > 0:
        label = f"{more:,} trial{'' if more == 1 else 's'} ended since: draw anew"
        if st.button(label, icon=":material/refresh:", type="tertiary", key="news"):
            st.rerun()


def ended(known: Known) -> int:
    """How many trials have ended."""
    return len(known.trials) - len(known.trials.open)
