"""A mixture of experts to a folder: a Mixtral model whose experts are the MLPs of whole models."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from search_spaces.errors import CandidateError
from search_spaces.moe import Expert, MoeRecipe
from workers.experts import MLP, open_experts, resolved
from workers.gates import degenerate, gate_vectors
from workers.materialize import DTYPES
from workers.parents import ITEM_BYTES, Parent, read_json
from workers.shards import check_whole, copy_tokenizer, tokenizer_bytes, write_shards
from workers.weights import OnDisk, is_finite
from workers.whole_folder import check_room, whole_folder
from workers.writer import refuse_own

_CONFIG_KEYS = (
    *("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers"),
    *("num_attention_heads", "num_key_value_heads", "head_dim", "hidden_act"),
    *("max_position_embeddings", "initializer_range", "rms_norm_eps", "use_cache"),
    *("pad_token_id", "bos_token_id", "eos_token_id", "tie_word_embeddings"),
    *("attention_dropout", "sliding_window"),
)


def write_moe(
    recipe: MoeRecipe,
    folder: Path,
    *,
    extra: Mapping[str, str],
    replace: bool = False,
    max_shard_bytes: int = 4 << 30,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[str, ...]:
    """Writes config, tokenizer, weights and `extra` (file name -> text) into `folder`; returns
    remarks on the recipe, a sentence each.

    All is written into a folder beside it, which gets its name when it is whole. At most one shard
    of weights is held, and one layer of the base while the gates are made. report: tensors done,
    tensors in all. replace: as for a merge.

    Raises: ConfigError when `folder` exists and is not empty, or the models do not fit together;
    ParentError; CandidateError.
    """
    with whole_folder(folder, replace=replace) as partial:
        parents = open_experts(recipe)
        base = parents[recipe.base_model]
        refuse_own(folder, parents)
        check_room(partial, _bytes(recipe, base), folder)
        report(0, _count(recipe, base))
        gates = gate_vectors(recipe, base)
        write_shards(_tensors(recipe, parents, gates, report), partial, max_shard_bytes)
        config = json.dumps(_config(recipe, base), indent=2) + "\n"
        (partial / "config.json").write_text(config, encoding="utf-8")
        copy_tokenizer(base.folder, partial)
        for name, text in extra.items():
            (partial / name).write_text(text, encoding="utf-8")
        check_whole(partial, [name for name in base.tensors if ".mlp." not in name])
    return tuple(_remarks(recipe, gates))


def _count(recipe: MoeRecipe, base: Parent) -> int:
    kept = sum(".mlp." not in name for name in base.tensors)
    return kept + base.layers * (len(MLP) * len(recipe.experts) + 1)


def _bytes(recipe: MoeRecipe, base: Parent) -> int:
    """Of the weights, but for the gates, and of the tokenizer."""
    dtype = _dtype(recipe, base)
    total = tokenizer_bytes(base.folder)
    for name, header in base.tensors.items():
        size = ITEM_BYTES[header.dtype] if dtype is None else dtype.itemsize
        copies = len(recipe.experts) if ".mlp." in name else 1
        total += math.prod(header.shape) * size * copies
    return total


def _tensors(
    recipe: MoeRecipe,
    parents: Mapping[str, Parent],
    gates: torch.Tensor,
    report: Callable[[int, int], None],
) -> Iterator[tuple[str, torch.Tensor]]:
    """(name, tensor) of the whole model, one at a time."""
    base = parents[recipe.base_model]
    total = _count(recipe, base)
    for done, (name, tensor) in enumerate(_in_order(recipe, parents, gates)):
        out = tensor.to(_dtype(recipe, base) or tensor.dtype, copy=True).contiguous()
        if not is_finite(out):
            raise CandidateError(f"tensor '{name}' of the mixture has NaN or Inf as {out.dtype}")
        yield name, out
        report(done + 1, total)


def _in_order(
    recipe: MoeRecipe, parents: Mapping[str, Parent], gates: torch.Tensor
) -> Iterator[tuple[str, torch.Tensor]]:
    weights = {reference: OnDisk(parent) for reference, parent in parents.items()}
    base = parents[recipe.base_model]
    stored = weights[recipe.base_model]
    for name in base.tensors:
        if ".mlp." not in name:
            yield name, stored.get(name)
    for layer in range(base.layers):
        block = f"model.layers.{layer}.block_sparse_moe"
        for index, expert in enumerate(recipe.experts):
            for short, name in MLP.items():
                whole = f"model.layers.{layer}.{name}"
                weight = weights[expert.source_model].get(whole)
                if short == "w2" or expert.noise_scale:
                    weight = _changed(weight, expert, short == "w2", (recipe.seed, index, whole))
                yield f"{block}.experts.{index}.{short}.weight", weight
        gate = gates[layer]
        if _dtype(recipe, base) is None:
            gate = gate.to(stored.get("model.norm.weight").dtype)
        yield f"{block}.gate.weight", gate


def _changed(
    weight: torch.Tensor, expert: Expert, residual: bool, seed: tuple[int, int, str]
) -> torch.Tensor:
    """With the expert's noise, and scaled where it adds to the residual stream. Summed in fp32.

    seed: of the recipe, number of the expert, tensor; a draw depends on nothing else.
    """
    changed = weight.float()
    if expert.noise_scale:
        digest = hashlib.blake2b("|".join(map(str, seed)).encode(), digest_size=8).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)
        changed = changed + expert.noise_scale * torch.randn(weight.shape, generator=generator)
    if residual and expert.residual_scale is not None:
        changed = changed * expert.residual_scale
    return changed.to(weight.dtype)


def _dtype(recipe: MoeRecipe, base: Parent) -> torch.dtype | None:
    """Of the output: the recipe's, else the one that the base names; None: each as it is."""
    return DTYPES.get(
        recipe.dtype or str(base.config.get("dtype", base.config.get("torch_dtype")))
    )


def _config(recipe: MoeRecipe, base: Parent) -> dict[str, Any]:
    """config.json: the base's, defaults of its architecture written out, as a Mixtral's."""
    said, known = read_json(base.folder / "config.json"), resolved(base)
    config: dict[str, Any] = {"architectures": ["MixtralForCausalLM"], "model_type": "mixtral"}
    config |= {key: known.get(key) for key in _CONFIG_KEYS}
    # Positions stay spelled as the base spells them, for readers older than transformers 5.
    rope: dict[str, Any] = {
        k: said[k] for k in ("rope_theta", "rope_scaling", "rope_parameters") if k in said
    }
    if "rope_theta" not in {*rope, *(rope.get("rope_parameters") or ())}:
        rope["rope_theta"] = known["rope_parameters"]["rope_theta"]
    config |= rope
    config |= {
        "num_local_experts": len(recipe.experts),
        "num_experts_per_tok": recipe.experts_per_token,
        "output_router_logits": False,
    }
    dtype = _dtype(recipe, base)
    if dtype is not None:
        config["dtype"] = str(dtype).removeprefix("torch.")
    return config


def _remarks(recipe: MoeRecipe, gates: torch.Tensor) -> Iterator[str]:
    count = len(recipe.experts)
    if count > 1 and len(recipe.parents()) == 1 and not any(e.noise_scale for e in recipe.experts):
        yield (
            "All experts are the same model: the mixture computes what it does, with more memory, "
            "until it is trained."
        )
    if count & (count - 1):
        yield f"{count} experts are not a power of two; llama.cpp does not run such models."
    layers = degenerate(gates)
    if layers:
        where = "all layers" if len(layers) == len(gates) else f"layers {layers}"
        yield f"The gates of {where} are nearly dependent: make the prompts differ more."
