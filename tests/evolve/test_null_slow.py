"""Where nothing can be gained, nothing is claimed: whole searches on tasks whose gold answers are
drawn at random, so that every model is right as often as every other one, but for luck.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from tests.conftest import write_task
from tests.evolve.conftest import Bench

SEEDS = 20
ITEMS = {"search": 40, "validation": 40, "report": 120}
Family = Callable[[str], Path]


def disturbed(model: Path, size: float, seed: int) -> None:
    """Adds to every weight noise of `size` times its tensor's standard deviation."""
    file = model / "model.safetensors"
    generator = torch.Generator().manual_seed(seed)
    tensors = {
        name: t + size * t.std() * torch.randn(t.shape, generator=generator)
        for name, t in load_file(file).items()
    }
    save_file(tensors, file, metadata={"format": "pt"})


@pytest.fixture
def family(tmp_path: Path, make_model: Callable[..., Path]) -> Family:
    """copies: the parents are one model, but for rounding; noise: the base and noise of their
    own.
    """

    def make(kind: str) -> Path:
        folder = tmp_path / "family"
        make_model(folder / "base", 0)
        for seed, name in enumerate(("one", "two"), start=1):
            make_model(folder / name, 1 if kind == "copies" else 0)
            disturbed(folder / name, 1e-6 if kind == "copies" else 0.7, seed)
        return folder

    return make


def write_luck(folder: Path, name: str, seed: int) -> None:
    """A task of 200 different items with random gold answers."""
    write_task(folder, name, 3, ["a", "b", "c"])
    letters, luck = "defghijklmnopqrstuvwxyz", random.Random(f"{name} {seed}")
    queries = {" ".join(luck.choices(letters, k=4)) for _ in range(sum(ITEMS.values()) + 20)}
    rows = [
        {"id": i, "query": f"{q} is", "choices": ["a", "b", "c"], "gold": luck.randrange(3)}
        for i, q in enumerate(sorted(queries))
    ]
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))


def searched(models: Path, folder: Path, seed: int) -> Iterator[Bench]:
    folder.mkdir()
    for name in ("heads", "tails"):
        write_luck(folder / "tasks", name, seed)
    file = folder / "search.yaml"
    data = {
        "name": "luck",
        "base": str(models / "base"),
        "parents": {name: str(models / name) for name in ("one", "two")},
        "dtype": "float32",
        "space": {"method": "task_arithmetic", "layer_groups": 2},
        "tasks": [{"name": name} for name in ("heads", "tails")],
        "task_folders": [str(folder / "tasks")],
        "splits": ITEMS,
        "budget": {"trials": 20},
        "store": f"sqlite:///{folder}/luck.db",
        "seed": seed,
    }
    file.write_text(yaml.safe_dump(data))
    one = Bench(file)
    one.drive(slots=2, seed=seed)
    yield one
    one.engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["copies", "noise"])
def test_no_gain_is_claimed_where_there_is_none(
    kind: str, family: Family, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = family(kind)
    kinds: Counter[str] = Counter()
    origins: Counter[str] = Counter()
    gaps = []
    for seed in range(SEEDS):
        for one in searched(models, tmp_path / str(seed), seed):
            verdict = one.search.verdict
            kinds[verdict["kind"]] += 1
            origins[one.reader.trial(one.search.chosen_trial_id).origin] += 1
            gaps.append(verdict["overfitting"]["gap"]["mean"])
            scores = {t.fitness for t in one.optimizer_trials()}
            assert len(scores) >= 5  # there was something to choose from
    with capsys.disabled():
        print(
            f"\n{kind}: {dict(kinds)}, chosen: {dict(origins)}, mean gap: {sum(gaps) / SEEDS:.3f}"
        )
    assert kinds["improvement"] <= 1
    assert sum(gaps) > 0  # luck on search items does not come back on report items
