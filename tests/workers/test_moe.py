"""Mixtures of experts: what they compute, mergekit-moe's numbers, what is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from search_spaces.errors import CandidateError, ConfigError, ParentError
from search_spaces.moe import MoeRecipe, parse_moe
from workers.candidate import build_model, tensors_of
from workers.gates import gate_vectors
from workers.moe import write_moe
from workers.parents import open_parent
from workers.weights import OnDisk

FIXTURE = Path(__file__).with_name("moe") / "mergekit-moe.safetensors"
IDS = torch.tensor([[0, 5, 8, 13, 21, 22, 2], [0, 1, 2, 3, 5, 8, 13]])
PROMPTS = [{"positive_prompts": [text]} for text in ("a b c", "one is two", "x y")]


def recipe_of(base: Path, *experts: Path, **changes: Any) -> MoeRecipe:
    data: dict[str, Any] = {
        "base_model": str(base),
        "gate_mode": "cheap_embed",
        "experts": [{"source_model": str(e)} | p for e, p in zip(experts, PROMPTS, strict=False)],
    }
    return MoeRecipe.model_validate(data | changes)


def written(recipe: MoeRecipe, folder: Path, **options: Any) -> dict[str, torch.Tensor]:
    write_moe(recipe, folder, extra={}, **options)
    tensors: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        tensors |= load_file(file)
    return tensors


def logits(folder: Path) -> torch.Tensor:
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"]
    assert not info["mismatched_keys"]
    with torch.inference_mode():
        found: torch.Tensor = model.eval()(IDS).logits
    return found


# What it computes


@pytest.mark.parametrize("mode", ["hidden", "hidden_avg", "cheap_embed", "random"])
def test_the_model_loads_and_computes(mode: str, family: Path, tmp_path: Path) -> None:
    recipe = recipe_of(family / "base", family / "a", family / "b", gate_mode=mode)
    seen: list[tuple[int, int]] = []
    remarks = write_moe(
        recipe,
        tmp_path / "moe",
        extra={"recipe.yml": recipe.to_yaml()},
        report=lambda done, total: seen.append((done, total)),
    )
    found = logits(tmp_path / "moe")
    assert torch.isfinite(found).all()
    assert not torch.allclose(found, logits(family / "base"))
    assert seen[0][0] == 0 and seen[-1][0] == seen[-1][1] == len(seen) - 1
    config = json.loads((tmp_path / "moe" / "config.json").read_text())
    assert config["architectures"] == ["MixtralForCausalLM"]
    assert (config["num_local_experts"], config["num_experts_per_tok"]) == (2, 2)
    assert parse_moe((tmp_path / "moe" / "recipe.yml").read_text()) == recipe
    AutoTokenizer.from_pretrained(tmp_path / "moe")
    assert all(isinstance(remark, str) for remark in remarks)


LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8,
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tie_word_embeddings": False},
        {"num_key_value_heads": 1, "rms_norm_eps": 1e-4, "hidden_act": "gelu", "head_dim": 12},
        {"rope_parameters": LLAMA3 | {"rope_theta": 5000.0}},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 123.0}},
    ],
)
@pytest.mark.parametrize("mode", ["cheap_embed", "random"])
def test_equal_experts_compute_what_the_base_does(
    changes: dict[str, Any], mode: str, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    base = make_model(tmp_path / "base", 5, **changes)
    write_moe(recipe_of(base, base, base, base, gate_mode=mode), tmp_path / "moe", extra={})
    torch.testing.assert_close(logits(tmp_path / "moe"), logits(base), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "said",
    [
        {
            "rope_theta": None,
            "rms_norm_eps": None,
            "tie_word_embeddings": None,
            "hidden_act": None,
        },
        {"rope_theta": 300.0},
        {"rope_theta": 300.0, "rope_scaling": {"type": "linear", "factor": 4.0}},
        {"model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": 3},
        {"model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": None},
    ],
)
def test_defaults_and_older_spellings_of_the_base_mean_the_same_in_the_mixture(
    said: dict[str, Any], make_model: Callable[..., Path], tmp_path: Path
) -> None:
    """As config.json files before transformers 5 say it; None: the key is missing."""
    base = make_model(tmp_path / "base", 5, tie_word_embeddings=False)
    config = json.loads((base / "config.json").read_text())
    del config["rope_parameters"]
    config |= said
    (base / "config.json").write_text(
        json.dumps({k: v for k, v in config.items() if v is not None})
    )
    write_moe(recipe_of(base, base, base), tmp_path / "moe", extra={})
    torch.testing.assert_close(logits(tmp_path / "moe"), logits(base), rtol=1e-5, atol=1e-5)


def test_a_mixture_is_a_parent_like_others(family: Path, tmp_path: Path) -> None:
    write_moe(recipe_of(family / "base", family / "a", family / "b"), tmp_path / "moe", extra={})
    parent = open_parent(str(tmp_path / "moe"))
    model = build_model(parent, "float32", torch.device("cpu"))
    with torch.inference_mode():
        for name, place in tensors_of(model, parent).items():
            place.copy_(OnDisk(parent).get(name))
        assert torch.equal(model(IDS).logits, logits(tmp_path / "moe"))


def test_shards_hold_the_same_tensors(family: Path, tmp_path: Path) -> None:
    recipe = recipe_of(family / "base", family / "a", family / "b")
    whole = written(recipe, tmp_path / "whole")
    pieces = written(recipe, tmp_path / "pieces", max_shard_bytes=6000)
    files = list((tmp_path / "pieces").glob("model-*-of-*.safetensors"))
    assert len(files) > 5
    assert max(f.stat().st_size for f in files) < 6000 + 2000
    assert whole.keys() == pieces.keys()
    assert all(torch.equal(whole[n], pieces[n]) for n in whole)
    assert torch.equal(logits(tmp_path / "whole"), logits(tmp_path / "pieces"))


def test_dtype_is_the_recipes_else_the_bases(
    make_model: Callable[..., Path], tmp_path: Path
) -> None:
    base = make_model(tmp_path / "base", 1, dtype="bfloat16")
    for asked, expected in ((None, torch.bfloat16), ("float16", torch.float16)):
        found = written(recipe_of(base, base, base, dtype=asked), tmp_path / str(asked))
        assert {t.dtype for t in found.values()} == {expected}
        config = json.loads((tmp_path / str(asked) / "config.json").read_text())
        assert config["dtype"] == str(expected).removeprefix("torch.")


def test_the_seed_alone_decides_what_is_drawn(family: Path, tmp_path: Path) -> None:
    def of(seed: int, folder: str) -> dict[str, torch.Tensor]:
        recipe = recipe_of(family / "base", family / "a", family / "b", gate_mode="random")
        noisy = [e.model_copy(update={"noise_scale": 0.1}) for e in recipe.experts]
        recipe = recipe.model_copy(update={"seed": seed, "experts": tuple(noisy)})
        torch.manual_seed(hash(folder))
        return written(recipe, tmp_path / folder)

    one, same, other = of(1, "one"), of(1, "same"), of(2, "other")
    assert all(torch.equal(one[n], same[n]) for n in one)
    drawn = {n for n in one if "block_sparse_moe" in n}
    assert {n for n in one if not torch.equal(one[n], other[n])} == drawn
    a = load_file(family / "a" / "model.safetensors")["model.layers.1.mlp.up_proj.weight"]
    noise = one["model.layers.1.block_sparse_moe.experts.0.w3.weight"] - a
    assert 0.08 < float(noise.std()) < 0.12


def test_a_lora_parent_is_an_expert_and_a_base(family: Path, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    model = AutoModelForCausalLM.from_pretrained(family / "a")
    tuned = get_peft_model(
        model, LoraConfig(r=2, target_modules=["down_proj", "q_proj"], init_lora_weights=False)
    )
    tuned.save_pretrained(tmp_path / "adapter")
    merged = tuned.merge_and_unload()
    merged.save_pretrained(tmp_path / "merged")
    shutil.copy(family / "a" / "tokenizer.json", tmp_path / "merged")
    shutil.copy(family / "a" / "tokenizer_config.json", tmp_path / "merged")
    lora = Path(f"{family / 'a'}+{tmp_path / 'adapter'}")
    for mode in ("cheap_embed", "hidden"):
        found = written(
            recipe_of(lora, lora, family / "b", gate_mode=mode), tmp_path / f"lora-{mode}"
        )
        plain = recipe_of(tmp_path / "merged", tmp_path / "merged", family / "b", gate_mode=mode)
        expected = written(plain, tmp_path / f"merged-{mode}")
        assert found.keys() == expected.keys()
        for name in found:
            torch.testing.assert_close(found[name], expected[name], rtol=1e-5, atol=1e-5)


# mergekit-moe's numbers


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> tuple[MoeRecipe, dict[str, torch.Tensor]]:
    """The fixture's recipe, its parents on disk again, and what mergekit-moe made of them."""
    folder = tmp_path_factory.mktemp("oracle")
    tensors = load_file(FIXTURE)
    with safe_open(FIXTURE, framework="pt") as file:
        texts = file.metadata()
    for parent in ("base", "a", "b"):
        (folder / parent).mkdir()
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            (folder / parent / name).write_text(texts[name])
        own = {k.split("|")[1]: v for k, v in tensors.items() if k.startswith(f"{parent}|")}
        save_file(own, folder / parent / "model.safetensors", metadata={"format": "pt"})
    recipe = MoeRecipe.model_validate(yaml.safe_load(texts["recipe"]) | {"seed": 7})
    return recipe.renamed(lambda name: str(folder / name)), tensors


