"""The page of all searches: what is listed, compared and asked of them."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as hs
from sqlalchemy import make_url, update
from streamlit.testing.v1 import AppTest

from evolve.store import Reader, open_engine
from evolve.store.tables import searches
from tests.ui.test_names import HIDDEN, NASTY, figure_problems, markdown_problems, strings
from ui import columns
from ui.charts.compare import MOST, compare_chart
from ui.comparing import active_hours, course

APP = Path(__file__).parents[2] / "ui" / "app.py"


@pytest.fixture
def own(filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A filled database that a test may change; `night` is driven by a machine far away."""
    file = tmp_path / "own.db"
    shutil.copy(str(make_url(filled_url).database), file)
    url = f"sqlite:///{file}"
    monkeypatch.setenv("EVOLVE_STORE", url)
    monkeypatch.chdir(tmp_path)
    until = datetime.now(UTC) + timedelta(seconds=300)
    change(url, "night", holder="far-away:7/x.1.z", lease_until=until)
    yield url
    st.cache_resource.clear()


def change(url: str, search: str, **values: Any) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(update(searches).where(searches.c.name == search).values(**values))
    engine.dispose()


def wish_of(url: str, name: str) -> str | None:
    engine = open_engine(url)
    try:
        return Reader(engine).find(name).wish
    finally:
        engine.dispose()


def opened(url: str, *names: str) -> AppTest:
    """The page with these searches picked."""
    engine = open_engine(url)
    digests = [Reader(engine).find(name).digest for name in names]
    engine.dispose()
    app = AppTest.from_file(str(APP), default_timeout=60)
    if digests:
        app.session_state["picked_searches"] = digests
    app.run()
    assert not app.exception
    return app


def labels(app: AppTest) -> set[str]:
    return {b.label for b in app.button}


def test_every_search_has_its_best_with_an_interval(own: str) -> None:
    frame = opened(own).dataframe[0].value
    assert frame["name"].tolist() == ["night", "reasoning-again", "reasoning"]
    assert frame["on"].tolist() == ["search", "report", "report"]
    assert frame["best"].str.fullmatch(r"0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]").all()
    engine = open_engine(own)
    verdict = Reader(engine).find("reasoning").verdict
    engine.dispose()
    assert verdict is not None
    assert frame["verdict"].tolist()[2] == "▲ improvement"
    assert frame["state"].tolist()[0] == "▶ running"
    assert frame["rate"].notna().all()
    assert frame["left"].notna().tolist() == [True, False, False]


def test_a_running_search_can_be_paused_or_stopped(own: str) -> None:
    app = opened(own, "night")
    assert {"Open live", "Pause", "Yes, choose now"} <= labels(app)
    app.button(key="pause_search").click().run()
    assert not app.exception
    assert wish_of(own, "night") == "pause"
    assert any("asked to pause" in i.value for i in app.info)
    assert app.button(key="pause_search").disabled
    assert app.dataframe[0].value["state"][0] == "▶ running, pause asked"


def test_stop_asks_for_no_more_trials(own: str) -> None:
    app = opened(own, "night")
    app.button(key="stop_search").click().run()
    assert wish_of(own, "night") == "stop"


def test_a_finished_search_only_opens(own: str) -> None:
    app = opened(own, "reasoning")
    assert "Open the verdict" in labels(app)
    assert not labels(app) & {"Pause", "Resume", "Yes, choose now"}


def test_a_silent_driver_is_said_and_the_search_can_go_on(own: str) -> None:
    change(own, "night", lease_until=datetime.now(UTC) - timedelta(seconds=50))
    app = opened(own, "night")
    assert any("may have ended" in w.value for w in app.warning)
    assert "Resume" in labels(app)
    assert "Pause" not in labels(app)


@pytest.mark.faults
def test_a_search_that_cannot_go_on_says_so_at_once(own: str, tmp_path: Path) -> None:
    """Its models are nowhere: the command is real, and ends with the reason."""
    change(own, "night", state="stopped", holder=None, lease_until=None)
    app = opened(own, "night")
    app.button(key="resume_search").click().run()
    until = time.monotonic() + 120
    while not app.error and time.monotonic() < until:
        time.sleep(0.2)
        app.run()
    assert app.error[0].value == "It ended at once:"
    assert "/models/small-base" in app.code[0].value
    (log,) = (tmp_path / "logs").iterdir()
    assert log.name.startswith("night-")


