"""What each parent and each gene gave the winner."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evolve.ablations import Ablation, Scored, gains, plan
from evolve.attribution import change, label, nothing, told_once
from evolve.cli.tables import attribution_table, make_console
from evolve.export import model_card
from evolve.fitness import Goal
from evolve.report import summary
from search_spaces.errors import StopError
from search_spaces.messages import Job, Result
from search_spaces.parameters import ParameterSpace, SpaceConfig, build_space
from search_spaces.recipe import stored_recipe
from search_spaces.resolve import mean_weights
from tests.evolve.conftest import Bench

MakeBench = Callable[..., Bench]
PARENTS = {"a": "/m/a", "b": "/m/b", "c": "/m/c"}
PRINTS = {f"/m/{n}": n for n in ("a", "b", "c", "base")}
GOALS = (Goal("x", "acc", 1.0), Goal("y", "loss", 3.0, higher_is_better=False))


def build(parents: dict[str, str] = PARENTS, **config: Any) -> ParameterSpace:
    found = SpaceConfig.model_validate(config)
    return build_space(found, "/m/base", parents, layers=4, dtype="bfloat16", seed=4)


def planned(space: ParameterSpace, at: float = 0.5, most: int = 32) -> list[Ablation]:
    genome = space.space.decode(np.full(space.space.dimension, at))
    return plan(space, genome, PRINTS, most)


def outcomes(seed: int, items: int = 40) -> dict[str, dict[str, tuple[float, ...]]]:
    rng = np.random.default_rng(seed)
    return {
        "x": {"acc": tuple(rng.integers(0, 2, items).astype(float).tolist())},
        "y": {"loss": tuple(rng.random(items).tolist())},
    }


def test_parents_come_first_and_equal_recipes_have_one_digest() -> None:
    found = planned(build())
    assert [(a.kind, a.name) for a in found] == [
        *(("parent", n) for n in "abc"),
        *(("gene", f"weight.{n}") for n in "abc"),
    ]
    assert [a.digest for a in found[:3]] == [a.digest for a in found[3:]]
    assert len({a.digest for a in found}) == 3
    assert [a.title for a in found[2:4]] == ["without parent c", "gene weight.a = 0"]
    assert {(a.value, a.neutral) for a in found} == {(0.75, 0.0)}


def test_no_more_recipes_than_allowed_and_those_farthest_from_neutral_first() -> None:
    space = build(method="ties")
    genome = {g.name: g.decode(0.5) for g in space.space.genes}
    genome |= {"density.a": 0.9, "density.b": 0.1, "density.c": 0.5}
    found = plan(space, genome, PRINTS, 5)
    assert len({a.digest for a in found if a.digest}) == 5
    left = [a for a in found if a.recipe is None]
    assert [(a.name, a.reason) for a in left] == [("density.a", "not scored: 5 others went first")]


def test_two_models_on_an_arc_cannot_be_left_out_and_t_has_no_neutral_value() -> None:
    found = planned(build({"a": "/m/a", "b": "/m/b"}, method="slerp"))
    assert [a.recipe for a in found] == [None] * 3
    assert [a.reason for a in found] == [
        "cannot be left out: slerp starts from it",
        "cannot be left out: slerp needs 1 model besides its base, and there would be fewer",
        "skipped: 't' of slerp has no neutral value",
    ]
    rows = gains(found, {}, outcomes(0), GOALS, 0)
    assert [r["gain"] for r in rows] == [None] * 3


def test_genes_of_another_method_than_the_winners_have_no_row() -> None:
    found = planned(build(method=["linear", "ties"]), at=0.1)
    reasons = {a.name: a.reason for a in found if a.kind == "gene"}
    assert reasons == {
        "method": "skipped: a choice has no neutral value",
        **{f"weight.{name}": None for name in PARENTS},
    }


def test_of_a_merge_of_merges_parents_leave_each_and_genes_their_own_group() -> None:
    space = build(method=["linear", "ties"], method_per="group", layer_groups=2)
    middle = np.full(space.space.dimension, 0.5)
    genome = space.space.decode(middle) | {"method.g0": "linear", "method.g1": "ties"}
    genome |= {f"density.{name}.g1": 0.4 for name in PARENTS}
    found = plan(space, genome, PRINTS, 32)
    names = [a.name for a in found if a.kind == "gene"]
    assert "density.a.g1" in names
    assert "density.a.g0" not in names
    scored = {a.name: a for a in found if a.recipe is not None}
    assert set(scored) == {*PARENTS, *(n for n in names if not n.startswith("method"))}
    assert scored["density.a.g1"].neutral == 1.0
    left = scored["b"].recipe
    assert left is not None
    assert mean_weights(left)["/m/b"] == 0.0


def test_a_gene_at_its_own_value_gave_nothing() -> None:
    space = build(method="ties", bounds={"lambda": [0, 2]})
    genome = {g.name: 1.0 for g in space.space.genes}
    winner = space.recipe(genome).digest(PRINTS)
    found = [a for a in plan(space, genome, PRINTS, 32) if a.digest == winner]
    assert {a.name for a in found} == {"density.a", "density.b", "density.c", "lambda"}
    rows = gains(found, {winner: Scored(9, outcomes(1))}, outcomes(1), GOALS, 0)
    zero = {"mean": 0.0, "low": 0.0, "high": 0.0}
    for row in rows:
        assert row["gain"] == zero | {"items": 80}
        assert row["tasks"] == {t: zero | {"items": 40} for t in ("x", "y")}


def test_the_gain_is_the_difference_in_fitness_higher_is_better() -> None:
    (first, *_) = planned(build())
    (row,) = gains([first], {str(first.digest): Scored(7, outcomes(2))}, outcomes(1), GOALS, 0)
    ours, theirs = outcomes(1), outcomes(2)
    x = np.mean(ours["x"]["acc"]) - np.mean(theirs["x"]["acc"])
    y = np.mean(theirs["y"]["loss"]) - np.mean(ours["y"]["loss"])
    assert row["gain"]["mean"] == pytest.approx((x + 3 * y) / 4)
    assert row["tasks"]["y"]["mean"] == pytest.approx(y)
    assert row["gain"]["low"] < row["gain"]["mean"] < row["gain"]["high"]


def gifted(one: Bench, *, winner: bool = True) -> Callable[[Job, Result], Result]:
    """Answers as if `a` were all that matters, `b` a little harmful and `c` nothing, in recipes
    that give every parent a weight of its own; all others are poor, or the best where `winner` is
    False.
    """
    names = {p.reference: n for n, p in one.opened.parents.items()}

    def spoil(job: Job, result: Result) -> Result:
        if result.score is None or job.split == "probe":
            return result
        weights = {names[m]: w for m, w in mean_weights(job.recipe).items() if m in names}
        quality = 0.2 if winner else 0.99
        if len(set(weights.values())) == 3:
            quality = 0.5 + 0.3 * min(weights["a"], 1.5) - 0.1 * weights["b"]
        items = one.splits[job.split] if job.items is None else job.items
        found = {
            task: {
                m: tuple(float(number * 7 % 20 / 20 < quality) for number in items[task])
                for m in metrics
            }
            for task, metrics in result.score.outcomes.items()
        }
        return replace(result, score=replace(result.score, outcomes=found))

    return spoil


def test_every_parent_and_gene_has_its_row_and_equal_recipes_are_scored_once(
    bench: MakeBench,
) -> None:
    one = bench()
    one.drive(slots=2, spoil=gifted(one))
    found = summary(one.reader, one.search)
    rows = found["attribution"]["rows"]
    assert [(r["kind"], r["name"]) for r in rows] == [
        *(("parent", n) for n in "abc"),
        *(("gene", f"weight.{n}") for n in "abc"),
    ]
    made = one.reader.trials(one.search.id, origin="ablation")
    assert [t.name for t in made] == [f"without parent {n}" for n in "abc"]
    assert [r["trial"] for r in rows] == [t.number for t in made] * 2
    assert rows[0].keys() == {
        *("kind", "name", "value", "neutral", "gain", "tasks", "trial", "reason")
    }
    by_name = {r["name"]: r for r in rows}
    for name, value in found["chosen"]["genome"].items():
        row, parent = by_name[name], by_name[name.removeprefix("weight.")]
        assert (row["value"], row["neutral"], row["reason"]) == (value, 0.0, None)
        assert {k: row[k] for k in ("gain", "tasks")} == {k: parent[k] for k in ("gain", "tasks")}
        assert row["tasks"].keys() == {"letters", "words"}
        assert row["gain"]["items"] == 20
    assert by_name["a"]["gain"]["mean"] > 0
    assert by_name["c"]["gain"]["mean"] == 0
    assert found["progress"]["trials"] == 8
    assert found["search"]["state"] == "finished"
    for trial in made:
        assert (trial.fitness, trial.items, trial.asked, trial.state) == (None, None, None, "done")
        assert one.reader.outcomes(trial.id, "report") is None
        assert one.reader.outcomes(trial.id, "search") is None
        with pytest.raises(StopError, match="for the chosen trial alone"):
            one.ledger().start_attempt(trial.id, "report")


def test_a_search_stopped_between_ablations_repeats_none(
    bench: MakeBench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ablations")
    twin = bench(store=f"sqlite:///{folder}/twin.db")
    twin.drive(spoil=gifted(twin))
    one = bench(store=f"sqlite:///{folder}/one.db")
    with pytest.raises(KeyboardInterrupt):
        one.drive(spoil=stop_at_ablation(one))
    stops = 1
    while one.search.state != "finished":
        stops += 1
        assert stops < 40
        try:
            one.drive(spoil=gifted(one), die_after=1)
        except KeyboardInterrupt:
            assert one.search.state == "running"
    made = one.reader.trials(one.search.id, origin="ablation")
    attempts = [a for a in one.reader.attempts(one.search.id) if a.state == "done"]
    assert [sum(a.trial_id == t.id for a in attempts) for t in made] == [1, 1, 1]
    assert one.search.attribution == twin.search.attribution
    assert one.search.verdict == twin.search.verdict


def stop_at_ablation(one: Bench) -> Callable[[Job, Result], Result]:
    answer = gifted(one)

    def spoil(job: Job, result: Result) -> Result:
        if 0.0 in mean_weights(job.recipe).values():
            raise KeyboardInterrupt
        return answer(job, result)

    return spoil


def test_an_ablation_that_fails_is_a_row_with_its_reason(bench: MakeBench) -> None:
    one = bench()
    answer = gifted(one)

    def spoil(job: Job, result: Result) -> Result:
        if 0.0 in mean_weights(job.recipe).values():
            return replace(result, score=None, failed="out of memory")
        return answer(job, result)

    one.drive(spoil=spoil)
    rows = summary(one.reader, one.search)["attribution"]["rows"]
    assert [(r["gain"], r["reason"]) for r in rows] == [(None, "out of memory")] * 6
    assert one.search.state == "finished"
    one.drive(spoil=spoil)
    assert summary(one.reader, one.search)["progress"]["failed"] == 0


def test_nothing_is_attributed_to_a_reference(bench: MakeBench) -> None:
    one = bench()
    one.drive(spoil=gifted(one, winner=False))
    found = summary(one.reader, one.search)
    assert found["chosen"]["genome"] is None
    assert found["attribution"] is None
    assert "no recipe of the search" in str(nothing(found))
    assert one.reader.trials(one.search.id, origin="ablation") == []


def test_no_ablations_is_one_line(bench: MakeBench) -> None:
    one = bench(ablations=0)
    one.drive(spoil=gifted(one))
    found = summary(one.reader, one.search)
    assert found["attribution"] is None
    assert nothing(found) is None
    assert one.reader.trials(one.search.id, origin="ablation") == []


def test_what_is_said_twice_in_json_is_told_once(bench: MakeBench) -> None:
    one = bench(space={"method": "ties"})
    one.drive(spoil=gifted(one))
    found = summary(one.reader, one.search)
    rows = told_once(found["attribution"]["rows"])
    names = [*(f"parent {n}" for n in "abc"), *(f"density.{n}" for n in "abc")]
    assert [label(r) for r in rows] == names
    assert change({"value": 0.12345, "neutral": 0.0}) == "0.123 → 0"
    assert change({"value": "ties", "neutral": None}) == "ties"
    console = make_console()
    with console.capture() as captured:
        console.print(attribution_table(found["attribution"]["rows"]))
    text = captured.get()
    for name in names:
        assert name in text
    trial = one.reader.trial(one.search.chosen_trial_id)
    card = model_card(
        "m", stored_recipe(trial.recipe), search=one.search, trial=trial, summary=found
    )
    assert "| parent a | " in card
