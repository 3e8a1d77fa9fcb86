"""The family tree that a search leaves: every model that went into a candidate, and no other."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evolve.lineage import ancestry, family_tree, generations
from evolve.starts import beginning
from evolve.store import TrialRow
from search_spaces.recipe import stored_recipe
from tests.evolve.conftest import QUICK, Bench, interrupted
from tests.evolve.test_search_kinds import search

MakeBench = Callable[..., Bench]
Origins = dict[str, tuple[str, float | None]]
BRED = {name: value for name, value in QUICK.items() if name != "racing"}


def parents_by_model(bench: Bench) -> dict[int, dict[int, tuple[str, float | None]]]:
    """child -> parent -> (role, weight)."""
    found: dict[int, dict[int, tuple[str, float | None]]] = defaultdict(dict)
    for child, parent, role, weight in bench.reader.edges():
        found[child][parent] = role, weight
    return found


def origins(bench: Bench, trial: TrialRow) -> Origins:
    """Of a candidate, by the names of its parents."""
    names = {m.id: m.name for m in bench.reader.models()}
    return {names[p]: edge for p, edge in parents_by_model(bench)[trial.model_id].items()}


@pytest.mark.parametrize("optimizer", ["map-elites", "pool"])
def test_children_descend_from_the_candidates_they_were_bred_from(
    bench: MakeBench, optimizer: str
) -> None:
    one = bench(**BRED, optimizer=optimizer, budget={"trials": 20})
    interrupted(one, 30)
    one.drive(slots=2)
    trials, known = one.optimizer_trials(), set(beginning(one.rounds()).models)
    models = {m.id: m for m in one.reader.models()}
    edges, firsts = parents_by_model(one), {}
    for trial in reversed(trials):
        firsts[trial.model_id] = trial
    bred_from_known = bred_from_trials = 0
    for model, trial in firsts.items():
        bred = {p: w for p, (role, w) in edges[model].items() if role == "parent"}
        base = [p for p, (role, _) in edges[model].items() if role == "base"]
        assert model not in edges[model]
        assert sum(w or 0 for w in bred.values()) == pytest.approx(1)
        assert [models[p].kind for p in [*base, *(p for p in bred if p == 1)]] == ["base"]
        asked_before = {t.model_id for t in trials if t.number < trial.number}
        assert set(bred) <= asked_before | known
        bred_from_known += bool(set(bred) & known)
        bred_from_trials += bool(set(bred) & asked_before)
    assert bred_from_known > 0
    assert bred_from_trials > 0
    tree = family_tree(models.values(), one.reader.edges())
    ages = generations(tree)
    assert max(ages[t.model_id] for t in trials) > 2
    oldest = {m.name for m in ancestry(tree, trials[-1].model_id) if ages[m.id] == 0}
    assert oldest <= {"base", "a", "b", "c"}


def test_nobody_is_a_parent_of_itself(bench: MakeBench) -> None:
    """A space so small that children are recipes that were there before."""
    one = bench(
        **BRED,
        optimizer="pool",
        space={"kind": "dataflow", "scale": None, "repeats": 1, "block": 2},
        parents=dict(list(bench().opened.config.parents.items())[:2]),
        budget={"trials": 24},
    )
    one.drive()
    trials = one.optimizer_trials()
    assert len({t.model_id for t in trials}) < len(trials)
    assert all(child != parent for child, parent, *_ in one.reader.edges())
    ages = generations(family_tree(one.reader.models(), one.reader.edges()))
    assert len(ages) == len(one.reader.models())


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        ("methods by group", True),
        ("methods", True),
        ("dataflow", False),
        ("genome slerp", False),
        ("genome", True),
        ("genome linear", False),
    ],
)
def test_all_models_that_went_into_a_candidate_are_its_parents(
    bench: MakeBench, family: Path, kind: str, base: bool
) -> None:
    one = bench(**search(family, "random", kind))
    one.drive()
    stacked = 0
    for trial in one.optimizer_trials():
        found, recipe = origins(one, trial), stored_recipe(trial.recipe)
        everything = [recipe, *recipe.nested.values()]
        stacked += bool(recipe.nested)
        named = {s.model for r in everything for p in r.pieces() for s in r.sources(p)}
        named |= {b for r in everything for p in r.pieces() if (b := r.base_of(p)) is not None}
        named -= set(recipe.nested)
        assert set(found) == {Path(reference).name for reference in named}
        merged = {n: w for n, (role, w) in found.items() if role == "parent"}
        assert set(merged) <= {"a", "b", "c"}
        has_base = kind != "methods" or recipe.merge_method != "linear"
        assert ("base" in found) == (base and has_base)
        assert all(w is not None for w in merged.values())
        if kind == "dataflow":
            layers = sum(piece.layers for piece in recipe.slices)
            shares = {
                name: sum(p.layers for p in recipe.slices if p.sources[0].model.endswith(name))
                for name in merged
            }
            assert merged == pytest.approx({n: s / layers for n, s in shares.items()})
    assert stacked or kind != "methods by group"


def test_the_base_of_a_stack_is_found_behind_a_parent_that_is_a_base(bench: MakeBench) -> None:
    """slerp merges one parent into the other; its base is no base of the stack."""
    parents = dict(list(bench().opened.config.parents.items())[:2])
    space: dict[str, Any] = {
        "method": ["slerp", "task_arithmetic"],
        "layer_groups": 4,
        "method_per": "group",
    }
    one = bench(**QUICK, parents=parents, space=space, optimizer="random")
    one.drive()
    mixed = [t for t in one.optimizer_trials() if len(stored_recipe(t.recipe).nested) == 2]
    assert mixed
    for trial in mixed:
        roles = {name: role for name, (role, _) in origins(one, trial).items()}
        assert roles == {"base": "base", "a": "parent", "b": "parent"}
