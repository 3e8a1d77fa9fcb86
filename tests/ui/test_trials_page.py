"""The page Trials as a reader uses it: one filter for its table and all of its charts."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from evolve.store import Reader, open_engine
from search_spaces.messages import Result, Score
from tests.ui import conftest
from tests.ui.conftest import CODE, MATHS, TASKS, quality, start
from ui import columns, genes, trial_table
from ui.filters import SCORE, Brush, Filter, passing
from ui.queries import Known, Store

APP = Path(__file__).parents[2] / "ui" / "app.py"
PARTS = ["Importance", "Slices", "Two genes", "Workers", "Failures"]


def opened(search: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    app.query_params["search"] = search
    app.switch_page("views/trials.py").run()
    assert not app.exception
    assert not app.error
    return app


def looked_at(app: AppTest, part: str) -> AppTest:
    app.button_group(key="trial_part").set_value(part).run()
    assert not app.exception
    assert not app.error
    return app


def captions(app: AppTest) -> str:
    return "\n".join(c.value for c in app.caption)


def digest_of(url: str, name: str) -> str:
    engine = open_engine(url)
    found = Reader(engine).find(name).digest
    engine.dispose()
    return found


def lines(app: AppTest) -> dict[str, Any]:
    """What the browser gets to draw as parallel coordinates."""
    import json

    proto = app.get("bidi_component")[0].proto
    data: dict[str, Any] = json.loads(proto.json or proto.mixed.json)
    return data


def brushed(app: AppTest, digest: str, *brushes: Brush) -> AppTest:
    """As if these ranges had been dragged."""
    app.session_state[f"brushed {digest}"] = {"brushes": brushes, "count": 1}
    return app.run()


@pytest.mark.usefixtures("store")
def test_the_best_trial_comes_first_and_the_order_can_be_changed() -> None:
    app = opened("night")
    frame = app.dataframe[0].value
    assert len(frame) == 15
    scored = frame[frame["search score"].notna()]
    whole = [state == "✓ done" for state in scored["state"]]
    assert whole == sorted(whole, reverse=True)  # what few items say flatters
    for state in set(whole):
        scores = [s for s, w in zip(scored["search score"], whole, strict=True) if w == state]
        assert scores == sorted(scores, reverse=True)
    assert {"arithmetic acc", "copying acc"} <= set(frame.columns)
    app.selectbox(key="trial_order").set_value("number").run()
    numbers = app.dataframe[0].value["trial"].tolist()
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.usefixtures("store")
def test_genes_are_columns_when_asked_for() -> None:
    app = opened("night")
    assert "weight.maths.g0" not in app.dataframe[0].value.columns
    app.toggle(key="with_genes").set_value(True).run()
    assert app.dataframe[0].value["weight.maths.g0"].between(0, 1.5).all()


@pytest.mark.usefixtures("store")
def test_states_filter_the_table_the_lines_and_the_charts() -> None:
    app = opened("night")
    options = app.button_group(key="trial_state").options
    assert options == ["All 15", "Scored 11", "Stopped early 2", "Failed 1", "Waiting 1"]
    app.button_group(key="trial_state").set_value("pruned").run()
    assert app.dataframe[0].value["state"].tolist() == ["◐ stopped early"] * 2
    assert len(lines(app)["rows"]) == 2
    looked_at(app, "Slices")
    assert "".join(app.get("plotly_chart")[0].proto.spec).count("circle-open") >= 2
    looked_at(app, "Workers")
    assert "2 trials, 2 attempts" in captions(app)
    app.button_group(key="trial_state").set_value("failed").run()
    looked_at(app, "Failures")
    frame = app.dataframe[0].value
    assert frame["trials"].tolist() == [1]
    assert frame["why they failed"][0].startswith("out of memory")
    looked_at(app, "Slices")
    assert "No trial that passes the filter has a score" in captions(app)


@pytest.mark.usefixtures("store")
def test_references_are_shown_when_asked_for() -> None:
    app = opened("night")
    app.selectbox(key="trial_origin").set_value("references").run()
    assert {"base", "parent", "plain merge"} <= set(app.dataframe[0].value["origin"])
    for part in PARTS:
        looked_at(app, part)


def test_what_is_brushed_filters_everything_and_is_removed_by_its_chip(store: str) -> None:
    app = opened("reasoning")
    digest = digest_of(store, "reasoning")
    everything = app.dataframe[0].value
    name = "weight.maths.g0"
    app.toggle(key="with_genes").set_value(True).run()
    brushed(app, digest, Brush(name, 0.8, 1.3), Brush(SCORE, 0.5, 0.9))
    frame = app.dataframe[0].value
    assert 0 < len(frame) < len(everything)
    assert frame[name].between(0.8, 1.3).all()
    assert frame["search score"].between(0.5, 0.9).all()
    rows = lines(app)["rows"]
    assert sum(row["passes"] for row in rows) == len(frame)
    assert len(rows) == len(everything)
    looked_at(app, "Two genes")
    assert f"The mean score of {len(frame)} trials" in captions(app)
    looked_at(app, "Workers")
    assert f"{len(frame)} trials" in captions(app)
    looked_at(app, "Trials")
    assert app.button(key=f"chip {name}").label.replace("\\", "") == f"{name} 0.8 to 1.3"
    app.button(key=f"chip {name}").click().run()
    one = app.dataframe[0].value
    assert len(frame) <= len(one) < len(everything)
    assert lines(app)["brushes"] == {SCORE: [0.5, 0.9]}
    assert lines(app)["count"] == 2
    app.button(key=f"chip {SCORE}").click().run()
    assert len(app.dataframe[0].value) == len(everything)
    brushed(app, digest, Brush(name, 0.0, 0.0001))
    assert "No trial passes the filter." in captions(app)
    for part in PARTS:
        looked_at(app, part)


def test_what_a_browser_sends_takes_the_place_of_what_is_brushed_on_its_axes() -> None:
    def script() -> None:
        import streamlit as st

        from ui import filter_bar
        from ui.filters import Brush

        before = (Brush("hidden", 0.0, 1.0), Brush("shown", 0.0, 1.0))
        st.session_state["brushed d"] = {"brushes": before, "count": 3}
        sent = {"shown": [0.7, 0.2], "unknown": [0, 1]}
        st.session_state["chart"] = {"brushed": {"brushes": sent, "count": 4}}
        filter_bar.take("d", "chart", ["shown", "other"])
        st.text(repr((filter_bar.brushes("d"), filter_bar.count("d"))))

    app = AppTest.from_function(script).run()
    assert not app.exception
    kept = (Brush("hidden", 0.0, 1.0), Brush("shown", 0.2, 0.7))
    assert app.text[0].value == repr((kept, 4))


@pytest.mark.usefixtures("store")
def test_importance_is_told_when_there_are_trials_enough() -> None:
    app = looked_at(opened("reasoning"), "Importance")
    assert len(app.get("plotly_chart")) == 1
    assert "PED-ANOVA of 28 trials" in captions(app)
    app.button_group(key="importance_method").set_value("fanova").run()
    assert "fANOVA of 28 trials" in captions(app)
    early = looked_at(opened("night"), "Importance")
    assert not early.get("plotly_chart")
    assert "once 20 trials" in captions(early)


@pytest.mark.usefixtures("store")
def test_two_genes_have_to_be_two() -> None:
    app = looked_at(opened("reasoning"), "Two genes")
    across, up = app.selectbox[-2:]
    up.set_value(across.value).run()
    assert "Choose two different genes." in captions(app)
    assert not app.get("plotly_chart")


@pytest.mark.usefixtures("store")
def test_a_long_table_has_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_table, "PAGE_ROWS", 6)
    app = opened("night")
    first = app.dataframe[0].value
    assert len(first) == 6
    app.pagination[0].set_value(3).run()
    last = app.dataframe[0].value
    assert len(last) == 3
    assert last["search score"].isna().sum() == 2
    assert "13 to 15 of 15 trials" in captions(app)


def test_all_that_passes_is_written_as_csv(filled_url: str, reader: Reader) -> None:
    search = reader.find("night")
    store = Store(filled_url, None, reader)
    known = Known(search, columns.read(reader, search.id), [], {})
    found = genes.genes_of(search)
    positions = passing(known.trials, Filter(origin="references"), found, None)
    text = trial_table.as_csv(store, known, positions).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["trial"]) for row in rows] == known.trials.number[positions].tolist()
    stored = {t.number: t for t in reader.trials(search.id)}
    for row in rows:
        trial = stored[int(row["trial"])]
        assert row["score"] == ("" if trial.fitness is None else str(trial.fitness))
        assert row["why it failed"] == (trial.reason or "")
        for gene in found:
            value = (trial.genome or {}).get(gene.name)
            if value is None:
                assert row[gene.name] == ""
            else:
                assert float(row[gene.name]) == pytest.approx(float(value), rel=1e-6)
    st.cache_resource.clear()


def test_no_cell_is_a_formula_to_a_spreadsheet() -> None:
    for text in ("=1+1", "+1", "-1", "@a", "\tx"):
        assert trial_table._safe(text).startswith("'")
    assert trial_table._safe("trial 3") == "trial 3"


@pytest.fixture
def two_objectives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A search with an objective per task, eight trials of the optimizer and one that failed."""
    url = f"sqlite:///{tmp_path / 'two.db'}"
    engine = open_engine(url)
    filled = start(engine, "two", {"maths": MATHS, "code": CODE}, 12, seed=5)
    rng = np.random.default_rng(5)
    averages = {}
    for index, (trial, recipe) in enumerate(filled.ask(9, 0).items()):
        if index == 8:
            filled.fail(trial, conftest.OOM)
            continue
        scores = [float(q) for q in rng.normal(quality(recipe), 0.05)]
        attempt = filled.ledger.start_attempt(trial, "search")
        outcomes = {t: {"acc": (s,) * 60} for t, s in zip(TASKS, scores, strict=True)}
        averages[trial] = sum(scores) / 2
        filled.ledger.finish_attempt(
            Result(attempt, "w0", Score(outcomes, 0.2, 0.4, 2_000)),
            trial_id=trial,
            split="search",
            fitness=averages[trial],
            objectives=scores,
            tell=True,
            spent_s=0.7,
        )
    base = filled.references()
    filled.ledger.choose(max(averages, key=lambda t: averages[t]))
    filled.ledger.flush()
    with engine.begin() as connection:
        # References of such a search have its objectives too.
        connection.exec_driver_sql(
            "update trials set objectives = '[0.1, 0.1]' where id in "
            f"({', '.join(str(i) for i in base)})"
        )
    filled.ledger.close()
    engine.dispose()
    monkeypatch.setenv("EVOLVE_STORE", url)
    yield url
    st.cache_resource.clear()


@pytest.mark.usefixtures("two_objectives")
def test_the_front_of_several_objectives_obeys_the_filter() -> None:
    app = looked_at(opened("two"), "Pareto front")
    whole = app.dataframe[0].value
    assert 1 < len(whole) <= 8
    assert "chosen" in app.get("plotly_chart")[0].proto.spec
    assert f"{len(whole)} of {len(whole)} points of the front pass" in captions(app)
    app.button_group(key="trial_state").set_value("failed").run()
    assert f"0 of {len(whole)} points of the front pass" in captions(app)
    assert not app.dataframe


@pytest.mark.usefixtures("store")
def test_a_single_objective_has_no_front() -> None:
    parts = opened("reasoning").button_group(key="trial_part").options
    assert parts == ["Trials", *PARTS]


def test_trials_that_ended_since_are_offered_and_not_forced(store: str) -> None:
    def script(digest: str, before: int) -> None:
        from ui import trial_news

        trial_news.offered(digest, before)

    digest = digest_of(store, "night")
    same = AppTest.from_function(script, args=(digest, 30)).run()
    assert not same.exception
    assert not same.button
    more = AppTest.from_function(script, args=(digest, 27)).run()
    assert [b.label for b in more.button] == ["3 trials ended since: draw anew"]
