"""The page Verdict: words that a manager understands, then numbers; and what is said before."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evolve.config import SearchConfig
from evolve.store import Ledger, open_engine

APP = Path(__file__).parents[2] / "ui" / "app.py"


def opened(search: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    app.query_params["search"] = search
    app.switch_page("views/verdict.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    found = [e.value for kind in ("header", "markdown", "caption") for e in app.get(kind)]
    return "\n".join(found).translate({0x5C: None, 0x2060: None})


@pytest.mark.usefixtures("store")
def test_an_improvement_is_told_in_words_then_in_numbers() -> None:
    app = opened("reasoning")
    assert app.header[0].value.startswith("The merged model answers about 72 of 100 questions")
    said = words(app)
    assert "On 400 questions that the search had never seen, it is 17.5 points better" in said
    assert "one tuned scale" in said
    assert "- Export the model" in said
    assert "- copying: 1.0 point worse than code, the best parent there" in said
    assert "On the questions that guided the search it reached 80 of 100" in said
    assert "Contamination: not tested in this search" in said
    assert "- Only this was measured: arithmetic, copying" in said
    report, gains = (frame.value for frame in app.dataframe)
    assert report["what it is"][0] == "chosen"
    assert gains["on"].tolist() == ["average", "arithmetic acc", "copying acc"]
    assert len(app.get("plotly_chart")) == 2
    assert {m.label: m.value for m in app.metric}["Recipes tried"] == "30"


@pytest.mark.usefixtures("store")
def test_no_improvement_says_what_that_means_and_what_to_do() -> None:
    said = words(opened("reasoning-again"))
    assert "No improvement by searching: merging helps, but a plain merge" in said
    assert "- Use the plain merge task_arithmetic" in said
    assert "this may be chance" in said


@pytest.mark.usefixtures("store")
def test_before_the_verdict_its_coming_and_what_flatters() -> None:
    app = opened("night")
    assert "No verdict yet" in app.info[0].value
    assert "Trying recipes" in app.get("progress")[0].proto.text
    said = words(app)
    assert "Ends in about" in said
    assert "So far the best of 13 recipes answers about" in said
    assert "That flatters" in said
    assert "average" not in app.dataframe[0].value.columns
    assert app.dataframe[0].value["search score"].notna().all()
    assert app.dataframe[0].value["what it is"][0] == "best search score"
    assert not app.header
    assert not app.get("plotly_chart")


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
    app = opened("new")
    assert "No recipe has been scored yet" in words(app)
    if state == "running":
        assert "No verdict yet" in app.info[0].value
    else:
        assert f"has {state} before its verdict" in app.warning[0].value
        assert app.code[0].value.startswith("evolve resume 000000000000 --store sqlite")
