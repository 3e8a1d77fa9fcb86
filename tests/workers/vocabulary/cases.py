"""Four tiny models with vocabularies of their own, and the recipes that are held against mergekit.

Read by the tests and, in mergekit's environment, by make_fixture.py: it imports nothing of ours.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

WIDTH = 2
# name -> (vocabulary, merges, added tokens (True: special), rows of the embedding)
MODELS: dict[str, tuple[list[str], list[tuple[str, str]], dict[str, bool], int]] = {
    "base": (["<unk>", "a", "b", "c", "ab"], [("a", "b")], {"<s>": True, "</s>": True}, 7),
    # another order, rows that no token uses, and a special token of its own
    "left": (
        ["<unk>", "b", "d", "a", "c"],
        [],
        {"</s>": True, "<s>": True, "<|im|>": True},
        12,
    ),
    # `c`, which is a plain token of the others, is an added one here
    "right": (
        ["<unk>", "a", "b", "c", "e", "d", "ab", "abc"],
        [("a", "b"), ("ab", "c")],
        {"<s>": True, "</s>": True, "<|im|>": True, "c": False, "_": False},
        12,
    ),
    # [PAD] was added to the tokenizer and never got a row
    "short": (["<unk>", "a", "f"], [], {"<s>": True, "[PAD]": True}, 4),
}

TOKENS = {
    "<|im|>": {"source": "right"},
    "d": {"source": {"kind": "model_token", "model": "base", "token": "a"}, "force": True},
    "e": {"source": {"kind": "model_token", "model": "left", "token_id": 11}},
    "abc": {"source": {"kind": "zero"}},
    "b": {"source": "left", "force": True},
    "new": {"source": {"kind": "model_token", "model": "right", "token": "</s>"}},
    "nil": {"source": {"kind": "zero"}, "force": True},
}

# name -> (models, has a base_model (the first), the `tokenizer:` block)
CASES: dict[str, tuple[list[str], bool, dict[str, Any]]] = {
    "union": (["base", "left", "right"], True, {"source": "union"}),
    "union_without_base": (["left", "right", "base"], False, {"source": "union"}),
    "union_of_four": (["base", "left", "right", "short"], True, {"source": "union"}),
    "stripped": (["short", "left", "right"], True, {"source": "base"}),
    "base": (["base", "left", "right"], True, {"source": "base", "pad_to_multiple_of": 4}),
    "of_a_model": (["base", "left", "right"], True, {"source": "right"}),
    "tokens": (
        ["base", "left", "right"],
        True,
        {"source": "union", "tokens": TOKENS, "pad_to_multiple_of": 8},
    ),
    # of base, only with tokens that base has: mergekit ends with a KeyError for others
    "tokens_of_base": (
        ["base", "left", "right"],
        True,
        {"source": "base", "tokens": {t: TOKENS[t] for t in ("b",)}},
    ),
    "tokens_of_a_model": (
        ["base", "left", "right"],
        True,
        {"source": "right", "tokens": TOKENS},
    ),
    "one_vocabulary": (["base", "base2"], True, {"source": "union", "pad_to_multiple_of": 10}),
}


def embedding(name: str) -> torch.Tensor:
    """(rows, WIDTH) fp32; whole numbers, so that averages are exact enough to compare."""
    number = ["base", "left", "right", "short", "base2"].index(name)
    rows = torch.arange(MODELS[name.removesuffix("2")][3], dtype=torch.float32)
    return torch.stack([100 * (number + 1) + rows, rows * rows - 7 * number], dim=1)


def write_model(folder: Path, name: str) -> Path:
    """A Llama without layers whose embedding is `embedding(name)`."""
    vocabulary, merges, added, rows = MODELS[name.removesuffix("2")]
    folder.mkdir(parents=True)
    known = {token: row for row, token in enumerate(vocabulary)}
    late = [token for token in added if token not in known]
    ids = known | {token: len(known) + number for number, token in enumerate(late)}
    flags = {"single_word": False, "lstrip": False, "rstrip": False}
    entries = [
        {"id": ids[t], "content": t, **flags, "normalized": not special, "special": special}
        for t, special in added.items()
    ]
    tokenizer = {
        "version": "1.0",
        "added_tokens": sorted(entries, key=lambda entry: int(str(entry["id"]))),
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "BPE", "unk_token": "<unk>", "vocab": known, "merges": merges},
    }
    special = {"bos_token": "<s>", "unk_token": "<unk>"}
    special |= {"eos_token": "</s>"} if "</s>" in ids else {}
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": rows,
        "hidden_size": WIDTH,
        "intermediate_size": 2,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "num_key_value_heads": 1,
        "tie_word_embeddings": True,
        "bos_token_id": ids["<s>"],
        "eos_token_id": ids.get("</s>"),
    }
    tokenizer_config = {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    for file, data in (
        ("tokenizer.json", tokenizer),
        ("tokenizer_config.json", tokenizer_config),
        ("config.json", config),
    ):
        (folder / file).write_text(json.dumps(data), encoding="utf-8")
    save_file(tensors(name), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def tensors(name: str) -> dict[str, torch.Tensor]:
    square = torch.eye(WIDTH)
    layer = "model.layers.0."
    found = {f"{layer}self_attn.{p}_proj.weight": square.clone() for p in "qkvo"}
    found |= {f"{layer}mlp.{p}_proj.weight": square.clone() for p in ("gate", "up", "down")}
    found |= {
        f"{layer}{n}.weight": torch.ones(WIDTH)
        for n in ("input_layernorm", "post_attention_layernorm")
    }
    return (
        found
        | {"model.norm.weight": torch.ones(WIDTH)}
        | {"model.embed_tokens.weight": embedding(name)}
    )


def with_folders(block: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A `tokenizer:` block with the names of models as the folders they lie in."""

    def place(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: place(k, v) for k, v in value.items()}
        is_model = key == "model" or (key == "source" and value not in ("base", "union"))
        return str(folder / value) if is_model else value

    found: dict[str, Any] = place("", block)
    return found
