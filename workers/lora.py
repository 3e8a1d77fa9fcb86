"""LoRA adapters as parents: W + (alpha / r) B A (arXiv:2106.09685, section 4.1)."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search_spaces.errors import ParentError

if TYPE_CHECKING:
    import torch

_PREFIX = "base_model.model."
_REFUSED: dict[str, tuple[Any, ...]] = {
    "use_dora": (False, None),
    "bias": ("none", None),
    "modules_to_save": (None, []),
    "rank_pattern": ({}, None),
    "alpha_pattern": ({}, None),
    "fan_in_fan_out": (False, None),
    "trainable_token_indices": (None, []),
    "layer_replication": (None, []),
    "use_qalora": (False, None),
    "lora_bias": (False, None),
}


@dataclass(frozen=True)
class Adapter:
    """pairs: tensor of the base -> names of (A, B) in `file`; A is (r, in), B is (out, r)."""

    file: Path
    scale: float
    pairs: Mapping[str, tuple[str, str]]
    digest: str


def open_adapter(
    folder: Path,
    base: Mapping[str, tuple[int, ...]],
    found: Mapping[str, tuple[int, ...]],
    read_json: Callable[[Path], dict[str, Any]],
) -> Adapter:
    """base and found: tensor -> shape, of the base model and of the adapter file.

    Raises: ParentError for an adapter of another base, or of a kind that is more than plain LoRA.
    """
    where = folder / "adapter_config.json"
    config = read_json(where)
    if config.get("peft_type") != "LORA":
        found_type = config.get("peft_type")
        raise ParentError(f"{where}: peft_type is {found_type!r:.80}; expected 'LORA'")
    for key, accepted in _REFUSED.items():
        if key in config and config[key] not in accepted:
            raise ParentError(
                f"{where}: '{key}' is {config[key]!r:.80}, which is more than plain LoRA; "
                "merge the adapter into its base first (peft: merge_and_unload) and give that "
                "folder"
            )
    try:
        rank, alpha = int(config["r"]), float(config["lora_alpha"])
        if rank < 1 or not math.isfinite(alpha):
            raise ValueError
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ParentError(
            f"{where}: expected numbers 'r' and 'lora_alpha', found {config.get('r')!r:.80} and "
            f"{config.get('lora_alpha')!r:.80}"
        ) from None
    file = folder / "adapter_model.safetensors"
    pairs: dict[str, tuple[str, str]] = {}
    for name in found:
        if not name.endswith(".lora_A.weight"):
            if name.endswith(".lora_B.weight"):
                other = f"{name.removesuffix('.lora_B.weight')}.lora_A.weight"
                if other not in found:
                    raise ParentError(f"{file}: tensor '{other}' is missing beside '{name}'")
                continue
            raise ParentError(f"{file}: tensor '{name}' is neither lora_A nor lora_B")
        stem = name.removesuffix(".lora_A.weight")
        down, up, target = name, f"{stem}.lora_B.weight", f"{stem.removeprefix(_PREFIX)}.weight"
        if up not in found:
            raise ParentError(f"{file}: tensor '{up}' is missing beside '{down}'")
        if target not in base:
            raise ParentError(f"{file}: adapts '{target}', which the base does not have")
        if len(base[target]) != 2:
            raise ParentError(
                f"{file}: adapts '{target}', which has shape {base[target]}; expected a matrix"
            )
        expected = ((rank, base[target][1]), (base[target][0], rank))
        if (found[down], found[up]) != expected:
            raise ParentError(
                f"{file}: '{stem}' has shapes {found[down]} and {found[up]}; "
                f"r={rank} on {base[target]} needs {expected[0]} and {expected[1]}"
            )
        pairs[target] = (down, up)
    if not pairs:
        raise ParentError(f"{file}: holds no LoRA pair")
    scale = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
    content = hashlib.blake2b(file.read_bytes(), digest_size=16)
    content.update(f"|{scale}".encode())
    return Adapter(file, scale, pairs, content.hexdigest())


def add_adapter(
    weight: "torch.Tensor", down: "torch.Tensor", up: "torch.Tensor", scale: float
) -> "torch.Tensor":
    """weight: (out, in); down (A): (r, in); up (B): (out, r). Summed in fp32, rounded to weight's
    dtype.
    """
    delta = up.float() @ down.float()
    return (weight.float() + scale * delta).to(weight.dtype)
