"""What holds for every page: which search it is about, and what is said where there is nothing."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui
from evolve.config import SearchConfig
from evolve.store import Ledger, Reader, open_engine
from ui import states

APP = Path(__file__).parents[2] / "ui" / "app.py"
OF_SEARCH = ("live", "trials", "recipe", "verdict", "export")
PAGES = ("searches", "new", "tree", *OF_SEARCH)


def opened(page: str | None = None, search: str | None = None) -> AppTest:
    """The app on a page; raises if the page does."""
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    if search is not None:
        app.query_params["search"] = search
    if page is not None:
        app.switch_page(f"views/{page}.py").run()
    assert not app.exception
    return app


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("search", ["reasoning-again", "night"])
def test_every_page_has_a_title_and_nothing_is_broken(page: str, search: str) -> None:
    app = opened(page, search)
    assert app.title
    assert not app.error


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("page", OF_SEARCH)
def test_the_select_box_and_the_address_say_the_same(page: str, reader: Reader) -> None:
    app = opened(page, "reasoning")
    digest = reader.find("reasoning").digest
    box = app.selectbox(key="chosen_search")
    assert box.value == digest
    assert app.query_params["search"] == digest
    other = reader.find("night").digest
    box.select(other).run()
    assert app.query_params["search"] == other
    assert app.selectbox(key="chosen_search").value == other


@pytest.mark.usefixtures("store")
def test_an_address_of_no_search_says_so_and_shows_the_newest(reader: Reader) -> None:
    app = opened("live", "nope<b>")
    assert "is no search in this database" in app.warning[0].value
    assert r"\<b\>" in app.warning[0].value
    assert app.selectbox(key="chosen_search").value == reader.find("night").digest


def test_the_page_process_never_loads_what_merges() -> None:
    names = [m.name for m in pkgutil.iter_modules(ui.__path__, "ui.") if m.name != "ui.app"]
    code = f"import sys, {', '.join(names)}\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "ui.figures" in loaded
    assert not {"torch", "ray", "transformers", "workers", "evolve.cli"} & set(loaded)


@pytest.mark.usefixtures("empty_store")
@pytest.mark.parametrize("page", [p for p in PAGES if p != "new"])
def test_an_empty_database_says_how_to_start(page: str) -> None:
    app = opened(page)
    assert "no search yet" in app.info[0].value
    assert "evolve demo" in "\n".join(c.value for c in app.code)


@pytest.mark.parametrize("page", [p for p in PAGES if p != "new"])
def test_no_database_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    file = tmp_path / "none.db"
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    app = opened(page)
    shown = "\n".join(c.value for c in app.code)
    assert "no database at" in app.warning[0].value
    assert str(file) in shown
    assert "evolve demo" in shown
    assert not file.exists()


def test_a_first_search_can_be_made_where_there_is_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{tmp_path / 'none.db'}")
    app = opened("new")
    assert app.title[0].value == "New search"
    assert not app.warning
    assert not app.error


def test_something_else_than_a_database_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "text.db"
    file.write_text("not a database, " * 100)
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    app = opened()
    assert "is not an Evolve database" in app.warning[0].value


@pytest.mark.parametrize("state", ["running", "failed"])
def test_a_search_without_trials_is_shown_on_every_page(empty_store: str, state: str) -> None:
    engine = open_engine(empty_store)
    config = SearchConfig.model_validate(
        {"name": "new", "base": "/b", "parents": {"p": "/p"}, "tasks": [{"name": "t"}]}
    )
    ledger = Ledger.open(
        engine,
        digest="0" * 32,
        name="new",
        config=config.model_dump(mode="json"),
        genes=[],
        goals=[{"task": "t", "metric": "acc", "weight": 1.0, "higher_is_better": True}],
        holder="me:1",
    )
    if state != "running":
        ledger.release(state)
    ledger.close()
    engine.dispose()
    for page in PAGES:
        app = opened(page, "new")
        assert app.title, page
        assert not app.error, page


def test_a_page_that_breaks_says_so_in_words_and_keeps_its_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> None:
        from ui import states

        with states.told():
            url = "postgresql+psycopg://me:hunter2@host/db"
            raise KeyError(url)

    app = AppTest.from_function(broken).run()
    assert "met an error of its own (KeyError)" in app.error[0].value
    assert not app.exception
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "hunter2" not in said
    states.broken.clear()
