"""The Pareto front of a search with several objectives, on the page Trials."""

import numpy as np
import streamlit as st

from evolve.objective_words import heading
from evolve.visible import visible
from ui import figures, tables
from ui.charts.frame import CONFIG
from ui.charts.sample import thinned
from ui.columns import ORIGINS
from ui.filter_bar import Passing
from ui.queries import Known, Store
from ui.trial_table import rows_of

_DOMINATED = 1000
_SCORE = st.column_config.NumberColumn(format="%.3f")


def front(store: Store, known: Known, passing: Passing) -> None:
    """The Pareto front of two objectives, and all of its points as a table."""
    found = known.summary["front"]
    names, trials = found["objectives"], known.trials
    left, middle, right = st.columns(3)
    places = list(range(len(names)))
    digest = known.search.digest

    def told(place: int) -> str:
        return visible(heading(names[place]))

    across = left.selectbox("Across", places, 0, format_func=told, key=f"front x {digest}")
    up = middle.selectbox("Up", places, 1, format_func=told, key=f"front y {digest}")
    others = [place for place in places if place not in (across, up)]
    shade = right.selectbox(
        "Colour", others, None, format_func=told, placeholder="none", key=f"front c {digest}"
    )
    numbers = set(trials.number[passing.positions].tolist())
    kept = found | {"rows": [row for row in found["rows"] if row["trial"] in numbers]}
    done = trials.where(states=("done",), origins=ORIGINS)
    behind = np.intersect1d(passing.positions, done)
    behind = behind[~np.isin(trials.number[behind], [row["trial"] for row in found["rows"]])]
    rows = rows_of(store, known, thinned(trials, behind, _DOMINATED))
    rows = [row for row in rows if row.objectives is not None]
    chart = figures.front_chart(kept, rows, across, up, shade, line=found["rows"])
    st.plotly_chart(chart, config=CONFIG, key="front", alt="The Pareto front")
    passed = f"{len(kept['rows']):,} of {len(found['rows']):,}"
    sample = f" Of {len(behind):,} others a sample of {len(rows):,}."
    st.caption(
        "On search items: no other trial is as good in every objective and better in one. Where "
        f"less is better there is an arrow down. {passed} points of the front pass the filter; "
        "the line is the front of all in these two objectives."
        + (sample if len(rows) < len(behind) else "")
    )
    heads = ["average", *(heading(name) for name in names)]
    whole = {heading("depth"): st.column_config.NumberColumn(format="%d")}
    if kept["rows"]:
        config = dict.fromkeys(heads, _SCORE) | whole
        st.dataframe(tables.front(kept), hide_index=True, placeholder="—", column_config=config)
