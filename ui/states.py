"""What is said instead of a page: no database, no search, a silent driver, something broken."""

import sys
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from evolve.masking import masked
from evolve.masking import told as told_plainly
from search_spaces.errors import EvolveError
from ui.formats import duration, plain

BADGES = {
    "running": (":material/play_arrow:", "blue"),
    "finished": (":material/check:", "green"),
    "stopped": (":material/pause:", "orange"),
    "failed": (":material/error:", "red"),
}
_FIRST_SEARCH = """\
evolve demo                # a small search that brings its own models and tasks
evolve run search.yaml     # or one of your own"""


broken: deque[Exception] = deque(maxlen=20)  # what pages met that is their own fault


@contextmanager
def told() -> Iterator[None]:
    """Errors become a sentence on the page instead of a traceback, which goes to the terminal."""
    try:
        yield
    except EvolveError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except SQLAlchemyError as error:
        st.error(
            "The database cannot be read at the moment. The page tries again when it is reloaded.",
            icon=":material/error:",
        )
        said = told_plainly(str(getattr(error, "orig", None) or error))
        st.code(said, language=None, wrap_lines=True)
    except Exception as error:
        broken.append(error)
        print(masked("".join(traceback.format_exception(error))), file=sys.stderr)
        st.error(
            f"This page met an error of its own ({type(error).__name__}); the search is not "
            "touched by it. The terminal of `evolve ui` has the details, which we would like to "
            "hear of. Other pages go on.",
            icon=":material/bug_report:",
        )


def no_store(error: EvolveError, url: str) -> None:
    """url: without its password."""
    st.title("No searches to show yet", anchor=False)
    st.warning(plain(str(error)), icon=":material/database_off:")
    _first_from_here()
    st.write("Or a first search in a terminal:")
    st.code(_FIRST_SEARCH, language="bash")
    st.write("The database of these pages; the environment variable `EVOLVE_STORE` names another:")
    st.code(url, language=None)
    st.button("Look again", icon=":material/refresh:")


def no_searches(url: str) -> None:
    """The database is there, and empty. url: without its password."""
    st.info("This database holds no search yet.", icon=":material/inbox:")
    _first_from_here()
    st.write("Or start one in a terminal; it appears here as soon as it runs:")
    st.code(_FIRST_SEARCH, language="bash")
    st.caption(f"Database: {plain(url)}")
    st.button("Look again", icon=":material/refresh:")


def _first_from_here() -> None:
    st.page_link("views/new.py", label="Make a first search here", icon=":material/add:")


def silent(seconds: float, holder: str | None) -> None:
    """A search that is said to run, but whose driver has not written for long."""
    who = f" (process {plain(holder.partition('/')[0])})" if holder else ""
    st.warning(
        f"No news for {duration(seconds)}. Its driver{who} may have ended; Resume on the page "
        "Searches, or `evolve resume`, goes on where it stopped, and no trial is lost.",
        icon=":material/hourglass_disabled:",
    )
