"""The genes of trials as numbers: read once, in parts or whole, and the same either way."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as hs

from evolve.store import Reader
from search_spaces.space import Gene
from ui import columns, filters, genes, samples
from ui.columns import Columns
from ui.filters import SCORE, Brush, Filter
from ui.genes import Matrix
from ui.queries import Known, Store

METHOD = Gene("method", choices=("linear", "ties", "slerp"))
DENSITY = Gene("density", 0.1, 1.0, log=True, when=("method", ("ties",)))
WEIGHT = Gene("weight.maths.g0", 0.0, 1.5)
GENES = (METHOD, DENSITY, WEIGHT)


@pytest.fixture
def opened(filled_url: str, reader: Reader) -> Iterator[tuple[Store, Known]]:
    search = reader.find("reasoning")
    yield (
        Store(filled_url, None, reader),
        Known(search, columns.read(reader, search.id), reader.others(search.id), {}),
    )
    st.cache_resource.clear()


def test_choices_are_positions_and_absent_genes_are_not_numbers() -> None:
    rows = [
        (3, '{"method": "ties", "density": 0.5, "weight.maths.g0": 1}'),
        (4, None),
        (5, "null"),
        (7, '{"method": "slerp", "weight.maths.g0": 0.25}'),
        (8, '{"method": "of another time", "weight.maths.g0": "high"}'),
    ]
    found = genes.matrix_of(GENES, rows)
    assert found.number.tolist() == [3, 7, 8]
    np.testing.assert_array_equal(
        found.values, [[1, 0.5, 1], [2, np.nan, 0.25], [np.nan, np.nan, np.nan]]
    )


@given(hs.sets(hs.integers(0, 40)), hs.sets(hs.integers(0, 40)), hs.lists(hs.integers(0, 40)))
def test_a_matrix_read_in_parts_is_the_whole(
    first: set[int], second: set[int], asked: list[int]
) -> None:
    def made(numbers: set[int]) -> Matrix:
        rows = [(n, json.dumps({"weight.maths.g0": n / 8})) for n in sorted(numbers)]
        return genes.matrix_of(GENES, rows)

    both = made(first).with_rows(made(second - first))
    wanted = np.array(asked, dtype=np.int64)
    np.testing.assert_array_equal(both.of(wanted), made(first | second).of(wanted))
    known = [n in first | second for n in asked]
    assert both.holds(wanted).tolist() == known
    assert (~np.isnan(both.of(wanted)[:, 2])).tolist() == known


def test_some_and_all_genomes_are_those_of_the_store(
    opened: tuple[Store, Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, known = opened
    numbers = known.trials.number[known.trials.where()]
    found = genes.genes_of(known.search)
    stored = store.reader.genomes(known.search.id, numbers.tolist())
    expected = np.array(
        [[stored[n][g.name] for g in found] for n in numbers.tolist()], dtype=np.float32
    )
    monkeypatch.setattr(genes, "FEW", 0)  # as if there were too many to read them all
    assert not genes.are_read(store, known)
    np.testing.assert_array_equal(genes.some_of(store, known, numbers[3:9]), expected[3:9])
    np.testing.assert_array_equal(genes.some_of(store, known, numbers), expected)
    assert not genes.are_read(store, known)
    np.testing.assert_array_equal(genes.all_of(store, known).of(numbers), expected)
    assert genes.are_read(store, known)
    assert genes.all_of(store, known) is genes.all_of(store, known)


def test_a_filter_is_all_of_its_parts_at_once(opened: tuple[Store, Known]) -> None:
    store, known = opened
    trials, found = known.trials, genes.genes_of(known.search)
    matrix = genes.all_of(store, known)
    name = found[0].name
    brushes = (Brush(name, 0.8, 1.2), Brush(SCORE, 0.5, 1.0))
    kept = filters.passing(trials, Filter("done", "optimizer", brushes), found, matrix)
    values = matrix.of(trials.number)[:, 0]
    expected = [
        i
        for i in range(len(trials))
        if trials.state[i] == 1
        and trials.origin[i] == 0
        and 0.8 <= values[i] <= 1.2
        and 0.5 <= trials.fitness[i] <= 1.0
    ]
    assert 0 < len(expected) < len(trials.where(states=("done",)))
    assert kept.tolist() == expected
    only = filters.passing(trials, Filter("failed"), found, None)
    assert len(only) == 2
    everything = filters.passing(trials, Filter(origin="all"), found, None)
    assert len(everything) == len(trials)
    counted = filters.counts(trials, everything)
    assert counted.pop("all") == sum(counted.values()) == len(trials)


def test_what_a_browser_sends_is_taken_only_as_ranges_of_known_axes() -> None:
    sent = {
        "b": [0.7, 0.2],
        "a": [1, 2],
        "unknown": [0, 1],
        "text": ["x", "y"],
        "long": [1, 2, 3],
        "nan": [0, float("nan")],
        "none": None,
    }
    axes = ["a", "b", "text", "long", "nan", "none"]
    assert filters.brushes_from(sent, axes) == (Brush("a", 1.0, 2.0), Brush("b", 0.2, 0.7))  # type: ignore[arg-type]


def test_a_brush_is_told_in_words() -> None:
    assert filters.told(Brush(WEIGHT.name, 0.2, 0.6), GENES) == "weight.maths.g0 0.2 to 0.6"
    assert filters.told(Brush("method", 0.5, 2.5), GENES) == "method ties, slerp"
    assert filters.told(Brush(SCORE, 0.512, 0.7), GENES) == "score 0.512 to 0.7"


def test_a_sample_has_the_best_and_stays_when_trials_come() -> None:
    def made(count: int) -> Columns:
        scores = np.random.default_rng(0).random(5000)[:count].tolist()
        rows = [(n, "optimizer", "done", s, None, 60, n, None) for n, s in enumerate(scores)]
        return columns.of_rows(rows)

    small, large = made(4000), made(5000)
    one = samples.best_and_even(small, np.arange(4000), 100, 300)
    two = samples.best_and_even(large, np.arange(5000), 100, 300)
    assert len(one) == len(two) == 400
    assert set(small.best(np.arange(4000), 100).tolist()) <= set(one.tolist())
    # Nearly all that were drawn are drawn again, and the rest is spread over the whole search.
    assert len(set(one.tolist()) - set(two.tolist())) < 140
    assert np.histogram(two, bins=10, range=(0, 5000))[0].min() > 20
