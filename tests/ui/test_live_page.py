"""The page Live as somebody who waits for a search sees it, on real databases."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from evolve.report import summary
from evolve.store import Reader, open_engine
from tests.ui.conftest import CODE, MATHS, OOM, start
from ui import columns, phases
from ui.queries import Known

APP = Path(__file__).parents[2] / "ui" / "app.py"


def opened(search: str | None = None) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    if search is not None:
        app.query_params["search"] = search
    app.switch_page("views/live.py").run()
    assert not app.exception
    return app


def text(app: AppTest, *kinds: str) -> str:
    """What these elements say, without the marks that keep it from being markup."""
    found: list[Any] = [e for kind in kinds for e in app.get(kind)]
    said = [str(e.value) for e in found]
    return "\n".join(said).replace("\\", "").replace("\u2060", "")


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value.replace("\\", "") for m in app.metric}


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(c.proto.spec or c.proto.figure.spec) for c in app.get("plotly_chart")]


def heads(app: AppTest) -> list[str]:
    return [s.value for s in app.subheader][1:]


def known(reader: Reader, name: str) -> Known:
    search = reader.find(name)
    trials = columns.read(reader, search.id)
    found = summary(reader, search, trials.tally)
    return Known(search, trials, reader.others(search.id), found)


@pytest.fixture
def copied(
    filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sqlite3.Connection]:
    """A database that the test may change under the page."""
    file = tmp_path / "copy.db"
    shutil.copy(filled_url.removeprefix("sqlite:///"), file)
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    database = sqlite3.connect(file, isolation_level=None)
    yield database
    database.close()
    st.cache_resource.clear()


def configured(database: sqlite3.Connection, name: str, **parts: Any) -> None:
    """Changes parts of a search's configuration."""
    query = "select id, config from searches where name = ?"
    ((row, found),) = database.execute(query, (name,)).fetchall()
    config = json.loads(found) | parts
    database.execute("update searches set config = ? where id = ?", (json.dumps(config), row))


def written(database: sqlite3.Connection, ago_s: float) -> None:
    """As if the drivers had written their last word so long ago."""
    moment = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=ago_s)
    database.execute("update searches set updated_at = ?", (f"{moment:%Y-%m-%d %H:%M:%S.%f}",))


def test_without_news_nobody_knows_when_it_ends(copied: sqlite3.Connection) -> None:
    written(copied, 3600)
    app = opened("night")
    assert "Ends in" not in text(app, "caption")
    assert metrics(app)["Time left"] == "—"
    assert "No news for" in app.warning[0].value


def test_a_running_search_says_what_it_does_how_far_it_is_and_when_it_ends(
    copied: sqlite3.Connection,
) -> None:
    written(copied, 5)
    app = opened("night")
    assert metrics(app)["Trials"] == "14 of 40"
    assert metrics(app)["Stopped early"] == "2"
    assert metrics(app)["Failed"] == "1"
    assert "Time left" in metrics(app)
    assert app.metric[3].delta.startswith("+0.")
    assert "Ends in about 3 min" in text(app, "caption")
    assert ", by the limit of 40 trials." in text(app, "caption")
    assert heads(app) == ["Score by trial", "Items by trial", "Why trials failed", "Workers"]
    assert "12% of the search items were saved" in text(app, "caption")
    assert OOM in [t.value for t in app.text]
    frame = app.dataframe[-1].value
    assert frame["worker"].tolist() == ["w0", "w1"]
    assert frame["attempts"].sum() == 30
    assert len(charts(app)) == 3


@pytest.mark.usefixtures("store")
def test_a_finished_search_leads_to_its_verdict_and_keeps_its_charts() -> None:
    app = opened("reasoning")
    assert "has finished" in app.info[0].value
    (link,) = app.get("page_link")
    assert link.proto.page.endswith("verdict")
    assert "Time spent" in metrics(app)
    names = [trace.get("name") for trace in charts(app)[0]["data"]]
    assert "chosen" in names
    assert "state" not in app.dataframe[-1].value
    assert "No trial was stopped early so far" in text(app, "caption")


def test_a_stopped_search_says_how_it_goes_on(copied: sqlite3.Connection) -> None:
    copied.execute("update searches set state = 'stopped' where name = 'night'")
    app = opened("night")
    assert "has stopped before its verdict" in text(app, "warning")
    ((digest,),) = copied.execute("select digest from searches where name = 'night'").fetchall()
    assert app.code[0].value.startswith(f"evolve resume {digest[:8]} --store sqlite")
    assert "Time spent" in metrics(app)


def test_the_page_follows_what_the_driver_writes(copied: sqlite3.Connection) -> None:
    app = opened("night")
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    copied.execute(
        "update trials set state = 'done', fitness = 0.95, items = 120, finished_at = ? "
        "where state = 'asked'",
        (now,),
    )
    copied.execute("update searches set updated_at = ? where name = 'night'", (now,))
    app.run()
    assert metrics(app)["Trials"] == "15 of 40"
    assert metrics(app)["Best search score"] == "0.950"
    assert "No news" not in text(app, "warning")


