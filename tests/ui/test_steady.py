"""A chart that is drawn steadily keeps its identity when what it shows changes."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def two(name: str) -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from ui.steady import steady_chart

    shown = go.Figure(go.Scatter(y=[1.0, st.session_state.get("y", 2.0)]))
    if name == "steady":
        steady_chart(shown, "scores")
    else:
        st.plotly_chart(shown, key="scores")
    if st.button("more"):
        st.session_state["y"] = 3.0
        st.rerun()


@pytest.mark.parametrize(("name", "same"), [("steady", True), ("plain", False)])
def test_its_name_does_not_hold_its_data(name: str, same: bool) -> None:
    app = AppTest.from_function(two, args=(name,)).run()
    before: Any = app.get("plotly_chart")[0].proto
    app.button[0].click().run()
    after: Any = app.get("plotly_chart")[0].proto
    assert before.spec != after.spec
    assert (before.id == after.id) is same
