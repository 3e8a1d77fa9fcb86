"""Random models of about 100 M parameters for the merge benchmarks, made once into the cache."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

HIDDEN, MIDDLE, LAYERS, WORDS = 640, 1728, 15, 32_000
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": HIDDEN,
    "intermediate_size": MIDDLE,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 10,
    "num_key_value_heads": 10,
    "vocab_size": WORDS,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
    "hidden_act": "silu",
    "bos_token_id": 0,
    "eos_token_id": 1,
}


def shapes() -> dict[str, tuple[int, ...]]:
    """Tensor names of a Llama of 95 M parameters, and their shapes."""
    found: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (WORDS, HIDDEN)}
    for layer in range(LAYERS):
        stem = f"model.layers.{layer}."
        for name in "qkvo":
            found[f"{stem}self_attn.{name}_proj.weight"] = (HIDDEN, HIDDEN)
        for name in ("gate", "up"):
            found[f"{stem}mlp.{name}_proj.weight"] = (MIDDLE, HIDDEN)
        found[f"{stem}mlp.down_proj.weight"] = (HIDDEN, MIDDLE)
        for name in ("input_layernorm", "post_attention_layernorm"):
            found[f"{stem}{name}.weight"] = (HIDDEN,)
    found["model.norm.weight"] = (HIDDEN,)
    return found


def tensors(number: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Model 0 is the base; the others are it with noise of a fine-tune's size."""
    found = {}
    for index, (name, shape) in enumerate(shapes().items()):
        generator = torch.Generator().manual_seed(index)
        base = 0.02 * torch.randn(shape, generator=generator)
        if number:
            generator.manual_seed(1000 * number + index)
            base += 0.001 * torch.randn(shape, generator=generator)
        found[name] = base.to(dtype)
    return found


def write_model(folder: Path, number: int, dtype: torch.dtype) -> Path:
    """Writes one model with a tokenizer, unless it is there already."""
    if (folder / "config.json").exists():
        return folder
    from tokenizers import Tokenizer, models

    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors(number, dtype), folder / "model.safetensors", metadata={"format": "pt"})
    words = {f"w{i}": i for i in range(WORDS)}
    Tokenizer(models.WordLevel(words, unk_token="w0")).save(str(folder / "tokenizer.json"))
    table = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "w0"}
    (folder / "tokenizer_config.json").write_text(json.dumps(table))
    config = CONFIG | {"dtype": str(dtype).removeprefix("torch.")}
    (folder / "config.json").write_text(json.dumps(config))
    return folder
