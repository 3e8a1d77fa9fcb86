"""Whole merges to disk: layers moved, merges of merges, dtypes mixed, vocabularies joined."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from evolve.cli.merging import merge_file
from search_spaces.errors import ConfigError, RecipeError
from search_spaces.recipe import Recipe, parse_recipe
from workers.parents import open_parent
from workers.writer import write_merge


def merged(recipe: Recipe, folder: Path) -> dict[str, torch.Tensor]:
    write_merge(recipe, folder, extra={})
    return load_file(folder / "model.safetensors")


def logits(folder: Path) -> torch.Tensor:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        found: torch.Tensor = model(torch.tensor([[4, 5, 6, 7, 8]])).logits
    return found


def franken(model: Path, *ranges: list[int], scale: float | None = None) -> Recipe:
    parameters = {} if scale is None else {"scale": {"filter": "o_proj", "value": scale}}
    slices = [
        {"sources": [{"model": str(model), "layer_range": r, "parameters": parameters}]}
        for r in ranges
    ]
    return Recipe.model_validate({"merge_method": "passthrough", "slices": slices})


def test_layers_repeat_drop_reorder_and_scale(family: Path, tmp_path: Path) -> None:
    recipe = franken(family / "a", [3, 4], [0, 2], [0, 2], scale=0.5)
    found = merged(recipe, tmp_path / "out")
    source = load_file(family / "a" / "model.safetensors")
    for layer, origin in enumerate([3, 0, 1, 0, 1]):
        for name in ("self_attn.o_proj.weight", "mlp.up_proj.weight"):
            factor = 0.5 if "o_proj" in name else 1.0
            wanted = source[f"model.layers.{origin}.{name}"] * factor
            assert torch.equal(found[f"model.layers.{layer}.{name}"], wanted)
    assert json.loads((tmp_path / "out" / "config.json").read_text())["num_hidden_layers"] == 5
    assert bool(torch.isfinite(logits(tmp_path / "out")).all())
    with pytest.raises(RecipeError, match="has 4; expected an end of at most 4"):
        merged(franken(family / "a", [2, 5]), tmp_path / "bad")
    assert not (tmp_path / "bad").exists()


def test_a_merge_of_merges_is_both_steps_in_one(family: Path, tmp_path: Path) -> None:
    inner = f"""merge_method: ties
base_model: {family}/base
models:
- {{model: {family}/a, parameters: {{weight: 0.7, density: 0.4}}}}
- {{model: {family}/b, parameters: {{weight: 0.3, density: 0.8}}}}
"""
    outer = """merge_method: linear
