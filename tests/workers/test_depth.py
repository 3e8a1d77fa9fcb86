"""Candidates of any depth in one resident model, and what data-flow recipes compute."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from search_spaces.dataflow import DataFlowConfig, DataFlowSpace, build_dataflow
from search_spaces.errors import ConfigError, RecipeError
from search_spaces.messages import Job, Result, TaskSpec, WorkerSpec
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.references import alone, plain_merges
from tests.conftest import WORDS
from workers.candidate import build_model
from workers.depth import Depth, deepened
from workers.parents import open_parent
from workers.worker import Worker
from workers.writer import write_merge

LAYERS = 4
SPLITS = {"search": {"letters": tuple(range(12))}}
TOKENS = torch.tensor([[4, 9, 30, 7, 33, 12, 5, 8, 31]])


def gpt2() -> PreTrainedModel:
    sizes = {"n_positions": 64, "n_embd": 16, "n_layer": LAYERS, "n_head": 2}
    return GPT2LMHeadModel(GPT2Config(vocab_size=len(WORDS), bos_token_id=0, **sizes))


def qwen2() -> PreTrainedModel:
    """Its layers are of two kinds: the later half looks back by three tokens only. That is said
    by number, and layer by layer only by what transformers makes of it.
    """
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=LAYERS,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            use_sliding_window=True,
            sliding_window=3,
            max_window_layers=LAYERS // 2,
        )
    )


@pytest.fixture(scope="module", params=["llama", "gpt2", "qwen2"])
def kin(
    request: pytest.FixtureRequest, family: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with base, a and b of one architecture, and tasks."""
    if request.param == "llama":
        return family
    folder: Path = tmp_path_factory.mktemp(request.param)
    make: Callable[[], PreTrainedModel] = {"gpt2": gpt2, "qwen2": qwen2}[request.param]
    for seed, name in enumerate(("base", "a", "b")):
        torch.manual_seed(seed)
        model = make()
        for parameter in model.parameters():
            parameter.data += 0.2 * torch.randn_like(parameter)
        shutil.copytree(family / "base", folder / name)
        model.save_pretrained(folder / name)
        file = folder / name / "config.json"
        config = json.loads(file.read_text())
        config.pop("layer_types", None)
        file.write_text(json.dumps(config))
    shutil.copytree(family / "tasks", folder / "tasks")
    return folder


def space_over(folder: Path, parents: Sequence[str] = ("a", "b"), **config: Any) -> DataFlowSpace:
    return build_dataflow(
        DataFlowConfig.model_validate(config),
        str(folder / "base"),
        {name: str(folder / name) for name in parents},
        layers=LAYERS,
        dtype="float32",
        seed=0,
        tensors=open_parent(str(folder / "base")).tensors,
    )


def recipe_of(space: DataFlowSpace, runs: dict[int, float]) -> Recipe:
    """runs: slot -> its scale; the others are skipped."""
    values: dict[str, float | str] = {f"run.s{n}": "skip" for n in range(len(space.slots))}
    for number, scale in runs.items():
        values |= {f"run.s{number}": "run", f"scale.s{number}": scale}
    return space.recipe(values)


def recipes(folder: Path) -> dict[str, Recipe]:
    """Slots: layers 1 and 2 of a, then 0 to 3 of b, twice over."""
    space = space_over(folder)
    return {
        "deep": recipe_of(space, {0: 1.0, 3: 0.7, 4: 1.0, 5: 1.0, 7: 1.3, 10: 0.6}),
        "shallow": recipe_of(space, {}),
        "odd": recipe_of(space, {1: 0.9, 2: 1.0, 5: 1.2}),
        "home": space.recipe(space.start()),
        "b": alone(str(folder / "b"), "float32"),
    }


def worker_of(folder: Path, base: str = "base", layers: int | None = 2 * LAYERS) -> Worker:
    parents = {str(folder / name): name for name in ("a", "b")}
    task = TaskSpec("letters", str(folder / "tasks" / "letters.yaml"))
    spec = WorkerSpec(
        str(folder / base), parents, (task,), "float32", 256, threads=1, layers=layers
    )
    worker = Worker(spec)
    worker.set_splits(SPLITS)
    return worker


@pytest.fixture(scope="module")
def worker(kin: Path) -> Worker:
    return worker_of(kin)


def outcomes(result: Result) -> Any:
    assert result.score is not None, result.failed
    return result.score.outcomes


def score(worker: Worker, recipe: Recipe) -> tuple[Any, torch.Tensor]:
    """(outcomes, logits of some text), both of the candidate in the worker's memory."""
    found = outcomes(worker.run(Job(0, recipe, "search")))
    return found, logits_of(worker._model)


