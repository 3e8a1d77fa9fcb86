"""Several objectives, from the search file to the point of the front that is chosen."""

from collections.abc import Callable
from typing import Any

import pytest

from evolve import pareto
from evolve.cli.searches import open_search
from evolve.config import read_search
from evolve.fitness import fitness
from evolve.front import described, on_front
from evolve.objectives import objective_names
from evolve.store import TrialRow
from search_spaces.errors import ConfigError
from search_spaces.recipe import stored_recipe
from tests.evolve.conftest import QUICK, Bench, interrupted
from tests.evolve.test_driver import story

MakeBench = Callable[..., Bench]
DATAFLOW = {"kind": "dataflow", "repeats": 1, "max_layers": 6}
FRONT = {name: value for name, value in QUICK.items() if name != "racing"}


def stored(bench: Bench) -> list[TrialRow]:
    return bench.reader.trials(bench.search.id)


def meant(bench: Bench, trial: TrialRow, split: str) -> list[float]:
    """The objectives by their definition: means of the metrics, minus layers."""
    outcomes = bench.reader.outcomes(trial.id, split)
    assert outcomes is not None
    slices = stored_recipe(trial.recipe).slices
    own = {
        "letters": sum(outcomes["letters"]["acc"]) / len(outcomes["letters"]["acc"]),
        "words": sum(outcomes["words"]["acc_norm"]) / len(outcomes["words"]["acc_norm"]),
        "depth": -sum(piece.layers for piece in slices) if slices else -4,
    }
    own["average"] = (own["letters"] + 2 * own["words"]) / 3
    return [own[name] for name in objective_names(bench.opened.config)]


@pytest.mark.parametrize(
    ("change", "choose"),
    [
        ({"objectives": ["tasks"], "optimizer": "nsga2"}, "knee"),
        ({"objectives": "tasks", "optimizer": "auto"}, {"letters": 1, "words": 3}),
        ({"objectives": ["average", "depth"], "space": DATAFLOW, "optimizer": "tpe"}, "knee"),
        (
            {"objectives": ["average", "depth"], "space": DATAFLOW, "optimizer": "nsga3"},
            {"average": 1, "depth": 0.01},
        ),
        ({"optimizer": "map-elites"}, "knee"),
    ],
)
def test_the_chosen_one_is_on_the_front_of_validation_items(
    bench: MakeBench, change: dict[str, Any], choose: Any
) -> None:
    one = bench(**FRONT | change, choose=choose, budget={"trials": 6}, normalize="none")
    one.drive(slots=2)
    assert one.search.state == "finished"
    trials = stored(one)
    for trial in trials:
        if trial.origin in ("base", "parent", "plain", "one_scale", "start", "optimizer"):
            assert trial.objectives == pytest.approx(meant(one, trial, "search")), trial.name
    count = {task: len(items) for task, items in one.splits["validation"].items()}
    field = {}
    for trial in trials:
        seen = one.reader.outcomes(trial.id, "validation")
        if seen and all(len(next(iter(seen[t].values()))) == n for t, n in count.items()):
            field[trial.id] = meant(one, trial, "validation")
    assert {t.id for t in trials if t.origin == "parent"} <= set(field)
    ids, table = list(field), list(field.values())
    front = {ids[i] for i in pareto.front(table)}
    assert one.search.chosen_trial_id in front
    if isinstance(choose, dict):
        weights = [choose.get(n, 0.0) for n in objective_names(one.opened.config)]
        worth = {i: sum(w * v for w, v in zip(weights, field[i], strict=True)) for i in ids}
        assert worth[one.search.chosen_trial_id] == pytest.approx(max(worth.values()))