models:
- {{model: {inner}, parameters: {{weight: 1.0}}}}
- {{model: {c}, parameters: {{weight: 2.0}}}}
"""
    c = family / "c"
    merged(parse_recipe(inner), tmp_path / "step")
    twice = merged(
        parse_recipe(outer.format(inner=tmp_path / "step", c=c)), tmp_path / "two steps"
    )
    text = f"name: inner\n{inner}---\n{outer.format(inner='inner', c=c)}"
    once = merged(parse_recipe(text), tmp_path / "one")
    assert all(torch.equal(once[name], tensor) for name, tensor in twice.items())


def test_a_merge_of_a_frankenmerge_has_its_layers(family: Path, tmp_path: Path) -> None:
    long = franken(family / "a", [0, 4], [2, 4]).to_yaml()
    text = f"name: long\n{long}---\nmerge_method: linear\nmodels:\n"
    text += "- {model: long, parameters: {weight: 1}}\n"
    found = merged(parse_recipe(text), tmp_path / "out")
    source = load_file(family / "a" / "model.safetensors")
    name = "mlp.up_proj.weight"
    assert torch.equal(found[f"model.layers.5.{name}"], source[f"model.layers.3.{name}"])
    assert json.loads((tmp_path / "out" / "config.json").read_text())["num_hidden_layers"] == 6
    text += f"- {{model: {family}/b, parameters: {{weight: 1}}}}\n"
    with pytest.raises(RecipeError, match="one number of layers"):
        merged(parse_recipe(text), tmp_path / "bad")


def test_masks_over_a_merge_depend_on_contents_not_on_paths(family: Path, tmp_path: Path) -> None:
    def recipe(folder: Path) -> Recipe:
        return parse_recipe(
            f"name: inner\nmerge_method: linear\nmodels:\n"
            f"- {{model: {folder}/a, parameters: {{weight: 1}}}}\n---\n"
            f"merge_method: dare_linear\nbase_model: {folder}/base\nmodels:\n"
            f"- {{model: inner, parameters: {{weight: 1, density: 0.5}}}}\n"
        )

    shutil.copytree(family, tmp_path / "copy")
    here, there = (
        merged(recipe(family), tmp_path / "1"),
        merged(recipe(tmp_path / "copy"), tmp_path / "2"),
    )
    assert all(torch.equal(there[name], tensor) for name, tensor in here.items())


def test_a_write_that_fails_says_so_and_leaves_nothing(family: Path, tmp_path: Path) -> None:
    file = tmp_path / "recipe.yml"
    file.write_text(franken(family / "a", [0, 4]).to_yaml())
    command = [sys.executable, "-m", "evolve", "merge", str(file), "--to", str(tmp_path / "out")]
    run = subprocess.run(
        ["bash", "-c", 'ulimit -f 16; trap "" XFSZ; exec "$@"', "-", *command],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "cannot be written" in run.stderr and "Traceback" not in run.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["recipe.yml"]


def test_dtypes_are_promoted_and_config_says_so(
    family: Path, tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    half = make_model(tmp_path / "half", 5, dtype="bfloat16")
    models = [{"model": str(m), "parameters": {"weight": 1}} for m in (half, family / "a")]
    recipe = Recipe.model_validate({"merge_method": "linear", "models": models})
    found = merged(recipe, tmp_path / "out")
    assert {t.dtype for t in found.values()} == {torch.float32}
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == "float32"
    small = recipe.model_copy(update={"out_dtype": "float16"})
    assert {t.dtype for t in merged(small, tmp_path / "small").values()} == {torch.float16}


def with_token(model: Path, token: str) -> Path:
    """The model with one token and one row more."""
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.add_tokens([token])
    tokenizer.save(str(model / "tokenizer.json"))
    from safetensors.torch import save_file

    tensors = load_file(model / "model.safetensors")
    name = "model.embed_tokens.weight"
    tensors[name] = torch.cat([tensors[name], torch.full((1, tensors[name].shape[1]), 0.125)])
    save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((model / "config.json").read_text())
    config["vocab_size"] += 1
    (model / "config.json").write_text(json.dumps(config))
    return model


def test_a_union_of_vocabularies_keeps_every_models_rows(
    family: Path, tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    other = with_token(make_model(tmp_path / "other", 7), "three")
    recipe: dict[str, Any] = {
        "merge_method": "task_arithmetic",
        "base_model": str(family / "base"),
        "models": [{"model": str(other), "parameters": {"weight": 1.0}}],
    }
    with pytest.raises(ConfigError, match="tokenizer_source"):
        merged(Recipe.model_validate(recipe), tmp_path / "bad")
    recipe |= {"tokenizer_source": "union", "chat_template": "chatml"}
    out = tmp_path / "out"
    found = merged(Recipe.model_validate(recipe), out)["model.embed_tokens.weight"]
    size = open_parent(str(family / "base")).config["vocab_size"] + 1
    assert found.shape[0] == json.loads((out / "config.json").read_text())["vocab_size"] == size
    row = Tokenizer.from_file(str(out / "tokenizer.json")).token_to_id("three")
    torch.testing.assert_close(found[row], torch.full((16,), 0.125))
    from transformers import AutoTokenizer

    assert "<|im_start|>" in str(AutoTokenizer.from_pretrained(out).chat_template)
    assert logits(out).shape[-1] == size


def test_a_file_of_experts_becomes_a_mixture(family: Path, tmp_path: Path) -> None:
    file = tmp_path / "moe.yml"
    file.write_text(
        f"base_model: {family}/base\ngate_mode: random\nexperts:\n"
        f"- {{source_model: {family}/a, positive_prompts: [a]}}\n"
        f"- {{source_model: {family}/b, positive_prompts: [b]}}\n"
    )
    said = merge_file(file, tmp_path / "out", lambda done, total: None)
    assert "mergekit_moe_config.yml" in said["files"]
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["architectures"] == ["MixtralForCausalLM"]
    assert bool(torch.isfinite(logits(tmp_path / "out")).all())


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("tokenizer", {"source": "union"}, "say the same"),
        ("modules", {"text": {}}, "several parts"),
        ("seed", 3, "as a comment on the first line"),
        ("tokenizer_sauce", "base", "did you mean 'tokenizer_source'"),
    ],
)
def test_contradictions_are_refused(key: str, value: object, message: str) -> None:
    data = {
        "merge_method": "linear",
        "models": [{"model": "a", "parameters": {"weight": 1}}],
        "tokenizer_source": "base",
        key: value,
    }
    with pytest.raises(RecipeError, match=message):
        parse_recipe(json.dumps(data))
