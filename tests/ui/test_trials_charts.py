"""The charts of the page Trials: what they draw is what the rows say."""

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from search_spaces.space import Gene
from tests.ui.test_names import NASTY, figure_problems, strings
from ui import columns, figures, parallel
from ui.filters import SCORE, Brush
from ui.importance import Weight
from ui.palette import SCALE, between

METHOD = Gene(f"m {NASTY}", choices=(f"l {NASTY}", "ties"))
SCALED = Gene(f"s.{NASTY}", 0.01, 1.0, log=True)
WEIGHT = Gene("weight.maths.g0", 0.0, 1.5)
GENES = (METHOD, SCALED, WEIGHT)
VALUES = np.array(
    [[0, 0.1, 0.2], [1, np.nan, 1.4], [1, 1.0, 0.25], [0, 0.01, 0.3]], dtype=np.float32
)
SCORES = np.array([0.4, 0.6, np.nan, 0.5])
NUMBERS = np.array([3, 4, 5, 9])
FRONT: dict[str, Any] = {
    "objectives": ["average", "depth", f"t {NASTY}"],
    "rows": [
        {"trial": 1, "name": f"a {NASTY}", "scores": [0.6, -12.0, 0.1], "chosen": False},
        {"trial": 2, "name": "b", "scores": [0.5, -8.0, 0.1], "chosen": True},
        {"trial": 3, "name": "c", "scores": [0.4, -10.0, 0.9], "chosen": False},
    ],
}


def drawn(figure: go.Figure) -> dict[str, Any]:
    """As the browser gets it; all of its texts are only text."""
    found: dict[str, Any] = json.loads(figure.to_json())
    assert any("&lt;img" in text for text in strings(found))
    for text in strings(found):
        assert not figure_problems(text), text
    return found


def test_parallel_coordinates_of_a_report_have_a_step_for_what_is_absent() -> None:
    rows = [
        (0.4, {METHOD.name: METHOD.choices[0], SCALED.name: 0.1, WEIGHT.name: 0.2}),
        (0.6, {METHOD.name: "ties", WEIGHT.name: 1.4}),
    ]
    axes = drawn(figures.parallel_chart(rows, GENES))["data"][0]["dimensions"]
    assert len(axes) == 4
    assert axes[0]["values"] == [0, 1]
    assert axes[1]["values"][0] == -1.0
    assert axes[1]["values"][1] == axes[1]["range"][0] < -2.0
    assert axes[1]["ticktext"][0] == "none"
    assert axes[3]["values"] == [0.4, 0.6]
    assert len(figures.parallel_chart(rows, [WEIGHT] * 90).data[0].dimensions) == 60


def test_parallel_coordinates_of_the_page_have_an_axis_per_gene_and_one_for_the_score() -> None:
    states = ("done", "pruned", "failed", "done")
    rows = [
        (n, "optimizer", state, None if np.isnan(s) else s, None, 60, n, None)
        for n, state, s in zip(NUMBERS.tolist(), states, SCORES.tolist(), strict=True)
    ]
    trials = columns.of_rows(rows)
    data = parallel.data_of(
        trials,
        np.array([0, 1, 2]),
        np.array([True, False, True]),
        GENES,
        VALUES[:3],
        [Brush(SCORE, 0.5, 0.6), Brush("not drawn", 0, 1)],
        7,
    )
    assert [axis["name"] for axis in data["axes"]] == [*(g.name for g in GENES), SCORE]
    assert [axis["absent"] for axis in data["axes"]] == [False, True, False, True]
    assert (data["low"], data["high"]) == (0.4, 0.6)
    assert [row["number"] for row in data["rows"]] == [3, 4, 5]
    assert [row["passes"] for row in data["rows"]] == [True, False, True]
    assert data["rows"][1]["values"] == [1.0, None, 1.4, 0.6]
    assert data["rows"][2]["score"] is None
    assert data["brushes"] == {SCORE: [0.5, 0.6]}
    assert data["count"] == 7
    json.dumps(data, allow_nan=False)


