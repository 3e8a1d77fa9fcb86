"""The page on which a search is begun."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evolve.cli.planning import plan as make_plan
from evolve.cli.searches import open_search
from ui.checking import Checked
from ui.new_search import Form, yaml_of

APP = Path(__file__).parents[2] / "ui" / "app.py"


def opened() -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=90).run()
    app.switch_page("views/new.py").run()
    assert not app.exception
    return app


def button(app: AppTest, label: str):  # type: ignore[no-untyped-def]
    (found,) = [b for b in app.button if b.label == label]
    return found


@pytest.mark.usefixtures("store")
def test_the_form_writes_the_search_file() -> None:
    app = opened()
    button(app, "Write the search file").click().run()
    assert "the base model" in app.error[0].value
    assert app.text_area(key="new_text").value == ""
    for label, text in (("Name", "mine"), ("Base model", "/m/base")):
        next(t for t in app.text_input if t.label == label).input(text)
    for area in app.text_area:
        if area.label.endswith("one per line"):
            area.input("maths: /m/maths\n/m/code" if area.label[0] == "P" else "gsm8k")
    button(app, "Write the search file").click().run()
    wanted = Form("mine", "/m/base", "maths: /m/maths\n/m/code", "gsm8k")
    assert app.text_area(key="new_text").value == yaml_of(wanted)
    assert not app.error


@pytest.mark.usefixtures("store")
def test_an_example_can_be_taken_and_nothing_starts_unchecked() -> None:
    app = opened()
    assert not [b for b in app.button if b.label in ("Check", "Start")]
    app.selectbox(key="new_preset").select("demo.yaml").run()
    button(app, "Take it").click().run()
    assert app.text_area(key="new_text").value.startswith("# The demo search")
    assert button(app, "Start").disabled
    assert not button(app, "Check").disabled


@pytest.mark.usefixtures("store")
def test_problems_stand_on_the_page_as_plan_says_them(tmp_path: Path) -> None:
    app = opened()
    app.text_area(key="new_text").input("base: /m/<b>nowhere\nbrakes: 4\n").run()
    app.text_input(key="new_folder").input(str(tmp_path / "no")).run()
    button(app, "Check").click().run()
    assert "There is no folder" in said(app)
    app.text_input(key="new_folder").input(str(tmp_path)).run()
    button(app, "Check").click().run()
    assert "brakes" in said(app)
    assert "parents" in said(app)
    assert str(tmp_path) not in said(app)
    assert button(app, "Start").disabled
    assert not list(tmp_path.iterdir())  # what was checked is not left behind


@pytest.mark.usefixtures("store")
def test_a_start_saves_the_file_and_an_early_death_is_told(
    search_file: Callable[..., Path], tmp_path: Path
) -> None:
    """The models are gone since the check: the command is real, and says so."""
    plan = make_plan(open_search(search_file()))
    text = "base: nowhere/base\nparents: [nowhere/a]\ntasks: [{name: letters}]\n"
    app = AppTest.from_file(str(APP), default_timeout=90)
    app.session_state["new_text"] = text
    app.session_state["new_checked"] = Checked(text, str(tmp_path), (), plan)
    app.switch_page("views/new.py").run()
    app.text_input(key="new_folder").input(str(tmp_path)).run()
    app.text_input(key="new_name").input("mine.yaml").run()
    assert "It can be started" in app.success[0].value
    assert any(m.value.startswith("- Genes") for m in app.markdown)
    button(app, "Start").click().run()
    assert not app.exception
    until = time.monotonic() + 120
    while not app.error and time.monotonic() < until:
        time.sleep(0.2)
        app.run()
    assert app.error[0].value == "It ended at once:"
    assert "nowhere/base" in app.code[0].value
    assert (tmp_path / "mine.yaml").read_text() == text
    assert "nowhere/base" in (tmp_path / "mine.log").read_text()


@pytest.mark.usefixtures("store")
def test_shared_pages_start_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.gate.is_shared", lambda: True)
    monkeypatch.setattr("ui.gate.enter", lambda: True)
    monkeypatch.setattr("ui.gate.log_out_button", lambda: None)
    app = opened()
    app.text_area(key="new_text").input("base: x").run()
    assert not [b for b in app.button if b.label in ("Check", "Start")]
    assert len(app.download_button) == 1
    assert app.code[0].value == "evolve plan search.yaml\nevolve launch search.yaml --on local"


def said(app: AppTest) -> str:
    return "\n".join(m.value for m in app.markdown).replace("\\", "").replace("\u2060", "")
