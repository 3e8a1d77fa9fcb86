"""Random tiny models of each architecture: a base and three fine-tunes of it, with a tokenizer.

Fine-tunes differ from the base in about 70 % of the entries. Some tensors are not changed at all
and some are all zeros, as in real families.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging

NAMES = ("base", "a", "b", "c")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# The dtype of each model of the family `mixed`.
MIXED = {"base": "float32", "a": "bfloat16", "b": "float16", "c": "bfloat16"}
LLAMA_LAYERS = 4
_WORDS = ["<s>", "</s>", "<pad>", "<unk>", *"abcdefghijklmnopqrstuvwxyz", "one", "two", "is", "no"]

_COMMON = {
    "vocab_size": len(_WORDS),
    "hidden_size": 68,
    "intermediate_size": 70,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 32,
    "bos_token_id": 0,
    "eos_token_id": 1,
}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": _COMMON | {"num_hidden_layers": LLAMA_LAYERS},
    "qwen2": _COMMON | {"tie_word_embeddings": True},
    "mistral": _COMMON,
    "gemma": _COMMON | {"head_dim": 34},
    "phi": _COMMON | {"num_key_value_heads": 2},
    "gpt2": {
        "vocab_size": len(_WORDS),
        "n_embd": 68,
        "n_layer": 2,
        "n_head": 2,
        "n_positions": 32,
        "bos_token_id": 0,
        "eos_token_id": 1,
    },
    "mixtral": _COMMON | {"num_local_experts": 2, "num_experts_per_tok": 1},
}
# Tensors that a fine-tune leaves as they are, and tensors of zeros, by parts of their names.
_UNCHANGED = {"b": ("embed_tokens", "wte.weight"), "c": ("1.self_attn.v_proj", "h.1.attn.c_attn")}
_ZERO = ("layers.0.mlp.fc1.bias", "h.0.mlp.c_fc.bias", "layers.0.self_attn.k_proj.bias")


def make_family(folder: Path, architecture: str, **changes: Any) -> None:
    """Writes base, a, b and c in float32 into `folder`."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.manual_seed(sum(architecture.encode()))
    config = AutoConfig.for_model(architecture, **ARCHITECTURES[architecture] | changes)
    model = AutoModelForCausalLM.from_config(config).to(torch.float32)
    for parameter in model.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    model.save_pretrained(folder / "base")
    tensors = load_file(folder / "base" / "model.safetensors")
    for name, tensor in tensors.items():
        if any(part in name for part in _ZERO):
            tensor.zero_()
    _save(tensors, folder / "base")
    for tune in NAMES[1:]:
        changed = {
            name: tensor if _stays(tune, name) else tensor + _change(tensor)
            for name, tensor in tensors.items()
        }
        copy_with(folder / "base", folder / tune, changed)


def cast_family(source: Path, target: Path, dtypes: dict[str, str]) -> None:
    """The same models in other dtypes; dtypes: model -> dtype."""
    for name, dtype in dtypes.items():
        tensors = load_file(source / name / "model.safetensors")
        cast = {key: tensor.to(DTYPES[dtype]) for key, tensor in tensors.items()}
        copy_with(source / name, target / name, cast)


def copy_with(source: Path, target: Path, tensors: dict[str, torch.Tensor]) -> None:
    """The folder `source` with other tensors, and a tokenizer."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "generation_config.json"):
        (target / name).write_text((source / name).read_text())
    _save(tensors, target)


def _stays(tune: str, name: str) -> bool:
    return any(part in name for part in (*_UNCHANGED.get(tune, ()), *_ZERO))


def _change(tensor: torch.Tensor) -> torch.Tensor:
    return 0.02 * torch.randn_like(tensor) * (torch.rand_like(tensor) < 0.7)


def _save(tensors: dict[str, torch.Tensor], folder: Path) -> None:
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    vocabulary = {word: number for number, word in enumerate(_WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
    ).save_pretrained(folder)
