"""Rows -> charts."""

import pytest

from evolve.fitness import Goal
from evolve.store import Reader
from ui import figures
from ui.queries import Known, Store, known


@pytest.fixture
def finished(filled_url: str, reader: Reader) -> Known:
    return known(Store(filled_url, None, reader), reader.find("reasoning"))


def test_the_task_chart_has_a_panel_per_task_and_one_for_the_average(finished: Known) -> None:
    rows, goals = finished.summary["rows"], finished.search.goals
    figure = figures.task_chart(rows, goals)
    titles = [a.text for a in figure.layout.annotations]
    assert titles == ["average", "arithmetic acc", "copying acc"]
    assert len(figure.data) == 3 * len(rows)
    first = figure.data[0]
    row = next(r for r in rows if r["role"] == "chosen")
    assert first.x[0] == row["average"]["mean"]
    assert first.error_x.array[0] == pytest.approx(row["average"]["high"] - row["average"]["mean"])


def test_one_task_needs_no_average(finished: Known) -> None:
    figure = figures.task_chart(finished.summary["rows"], finished.search.goals[:1])
    assert [a.text for a in figure.layout.annotations] == ["arithmetic acc"]


def test_many_tasks_go_on_in_further_rows(finished: Known) -> None:
    goals = [Goal(f"<t{i}>", "acc", 1.0) for i in range(7)]
    rows = [r | {"tasks": {g.task: r["average"] for g in goals}} for r in finished.summary["rows"]]
    figure = figures.task_chart(rows, goals)
    assert figure.layout.yaxis8.tickvals is not None
    assert "&lt;t6&gt; acc" in [a.text for a in figure.layout.annotations]


def test_bars_of_what_parents_and_genes_gave_are_hatched_where_that_may_be_nothing(
    finished: Known,
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


def test_genes_stand_in_their_bounds_a_panel_per_parameter(
    finished: Known, reader: Reader
) -> None:
    trial_id = finished.search.chosen_trial_id
    assert trial_id is not None
    genome = reader.trial(trial_id).genome or {}
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


@pytest.mark.parametrize("name", figures.__all__)
def test_every_figure_is_listed_and_can_be_called(name: str) -> None:
    assert callable(getattr(figures, name))


def test_charts_are_transparent(finished: Known) -> None:
    rows = finished.summary["rows"]
    figure = figures.task_chart(rows, finished.search.goals)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
