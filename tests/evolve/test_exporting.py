"""What is exported is what was scored, also where it has other layers than its parents."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evolve.cli.exporting import export_front, export_trial
from search_spaces.errors import ConfigError
from search_spaces.messages import Job, Result
from search_spaces.recipe import stored_recipe
from search_spaces.references import alone
from tests.evolve.conftest import QUICK, Bench, scored_as
from workers.worker import Worker

MakeBench = Callable[..., Bench]


def deepest(job: Job, result: Result) -> Result:
    """The deeper a path, the better; what is no path is nothing."""
    return scored_as(result, sum(piece.layers for piece in job.recipe.slices) / 10)


@pytest.mark.parametrize(
    "space",
    [
        {"kind": "dataflow", "max_layers": 6},
        {"kind": "dataflow", "scale": None, "repeats": 1, "max_layers": 7, "home": "c"},
        {"method": ["task_arithmetic", "ties"], "layer_groups": 4, "method_per": "group"},
    ],
)
def test_an_exported_winner_scores_as_in_the_search(
    bench: MakeBench, tmp_path: Path, space: dict[str, Any]
) -> None:
    one = bench(**QUICK, space=space, optimizer="random")
    one.drive(spoil=deepest)
    chosen = one.reader.trial(one.search.chosen_trial_id)
    recipe = stored_recipe(chosen.recipe)
    assert chosen.origin == "optimizer"
    folder = tmp_path / "winner"
    export_trial(one.engine, one.search, None, folder, lambda done, total: None)
    layers = sum(piece.layers for piece in recipe.slices)
    assert json.loads((folder / "config.json").read_text())["num_hidden_layers"] == layers
    spec = replace(one.opened.worker_spec(), base=str(folder), parents={}, layers=None)
    other = Worker(spec)
    other.set_splits(one.splits)
    found = [
        worker.run(Job(1, scored, split)).score
        for split in ("search", "report")
        for worker, scored in ((one.worker, recipe), (other, alone(str(folder), "float32")))
    ]
    outcomes = [score.outcomes for score in found if score is not None]
    assert len(outcomes) == 4
    assert outcomes[0] == outcomes[1]
    assert outcomes[2] == outcomes[3]


def test_a_front_is_exported_whole_or_not_at_all(bench: MakeBench, tmp_path: Path) -> None:
    one = bench(
        **{name: value for name, value in QUICK.items() if name != "racing"},
        objectives="tasks",
        optimizer="random",
        budget={"trials": 2},
    )
    one.drive()
    folder = tmp_path / "front"

    def contents() -> dict[str, bytes]:
        files = (f for f in folder.rglob("*") if f.is_file())
        return {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_front(one.engine, one.search, folder, stop)
    assert list(tmp_path.glob("*front*")) == []
    found = export_front(one.engine, one.search, folder, lambda done, total: None)
    before = contents()
    assert {p["folder"] for p in found["points"]} == {
        str(f.parent) for f in folder.glob("*/*.yml")
    }
    assert all(f"{Path(p['folder']).name}/model.safetensors" in before for p in found["points"])
    with pytest.raises(ConfigError, match="--replace"):
        export_front(one.engine, one.search, folder, stop)
    with pytest.raises(KeyboardInterrupt):
        export_front(one.engine, one.search, folder, stop, replace=True)
    assert contents() == before
    export_front(one.engine, one.search, folder, stop, weights=False, replace=True)
    assert "front.json" in contents() and not list(folder.rglob("*.safetensors"))
    assert [p.name for p in tmp_path.glob("*front*")] == ["front"]
