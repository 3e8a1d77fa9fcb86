"""The pages as a reader uses them, on a real database."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evolve.config import SearchConfig
from evolve.store import Ledger, Reader, open_engine
from search_spaces.recipe import as_yaml
from ui import commands

APP = Path(__file__).parents[2] / "ui" / "app.py"


def opened(page: str | None = None, search: str | None = None) -> AppTest:
    """The app on a page; raises if the page does."""
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    if search is not None:
        app.query_params["search"] = search
    if page is not None:
        app.switch_page(f"views/{page}.py").run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def codes(app: AppTest) -> str:
    return "\n".join(c.value for c in app.code)


@pytest.mark.usefixtures("store")
def test_searches_are_listed() -> None:
    app = opened()
    assert app.title[0].value == "Searches"
    assert app.dataframe[0].value["name"].tolist() == ["night", "reasoning-again", "reasoning"]


@pytest.mark.usefixtures("store")
def test_a_finished_search_shows_its_verdict_report_and_commands() -> None:
    app = opened("search", "reasoning")
    assert metrics(app)["Trials"] == "30 of 30"
    assert metrics(app)["Failed"] == "2"
    assert "Time spent" in metrics(app)
    assert app.success[0].value.startswith("Improvement")
    assert any(c.value.startswith("Overfitting") for c in app.caption)
    assert any("not tested in this search" in c.value for c in app.caption)
    assert app.dataframe[0].value["what it is"][0] == "chosen"
    gains = app.dataframe[1].value
    assert gains["on"].tolist() == ["average", "arithmetic acc", "copying acc"]
    assert any("hold for all 6 comparisons at once" in c.value for c in app.caption)
    assert "What each parent and gene gave it" in [s.value for s in app.subheader]
    assert "weight.code.g1: not scored: 5 others went first" in [t.value for t in app.text]
    assert "merge_method: task_arithmetic" in codes(app)
    assert "evolve export reasoning --to ./reasoning --store" in codes(app)
    assert "evolve merge recipe.yml --to" in codes(app)
    assert "mergekit-yaml recipe.yml" in codes(app)


@pytest.mark.usefixtures("store")
def test_no_improvement_is_said_calmly() -> None:
    app = opened("search", "reasoning-again")
    assert not app.success
    assert app.info[0].value.startswith("No improvement that can be defended")


@pytest.mark.usefixtures("store")
def test_a_running_search_shows_how_far_it_is_and_its_best_so_far() -> None:
    app = opened("search", "night")
    assert metrics(app)["Trials"] == "14 of 40"
    assert "Time left" in metrics(app)
    assert not app.success
    assert any("not the answer yet" in i.value for i in app.info)
    assert "out of memory on cuda:0" in codes(app)
    assert "--trial" in codes(app)


@pytest.mark.usefixtures("store")
def test_trials_can_be_filtered_by_state() -> None:
    app = opened("search", "night")
    assert len(app.dataframe[1].value) == 31
    app.button_group(key="trial_state").set_value("failed").run()
    frame = app.dataframe[1].value
    assert frame["state"].tolist() == ["✕ failed"]
    assert frame["why it failed"][0].startswith("out of memory")


@pytest.mark.usefixtures("store")
def test_trials_that_were_stopped_early_are_counted_and_listed() -> None:
    app = opened("search", "night")
    assert metrics(app)["Stopped early"] == "2"
    app.button_group(key="trial_state").set_value("pruned").run()
    assert app.dataframe[1].value["state"].tolist() == ["◐ stopped early"] * 2


@pytest.mark.usefixtures("store")
def test_the_select_box_and_the_address_say_the_same(reader: Reader) -> None:
    app = opened("search", "reasoning")
    digest = reader.find("reasoning").digest
    assert app.selectbox[0].value == digest
    assert app.query_params["search"] == digest
    other = reader.find("night").digest
    app.selectbox[0].select(other).run()
    assert app.query_params["search"] == other
    assert app.title[0].value == "night"


@pytest.mark.usefixtures("store")
def test_an_address_of_no_search_says_so_and_shows_the_newest() -> None:
    app = opened("search", "nope<b>")
    assert "is no search in this database" in app.warning[0].value
    assert r"\<b\>" in app.warning[0].value
    assert app.title[0].value == "night"


@pytest.mark.usefixtures("store")
def test_the_family_tree_folds_and_unfolds() -> None:
    app = opened("tree")
    few = app.dataframe[0].value
    assert few["generation"].max() == 2
    assert any("folded away" in c.value for c in app.caption)
    app.toggle(key="every").set_value(True).run()
    assert len(app.dataframe[0].value) > 3 * len(few)
    assert not any("folded away" in c.value for c in app.caption)


@pytest.mark.usefixtures("store")
def test_the_family_tree_can_be_narrowed_to_relatives(reader: Reader) -> None:
    app = opened("tree")
    exported = next(m for m in reader.models() if m.name == "reasoning-merged")
    app.selectbox(key="relatives").select(exported.id).run()
    searches = set(app.dataframe[0].value["search"])
    assert "night" not in searches
    assert {"reasoning", "reasoning-again"} <= searches


@pytest.mark.usefixtures("store")
def test_export_offers_the_chosen_trial_first(reader: Reader) -> None:
    app = opened("export", "reasoning")
    search = reader.find("reasoning")
    assert app.selectbox[1].value == search.chosen_trial_id
    assert search.chosen_trial_id is not None
    assert app.code[0].value == as_yaml(reader.trial(search.chosen_trial_id).recipe).rstrip()
    assert len(app.download_button) == 1


@pytest.mark.usefixtures("store")
def test_a_failing_export_shows_what_the_command_said(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; print('ConfigError: the folder is not empty'); sys.exit(2)"
    monkeypatch.setattr(commands, "export_argv", lambda *_: [sys.executable, "-c", script])
    app = opened("export", "reasoning")
    app.button[0].click().run()
    assert "the folder is not empty" in codes(app)
    assert "exit code 2" in app.status[0].label
    assert app.status[0].state == "error"
    assert not app.success


@pytest.mark.usefixtures("store")
def test_an_export_names_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[object] = []

    def argv(*words: object) -> list[str]:
        seen.extend(words)
        return [sys.executable, "-c", "print('written')"]

    monkeypatch.setattr(commands, "export_argv", argv)
    app = opened("export", "reasoning")
    app.text_input[0].set_value(str(tmp_path / "out")).run()
    app.button[0].click().run()
    assert seen[-1] == str(tmp_path / "out")
    assert "out" in app.success[0].value


def test_the_page_process_never_loads_what_merges() -> None:
    names = ["search_tabs", "queries", "tables", "figures", "tree_figure", "choosing", "states"]
    code = f"import sys, {', '.join('ui.' + n for n in names)}\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "ui.figures" in loaded
    assert not {"torch", "ray", "transformers", "workers", "evolve.cli"} & set(loaded)


@pytest.mark.usefixtures("empty_store")
@pytest.mark.parametrize("page", [None, "search", "tree", "export"])
def test_an_empty_database_says_how_to_start(page: str | None) -> None:
    app = opened(page)
    assert "no search yet" in app.info[0].value
    assert "evolve demo" in codes(app)


@pytest.mark.parametrize("page", [None, "search", "tree", "export"])
def test_no_database_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str | None
) -> None:
    file = tmp_path / "none.db"
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    app = opened(page)
    assert "no database at" in app.warning[0].value
    assert str(file) in codes(app)
    assert "evolve demo" in codes(app)
    assert not file.exists()


def test_something_else_than_a_database_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "text.db"
    file.write_text("not a database, " * 100)
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    app = opened()
    assert "is not an Evolve database" in app.warning[0].value


@pytest.mark.parametrize("state", ["running", "stopped", "failed"])
def test_a_search_without_trials(empty_store: str, state: str) -> None:
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
    app = opened("search", "new")
    assert metrics(app)["Trials"] == "0 of 100"
    assert metrics(app)["Best search score"] == "—"
    assert any("No recipe has been tried yet" in c.value for c in app.caption)
    assert any("no recipe before" in c.value for c in app.caption)
    assert bool(app.warning) == (state != "running")
    assert "no scored merge yet" in opened("export", "new").info[0].value
