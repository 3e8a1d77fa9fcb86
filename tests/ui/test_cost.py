"""What a search costs, on its page."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from evolve.report import summary
from evolve.store import Reader, open_engine

APP = Path(__file__).parents[2] / "ui" / "app.py"


def cost_of(name: str) -> str | None:
    """As the page of a search shows it, without the marks that keep it from being markup."""
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    app.query_params["search"] = name
    app.switch_page("views/live.py").run()
    assert not app.exception
    found = {m.label: m.value for m in app.metric}
    return found["Cost"].replace("\\", "") if "Cost" in found else None


@pytest.mark.usefixtures("store")
def test_without_a_price_there_is_no_cost() -> None:
    assert cost_of("reasoning") is None


def test_spent_and_projected(
    filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "priced.db"
    shutil.copy(filled_url.removeprefix("sqlite:///"), file)
    with sqlite3.connect(file) as database:
        for row, text in list(database.execute("select id, config from searches")):
            config = json.loads(text)
            config["workers"]["usd_per_hour"] = 36.0
            database.execute(
                "update searches set config = ?, active_s = 100, worker_s = 400 where id = ?",
                (json.dumps(config), row),
            )
    database.close()
    url = f"sqlite:///{file}"
    monkeypatch.setenv("EVOLVE_STORE", url)
    engine = open_engine(url)
    reader = Reader(engine)
    whole = summary(reader, reader.find("night"))["progress"]["usd_projected"]
    engine.dispose()
    assert cost_of("reasoning") == "$4.00"
    assert whole > 4
    assert cost_of("night") == f"$4.00 of about ${whole:,.2f}"
    st.cache_resource.clear()
