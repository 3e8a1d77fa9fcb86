"""Rows -> charts."""

from dataclasses import replace
from typing import Any

import pytest

from evolve.fitness import Goal
from evolve.store import Reader, SearchRow, TrialRow
from ui import figures
from ui.queries import Store, Whole, whole


@pytest.fixture
def finished(filled_url: str, reader: Reader) -> Whole:
    return whole(Store(filled_url, None, reader), reader.find("reasoning"))


@pytest.fixture
def running(filled_url: str, reader: Reader) -> Whole:
    return whole(Store(filled_url, None, reader), reader.find("night"))


def trace(figure: Any, name: str) -> Any:
    return next(t for t in figure.data if t.name and t.name.startswith(name))


def chosen(search: SearchRow, trials: list[TrialRow]) -> TrialRow:
    return next(t for t in trials if t.id == search.chosen_trial_id)


def test_best_so_far_never_falls() -> None:
    assert figures.best_so_far([0.1, 0.3, 0.2, 0.4]) == [0.1, 0.3, 0.3, 0.4]
    assert figures.best_so_far([]) == []


def test_the_score_chart_shows_trials_references_and_the_chosen_one(finished: Whole) -> None:
    figure = figures.score_chart(finished.trials, chosen_id=finished.search.chosen_trial_id)
    for name in ("best parent: maths", "best plain merge: ", "one scale", "best so far"):
        assert trace(figure, name).mode == "lines"
    assert len(trace(figure, "trial").x) == 28
    assert len(trace(figure, "failed").x) == 2
    star = trace(figure, "chosen")
    assert star.x[0] == chosen(finished.search, finished.trials).number


def test_trials_that_were_stopped_early_are_apart_and_say_what_they_saw(running: Whole) -> None:
    figure = figures.score_chart(running.trials, budget=40)
    stopped = trace(figure, "stopped early")
    assert len(stopped.x) == 2
    assert stopped.marker.symbol == "circle-open"
    assert all(" ± 0.037, stopped early after 24 items" in text for text in stopped.text)
    assert set(stopped.x).isdisjoint(trace(figure, "trial").x)
    assert set(stopped.x).isdisjoint(trace(figure, "best so far").x)
    assert trace(figure, "trial").text[0].endswith(", 120 items")


def test_a_running_chart_leaves_room_for_what_is_to_come(running: Whole) -> None:
    figure = figures.score_chart(running.trials, budget=40)
    assert figure.layout.xaxis.range[1] == 16 + 40


def test_a_chart_without_a_scored_trial_is_still_a_chart(running: Whole) -> None:
    waiting = [
        replace(t, state="asked", fitness=None) for t in running.trials if t.origin == "optimizer"
    ]
    assert figures.score_chart(waiting, budget=40).layout.xaxis.range[0] == 15
    assert figures.score_chart([]) is not None


def test_a_reason_reaches_the_chart_escaped(running: Whole) -> None:
    bad = [replace(t, reason="<b>x</b>", name="<i>") for t in running.trials]
    for text in trace(figures.score_chart(bad), "failed").text:
        assert text == "&lt;i&gt; failed:<br>&lt;b&gt;x&lt;/b&gt;"


def test_the_task_chart_has_a_panel_per_task_and_one_for_the_average(finished: Whole) -> None:
    rows, goals = finished.summary["rows"], finished.search.goals
    figure = figures.task_chart(rows, goals)
    titles = [a.text for a in figure.layout.annotations]
    assert titles == ["average", "arithmetic acc", "copying acc"]
    assert len(figure.data) == 3 * len(rows)
    first = figure.data[0]
    row = next(r for r in rows if r["role"] == "chosen")
    assert first.x[0] == row["average"]["mean"]
    assert first.error_x.array[0] == pytest.approx(row["average"]["high"] - row["average"]["mean"])


def test_one_task_needs_no_average(finished: Whole) -> None:
    figure = figures.task_chart(finished.summary["rows"], finished.search.goals[:1])
    assert [a.text for a in figure.layout.annotations] == ["arithmetic acc"]


def test_many_tasks_go_on_in_further_rows(finished: Whole) -> None:
    goals = [Goal(f"<t{i}>", "acc", 1.0) for i in range(7)]
    rows = [r | {"tasks": {g.task: r["average"] for g in goals}} for r in finished.summary["rows"]]
    figure = figures.task_chart(rows, goals)
    assert figure.layout.yaxis8.tickvals is not None
    assert "&lt;t6&gt; acc" in [a.text for a in figure.layout.annotations]


def test_bars_of_what_parents_and_genes_gave_are_hatched_where_that_may_be_nothing(
    finished: Whole,
) -> None:
    rows = finished.summary["attribution"]["rows"]
    figure = figures.attribution_chart(rows)
    shown = [row for row in rows if row["gain"] is not None]
    assert 2 < len(shown) < len(rows)
    (bars,) = figure.data
    assert list(bars.x) == [row["gain"]["mean"] for row in shown]
    assert bars.error_x.array[0] == pytest.approx(
        shown[0]["gain"]["high"] - shown[0]["gain"]["mean"]
    )
    hatched = [row["gain"]["low"] <= 0 <= row["gain"]["high"] for row in shown]
    assert [shape == "/" for shape in bars.marker.pattern.shape] == hatched
    assert figure.layout.yaxis.ticktext[0] == "parent maths"
    assert figures.attribution_chart([]) is not None


def test_genes_stand_in_their_bounds_a_panel_per_parameter(finished: Whole) -> None:
    genome = chosen(finished.search, finished.trials).genome or {}
    figure = figures.gene_chart(genome, finished.search.genes)
    assert [a.text for a in figure.layout.annotations] == ["weight"]
    assert list(figure.data[1].x) == pytest.approx(list(genome.values()))


def test_a_gene_that_is_a_choice_has_no_bar() -> None:
    genes = [{"name": "method", "low": 0, "high": 1}, {"name": "t", "low": -1, "high": 1}]
    figure = figures.gene_chart({"method": "ties", "t": -0.5}, genes)
    assert [a.text for a in figure.layout.annotations] == ["t"]
    assert figure.layout.xaxis.range[0] < -1


def test_many_parameters_fit() -> None:
    names = [f"{p}.m{i}" for p in ("weight", "density", "gamma", "lambda") for i in range(12)]
    genes = [{"name": n, "low": 0, "high": 1} for n in names]
    assert len(figures.gene_chart(dict.fromkeys(names, 0.5), genes).data) == 8
    assert len(figures.gene_chart({}, genes).data) == 0


def test_charts_are_transparent(finished: Whole) -> None:
    figure = figures.score_chart(finished.trials)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