def test_shared_pages_only_show_the_commands(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.gate.is_shared", lambda: True)
    monkeypatch.setattr("ui.gate.enter", lambda: True)
    monkeypatch.setattr("ui.gate.log_out_button", lambda: None)
    app = opened(own, "night")
    assert not labels(app) & {"Pause", "Resume", "Yes, choose now"}
    pause, stop = app.code[0].value.splitlines()
    assert pause.startswith("evolve pause ")
    assert stop.startswith("evolve stop ")


def test_several_are_compared(own: str) -> None:
    app = opened(own, "reasoning-again", "reasoning")
    table = app.dataframe[1].value
    assert table["Search"].tolist() == ["reasoning-again", "reasoning"]
    assert table["Budget"].tolist() == ["12 trials", "30 trials"]
    assert table["Gain over the best parent"].str.match(r"\+0\.\d{3} \[").all()
    assert len(app.get("plotly_chart")) == 1
    assert app.button_group(key="compare_over").options == ["Trials", "Hours"]
    app.button_group(key="compare_over").set_value("hours").run()
    assert any("nobody drove" in c.value for c in app.caption)


def test_nasty_names_are_text_here_too(own: str) -> None:
    for name in ("night", "reasoning"):
        change(own, name, name=f"{name} {NASTY}"[:200], holder=f"h {NASTY}:1/x"[:200])
    for names in ((f"night {NASTY}",), (f"reasoning {NASTY}", "reasoning-again")):
        app = opened(own, *(name[:200] for name in names))
        for kind in ("title", "subheader", "markdown", "caption", "info", "warning", "error"):
            for element in app.get(kind):
                assert not markdown_problems(element.value), element.value
        for frame in app.dataframe:
            assert not HIDDEN.search(frame.value.astype(str).to_csv())
        for chart in app.get("plotly_chart"):
            for text in strings(json.loads(chart.proto.spec or chart.proto.figure.spec)):
                assert not figure_problems(text), text
    assert any("onerror" in name for name in app.dataframe[1].value["Search"])


def test_a_course_rises_and_ends_with_the_search(own: str) -> None:
    engine = open_engine(own)
    reader = Reader(engine)
    search = reader.find("night")
    found = columns.read(reader, search.id)
    engine.dispose()
    one = course(replace(search, worker_s=0.0, workers=2), found, "night", 3.0)
    assert (np.diff(one.score) >= 0).all()
    assert found.tally.best is not None
    assert one.score[-1] == found.tally.best[1]
    assert one.trials[-1] == 14  # one is still being scored
    assert one.hours[-1] <= search.active_s / 3600 + 1e-9
    assert one.usd is not None
    assert one.usd[-1] == pytest.approx(one.hours[-1] * 2 * 3.0)
    figure = compare_chart([one] * (MOST + 2), "usd")
    assert len(figure.data) == MOST
    looks = {(t.line.color, t.line.dash, t.marker.symbol) for t in figure.data}
    assert len(looks) == MOST
    free = course(search, found, "x", None)
    assert len(compare_chart([free, one], "usd").data) == 1


@given(
    hs.lists(hs.floats(0.01, 1e4), min_size=1, max_size=30),
    hs.floats(0.0, 1.0),
)
def test_active_hours_rise_and_sum_up_to_what_is_stored(waits: list[float], share: float) -> None:
    times = 1.7e9 + np.cumsum(waits)
    active_s = share * sum(waits)
    found = active_hours(times, 1.7e9, float(times[-1]), active_s)
    assert (np.diff(found) >= -1e-12).all()
    assert found[-1] * 3600 == pytest.approx(active_s, abs=1e-3)
    assert (found * 3600 <= np.cumsum(waits) + 1e-3).all()


def test_a_pause_is_taken_out_of_the_hours() -> None:
    times = np.array([10.0, 20.0, 5020.0, 5030.0])
    found = active_hours(times, 0.0, 5030.0, 40.0)
    assert found * 3600 == pytest.approx([10, 20, 30, 40])