@pytest.mark.usefixtures("store")
def test_charts_are_the_same_until_the_driver_writes() -> None:
    """Streamlit makes a chart anew, and forgets what was zoomed, where one byte of it changes."""
    app = opened("night")
    before = charts(app)
    assert charts(app.run()) == before


def test_a_driver_that_is_silent_is_told(copied: sqlite3.Connection) -> None:
    fresh = datetime.now(UTC).replace(tzinfo=None)
    for ago, told in ((timedelta(seconds=5), False), (timedelta(minutes=20), True)):
        moment = (fresh - ago).isoformat(" ")
        copied.execute("update searches set updated_at = ? where name = 'night'", (moment,))
        assert ("No news for 20 min" in text(opened("night"), "warning")) == told


def test_before_the_first_trial_the_page_says_what_is_coming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    engine = open_engine(url)
    new = start(engine, "new", {"maths": MATHS, "code": CODE}, 20, seed=5)
    monkeypatch.setenv("EVOLVE_STORE", url)
    app = opened("new")
    assert app.get("progress")[0].proto.text.startswith("Starting: the parents are being opened")
    assert "How long it takes is known once the first trials have ended." in text(app, "caption")
    assert not charts(app)
    new.references()
    new.ledger.flush()
    app = opened("new")
    assert app.get("progress")[0].proto.text.startswith("Scoring what recipes have to beat first")
    assert "No recipe has been tried yet" in text(app, "caption")
    assert {"base", "maths", "code"} <= set(app.dataframe[0].value["model"])
    assert len(charts(app)) == 1
    new.ledger.close()
    engine.dispose()
    st.cache_resource.clear()


@pytest.mark.usefixtures("empty_store")
def test_without_a_search_the_page_says_how_to_start_one() -> None:
    app = opened()
    assert "holds no search yet" in text(app, "info")


def test_a_database_that_goes_away_between_two_looks_is_a_sentence(
    copied: sqlite3.Connection,
) -> None:
    app = opened("night")
    copied.execute("alter table attempts rename to elsewhere")
    app.run()
    assert not app.exception
    assert "cannot be read at the moment" in text(app, "error")
    copied.execute("alter table elsewhere rename to attempts")
    app.run()
    assert not app.error
    assert len(charts(app)) == 3


def test_where_racing_is_off_it_is_not_shown(copied: sqlite3.Connection) -> None:
    configured(copied, "reasoning", racing={"method": "off"})
    assert "Items by trial" not in heads(opened("reasoning"))


def test_spent_and_projected_cost(copied: sqlite3.Connection) -> None:
    configured(copied, "night", workers={"usd_per_hour": 36.0})
    copied.execute("update searches set active_s = 100, worker_s = 400 where name = 'night'")
    written(copied, 5)
    app = opened("night")
    assert metrics(app)["Cost"].startswith("$4.00 of about $")
    whole = metrics(app)["Cost"].rpartition("$")[2]
    assert f", at about ${whole}, by the limit of 40 trials." in text(app, "caption")


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"trials": 40}, "by the limit of 40 trials"),
        ({"trials": 40, "hours": 0.03}, "by the limit of 0.03 h"),
        ({"trials": 40, "hours": 9}, "by the limit of 40 trials"),
        ({"trials": None, "usd": 1.0}, "by the limit of $1.00"),
        ({"trials": 40, "patience": 7, "target": 0.9}, "or earlier, after 7 trials without a"),
        ({"trials": None}, "No limit is set: it goes on until it is stopped"),
        ({"trials": None, "target": 0.9}, "until it is stopped; or earlier, at a score of 0.9."),
    ],
)
def test_the_limit_that_is_reached_first_is_named(
    reader: Reader, budget: dict[str, Any], said: str
) -> None:
    found = known(reader, "night")
    config = found.search.config | {"budget": budget, "workers": {"usd_per_hour": 10.0}}
    search = replace(found.search, config=config, active_s=60.0, worker_s=60.0)
    changed = replace(found, search=search, summary=summary(reader, search))
    assert said in phases.ending(changed)


def test_every_phase_has_its_words(reader: Reader) -> None:
    running, ended = known(reader, "night"), known(reader, "reasoning")
    assert phases.phase(running) == "Trying recipes: 14 ended, 1 being scored"
    alive = replace(ended.search, state="running", chosen_trial_id=None, attribution=None)
    alone = [t for t in ended.others if t.origin != "ablation"]
    closing = replace(ended, search=alive, others=alone)
    assert phases.phase(closing).startswith("All recipes are tried")
    assert phases.phase(replace(ended, search=alive)).startswith("Without each parent and gene")
    chosen = replace(ended, search=replace(ended.search, state="running"))
    assert phases.phase(chosen).startswith("The chosen recipe meets the report items")
    none = columns.of_rows([])
    one = replace(running.others[0], origin="start", state="asked")
    beginning = replace(running, trials=none, others=[*running.others, one])
    assert phases.phase(beginning).endswith("0 of 1 starting points")


def test_what_somebody_asked_of_the_driver_is_told(copied: sqlite3.Connection) -> None:
    copied.execute("update searches set wish = 'pause' where name = 'night'")
    assert "asked to pause" in text(opened("night"), "info")