@pytest.mark.parametrize(
    ("mode", "key", "rounding"),
    [
        ("cheap_embed", "cheap_embed", 1e-6),
        ("hidden", "hidden in fp32", 1e-5),
        # mergekit-moe runs the base in bf16 for this.
        ("hidden", "hidden", 2e-2),
        ("hidden_last", "hidden in fp32", 1e-5),
        ("random", "random", 0.0),
        ("uniform_random", "uniform_random", 0.0),
    ],
)
def test_gates_are_mergekits(
    mode: str, key: str, rounding: float, oracle: tuple[MoeRecipe, dict[str, torch.Tensor]]
) -> None:
    recipe, expected = oracle
    base = open_parent(recipe.base_model)
    found = gate_vectors(recipe.model_copy(update={"gate_mode": mode}), base)
    assert found.shape == (3, 4, 8)
    torch.testing.assert_close(found, expected[f"gates|{key}"], rtol=0, atol=rounding)


def test_every_tensor_is_mergekits(
    oracle: tuple[MoeRecipe, dict[str, torch.Tensor]], tmp_path: Path
) -> None:
    recipe, tensors = oracle
    found = written(recipe.model_copy(update={"gate_mode": "cheap_embed"}), tmp_path / "moe")
    expected = {k.removeprefix("out|"): v for k, v in tensors.items() if k.startswith("out|")}
    for name, theirs in expected.items():
        block = name.replace(".mlp.", ".block_sparse_moe.")
        each = block.rpartition(".")[0] + ".{}.{}.weight"
        if name.endswith("gate_up_proj"):
            ours = torch.stack(
                [torch.cat([found.pop(each.format(e, w)) for w in ("w1", "w3")]) for e in range(4)]
            )
        elif name.endswith("experts.down_proj"):
            ours = torch.stack([found.pop(each.format(e, "w2")) for e in range(4)])
        else:
            ours = found.pop(block)
        rounding = 1e-6 if name.endswith("gate.weight") else 0.0
        torch.testing.assert_close(ours, theirs, rtol=0, atol=rounding)
    assert not found


