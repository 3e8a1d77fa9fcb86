"""Where a search begins: what is scored before the first trial, and what the optimizer is told."""

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evolve import earlier
from evolve.rounds import Rounds
from evolve.starts import START, beginning, score_references, score_starts
from evolve.store import TrialRow
from search_spaces.errors import StopError
from search_spaces.messages import Job, Result
from search_spaces.recipe import stored_recipe
from search_spaces.references import model_stock, soup
from tests.evolve.conftest import QUICK, Bench, interrupted, scored_as

MakeBench = Callable[..., Bench]
NOTHING = {"soup": False, "model_stock": False, "earlier": False}
PLAIN = {"soup": False, "model_stock": False}
EARLIER = QUICK | {"optimizer": "random", "starts": NOTHING, "budget": {"trials": 2}}


def begun(bench: Bench, **rounds: Any) -> Rounds:
    """References and starting points are scored, nothing else."""
    found = bench.rounds(**rounds)
    score_references(found)
    score_starts(found)
    return found


def starts(rounds: Rounds) -> list[TrialRow]:
    return rounds.trials(origin=START)


def named(rounds: Rounds, name: str) -> TrialRow:
    (found,) = (t for t in rounds.trials() if t.name == name)
    return found


def trials_win(job: Job, result: Result) -> Result:
    """Merges that are no plain ones are right, all others wrong."""
    plain = {"linear", "ties", "model_stock"} & {job.recipe.merge_method}
    weights = {s.parameters.get("weight") for s in job.recipe.models}
    same = job.recipe.merge_method == "task_arithmetic" and len(weights - {None}) == 1
    return scored_as(result, 0.0 if plain or same else 1.0)


def greedy_soup(parents: Mapping[str, float], worth: Callable[[frozenset[str]], float]) -> Any:
    """(all averages that recipe 1 of arXiv:2203.05482 tries, the members of its soup)."""
    order = sorted(parents, key=lambda name: -parents[name])
    members, tried = [order[0]], []
    for name in order[1:]:
        tried.append(frozenset([*members, name]))
        if worth(tried[-1]) >= worth(frozenset(members)):
            members.append(name)
    return tried, frozenset(members)


@pytest.mark.parametrize("seed", range(5))
def test_a_parent_joins_the_greedy_soup_where_that_is_no_worse(
    bench: MakeBench, seed: int
) -> None:
    one = bench(**QUICK, starts=NOTHING | {"soup": True})
    names = {reference: name for name, reference in one.opened.config.parents.items()}
    draw = random.Random(seed)
    values = {
        frozenset(some): draw.choice([0.2, 0.4, 0.6, 0.8]) for some in ("ab", "ac", "bc", "abc")
    } | {frozenset(n): v for n, v in zip("abc", draw.sample([0.3, 0.4, 0.5], 3), strict=True)}

    def spoil(job: Job, result: Result) -> Result:
        models = frozenset(names.get(m.model, "base") for m in job.recipe.models)
        return scored_as(result, values.get(models, 0.1))

    rounds = begun(one, spoil=spoil)
    tried, members = greedy_soup({n: values[frozenset(n)] for n in "abc"}, values.__getitem__)
    linear = [stored_recipe(t.recipe) for t in rounds.trials() if t.origin in (START, "plain")]
    linear = [r for r in linear if r.merge_method == "linear"]
    found = [frozenset(names[m.model] for m in recipe.models) for recipe in linear]
    assert set(found) - {frozenset("abc")} == set(tried) - {frozenset("abc")}
    assert len(found) == len(set(found)), "an average was scored twice"
    best = max(rounds.trials(), key=lambda t: t.fitness or 0.0)
    assert (best.fitness or 0.0) >= values[members] - 1e-9


def test_an_average_is_the_plain_one_whatever_the_order_of_its_members(bench: MakeBench) -> None:
    """The soup of all parents is what `uniform` is, so it is not scored again."""
    parents = bench(**QUICK).opened.config.parents
    one = bench(
        **QUICK,
        starts=NOTHING | {"soup": True},
        parents={name: parents[name] for name in ("b", "a")},
    )
    rounds = begun(one)
    assert [t for t in starts(rounds) if t.name.startswith("soup")] == []
    assert named(rounds, "uniform").state == "done"