def logits_of(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = model(TOKENS, use_cache=False).logits
    return found


def test_depths_before_leave_no_trace(worker: Worker, kin: Path) -> None:
    places = {name: tensor.data_ptr() for name, tensor in worker._tensors.items()}
    first = {name: score(worker, recipe) for name, recipe in recipes(kin).items()}
    assert len({str(found) for found, _ in first.values()}) > 1
    for name, recipe in reversed(recipes(kin).items()):
        found, logits = score(worker, recipe)
        assert found == first[name][0], name
        assert torch.equal(logits, first[name][1]), name
    assert {name: tensor.data_ptr() for name, tensor in worker._tensors.items()} == places


def test_what_is_exported_is_what_was_scored(worker: Worker, kin: Path, tmp_path: Path) -> None:
    for name, recipe in recipes(kin).items():
        found, logits = score(worker, recipe)
        ours = greedy(worker._model)
        folder = tmp_path / name
        write_merge(parse_recipe(recipe.to_yaml()), folder, extra={})
        shutil.copytree(kin / "tasks", folder / "tasks")
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        assert model.config.num_hidden_layers == worker._model.config.num_hidden_layers
        assert torch.equal(logits_of(model), logits), name
        assert greedy(model) == ours, name
        alone_in = WorkerSpec(str(folder), {}, worker._spec.tasks, "float32", 256, threads=1)
        other = Worker(alone_in)
        other.set_splits(SPLITS)
        assert score(other, alone(str(folder), "float32"))[0] == found, name


def greedy(model: Any) -> list[int]:
    """New tokens, which go through a cache with one entry per layer."""
    found: list[int] = model.generate(TOKENS, max_new_tokens=8, do_sample=False)[0].tolist()
    return found


def test_continuous_batching_pages_as_many_layers_as_there_are(worker: Worker, kin: Path) -> None:
    from workers.continuous import continued

    for recipe in recipes(kin).values():
        score(worker, recipe)
        worker._model.set_attn_implementation("sdpa")
        expected = greedy(worker._model)[TOKENS.shape[1] :]
        (found,) = continued(
            worker._scorer._network,
            [(tuple(TOKENS[0].tolist()), 8)],
            ends=set(),
            rows=1,
            has_ended=lambda _, tokens: len(tokens) >= 8,
        )
        assert expected
        assert found[: len(expected)] == expected


def test_more_layers_than_there_is_room_for_are_a_failed_trial(family: Path) -> None:
    deep = recipes(family)["deep"]
    worker = worker_of(family, layers=None)
    failed = worker.run(Job(0, deep, "search")).failed
    assert failed is not None and "8 layers" in failed and "room for 4" in failed
    assert score(worker, recipes(family)["shallow"])[1].isfinite().all()


def test_layers_that_differ_stay_where_they_are(family: Path, tmp_path: Path) -> None:
    """Here one has a bias in its attention: no config of transformers' says so of one layer."""
    shutil.copytree(family / "base", tmp_path / "base")
    base = open_parent(str(tmp_path / "base"))
    named = {"model.layers.2.self_attn.o_proj.bias": base.tensors["model.norm.weight"]}
    mixed = replace(base, tensors={**base.tensors, **named})
    assert deepened(mixed, LAYERS) is mixed
    with pytest.raises(ConfigError, match="layer 2"):
        deepened(mixed, LAYERS + 1)
    depth = Depth(build_model(base, "float32", torch.device("cpu")), mixed)
    depth.set(range(LAYERS))
    for origins in ((0, 1), (0, 2, 1, 3)):
        with pytest.raises(RecipeError, match="layer 2"):
            depth.set(origins)


def test_a_merged_model_is_a_parent_like_any_other(family: Path, tmp_path: Path) -> None:
    """The hybrid of arXiv:2403.13187: a merge of weights, then paths through it."""
    refs = {name: str(family / name) for name in ("a", "b")}
    winner = plain_merges(str(family / "base"), refs, "float32")["task_arithmetic"]
    shutil.copytree(family, tmp_path / "kin")
    shutil.rmtree(tmp_path / "kin" / "b")
    write_merge(winner, tmp_path / "kin" / "b", extra={})
    worker = worker_of(tmp_path / "kin")
    space = space_over(tmp_path / "kin", home="b")
    merged = score(worker, alone(str(tmp_path / "kin" / "b"), "float32"))[1]
    assert torch.equal(score(worker, space.recipe(space.start()))[1], merged)
    assert not torch.equal(score(worker, recipes(tmp_path / "kin")["deep"])[1], merged)


@pytest.mark.parametrize("kin", ["llama", "gpt2"], indirect=True)
def test_scaled_inputs_are_scaled_contributions(kin: Path, worker: Worker) -> None:
    """The paper multiplies the input of layer n by W_n; layer n of the recipe adds 1 / (W_1 ...
    W_n) of what it adds in its parent. The last layer is a fixed end, so the product is 1 there.
    """
    space = space_over(kin)
    inputs = [1.0, 0.8, 1.6, 1.25, 0.625]  # 0.8 * 1.6 * 1.25 * 0.625 = 1
    scales = torch.tensor(inputs).cumprod(0).reciprocal().tolist()
    runs = [1, 4, 8]  # layer 2 of a, 2 of b; 0 of b once more
    recipe = recipe_of(space, dict(zip(runs, scales[1:4], strict=True)))
    found = score(worker, recipe)[1]
    score(worker, recipe_of(space, dict.fromkeys(runs, 1.0)))
    plain = logits_of(worker._model)
    body = worker._model.base_model
    layers = body.layers if hasattr(body, "layers") else body.h
    assert len(layers) == len(inputs)
    hooks = [
        layer.register_forward_pre_hook(scaled_by(factor), with_kwargs=True)
        for layer, factor in zip(layers, inputs, strict=True)
    ]
    try:
        paper = logits_of(worker._model)
    finally:
        for hook in hooks:
            hook.remove()
    assert torch.allclose(found, paper, atol=2e-4, rtol=1e-4)
    assert not torch.allclose(plain, paper, atol=1e-2)


def scaled_by(factor: float) -> Callable[..., Any]:
    def scale(_: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return (factor * arguments[0], *arguments[1:]), named

    return scale