# What is refused


def test_a_full_folder_is_refused_and_nothing_half_written_stays(
    family: Path, tmp_path: Path
) -> None:
    recipe = recipe_of(family / "base", family / "a", family / "b")
    full = tmp_path / "full"
    full.mkdir()
    (full / "keep").touch()
    with pytest.raises(ConfigError, match="not empty"):
        write_moe(recipe, full, extra={})

    def stop(done: int, total: int) -> None:
        if done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_moe(recipe, tmp_path / "moe", extra={}, report=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["full"]


def test_other_architectures_are_refused_with_what_is_accepted(
    family: Path, tmp_path: Path
) -> None:
    write_moe(recipe_of(family / "base", family / "a", family / "b"), tmp_path / "moe", extra={})
    recipe = recipe_of(tmp_path / "moe", family / "a", family / "b")
    with pytest.raises(ConfigError, match=r"is mixtral; .* of type llama or mistral"):
        write_moe(recipe, tmp_path / "more", extra={})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"layers": 2}, "num_hidden_layers is 2, the base's is 4"),
        ({"intermediate_size": 20}, r"has shape \[16, 20\]; the base's is \[16, 24\]"),
        ({"hidden_act": "gelu"}, "hidden_act is gelu"),
        ({"mlp_bias": True}, r"mlp\.down_proj\.bias', for which a Mixtral model has no place"),
    ],
)
def test_experts_that_do_not_fit_are_refused(
    changes: dict[str, Any],
    expected: str,
    family: Path,
    make_model: Callable[..., Path],
    tmp_path: Path,
) -> None:
    odd = make_model(tmp_path / "odd", 1, **changes)
    with pytest.raises(ConfigError, match=expected):
        write_moe(recipe_of(family / "base", family / "a", odd), tmp_path / "moe", extra={})


