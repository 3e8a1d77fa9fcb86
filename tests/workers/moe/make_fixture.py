"""Writes mergekit-moe.safetensors: three tiny models, and what mergekit-moe makes of them.

Run it in an environment that has mergekit: `python make_fixture.py`. Keys are `base|NAME`,
`a|NAME`, `b|NAME` (parents), `out|NAME` (a whole output, cheap_embed) and `gates|MODE`
(layers, experts, hidden). The parents' configuration, tokenizer and the recipe are in the
metadata.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import yaml
from mergekit.moe.router import get_hidden_states, tokenize_prompts
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

WORDS = ["<s>", "</s>", "<unk>", *"abcdefghijklmnopqrstuvwxyz"]
LAYERS = 3
EXPERTS = [
    {
        "source_model": "a",
        "positive_prompts": ["a b c", "c a b d e f"],
        "negative_prompts": ["x y"],
    },
    {"source_model": "b", "positive_prompts": ["k l m n"], "residual_scale": 0.5},
    {
        "source_model": "base",
        "positive_prompts": ["p q", "r", "s t u v"],
        "negative_prompts": ["a b", "z"],
    },
    {"source_model": "a", "positive_prompts": ["w x y z o"]},
]


def make_parent(folder: Path, seed: int) -> None:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        intermediate_size=12,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=64,
        bos_token_id=0,
        eos_token_id=1,
        dtype="float32",
    )
    model = LlamaForCausalLM(config)
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)


def mergekit_moe(work: Path, recipe: dict, mode: str) -> dict[str, torch.Tensor]:
    recipe = recipe | {"gate_mode": mode, "base_model": str(work / "base")}
    recipe["experts"] = [
        e | {"source_model": str(work / e["source_model"])} for e in recipe["experts"]
    ]
    (work / f"{mode}.yml").write_text(yaml.safe_dump(recipe))
    command = [str(Path(sys.executable).parent / "mergekit-moe"), "--no-write-model-card"]
    command += ["--random-seed", "7", "--device", "cpu", str(work / f"{mode}.yml")]
    subprocess.run([*command, str(work / mode)], check=True)
    tensors: dict[str, torch.Tensor] = {}
    for file in sorted((work / mode).glob("*.safetensors")):
        tensors |= load_file(file)
    return tensors


def gates_in_fp32(folder: Path) -> torch.Tensor:
    """mergekit-moe's own functions for `hidden`, on a model in fp32 and not in bf16."""
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.padding_side, tokenizer.pad_token_id = "left", tokenizer.bos_token_id
    vectors = []
    for expert in EXPERTS:
        found = get_hidden_states(
            model, tokenize_prompts(expert["positive_prompts"], tokenizer), average=False
        )
        if "negative_prompts" in expert:
            found -= get_hidden_states(
                model, tokenize_prompts(expert["negative_prompts"], tokenizer), average=False
            )
        vectors.append(found / found.norm(dim=-1, keepdim=True))
    return torch.stack(vectors, dim=1)


def gates_of(tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.stack([tensors[f"model.layers.{i}.mlp.gate.weight"] for i in range(LAYERS)])


def main() -> None:
    recipe = {
        "base_model": "base",
        "dtype": "float32",
        "experts_per_token": 2,
        "experts": EXPERTS,
    }
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        kept: dict[str, torch.Tensor] = {}
        for seed, name in enumerate(("base", "a", "b")):
            make_parent(work / name, seed)
            kept |= {
                f"{name}|{k}": v for k, v in load_file(work / name / "model.safetensors").items()
            }
        whole = mergekit_moe(work, recipe, "cheap_embed")
        kept |= {f"out|{k}": v for k, v in whole.items()}
        for mode in ("cheap_embed", "hidden", "random", "uniform_random"):
            kept[f"gates|{mode}"] = gates_of(mergekit_moe(work, recipe, mode))
        kept["gates|hidden in fp32"] = gates_in_fp32(work / "base")
        files = ("config.json", "tokenizer.json", "tokenizer_config.json")
        metadata = {n: (work / "base" / n).read_text() for n in files}
        metadata |= {"recipe": yaml.safe_dump(recipe), "format": "pt"}
        metadata["made"] = json.loads((work / "cheap_embed" / "config.json").read_text())[
            "architectures"
        ][0]
    save_file(
        {k: v.clone() for k, v in kept.items()},
        Path(__file__).with_name("mergekit-moe.safetensors"),
        metadata=metadata,
    )


if __name__ == "__main__":
    main()