def test_model_stock_is_scored(bench: MakeBench) -> None:
    one = bench(**QUICK, starts=NOTHING | {"model_stock": True})
    (trial,) = starts(begun(one))
    config = one.opened.config
    recipe = model_stock(config.base, config.parents, config.dtype)
    assert (trial.name, trial.state) == ("model stock", "done")
    assert stored_recipe(trial.recipe) == recipe
    alone = one.worker.run(Job(1, recipe, "search")).score
    assert alone is not None
    assert one.reader.outcomes(trial.id, "search") == alone.outcomes


@pytest.mark.parametrize(
    ("space", "count"),
    [
        ({"method": "task_arithmetic", "bounds": {"weight": [-0.5, 1.5]}}, 15),
        ({"method": "ties", "layer_groups": 2}, 4),
        ({"method": ["linear", "task_arithmetic"]}, 15),
        ({"method": "linear", "bounds": {"weight": [0, 1]}}, 4),
        ({"method": ["ties", "dare_ties"], "layer_groups": 2, "method_per": "group"}, 4),
        ({"kind": "dataflow", "repeats": 1}, 1),
        ({"kind": "dataflow", "repeats": 1, "home": "b"}, 1),
    ],
)
def test_a_known_point_is_the_model_that_it_says_and_its_scores_are_that_models(
    bench: MakeBench, space: dict[str, Any], count: int
) -> None:
    """Numerically: the worker scores the point's recipe as it scored the reference."""
    one = bench(**QUICK, space=space, starts=NOTHING)
    rounds = begun(one)
    begin = beginning(rounds)
    assert len({k.point.tobytes() for k in begin.known}) == len(begin.known) == len(begin.models)
    scored = {t.model_id: t for t in reversed(rounds.trials())}
    parents = 0
    for known, model in zip(begin.known, begin.models, strict=True):
        trial = scored[model]
        parents += trial.origin == "parent"
        assert known.scores == (trial.fitness,)
        recipe = one.opened.space.recipe(one.opened.space.space.decode(known.point))
        score = one.worker.run(Job(1, recipe, "search")).score
        assert score is not None
        assert score.outcomes == one.reader.outcomes(trial.id, "search")
    assert len(begin.known) == count
    assert parents == (1 if space.get("kind") == "dataflow" else 3)
    best = max(rounds.trials(), key=lambda t: (t.fitness or 0.0, -t.number))
    there = [k.scores for k in begin.known if np.array_equal(k.point, begin.point)]
    if best.model_id in begin.models:
        assert there == [(best.fitness,)]


def test_where_the_space_does_not_hold_the_best_one_it_begins_next_to_it(
    bench: MakeBench,
) -> None:
    one = bench(
        **QUICK,
        space={"bounds": {"weight": [0, 0.5]}},
        optimizer="tpe",
        budget={"trials": 1},
    )
    best = soup([one.opened.config.parents["b"]], "float32")

    def spoil(job: Job, result: Result) -> Result:
        return scored_as(result, 1.0 if job.recipe == best else 0.0)

    one.drive(spoil=spoil)
    (first,) = one.optimizer_trials()
    assert first.genome == {"weight.a": 0.0, "weight.b": 0.5, "weight.c": 0.0}


def test_where_the_search_file_says_it_begins_there(bench: MakeBench) -> None:
    bounds = {"weight.b": {"low": 0, "high": 1, "start": 0.75}}
    one = bench(**QUICK, space={"bounds": bounds}, optimizer="tpe", budget={"trials": 1})
    one.drive()
    (first,) = one.optimizer_trials()
    assert first.genome is not None
    assert first.genome["weight.b"] == 0.75


def winner_of(bench: Bench) -> TrialRow:
    """Of a search that a trial with a genome is made to win."""
    bench.drive(spoil=trials_win)
    chosen = bench.reader.trial(bench.search.chosen_trial_id)
    assert (chosen.origin, bench.search.state) == ("optimizer", "finished")
    return chosen


