"""One worker on real checkpoints: what it scores is what lm-eval scores, and what is exported is
what was scored.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from search_spaces.errors import ConfigError
from search_spaces.messages import Job, Result, TaskSpec, WorkerSpec
from search_spaces.recipe import Recipe
from search_spaces.references import alone, one_scale, plain_merges
from workers.parents import open_parent
from workers.tasks import load_tasks
from workers.worker import Worker
from workers.writer import write_merge

SPLITS = {
    "search": {"letters": tuple(range(30)), "words": tuple(range(20))},
    "report": {"letters": tuple(range(30, 60)), "words": tuple(range(20, 40))},
}


def spec_of(family: Path, dtype: str = "float32") -> WorkerSpec:
    parents = {str(family / n): open_parent(str(family / n)).fingerprint for n in ("a", "b", "c")}
    tasks = tuple(TaskSpec(n, str(family / "tasks" / f"{n}.yaml")) for n in ("letters", "words"))
    return WorkerSpec(
        str(family / "base"), parents, tasks, dtype, batch_tokens=64, threads=1, splits=SPLITS
    )


@pytest.fixture(scope="module")
def worker(family: Path) -> Worker:
    found = Worker(spec_of(family))
    found.set_splits(SPLITS)
    return found


def refs(family: Path) -> dict[str, str]:
    return {n: str(family / n) for n in ("a", "b", "c")}


def dare(family: Path, seed: int = 7) -> Recipe:
    return Recipe.model_validate(
        {
            "merge_method": "dare_ties",
            "base_model": str(family / "base"),
            "models": [
                {"model": m, "parameters": {"weight": 0.6, "density": 0.5}}
                for m in refs(family).values()
            ],
            "dtype": "float32",
            "seed": seed,
        }
    )


def outcomes(result: Result) -> Any:
    assert result.score is not None, result.failed
    return result.score.outcomes


def lm_eval_outcomes(folder: Path, tasks: Path) -> dict[str, dict[str, list[float]]]:
    """Per-item metrics of a model folder by lm-eval's own model and loop."""
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    from workers.task_files import read_task

    model = HFLM(pretrained=str(folder), batch_size=8, device="cpu", dtype="float32")
    manager = TaskManager(include_path=[], include_defaults=False)
    loaded = manager.load([read_task(tasks / f"{n}.yaml") for n in ("letters", "words")])
    found = lm_eval.evaluate(model, loaded, bootstrap_iters=0, log_samples=True)
    samples = {
        task: sorted(rows, key=lambda row: row["doc_id"])
        for task, rows in found["samples"].items()
    }
    return {
        task: {m: [float(row[m]) for row in rows] for m in ("acc", "acc_norm")}
        for task, rows in samples.items()
    }


@pytest.mark.filterwarnings("ignore")
def test_outcomes_are_lm_evals_item_by_item_and_the_export_is_what_was_scored(
    worker: Worker, family: Path, tmp_path: Path
) -> None:
    for name, recipe in {
        "parent": alone(str(family / "b"), "float32"),
        "ties": plain_merges(str(family / "base"), refs(family), "float32")["ties"],
        "dare": dare(family),
    }.items():
        ours = {s: outcomes(worker.run(Job(0, recipe, s))) for s in SPLITS}
        write_merge(recipe, tmp_path / name, extra={})
        theirs = lm_eval_outcomes(tmp_path / name, family / "tasks")
        for split, tasks in SPLITS.items():
            for task, items in tasks.items():
                for metric in ("acc", "acc_norm"):
                    expected = tuple(theirs[task][metric][i] for i in items)
                    assert ours[split][task][metric] == expected, (name, split, task, metric)


def test_the_same_recipe_gives_the_same_bits_with_others_in_between(
    worker: Worker, family: Path
) -> None:
    def bits() -> list[bytes]:
        return [t.numpy().tobytes() for t in worker._tensors.values()]

    first = outcomes(worker.run(Job(0, dare(family), "search")))
    before = bits()
    for recipe in plain_merges(str(family / "base"), refs(family), "float32").values():
        worker.run(Job(1, recipe, "search"))
    assert bits() != before
    assert outcomes(worker.run(Job(2, dare(family), "search"))) == first
    assert bits() == before


def test_another_process_builds_the_same_candidate(
    worker: Worker, family: Path, tmp_path: Path
) -> None:
    recipe = dare(family)
    worker.run(Job(0, recipe, "search"))
    script = (
        "import sys; from pathlib import Path; from search_spaces.recipe import parse_recipe; "
        "from workers.writer import write_merge; "
        "write_merge(parse_recipe(sys.stdin.read()), Path(sys.argv[1]), extra={}, "
        "max_shard_bytes=8000)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "out")]
    subprocess.run(
        command,
        input=recipe.to_yaml().encode(),
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    shards = sorted((tmp_path / "out").glob("model-*.safetensors"))
    assert len(shards) > 1
    written = {name: t for shard in shards for name, t in load_file(shard).items()}
    assert written.keys() == worker._tensors.keys()
    assert all(torch.equal(written[n], t) for n, t in worker._tensors.items())


def test_nothing_is_written_between_candidates(worker: Worker, family: Path) -> None:
    def written() -> int:
        lines = Path("/proc/self/io").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("wchar")).split()[1])

    worker.run(Job(0, dare(family), "search"))
    before = written()
    for seed in range(5):
        worker.run(Job(0, dare(family, seed), "search"))
    assert written() - before < 1000


