"""The page Export: what it offers, what it refuses before anything starts, and what it runs."""

import os
import shlex
import sys
from pathlib import Path

import pytest
import streamlit as st
import yaml
from huggingface_hub import constants
from hypothesis import given
from hypothesis import strategies as hs
from streamlit.testing.v1 import AppTest

from evolve.store import Reader
from search_spaces.recipe import as_yaml, parse_recipe
from tests.evolve.test_push import TOKEN, fill
from tests.workers.hub_server import served
from ui.commands import environ_of, evolve_argv
from ui.export_wish import Wish, problem, words

APP = Path(__file__).parents[2] / "ui" / "app.py"
DIGEST = "a" * 12


def opened(search: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.query_params["search"] = search
    for name, value in parameters.items():
        app.query_params[name] = value
    app.switch_page("views/export.py").run()
    assert not app.exception
    return app


def codes(app: AppTest) -> str:
    return "\n".join(c.value for c in app.code)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.mark.usefixtures("store")
def test_the_chosen_trial_is_shown_with_its_recipe_and_its_card(reader: Reader) -> None:
    app = opened("reasoning")
    search = reader.find("reasoning")
    chosen = reader.trial(search.chosen_trial_id or 0)
    assert app.code[0].value == as_yaml(chosen.recipe).rstrip()
    assert app.success[0].value.startswith("The chosen recipe")
    app.button_group(key="export_text").set_value("Model card").run()
    front = yaml.safe_load(app.code[0].value.split("---")[1])
    assert front["base_model"] == ["small-base", "small-maths", "small-code"]
    assert "How it was found" in app.code[0].value
    assert f"--trial {chosen.number} " in codes(app)


@pytest.mark.usefixtures("store")
def test_another_trial_is_named_in_the_address(reader: Reader) -> None:
    number = 20
    app = opened("reasoning", trial=str(number))
    trial = reader.numbered(reader.find("reasoning").id, number)
    assert trial is not None
    assert app.code[0].value == as_yaml(trial.recipe).rstrip()
    assert "not the recipe that the search chose" in app.info[0].value
    assert f"--trial {number} " in codes(app)
    assert "has not chosen yet" in opened("night").info[0].value


@pytest.mark.usefixtures("store")
def test_what_cannot_be_written_is_said_before_it_is_tried(tmp_path: Path) -> None:
    app = opened("reasoning")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    app.text_input[0].set_value(str(tmp_path / "full")).run()
    assert "is not empty" in app.warning[0].value
    assert app.button(key="export_go").disabled
    assert "evolve export" not in codes(app)
    app.checkbox[0].check().run()
    assert not app.button(key="export_go").disabled
    assert codes(app).endswith("/evolve.db") and "--replace" in codes(app)


@pytest.mark.usefixtures("store")
def test_a_bucket_gets_its_command_and_no_credentials() -> None:
    app = opened("reasoning")
    app.radio[0].set_value("bucket").run()
    assert app.button(key="export_go").disabled
    app.text_input[0].set_value("s3://models/best").run()
    assert "--to s3://models/best" in codes(app)
    app.text_input[0].set_value("s3://key:secret@models/best").run()
    assert "Leave credentials out" in app.warning[0].value
    assert "secret" not in codes(app)


@pytest.mark.usefixtures("store")
def test_recipe_and_card_are_written_by_the_command_that_is_shown(tmp_path: Path) -> None:
    app = opened("reasoning")
    app.selectbox(key="export_what").set_value("recipe").run()
    folder = tmp_path / "out"
    app.text_input[0].set_value(str(folder)).run()
    line = next(c.value for c in app.code if c.value.startswith("evolve export"))
    assert {"--recipes-only", str(folder)} <= set(shlex.split(line))
    app.button(key="export_go").click().run()
    assert not app.exception
    assert app.status[0].state == "complete", codes(app)
    assert sorted(f.name for f in folder.iterdir()) == ["README.md", "mergekit_config.yml"]
    assert parse_recipe((folder / "mergekit_config.yml").read_text()).models is not None
    assert "out" in app.success[-1].value


@pytest.mark.usefixtures("store")
def test_a_failing_command_shows_what_it_said(tmp_path: Path) -> None:
    app = opened("reasoning")  # whose parents are not on this machine
    app.text_input[0].set_value(str(tmp_path / "out")).run()
    app.button(key="export_go").click().run()
    assert app.status[0].state == "error"
    assert "exit code 2" in app.status[0].label
    assert "/models/small-base" in codes(app)
    assert len(app.success) == 1  # that of the chosen trial


@pytest.mark.usefixtures("store")
def test_without_a_token_it_is_said_how_to_get_there(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("reasoning")
    assert app.radio[0].options == ["A folder on this machine", "A bucket (s3://, gs://)"]
    assert any("HF_HUB_OFFLINE is set" in c.value for c in app.caption)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/no/such/token")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    app = opened("reasoning")
    assert len(app.radio[0].options) == 2
    assert any("hf auth login" in c.value for c in app.caption)


@pytest.mark.usefixtures("store", "token")
def test_the_hub_takes_a_name_and_is_private_unless_told() -> None:
    app = opened("reasoning")
    app.radio[0].set_value("hub").run()
    assert app.button(key="export_go").disabled
    app.text_input[0].set_value("org/name@main").run()
    assert "org/name" in app.warning[0].value
    app.text_input[0].set_value("org/name").run()
    assert "--push org/name --private" in codes(app)
    next(box for box in app.checkbox if box.label == "Private").uncheck().run()
    assert "--push org/name" in codes(app) and "--private" not in codes(app)
    app.selectbox(key="export_what").set_value("recipe").run()
    assert len(app.radio[0].options) == 2
    texts = [e.value for kind in ("code", "caption", "markdown") for e in app.get(kind)]
    assert TOKEN not in "\n".join(texts)


@pytest.mark.usefixtures("token")
def test_a_model_is_pushed_from_the_page(
    family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'evolve.db'}"
    fill(url, family)
    monkeypatch.setenv("EVOLVE_STORE", url)
    monkeypatch.setenv("EVOLVE_CACHE", str(tmp_path / "cache"))
    with served() as hub:
        hub.folder = tmp_path
        hub.accounts[TOKEN] = {"name": "ann", "auth": {"accessToken": {"role": "write"}}}
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        app = opened("push-me")
        app.radio[0].set_value("hub").run()
        app.text_input[0].set_value("ann/best").run()
        app.button(key="export_go").click().run()
        assert app.status[0].state == "complete", codes(app)
        assert "Pushed to" in codes(app) and TOKEN not in codes(app)
        assert hub.repos["ann/best"].private
    st.cache_resource.clear()


@pytest.mark.usefixtures("store")
def test_shared_pages_only_show_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import gate

    monkeypatch.setattr(gate, "is_shared", lambda: True)
    monkeypatch.setattr(gate, "enter", lambda: True)
    app = opened("reasoning")
    assert not app.radio and not [b for b in app.button if b.key == "export_go"]
    for part in ("--to ./reasoning-trial-", "--to s3://BUCKET/", "--push ORG/", "mergekit-yaml"):
        assert part in codes(app)
    assert os.getcwd() not in codes(app)


def test_the_password_of_the_database_is_in_no_command_line() -> None:
    url = "postgresql+psycopg://me:secret@db/evolve"
    line = evolve_argv(sys.executable, url, words(Wish(DIGEST, 1, "model", "hub", "a/b")))
    assert "secret" not in " ".join(line)
    assert environ_of(url)["EVOLVE_STORE"] == url


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(DIGEST, 3, "model", "folder", "/x"), f"export {DIGEST} --trial 3 --to /x"),
        (
            Wish(DIGEST, 3, "front", "bucket", "gs://b/x", replace=True),
            f"export {DIGEST} --front --to gs://b/x --replace",
        ),
        (
            Wish(DIGEST, 3, "recipe", "folder", "/x"),
            f"export {DIGEST} --trial 3 --recipes-only --to /x",
        ),
        (
            Wish(DIGEST, 3, "model", "hub", "o/n", private=True),
            f"export {DIGEST} --trial 3 --push o/n --private",
        ),
    ],
)
def test_wishes_become_commands(wish: Wish, expected: str) -> None:
    assert problem(wish) is None
    assert shlex.join(words(wish)) == expected


@pytest.mark.parametrize("place", ["folder", "bucket", "hub"])
@given(typed=hs.text(max_size=300))
def test_whatever_is_typed_is_checked_without_a_traceback(place: str, typed: str) -> None:
    wish = Wish(DIGEST, 3, "model", place, typed)  # type: ignore[arg-type]
    if problem(wish) is None:
        assert shlex.split(shlex.join(words(wish))) == words(wish)
        assert place == "folder" or not words(wish)[-1].startswith("-")