def test_the_winner_of_an_earlier_search_is_scored_first_and_known(bench: MakeBench) -> None:
    first = bench(**EARLIER, name="first")
    winner = winner_of(first)
    second = bench(**QUICK, name="second", seed=9, starts=PLAIN, optimizer="tpe")
    second.drive()
    taken, *trials = (
        t for t in second.reader.trials(second.search.id) if t.origin in (START, "optimizer")
    )
    assert taken.name == f"{winner.name} of first ({first.opened.digest[:8]})"
    assert {t.origin for t in trials} == {"optimizer"}
    assert taken.genome == winner.genome
    assert taken.point == pytest.approx(winner.point)
    assert taken.model_id == winner.model_id
    known = beginning(second.rounds())
    assert taken.model_id in known.models
    index = known.models.index(taken.model_id)
    assert known.known[index].point.tolist() == taken.point


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({"space": {"kind": "dataflow"}}, False),
        ({"space": {"bounds": {"weight": [-1, 2]}}}, True),
        ({"space": {"bounds": {"weight": [2, 3]}}}, False),
        ({"dtype": "bfloat16"}, True),
    ],
)
def test_it_is_known_where_the_space_holds_it(
    bench: MakeBench, change: dict[str, Any], known: bool
) -> None:
    winner = winner_of(bench(**EARLIER))
    second = bench(**QUICK, name="second", seed=9, starts=PLAIN, **change)
    rounds = begun(second)
    (trial,) = starts(rounds)
    recipe = stored_recipe(trial.recipe)
    assert recipe.models == stored_recipe(winner.recipe).models
    assert recipe.dtype == second.opened.config.dtype
    assert (trial.genome == winner.genome) is known
    assert (trial.model_id in beginning(rounds).models) is known


@pytest.mark.parametrize("finer", [{"layer_groups": 2}, {"filters": ["mlp"]}, {"smooth": True}])
def test_it_is_known_in_a_finer_space_and_under_other_names(
    bench: MakeBench, family: Path, finer: dict[str, Any]
) -> None:
    winner_of(bench(**EARLIER))
    space = {"layer_groups": 2, **finer} if "smooth" in finer else finer
    parents = {f"other-{n}": str(family / n) for n in ("a", "b", "c")}
    rounds = begun(bench(**QUICK, name="second", parents=parents, space=space, starts=PLAIN))
    (trial,) = starts(rounds)
    assert trial.model_id in beginning(rounds).models
    again = rounds.setup.space.recipe(trial.genome)
    score = rounds.pool._worker.run(Job(0, again, "search")).score
    assert score.outcomes == rounds.reader.outcomes(trial.id, "search")


def test_it_is_taken_by_what_the_models_hold_not_by_where_they_lie(
    bench: MakeBench, family: Path, tmp_path: Path
) -> None:
    winner = winner_of(bench(**EARLIER))
    shutil.copytree(family, tmp_path / "moved")
    moved = {f"new_{n}": str(tmp_path / "moved" / n) for n in ("a", "b", "c")}
    rounds = begun(bench(**QUICK, base=str(tmp_path / "moved/base"), parents=moved, starts=PLAIN))
    (trial,) = starts(rounds)
    models = {m.model for m in stored_recipe(trial.recipe).models}
    assert models - {str(tmp_path / "moved/base")} == set(moved.values())
    assert trial.model_id == winner.model_id


def test_it_is_not_taken_of_other_parents(bench: MakeBench) -> None:
    first = bench(**EARLIER)
    winner_of(first)
    parents = dict(first.opened.config.parents)
    parents.pop("c")
    assert starts(begun(bench(**QUICK, parents=parents, starts=PLAIN))) == []
    swapped = {
        "base": first.opened.config.parents["a"],
        "parents": parents | {"a": first.opened.config.base},
    }
    assert starts(begun(bench(**QUICK, **swapped, starts=PLAIN))) == []


def test_a_recipe_that_won_twice_is_taken_once_and_only_the_newest_ones_are(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "MOST", 2)
    won = [winner_of(bench(**EARLIER, seed=seed)) for seed in range(3)]
    again = winner_of(bench(**EARLIER | {"finalists": 1}, seed=2))
    assert again.model_id == won[2].model_id
    rounds = begun(bench(**QUICK, seed=99, starts=PLAIN))
    assert [t.model_id for t in starts(rounds)] == [won[2].model_id, won[1].model_id]


def test_after_the_first_ask_nothing_more_is_scored_before_it(bench: MakeBench) -> None:
    begun_first = bench(**QUICK, starts=PLAIN, optimizer="tpe")
    twin = bench(**QUICK, starts=PLAIN, optimizer="tpe", store="sqlite:///twin.db")
    twin.drive()
    interrupted(begun_first, 20)
    assert len(begun_first.optimizer_trials()) >= 1
    winner_of(bench(**EARLIER, name="other", seed=9))
    begun_first.drive()
    assert starts(begun_first.rounds()) == []
    assert [t.point for t in begun_first.optimizer_trials()] == [
        t.point for t in twin.optimizer_trials()
    ]


