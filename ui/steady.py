"""Charts that change while somebody looks at them, without being made anew.

Streamlit 1.67 makes what a chart shows a part of its identity: after every change the browser
throws the chart away and draws another one, which blinks and forgets zoom and hover. A chart drawn
here is known by its key alone, as other elements with a key are, and Plotly changes it in place;
with `uirevision` in its layout it keeps the zoom. Should Streamlit change how it names elements,
charts blink again, and `test_steady.py` says so.
"""

from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.elements import plotly_chart as _module

from ui.charts.frame import CONFIG

_STEADY = "steady-"
_NAME = "compute_and_register_element_id"
_named = getattr(_module, _NAME)


def _by_key_alone(element: str, *, user_key: str | None = None, **more: Any) -> str:
    if user_key is not None and user_key.startswith(_STEADY):
        more["key_as_main_identity"] = True
    found: str = _named(element, user_key=user_key, **more)
    return found


if _named.__name__ != _by_key_alone.__name__:
    setattr(_module, _NAME, _by_key_alone)


def steady_chart(figure: go.Figure, key: str) -> None:
    """Draws a figure that the next refresh changes in place."""
    st.plotly_chart(figure, config=CONFIG, key=f"{_STEADY}{key}")