def test_importance_says_how_many_trials_had_a_gene() -> None:
    weights = [Weight(METHOD.name, 0.7, 50), Weight(SCALED.name, 0.3, 20)]
    found = drawn(figures.importance_chart(weights, 50))
    assert found["data"][0]["text"] == ["70.0%", "30.0%, in 20 trials"]
    assert found["data"][0]["marker"]["pattern"]["shape"] == ["", "/"]


def test_a_slice_has_a_point_per_trial_with_the_gene_and_a_score() -> None:
    stopped = np.array([False, True, False, False])
    found = figures.slice_chart(GENES, VALUES, NUMBERS, SCORES, stopped)
    drawn(found)
    assert ["".join(trace.text) for trace in found.data] == ["349", "39", "349"]
    assert found.data[0].marker.symbol == ("circle", "circle-open", "circle")
    assert found.layout.xaxis2.type == "log"
    assert list(found.data[2].y) == [0.4, 0.6, 0.5]
    assert (
        len(figures.slice_chart([WEIGHT] * 20, VALUES[:, [2] * 20], NUMBERS, SCORES, stopped).data)
        == 8
    )


def test_a_contour_has_the_mean_of_each_cell_and_nothing_where_no_trial_was() -> None:
    rng = np.random.default_rng(1)
    values = np.stack([rng.uniform(0, 1.5, 4000), rng.uniform(0.01, 0.3, 4000)], axis=1)
    scores = values[:, 0] / 2
    found = figures.contour_chart(WEIGHT, SCALED, values.astype(np.float32), scores)
    drawn(found)
    cells = found.data[0]
    flat = [z for row in cells.z for z in row]
    assert None in flat
    told = [text.split("<br>")[2] if text else "0 trials" for row in cells.text for text in row]
    counted = [int(words.split(" ")[0].replace(",", "")) for words in told]
    assert sum(counted) == 4000
    assert [n == 0 for n in counted] == [z is None for z in flat]
    mean = sum(n * z for n, z in zip(counted, flat, strict=True) if z is not None) / 4000
    assert mean == pytest.approx(scores.mean(), abs=1e-3)
    middle = [row[len(row) // 2] for row in cells.z if row[len(row) // 2] is not None]
    assert middle == pytest.approx([0.375] * len(middle), abs=0.03)


def test_a_contour_of_choices_has_a_cell_per_choice() -> None:
    found = figures.contour_chart(METHOD, WEIGHT, VALUES[:, [0, 2]], SCORES)
    drawn(found)
    assert len(found.data[0].x) == 3
    assert list(found.layout.xaxis.tickvals) == [0, 1]


def test_the_front_is_a_step_line_with_the_chosen_as_a_star() -> None:
    found = figures.front_chart(FRONT, [], 0, 1)
    drawn(found)
    line = next(trace for trace in found.data if trace.name == "the front")
    # c is behind b in these two; depth is told in layers.
    assert list(zip(line.x, line.y, strict=True)) == [(0.5, 8.0), (0.6, 12.0)]
    star = next(trace for trace in found.data if trace.name == "chosen")
    assert (star.marker.symbol, list(star.x), list(star.y)) == ("star", [0.5], [8.0])
    shaded = figures.front_chart(FRONT, [], 0, 1, 2)
    assert [t.marker.color for t in shaded.data if t.name == "on the front"] == [(0.1, 0.9)]
    some = FRONT | {"rows": FRONT["rows"][:1]}
    part = figures.front_chart(some, [], 0, 1, line=FRONT["rows"])
    assert next(t for t in part.data if t.name == "the front").x == line.x


def test_the_scale_goes_through_its_colours() -> None:
    assert [between(SCALE, i / (len(SCALE) - 1)) for i in range(len(SCALE))] == list(SCALE)
    assert between(("#000000", "#FFFFFF"), 0.5) == "#808080"
    assert between(SCALE, -1.0) == SCALE[0]
    assert between(SCALE, 2.0) == SCALE[-1]
