"""The page Recipe: any trial, what it is made of, and what it gained and lost."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from evolve.store import Reader, open_engine
from evolve.store.tables import texts
from search_spaces.recipe import as_yaml

APP = Path(__file__).parents[2] / "ui" / "app.py"


def opened(search: str, part: str | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    for name, value in ({"search": search} | query).items():
        app.query_params[name] = value
    app.switch_page("views/recipe.py").run()
    if part is not None:
        app.button_group(key="recipe_part").set_value(part).run()
    assert not app.exception
    return app


def captions(app: AppTest) -> str:
    return "\n".join(c.value for c in app.caption).translate({0x5C: None, 0x2060: None})


def codes(app: AppTest) -> str:
    return "\n".join(c.value for c in app.code)


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(c.proto.spec or c.proto.figure.spec) for c in app.get("plotly_chart")]


@pytest.mark.usefixtures("store")
def test_the_chosen_trial_comes_first_with_its_weights_and_ways_out(reader: Reader) -> None:
    app = opened("reasoning")
    search = reader.find("reasoning")
    assert search.chosen_trial_id is not None
    trial = reader.trial(search.chosen_trial_id)
    assert app.selectbox(key="picked_trial").value == trial.number
    assert app.code[0].value == as_yaml(trial.recipe).rstrip()
    heat, genes = charts(app)
    assert heat["data"][0]["type"] == "heatmap"
    assert list(heat["layout"]["yaxis"]["ticktext"]) == ["maths", "code"]
    assert list(heat["layout"]["xaxis"]["ticktext"]) == ["emb.", *map(str, range(8)), "head"]
    assert genes["data"]
    assert "evolve export reasoning --to ./reasoning --store" in codes(app)
    assert "evolve merge recipe.yml --to" in codes(app)
    assert "mergekit-yaml recipe.yml" in codes(app)
    assert "g0 to g1: groups of layers" in captions(app)


@pytest.mark.usefixtures("store")
def test_any_trial_by_its_address_or_number_also_one_that_failed(reader: Reader) -> None:
    failed = next(t for t in reader.trials(reader.find("night").id) if t.state == "failed")
    app = opened("night", trial=str(failed.number))
    assert app.number_input(key="numbered_trial").value == failed.number
    assert "out of memory on cuda:0" in codes(app)
    assert "It has no score: it failed" in captions(app)
    assert "merge_method: task_arithmetic" in codes(app)
    assert f"--trial {failed.number}" in codes(app)
    app.number_input(key="numbered_trial").set_value(3).run()
    assert app.query_params["trial"] == "3"
    assert app.selectbox(key="picked_trial").value == 3
    app.selectbox(key="picked_trial").select_index(0).run()
    best = app.selectbox(key="picked_trial").value
    assert "best search score" in app.selectbox(key="picked_trial").options[0]
    assert app.query_params["trial"] == str(best)
    assert app.number_input(key="numbered_trial").value == best
    app.number_input(key="numbered_trial").set_value(failed.number).run()
    for part in ("Task by task", "Item by item"):
        app.button_group(key="recipe_part").set_value(part).run()
        assert not app.exception
        assert not charts(app)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("wanted", ["9999", "x<b>", "-1", "9" * 40])
def test_an_address_of_no_trial_says_so(wanted: str) -> None:
    app = opened("reasoning", trial=wanted)
    assert "has no trial" in app.warning[0].value
    assert "\\<b" in app.warning[0].value or "<" not in wanted
    assert app.selectbox(key="picked_trial").value == 43


@pytest.mark.usefixtures("store")
def test_the_number_of_a_trial_is_forgotten_with_its_search(reader: Reader) -> None:
    app = opened("reasoning", trial="12")
    assert app.selectbox(key="picked_trial").value == 12
    app.selectbox(key="chosen_search").select(reader.find("reasoning-again").digest).run()
    assert not app.exception
    assert "trial" not in app.query_params
    assert "chosen" in app.selectbox(key="picked_trial").options[0]


@pytest.mark.usefixtures("store")
def test_task_by_task_on_report_items_where_there_are_some() -> None:
    (dots,) = charts(app := opened("reasoning", "Task by task"))
    assert [d["name"] for d in dots["data"]] == ["trial 43", "base", "maths", "code"]
    assert "report items" in captions(app)
    app = opened("night", "Task by task")
    assert "search items, which guide the search and flatter" in captions(app)


@pytest.mark.usefixtures("store")
def test_items_gained_and_lost_have_their_text(reader: Reader) -> None:
    app = opened("reasoning", "Item by item")
    counts = {m.label: int(m.value) for m in app.metric}
    assert sum(counts.values()) == 400
    search = reader.find("reasoning")
    chosen, maths = (
        reader.outcomes(trial, "report") or {}
        for trial in (
            search.chosen_trial_id or 0,
            next(t.id for t in reader.others(search.id) if t.name == "maths"),
        )
    )
    gained = [
        (task, n)
        for task in ("arithmetic", "copying")
        for n, (a, b) in enumerate(zip(chosen[task]["acc"], maths[task]["acc"], strict=True))
        if a > b
    ]
    assert counts["Gained"] == len(gained)
    assert len(app.expander) == 25
    task, item = gained[0]
    assert app.expander[0].label.startswith(f"{task} {item}, gained")
    assert f"Question {item} of {task}" in codes(app)
    assert f"✓ {3 * item}" in codes(app)
    assert "This trial: right. maths: wrong." in captions(app)
    last = -(-len(gained) // 25)
    app.number_input(key="items_page").set_value(last).run()
    assert len(app.expander) == len(gained) - 25 * (last - 1)
    app.button_group(key="items_kind").set_value("lost").run()
    assert len(app.expander) == min(25, counts["Lost"])
    assert all(", lost" in e.label for e in app.expander)
    app.selectbox(key="items_task").set_value("copying").run()
    assert all(e.label.startswith("copying") for e in app.expander)


def test_without_texts_items_are_listed_by_number(
    filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shutil.copy(filled_url.removeprefix("sqlite:///"), tmp_path / "old.db")
    engine = open_engine(f"sqlite:///{file}")
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(texts.delete())
    engine.dispose()
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    app = opened("reasoning", "Item by item")
    assert "was not kept" in captions(app)
    assert not app.expander
    frame = app.dataframe[0].value
    assert len(frame) == 25
    assert set(frame["this trial"]) == {"right"}
    assert set(frame["maths"]) == {"wrong"}


@pytest.mark.usefixtures("store")
def test_items_against_another_model_on_another_split() -> None:
    app = opened("reasoning", "Item by item")
    options = app.selectbox(key="items_against").options
    assert options[:3] == ["maths (parent)", "code (parent)", "base (base)"]
    app.selectbox(key="items_against").select_index(2).run()
    app.selectbox(key="items_split").set_value("search").run()
    assert sum(int(m.value) for m in app.metric) == 120
    assert "looks better on them than it is" in captions(app)


@pytest.mark.usefixtures("store")
def test_a_trial_that_was_stopped_early_is_compared_on_what_it_saw(reader: Reader) -> None:
    pruned = next(t for t in reader.trials(reader.find("night").id) if t.state == "pruned")
    app = opened("night", "Item by item", trial=str(pruned.number))
    assert sum(int(m.value) for m in app.metric) == pruned.items


@pytest.mark.usefixtures("store")
def test_who_gave_what_is_known_of_the_chosen_one_alone() -> None:
    app = opened("reasoning", "Who gave what")
    assert len(charts(app)) == 1
    assert "weight.code.g1: not scored: 5 others went first" in [t.value for t in app.text]
    app = opened("reasoning", "Who gave what", trial="12")
    assert "chosen recipe alone" in captions(app)
    assert not charts(app)


@pytest.mark.usefixtures("empty_store")
def test_an_empty_database_says_how_to_start() -> None:
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    app.switch_page("views/recipe.py").run()
    assert "no search yet" in app.info[0].value