def test_a_base_with_biases_is_refused(make_model: Callable[..., Path], tmp_path: Path) -> None:
    odd = make_model(tmp_path / "odd", 1, attention_bias=True)
    with pytest.raises(ConfigError, match=r"bias', for which a Mixtral model has no place"):
        write_moe(recipe_of(odd, odd, odd), tmp_path / "moe", extra={})


def test_what_is_not_finite_is_refused(family: Path, tmp_path: Path) -> None:
    recipe = recipe_of(family / "base", family / "a", family / "b", dtype="float16")
    loud = [e.model_copy(update={"residual_scale": 1e9}) for e in recipe.experts]
    with pytest.raises(CandidateError, match=r"tensor .* has NaN or Inf as"):
        write_moe(recipe.model_copy(update={"experts": tuple(loud)}), tmp_path / "moe", extra={})
    with pytest.raises(ParentError, match="no folder"):
        write_moe(recipe_of(tmp_path / "gone", *[family / "a"] * 2), tmp_path / "moe", extra={})


def test_a_prompt_without_tokens_is_refused(family: Path, tmp_path: Path) -> None:
    bare = Path(shutil.copytree(family / "base", tmp_path / "bare"))
    settings = json.loads((bare / "tokenizer_config.json").read_text())
    settings.pop("bos_token")
    (bare / "tokenizer_config.json").write_text(json.dumps(settings))
    experts = [
        {"source_model": str(family / n), "positive_prompts": [p]}
        for n, p in (("a", ""), ("b", "x"))
    ]
    recipe = MoeRecipe.model_validate({"base_model": str(bare), "experts": experts})
    with pytest.raises(ConfigError, match="prompt '' has no token"):
        write_moe(recipe, tmp_path / "moe", extra={})


def test_remarks_say_what_is_of_little_use(family: Path, tmp_path: Path) -> None:
    base = family / "base"
    remarks = write_moe(recipe_of(base, base, base, base), tmp_path / "moe", extra={})
    assert any("same model" in remark for remark in remarks)
    assert any("power of two" in remark for remark in remarks)
    near = recipe_of(base, family / "a", family / "b")
    texts = (("a b c d",), ("a b c d d",))
    experts = tuple(
        e.model_copy(update={"positive_prompts": t})
        for e, t in zip(near.experts, texts, strict=True)
    )
    remarks = write_moe(near.model_copy(update={"experts": experts}), tmp_path / "near", extra={})
    assert remarks == (
        "The gates of all layers are nearly dependent: make the prompts differ more.",
    )
