"""Score against trial, and items against trial: what is drawn of few and of very many trials."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.io as pio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as hs

from evolve.store import Reader, TrialRow
from ui import columns
from ui.charts.racing import racing_chart, saved
from ui.charts.sample import best_so_far, drawn, thinned
from ui.charts.scores import best_references, score_chart
from ui.charts.trial_axis import reach
from ui.columns import Columns


def made(count: int, seed: int = 0, first: int = 3) -> Columns:
    """Trials whose scores rise slowly, every tenth stopped early, every 25th failed."""
    rng = np.random.default_rng(seed)
    rows = []
    for index in range(count):
        state = "failed" if index % 25 == 24 else "pruned" if index % 10 == 7 else "done"
        score = None if state == "failed" else float(0.4 + index / 1e6 + rng.normal(0, 0.05))
        items = None if state == "failed" else 24 if state == "pruned" else 120
        error = 0.04 if state == "pruned" else None
        rows.append((first + index, "optimizer", state, score, error, items, index, None))
    return columns.of_rows(rows)


_MANY = made(30_000)


def only(trials: Columns, count: int) -> Columns:
    """The first so many of them, as they were when there were no more."""
    return Columns(**{name: values[:count] for name, values in columns._arrays(trials).items()})


def found(figure: Any, name: str) -> Any:
    return next(t for t in figure.data if t.name and t.name.startswith(name))


@pytest.fixture(scope="module")
def many() -> Columns:
    return _MANY


@pytest.fixture
def night(reader: Reader) -> tuple[Columns, list[TrialRow]]:
    search = reader.find("night")
    return columns.read(reader, search.id), reader.others(search.id)


@pytest.fixture
def ended(reader: Reader) -> tuple[Columns, list[TrialRow], int]:
    search = reader.find("reasoning")
    chosen = reader.trial(search.chosen_trial_id or 0).number
    return columns.read(reader, search.id), reader.others(search.id), chosen


@given(hs.lists(hs.floats(0, 1), max_size=40))
def test_the_best_so_far_are_those_that_beat_all_before_them(scores: list[float]) -> None:
    rows = [(n, "optimizer", "done", s, None, 9, n, None) for n, s in enumerate(scores)]
    expected = [n for n, s in enumerate(scores) if all(s > b for b in scores[:n])]
    assert best_so_far(columns.of_rows(rows)).tolist() == expected


def test_a_score_of_a_trial_that_was_stopped_early_is_no_record(many: Columns) -> None:
    high = replace(many, fitness=np.where(many.error > 0, 9.0, many.fitness))
    assert best_so_far(high).tolist() == best_so_far(many).tolist()


@pytest.mark.parametrize("count", [0, 1, 500, 1999, 2000, 2001, 30_000])
def test_at_most_so_many_dots_with_the_newest_the_records_and_the_chosen(
    many: Columns, count: int
) -> None:
    trials = only(many, count)
    chosen = 3 + count // 3
    shown = drawn(trials, chosen, 2000)
    assert len(shown) == min(count, 2000)
    assert (np.diff(shown) > 0).all()
    assert set(best_so_far(trials)) <= set(shown)
    assert set(range(max(0, count - 150), count)) <= set(shown)
    assert count == 0 or count // 3 in shown


def test_the_sample_is_even_whatever_repeats_in_it(many: Columns) -> None:
    shown = drawn(many, None, 2000)
    old = shown[shown < 29_000]
    counts, _ = np.histogram(old, bins=29)
    assert counts.max() - counts.min() <= 15
    failed = many.state[old] == columns.STATES.index("failed")
    assert failed.mean() == pytest.approx(1 / 25, rel=0.2)


@settings(max_examples=30, deadline=None)
@given(hs.integers(2500, 29_000), hs.integers(1, 900))
def test_what_was_left_out_does_not_come_back_when_there_are_more(before: int, more: int) -> None:
    trials = _MANY
    few, lots = (np.arange(n, dtype=np.int64) for n in (before, before + more))
    kept, later = set(thinned(trials, few, 1500)), set(thinned(trials, lots, 1500))
    assert {n for n in later if n < before} <= kept
    assert len(kept) == len(later) == 1500
    assert len(kept - later) <= more


def test_records_without_end_leave_room_for_others() -> None:
    rising = replace(made(9000), fitness=np.arange(9000.0), state=np.full(9000, 1, dtype=np.int8))
    shown = drawn(rising, None, 2000)
    assert len(shown) == 2000
    assert (shown < 7000).any()


def test_the_line_counts_all_trials(many: Columns) -> None:
    figure = score_chart(many, [])
    line = found(figure, "best so far")
    done = many.fitness[many.state == columns.STATES.index("done")]
    assert line.y[-1] == done.max()
    assert line.x[-1] == many.number[-1]
    assert np.interp(20_000, line.x, line.y) <= done.max()
    dots = sum(len(t.x) for t in figure.data if t.mode == "markers")
    assert dots == 700
    assert len(pio.to_json(figure, validate=False)) < 80_000


def test_trials_references_and_the_chosen_one_are_told_apart(
    ended: tuple[Columns, list[TrialRow], int],
) -> None:
    trials, others, chosen = ended
    figure = score_chart(trials, others, chosen=chosen)
    for name in ("best parent: maths", "best plain merge: ", "one scale", "best so far"):
        assert found(figure, name).mode == "lines"
    assert len(found(figure, "trial").x) == 28
    assert len(found(figure, "failed").x) == 2
    assert found(figure, "failed").y[0] < found(figure, "trial").y.min()
    assert list(found(figure, "chosen").x) == [chosen]


def test_a_reference_that_was_chosen_says_so(
    ended: tuple[Columns, list[TrialRow], int],
) -> None:
    trials, others, _ = ended
    best = best_references(others)[0]
    figure = score_chart(trials, others, chosen=best.number)
    assert found(figure, "best parent").name.endswith(" (chosen)")
    assert not [t for t in figure.data if t.name == "chosen"]


def test_trials_that_were_stopped_early_are_hollow_and_say_what_they_saw(
    night: tuple[Columns, list[TrialRow]],
) -> None:
    figure = score_chart(*night, budget=40)
    stopped = found(figure, "stopped early")
    assert stopped.marker.symbol == "circle-open"
    assert stopped.customdata.tolist() == [[24.0, pytest.approx(0.0375)]] * 2
    assert set(stopped.x).isdisjoint(found(figure, "trial").x)
    assert set(found(figure, "trial").customdata) == {120}


def test_a_chart_without_a_scored_trial_is_still_a_chart(
    night: tuple[Columns, list[TrialRow]],
) -> None:
    trials, others = night
    figure = score_chart(only(trials, len(others)), others, budget=40)
    assert not len(found(figure, "best so far").x)
    assert len(found(figure, "best parent").x) == 2
    assert score_chart(columns.of_rows([]), []) is not None
    failed = replace(made(3), state=np.full(3, 3, dtype=np.int8), fitness=np.full(3, np.nan))
    assert len(found(score_chart(failed, []), "failed").x) == 3


def test_a_name_reaches_the_chart_escaped(night: tuple[Columns, list[TrialRow]]) -> None:
    trials, others = night
    bad = [replace(t, name="<i>%{y}</i>") for t in others]
    figure = score_chart(trials, bad)
    said = json.dumps([(t.name, t.hovertemplate) for t in figure.data])
    assert "<i>" not in said
    assert "%{y}" not in said
    assert "&lt;i&gt;" in said


def test_the_axis_has_room_for_a_short_search_and_doubles_for_a_long_one() -> None:
    assert reach(made(14, first=16), 40) == (15, 16 + 40)
    wide = [reach(made(n), 100_000)[1] for n in (1, 40, 60, 90, 190, 1000)]
    assert wide == pytest.approx([53, 53, 103, 103, 204, 1634], abs=17)
    assert reach(made(900), None)[1] == pytest.approx(902, abs=10)
    assert reach(made(30), 20)[1] == 3 + 30


def test_charts_are_transparent_and_keep_what_was_zoomed(
    night: tuple[Columns, list[TrialRow]],
) -> None:
    for figure in (score_chart(*night), racing_chart(night[0])):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.uirevision == "kept"
        assert figure.layout.margin.l == 64


def test_racing_shows_the_items_of_those_that_were_stopped_and_the_average_of_all(
    night: tuple[Columns, list[TrialRow]],
) -> None:
    trials, _ = night
    figure = racing_chart(trials, budget=40)
    assert list(found(figure, "stopped early").y) == [24, 24]
    assert list(found(figure, "all 120 search items").y) == [120, 120]
    average = found(figure, "average")
    assert average.y.mean() == pytest.approx((11 * 120 + 2 * 24) / 13, rel=0.1)
    assert list(figure.layout.xaxis.range) == list(
        score_chart(*night, budget=40).layout.xaxis.range
    )


def test_racing_of_very_many_is_a_few_hundred_dots_and_an_average_of_all(many: Columns) -> None:
    figure = racing_chart(many)
    assert len(found(figure, "stopped early").x) == 150
    scored = many.items[many.items > 0]
    assert found(figure, "average").y.mean() == pytest.approx(scored.mean(), rel=1e-3)
    assert len(pio.to_json(figure, validate=False)) < 30_000


def test_what_racing_saved_in_words(night: tuple[Columns, list[TrialRow]]) -> None:
    assert saved(night[0]) == (
        "12% of the search items were saved: 2 of 13 scored trials were stopped early, on average "
        "after 24 of 120."
    )
    assert saved(only(made(5), 5)).startswith("No trial was stopped early so far")


def test_a_finished_search_without_racing_has_an_average_of_all_its_items(
    ended: tuple[Columns, list[TrialRow], int],
) -> None:
    figure = racing_chart(ended[0])
    assert set(found(figure, "average").y) == {120}
    assert not len(found(figure, "stopped early").x)
