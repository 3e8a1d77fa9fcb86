"""Figures of the pages Recipe and Verdict: what they show, and that they show nothing false."""

import math
from typing import Any

import pytest

from evolve.differences import compare
from evolve.fitness import Goal
from evolve.layer_weights import LayerWeights
from evolve.recipe_words import Stretch
from ui.charts.radar import Profile
from ui.figures import gained_chart, gap_chart, path_chart, profile_chart, weight_chart
from ui.palette import BLUE, VERMILLION

GOALS = tuple(Goal(t, "acc", 1.0) for t in ("x", "y", "z"))
LOSS = Goal("l", "loss", 1.0, higher_is_better=False)


def sheet(*rows: tuple[float, ...]) -> LayerWeights:
    columns = ("embeddings", *map(str, range(len(rows[0]) - 2)), "final norm, head")
    return LayerWeights(tuple(f"/m{n}" for n in range(len(rows))), columns, rows, True)


def test_weights_are_coloured_from_zero_or_around_it() -> None:
    figure = weight_chart(sheet((0.1, 0.5, 1.5, math.nan)), "weight", ["a"])
    heat = figure.data[0]
    assert (heat.zmin, heat.zmax) == (0.0, 1.5)
    assert heat.z[0][-1] is None
    assert heat.texttemplate
    both = weight_chart(sheet((0.1, 0.5, -1.5, 0.2)), "weight", ["a"]).data[0]
    assert (both.zmin, both.zmax) == (-1.5, 1.5)
    assert [c for _, c in both.colorscale][::2] == [VERMILLION, BLUE]
    wide = weight_chart(sheet((0.1,) * 82), "weight", ["a"])
    assert wide.data[0].texttemplate is None
    assert len(wide.layout.xaxis.ticktext) < 32


def test_a_path_shows_every_stretch_where_it_runs() -> None:
    path = [Stretch(0, "/a", 0, 4), Stretch(4, "/b", 2, 6, 0.8), Stretch(8, "/a", 4, 8)]
    figure = path_chart(path, ["a", "b", "a"])
    assert [(t.base, t.x) for t in figure.data] == [((0, 8), (4, 4)), ((4,), (4,))]
    assert figure.data[1].text == ("2-5<br>x0.80",)
    assert figure.layout.yaxis.ticktext == ("a", "b")


def profiles(goals: tuple[Goal, ...], *means: float) -> list[Profile]:
    roles = ("chosen", "parent", "base")
    return [
        Profile(role, role, {g.task: mean for g in goals})
        for role, mean in zip(roles, means, strict=True)
    ]


def test_a_radar_needs_three_axes_and_goes_from_worst_to_best() -> None:
    radar = profile_chart(profiles(GOALS, 0.6, 0.5, 0.2), GOALS)
    assert [t.type for t in radar.data] == ["scatterpolar"] * 3
    assert radar.data[0].r == (1.0,) * 4
    assert radar.data[1].r == pytest.approx((0.75,) * 4)
    assert radar.data[2].r == (0.0,) * 4
    dots = profile_chart(profiles(GOALS[:2], 0.6, 0.5, 0.2), GOALS[:2])
    assert [t.type for t in dots.data] == ["scatter"] * 3
    less = profile_chart(profiles((*GOALS, LOSS), 0.6, 0.5, 0.2), (*GOALS, LOSS))
    assert less.data[0].r[3] == 0.0
    alike = profile_chart(profiles(GOALS, 0.6, 0.6, 0.6), GOALS)
    assert {t.r for t in alike.data} == {(0.5,) * 4}


def test_gains_and_losses_are_counted_per_task() -> None:
    ours, theirs = ({"x": {"acc": v}} for v in ([1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]))
    found = compare(GOALS[:1], ours, theirs, {"x": range(4)}, seed=0)
    lost, gained = gained_chart(found, GOALS[:1]).data
    assert (lost.x, gained.x) == ((-1,), (2,))


@pytest.mark.parametrize(("best", "traces"), [(None, 1), (0.7, 1), (0.8, 2)])
def test_the_gap_shows_a_better_looking_trial_where_there_is_one(
    best: float | None, traces: int
) -> None:
    about: dict[str, Any] = {"search": 0.7, "report": 0.6, "gap": {}, "best": best}
    figure = gap_chart(about)
    assert len(figure.data) == traces
    assert figure.data[0].y == (0.7, 0.6)
    low, high = figure.layout.yaxis.range
    assert low < 0.6
    assert high > (best or 0.7)