def test_they_can_be_turned_off(bench: MakeBench) -> None:
    winner_of(bench(**EARLIER))
    rounds = begun(bench(**QUICK, seed=9, starts=NOTHING))
    assert starts(rounds) == []
    assert len(beginning(rounds).known) > 3  # the references need no asking


def test_one_that_cannot_be_scored_is_left_out_for_good(bench: MakeBench) -> None:
    tries = 0

    def spoil(job: Job, result: Result) -> Result:
        nonlocal tries
        if job.recipe.merge_method != "model_stock":
            return result
        tries += 1
        return replace(result, score=None, failed="it broke")

    one = bench(**QUICK, starts=PLAIN | {"model_stock": True}, budget={"trials": 3})
    interrupted(one, 20, spoil=spoil)
    one.drive(spoil=spoil)
    assert one.search.state == "finished"
    (trial,) = starts(one.rounds())
    assert (trial.state, trial.reason, tries) == ("failed", "it broke", 1)
    assert trial.model_id not in beginning(one.rounds()).models


def test_a_winner_for_which_the_workers_have_no_room_is_left_out(bench: MakeBench) -> None:
    """A path of 6 layers, in a search whose models have 4."""
    deep = bench(
        **QUICK, space={"kind": "dataflow", "max_layers": 8}, optimizer="random", starts=NOTHING
    )

    def spoil(job: Job, result: Result) -> Result:
        layers = sum(piece.layers for piece in job.recipe.slices)
        return scored_as(result, layers / 10)

    deep.drive(spoil=spoil)
    flat = bench(**QUICK, starts=PLAIN, budget={"trials": 2})
    flat.drive()
    assert flat.search.state == "finished"
    (trial,) = starts(flat.rounds())
    assert trial.state == "failed"
    assert "there is room for 4" in (trial.reason or "")


@pytest.mark.parametrize(("merges", "attributed"), [("soup", True), ("model_stock", False)])
def test_one_may_win(bench: MakeBench, merges: str, attributed: bool) -> None:
    """Then it alone of them meets the report items, and is taken apart where it has genes."""
    one = bench(
        **QUICK | {"ablations": 4, "budget": {"trials": 2}},
        starts={"soup": True, "model_stock": True, "descent": {"loss": "entropy", "steps": 2}},
    )

    def spoil(job: Job, result: Result) -> Result:
        soups = job.recipe.merge_method == "linear" and len(job.recipe.models) == 2
        mine = soups if merges == "soup" else job.recipe.merge_method == "model_stock"
        return scored_as(result, float(mine))

    one.drive(spoil=spoil)
    search = one.search
    chosen = one.reader.trial(search.chosen_trial_id)
    assert (chosen.origin, search.state) == (START, "finished")
    assert (search.attribution is not None) is attributed
    others = [t for t in starts(one.rounds()) if t.id != chosen.id]
    assert any("descent by entropy" in t.name for t in others)
    ledger = one.ledger()
    ledger.start_attempt(chosen.id, "report")
    for trial in others:
        assert one.reader.outcomes(trial.id, "report") is None
        with pytest.raises(StopError, match="report items are for the chosen trial alone"):
            ledger.start_attempt(trial.id, "report")


def test_what_descent_has_learnt_is_known_and_learnt_once(bench: MakeBench) -> None:
    learnt = {"loss": "entropy", "steps": 3, "items": 4}
    one = bench(**QUICK, space={"layer_groups": 2}, starts=NOTHING | {"descent": learnt})
    jobs: list[Job] = []

    def watch(job: Job, result: Result) -> Result:
        jobs.append(job)
        return result

    rounds = begun(one, spoil=watch)
    *_, last = found = starts(rounds)
    for trial in found:
        assert trial.name.endswith("descent by entropy")
        assert trial.state == "done"
        assert trial.point in [k.point.tolist() for k in beginning(rounds).known]
    assert last.model_id in beginning(rounds).models
    assert last.genome is not None
    scales = {last.genome[f"weight.{n}.g{g}"] for n in "abc" for g in range(2)}
    assert len(scales) > 1, "nothing has moved"
    begun(one, spoil=watch)
    assert [job.descent is not None for job in jobs].count(True) == 1
    assert len(starts(rounds)) == len(found)
