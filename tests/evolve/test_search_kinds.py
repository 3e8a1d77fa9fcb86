"""Every optimizer on every kind of space: to a verdict, and to the same after being stopped."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from evolve.optimizers import NAMES, supports
from search_spaces.errors import ConfigError
from search_spaces.recipe import stored_recipe
from tests.evolve.conftest import QUICK, Bench, interrupted
from tests.evolve.test_driver import story

MakeBench = Callable[..., Bench]
TRIALS = 6

SPACES: dict[str, dict[str, Any]] = {
    "smooth": {"layer_groups": 3, "smooth": True},
    "tied": {"method": "ties", "layer_groups": 2, "tied": ["density.*"]},
    "filters": {"filters": ["self_attn", "mlp"], "bounds": {"weight": [-0.5, 1.5]}},
    "methods": {"method": ["linear", "dare_ties", "della_linear"]},
    "methods by group": {
        "method": ["task_arithmetic", "ties", "sce"],
        "layer_groups": 2,
        "method_per": "group",
    },
    "dataflow": {"kind": "dataflow", "repeats": 1},
}
GENOMES: dict[str, dict[str, Any]] = {
    "genome": {"merge_method": "dare_ties", "layer_granularity": 2, "filters": ["mlp"]},
    "genome slerp": {"merge_method": "slerp", "layer_granularity": 2},
    "genome linear": {"merge_method": "linear", "allow_negative_weights": True, "smooth": True},
}
EACH_ONCE = [
    ("cma", "filters"),
    ("cma-lra", "genome slerp"),
    ("catcma", "methods"),
    ("gp", "tied"),
    ("thompson", "tied"),
    ("tpe", "methods by group"),
    ("nsga2", "dataflow"),
    ("nsga3", "genome"),
    ("map-elites", "methods by group"),
    ("pool", "smooth"),
    ("qmc", "dataflow"),
    ("random", "methods"),
    ("auto", "genome linear"),
    ("descent", "smooth"),
]
WITHOUT_DESCENT = ["dataflow", *GENOMES]
KINDS = [*SPACES, *GENOMES]
OPTIMIZERS = [*NAMES, "auto", "descent"]


def search(family: Path, optimizer: str, kind: str) -> dict[str, Any]:
    """A search file, or a mergekit-evolve file with keys of ours beside its own."""
    changes = QUICK | {"optimizer": {"name": optimizer}, "budget": {"trials": TRIALS}}
    if optimizer in ("map-elites", "pool"):
        changes.pop("racing")
    if kind in SPACES:
        return changes | {"space": SPACES[kind]}
    genome = {"models": [str(family / n) for n in ("a", "b", "c")], **GENOMES[kind]}
    genome |= {"base_model": str(family / "base")}
    theirs = {"genome": genome, "apply_chat_template": False, "shuffle": True}
    ours = {"name": "genome", "base": None, "parents": None, "space": None}
    return changes | theirs | ours


def ends_the_same(make: MakeBench, folder: Path, changes: dict[str, Any]) -> None:
    twin = make(**changes, store=f"sqlite:///{folder}/twin.db")
    twin.drive()
    assert twin.search.state == "finished"
    assert twin.search.verdict["sentence"]
    trials = twin.optimizer_trials()
    assert [t.state for t in trials] == ["done"] * len(trials)
    assert 1 <= len(trials) <= TRIALS
    broken = make(**changes, store=f"sqlite:///{folder}/broken.db")
    interrupted(broken, 10)  # among the references
    interrupted(broken, 12)  # among the trials
    broken.drive()
    assert story(broken) == story(twin)
    assert broken.search.chosen_trial_id == twin.search.chosen_trial_id
    assert broken.search.verdict == twin.search.verdict


def test_the_pairs_are_of_every_optimizer_and_every_kind_of_space() -> None:
    assert sorted(name for name, _ in EACH_ONCE) == sorted(OPTIMIZERS)
    assert {kind for _, kind in EACH_ONCE} == set(KINDS)


@pytest.mark.parametrize(("optimizer", "kind"), EACH_ONCE)
def test_a_search_ends_with_a_verdict_and_with_the_same_after_being_stopped(
    bench: MakeBench, family: Path, tmp_path: Path, optimizer: str, kind: str
) -> None:
    ends_the_same(bench, tmp_path, search(family, optimizer, kind))


@pytest.mark.slow
@pytest.mark.parametrize(("optimizer", "kind"), sorted(set(product(OPTIMIZERS, KINDS))))
def test_all_pairs(
    bench: MakeBench, family: Path, tmp_path: Path, optimizer: str, kind: str
) -> None:
    changes = search(family, optimizer, kind)
    space = bench(**changes | {"optimizer": "auto"}).opened.space.space
    objectives = 2 if optimizer == "map-elites" else 1
    if optimizer == "descent" and kind in WITHOUT_DESCENT:
        pytest.skip("refused, see below")
    if optimizer in NAMES and supports(optimizer, space.genes, objectives) is not None:
        pytest.skip("refused when the file is read, see test_registry.py")
    ends_the_same(bench, tmp_path, changes)


def test_descent_says_where_there_is_nothing_to_descend_on(bench: MakeBench, family: Path) -> None:
    with pytest.raises(ConfigError, match=r"descent learns weights of .*found kind 'dataflow'"):
        bench(**search(family, "descent", "dataflow"))


def test_recipes_are_of_the_kind_that_was_asked_for(bench: MakeBench, family: Path) -> None:
    """A genome file's are mergekit-evolve's: its method, base and groups of layers."""
    one = bench(**search(family, "random", "genome"))
    one.drive()
    for trial in one.optimizer_trials():
        recipe = stored_recipe(trial.recipe)
        assert recipe.merge_method == "dare_ties"
        assert recipe.base_model == str(family / "base")
        assert [piece.sources[0].layer_range for piece in recipe.slices] == [(0, 2), (2, 4)]