def test_the_front_covers_at_least_what_the_parents_do(bench: MakeBench) -> None:
    one = bench(**FRONT, objectives="tasks", optimizer="nsga2", choose="knee")
    one.drive()
    trials = stored(one)
    found = described(one.search, trials)
    assert found is not None
    assert found["objectives"] == ["letters", "words"]
    assert found["hypervolume"] >= found["hypervolume_of_parents"] > 0
    front = on_front(trials)
    assert sorted(row["trial"] for row in found["rows"]) == [t.number for t in front]
    scored = [t for t in trials if t.objectives is not None]
    for trial in front:
        assert not any(
            all(a >= b for a, b in zip(other.objectives, trial.objectives, strict=True))
            and other.objectives != trial.objectives
            for other in scored
            if other.objectives is not None and trial.objectives is not None
        )
    averages = [row["average"] for row in found["rows"]]
    assert averages == sorted(averages, reverse=True)


def test_tasks_count_in_their_own_units_also_where_the_average_is_in_the_parents_range(
    bench: MakeBench,
) -> None:
    """What was scored before the units were known is told in them too."""
    one = bench(**FRONT, objectives=["tasks", "average"], normalize="parents", optimizer="nsga2")
    one.drive()
    goals = one.search.goals
    assert any((goal.zero, goal.unit) != (0.0, 1.0) for goal in goals)
    for trial in stored(one):
        if trial.objectives is not None:
            outcomes = one.reader.outcomes(trial.id, "search") or {}
            expected = [fitness([goal], outcomes) for goal in goals]
            assert trial.objectives == pytest.approx([*expected, fitness(goals, outcomes)])
            assert trial.fitness == trial.objectives[-1]


@pytest.mark.parametrize("optimizer", ["nsga2", "map-elites"])
def test_a_search_for_a_front_that_was_stopped_ends_as_one_that_was_not(
    bench: MakeBench, tmp_path: Any, optimizer: str
) -> None:
    same = FRONT | {"objectives": "tasks", "choose": "knee", "optimizer": optimizer}
    twin = bench(**same, store=f"sqlite:///{tmp_path}/twin.db")
    twin.drive()
    broken = bench(**same, store=f"sqlite:///{tmp_path}/broken.db")
    for die_after in (18, 5, 7):  # among starts, trials, and contenders
        interrupted(broken, die_after)
    broken.drive()
    assert story(broken) == story(twin)
    assert [t.objectives for t in stored(broken)] == [t.objectives for t in stored(twin)]
    assert broken.search.chosen_trial_id == twin.search.chosen_trial_id


def test_several_objectives_do_not_race(search_file: Callable[..., Any]) -> None:
    assert read_search(search_file()).racing.method == "irt"
    for change in ({"objectives": "tasks"}, {"optimizer": "pool"}):
        assert read_search(search_file(**change)).racing.method == "off"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objectives": ["tasks"], "racing": "paired"}, "scored on all search items"),
        ({"objectives": ["tasks"], "items": "rotate"}, "scored on all search items"),
        ({"optimizer": "map-elites", "racing": "irt"}, "scored on all search items"),
        ({"choose": "knee"}, "only with 'objectives'"),
        ({"choose": {"letters": 1}}, "only with 'objectives'"),
        ({"choose": {"letters": 0}, "objectives": "tasks"}, "choose"),
        ({"choose": "best", "objectives": "tasks"}, "choose"),
        ({"objectives": []}, "objectives"),
        ({"objectives": "tasks", "optimizer": "descent"}, "one objective"),
    ],
)
def test_what_does_not_go_together_is_refused(
    search_file: Callable[..., Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read_search(search_file(**change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objectives": ["leters"]}, "'leters' is no task of this search; did you mean 'letters'"),
        ({"objectives": ["tasks", "words"]}, "listed twice"),
        ({"objectives": "tasks", "choose": {"depth": 1}}, "'depth' is no objective"),
        ({"objectives": "tasks", "choose": {"wrds": 1}}, "did you mean 'words'"),
        ({"objectives": "tasks", "optimizer": "cma"}, "'cma' wants one objective, here are 2"),
        ({"objectives": "tasks", "optimizer": "catcma"}, "wants one objective"),
        ({"optimizer": "map-elites", "tasks": [{"name": "words"}]}, "at least 2 objectives"),
    ],
)
def test_what_the_tasks_or_the_optimizer_do_not_allow_is_refused(
    search_file: Callable[..., Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        open_search(search_file(**change))
