"""The page of the family tree, as a visitor uses it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from evolve.store import Reader, open_engine
from evolve.store.importing import Imported, import_models
from tests.ui.test_names import HIDDEN, NASTY, figure_problems, markdown_problems, strings

APP = Path(__file__).parents[2] / "ui" / "app.py"


@pytest.fixture
def own(filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The pages' environment: a copy of the filled store, to write to."""
    file = shutil.copy(filled_url.removeprefix("sqlite:///"), tmp_path / "own.db")
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    engine = open_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()
    st.cache_resource.clear()


def page(model: str | None = None) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    if model is not None:
        app.query_params["model"] = model
    app.switch_page("views/tree.py").run()
    assert not app.exception
    return app


def digest_of(reader: Reader, name: str) -> str:
    return next(m.digest for m in reader.family.named() if m.name == name)


def texts(app: AppTest) -> str:
    kinds = ("subheader", "markdown", "caption", "info", "warning")
    return "\n".join(e.value for kind in kinds for e in app.get(kind))


def test_the_tree_is_drawn_with_what_is_folded(store: str) -> None:
    app = page()
    assert len(app.get("plotly_chart")) == 1
    fold = next(c for c in app.get("button_group") if "night" in c.proto.label)
    assert not app.warning
    fold.set_value(100)
    before = app.get("plotly_chart")[0].proto.spec
    app.run()
    assert app.get("plotly_chart")[0].proto.spec != before


def test_an_address_with_a_model_shows_its_panel(store: str, reader: Reader) -> None:
    digest = digest_of(reader, "reasoning-merged")
    app = page(digest[:12])
    assert "reasoning\\-merged" in app.subheader[0].value
    assert "exported" in texts(app)
    assert len(app.get("plotly_chart")) == 2
    assert any("merge_method" in c.value for c in app.code)
    assert "/models/reasoning-merged" in {c.value for c in app.code}
    links = [p.proto for p in app.get("page_link")]
    assert any("trial" in str(link) for link in links)
    app.button(key="close_panel").click().run()
    assert not app.subheader
    assert "model" not in app.query_params


def test_parents_in_the_panel_lead_on(store: str, reader: Reader) -> None:
    app = page(digest_of(reader, "reasoning-merged")[:12])
    maths = next(b for b in app.button if "maths" in b.label)
    maths.click().run()
    assert app.query_params["model"] == digest_of(reader, "maths")[:12]
    assert app.subheader[0].value == "maths"
    assert "What it was made from is not known." in texts(app)


def test_ancestors_alone(store: str, reader: Reader) -> None:
    app = page(digest_of(reader, "reasoning-merged")[:12])
    shown = next(c for c in app.get("button_group") if c.proto.label == "Show")
    shown.set_value("ancestors")
    app.run()
    assert not app.exception
    assert any("The 4 models shown" in e.label for e in app.expander)


def test_a_model_is_found_by_name_and_chosen(store: str, reader: Reader) -> None:
    app = page()
    app.text_input(key="find").set_value("MERGED").run()
    box = app.selectbox(key="found")
    assert box.options[0].startswith("reasoning-merged · reasoning · exported")
    box.select_index(0).run()
    assert app.query_params["model"] == digest_of(reader, "reasoning-merged")[:12]
    app.text_input(key="find").set_value("100%_no").run()
    assert "No model has" in texts(app)


def test_a_digest_that_fits_nothing_is_said(store: str) -> None:
    assert "No model of this database" in page("ffffffffffff").warning[0].value
    assert "No model of this database" in page("%' or 1=1 --").warning[0].value


def test_an_empty_database_says_so(empty_store: str) -> None:
    app = page()
    assert not app.get("plotly_chart")
    assert "no search yet" in app.info[0].value


def test_imported_models_are_shown_without_any_search(empty_store: str) -> None:
    engine = open_engine(empty_store)
    ring = {"org/a": ("finetune", None)}
    import_models(
        engine, [Imported("org/a", "org/a", ring, recipe="merge_method: new", license="mit")]
    )
    digest = Reader(engine).models()[0].digest
    engine.dispose()
    app = page(digest[:12])
    assert len(app.get("plotly_chart")) == 1
    assert "lists itself as its parent" in texts(app)
    assert "Licence mit" in texts(app)
    assert "merge_method: new" in {c.value for c in app.code}


def test_nasty_names_are_text_in_the_tree_and_its_panel(own: sa.Engine) -> None:
    import_models(
        own,
        [
            Imported(
                f"x{NASTY}",
                f"/m/{NASTY}",
                {f"y{NASTY}": ("merge", None)},
                license=NASTY,
                recipe=NASTY,
            )
        ],
    )
    import_models(own, [Imported(f"y{NASTY}", f"y{NASTY}", {f"/m/{NASTY}": ("merge", None)})])
    with own.begin() as connection:
        for table in ("searches", "trials", "models"):
            change = sa.text(f"update {table} set name = substr(name || :nasty, 1, 200)")
            connection.execute(change, {"nasty": NASTY})
    reader = Reader(own)
    imported = next(m for m in reader.models() if m.kind == "imported" and m.license)
    chosen = next(s for s in reader.searches() if s.chosen_trial_id is not None)
    candidate = reader.model(reader.trial(chosen.chosen_trial_id or 0).model_id)
    assert candidate is not None
    for digest in (imported.digest, candidate.digest):
        app = page(digest[:12])
        seen = 0
        for kind in ("subheader", "markdown", "caption", "info", "warning"):
            for element in app.get(kind):
                found = element.value.replace("**", "").replace("  \n", " ")
                found = found.removeprefix(":material/sync: ")
                assert not markdown_problems(found), element.value
                seen += "onerror" in element.value
        for button in app.button:
            assert not HIDDEN.search(button.label)
        for chart in app.get("plotly_chart"):
            import json

            for text in strings(json.loads(chart.proto.spec)):
                assert not figure_problems(text), text
                seen += "onerror" in text
        for element in app.code:
            assert not HIDDEN.search(element.value)
        assert seen > 3
