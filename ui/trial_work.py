"""Who worked on the trials when, and why some failed, on the page Trials."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from ui import figures, tables
from ui.charts.frame import CONFIG
from ui.columns import STATES
from ui.filter_bar import Passing
from ui.queries import Known, Store
from ui.trial_table import rows_of

_WORKED = 2000
_FAILED = 5000


def workers(store: Store, known: Known, passing: Passing) -> None:
    """Who worked on these trials when."""
    newest = passing.positions[-_WORKED:]
    rows = rows_of(store, known, newest)
    attempts = store.reader.attempts_of([row.id for row in rows])[-_WORKED:]
    if not attempts:
        st.caption("No worker has begun with one of these trials yet.")
        return
    numbers = {row.id: row.number for row in rows}
    chart = figures.worker_chart(attempts, numbers, datetime.now(UTC), _zone())
    st.plotly_chart(chart, config=CONFIG, key="workers", alt="Which worker scored what when")
    which = f"The newest {len(newest):,} of " if len(newest) < len(passing.positions) else ""
    st.caption(f"{which}{len(passing.positions):,} trials, {len(attempts):,} attempts.")


def failures(store: Store, known: Known, passing: Passing) -> None:
    """Why trials failed, the most frequent reason first."""
    failed = passing.positions[known.trials.state[passing.positions] == STATES.index("failed")]
    if not len(failed):
        st.caption("No trial that passes the filter has failed.")
        return
    st.caption("A failed trial costs its time and nothing else; the search goes on.")
    rows = rows_of(store, known, failed[-_FAILED:])
    reasons = Counter(row.reason or "no reason was recorded" for row in rows)
    if len(rows) < len(failed):
        st.caption(f"Of the newest {len(rows):,} of {len(failed):,}.")
    st.dataframe(
        tables.failures(reasons.most_common()),
        hide_index=True,
        column_config={
            "trials": st.column_config.NumberColumn(width="small"),
            "why they failed": st.column_config.TextColumn(width="large"),
        },
    )


def _zone() -> ZoneInfo:
    """The clock of whoever looks."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