def test_a_candidate_that_is_not_finite_fails_and_the_next_one_does_not(
    worker: Worker, family: Path
) -> None:
    bad = one_scale(str(family / "base"), refs(family), 3e39, "float32")
    result = worker.run(Job(0, bad, "search"))
    assert result.score is None
    assert "NaN or Inf" in str(result.failed)
    assert outcomes(worker.run(Job(1, alone(str(family / "a"), "float32"), "search")))


def test_base_alone_is_the_base_bit_for_bit(worker: Worker, family: Path) -> None:
    worker.run(Job(0, alone(str(family / "base"), "float32"), "search"))
    stored = load_file(family / "base" / "model.safetensors")
    assert all(torch.equal(stored[n], t) for n, t in worker._tensors.items())


def test_bf16_merges_are_rounded_fp32_merges(family: Path, tmp_path: Path) -> None:
    recipe = one_scale(str(family / "base"), refs(family), 0.3, "float32")
    write_merge(recipe, tmp_path / "full", extra={})
    write_merge(recipe.model_copy(update={"out_dtype": "bfloat16"}), tmp_path / "half", extra={})
    full, half = (load_file(tmp_path / n / "model.safetensors") for n in ("full", "half"))
    for name, tensor in full.items():
        torch.testing.assert_close(half[name].float(), tensor, rtol=2**-8, atol=0)


def test_a_bf16_candidate_holds_the_bf16_weights_that_are_exported(
    family: Path, tmp_path: Path
) -> None:
    """Whatever dtype this machine computes in."""
    half = Worker(spec_of(family, "bfloat16"))
    half.set_splits(SPLITS)
    recipe = one_scale(str(family / "base"), refs(family), 0.3, "bfloat16")
    assert outcomes(half.run(Job(0, recipe, "search")))
    write_merge(recipe, tmp_path / "half", extra={})
    written = load_file(tmp_path / "half" / "model.safetensors")
    assert all(t.dtype == torch.bfloat16 for t in written.values())
    assert all(torch.equal(written[n].float(), t.float()) for n, t in half._tensors.items())


def test_a_failed_merge_leaves_nothing(family: Path, tmp_path: Path) -> None:
    bad = one_scale(str(family / "base"), refs(family), 3e39, "float32")
    with pytest.raises(Exception, match="NaN or Inf"):
        write_merge(bad, tmp_path / "bad", extra={})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ConfigError, match="not empty"):
        write_merge(dare(family), tmp_path / "full", extra={})


def test_an_exported_model_is_a_parent_like_any_other(family: Path, tmp_path: Path) -> None:
    write_merge(dare(family), tmp_path / "child", extra={})
    child = open_parent(str(tmp_path / "child"))
    assert child.vocabulary == open_parent(str(family / "base")).vocabulary


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output_type": "telepathy"}, "ValueError: Got invalid output_type 'telepathy'"),
        ({"dataset_kwargs": {"data_files": {"test": "none.jsonl"}}}, "none.jsonl is missing"),
    ],
)
def test_tasks_that_cannot_be_scored_are_refused(
    family: Path,
    tmp_path: Path,
    change: dict[str, Any],
    message: str,
    write_yaml: Callable[..., Path],
) -> None:
    file = write_yaml(family / "tasks" / "letters.yaml", tmp_path, change)
    with pytest.raises(ConfigError, match=message):
        load_tasks([TaskSpec("letters", str(file))])


def test_few_shot_examples_must_not_be_scored_items(family: Path) -> None:
    file = str(family / "tasks" / "letters.yaml")
    with pytest.raises(ConfigError, match="no split of its own for its 2 few-shot examples"):
        load_tasks([TaskSpec("letters", file, num_fewshot=2)])
    (task,) = load_tasks([TaskSpec("letters", file, num_fewshot=0)])
    assert len(task.items) == 60


def test_few_shot_examples_of_their_own_are_used(
    family: Path, tmp_path: Path, write_yaml: Callable[..., Path]
) -> None:
    shots = [{"id": 0, "query": "z z l is", "choices": ["a", "b", "c"], "gold": 1}] * 3
    change = {"fewshot_config": {"sampler": "first_n", "samples": shots}}
    file = write_yaml(family / "tasks" / "letters.yaml", tmp_path, change)
    (task,) = load_tasks([TaskSpec("letters", str(file), num_fewshot=2)])
    assert all(item[0].context.count("z z l is b") == 2 for item in task.items)


def test_code_in_a_task_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "evil.yaml"
    file.write_text("task: evil\ndoc_to_text: !function evil.run\n")
    with pytest.raises(ConfigError, match="runs code"):
        load_tasks([TaskSpec("evil", str(file))])


@pytest.fixture
def write_yaml() -> Callable[..., Path]:
    import yaml

    def write(source: Path, folder: Path, change: dict[str, Any]) -> Path:
        data = yaml.safe_load(source.read_text()) | change
        data["dataset_kwargs"] = change.get(
            "dataset_kwargs", {"data_files": {"test": str(source.with_suffix(".jsonl"))}}
        )
        file = folder / source.name
        file.write_text(yaml.safe_dump(data))
        return file

    return write
