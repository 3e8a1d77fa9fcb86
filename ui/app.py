"""The pages of Evolve: `streamlit run ui/app.py`. EVOLVE_STORE names the database."""

from pathlib import Path

import streamlit as st

from search_spaces.errors import EvolveError
from ui import gate, queries, states

# A file, and no icons on the pages: Streamlit fetches named icons from the internet as favicons.
_ICON = Path(__file__).parent / "icon.svg"

st.set_page_config(page_title="Evolve", page_icon=_ICON, layout="wide")
# Streamlit leaves a hand's breadth above the title.
st.html("<style>[data-testid='stMainBlockContainer'] {padding-top: 4.5rem}</style>")

entered = gate.enter()
page = st.navigation(
    [
        st.Page("views/searches.py", title="Searches", url_path="searches", default=True),
        st.Page("views/new.py", title="New search", url_path="new"),
        st.Page("views/live.py", title="Live", url_path="live"),
        st.Page("views/trials.py", title="Trials", url_path="trials"),
        st.Page("views/tree.py", title="Family tree", url_path="tree"),
        st.Page("views/recipe.py", title="Recipe", url_path="recipe"),
        st.Page("views/verdict.py", title="Verdict", url_path="verdict"),
        st.Page("views/export.py", title="Export", url_path="export"),
    ],
    position="top" if entered else "hidden",
)
if not entered:
    st.stop()

try:
    queries.open_store()
except EvolveError as error:
    if page.url_path == "new":  # which makes the first search of a database that is to come
        with states.told():
            page.run()
        st.stop()
    states.no_store(error, queries.shown_url(queries.store_url()))
    st.stop()
with states.told():
    page.run()
gate.log_out_button()
