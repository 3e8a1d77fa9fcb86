"""The model families and spaces that `record_trials.py` records and `surrogate.py` stands for."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Family:
    """layers: of the models; kinds: of tensors that filters tell apart; items: drawn per task and
    trial, None for all; sizes: of the two splits, per task.
    """

    parents: tuple[str, ...]
    tasks: tuple[str, ...]
    layers: int
    kinds: tuple[str, ...]
    spaces: dict[int, dict[str, Any]]
    sizes: int
    items: int | None


_WEIGHT: dict[str, Any] = {"weight": [0, 1.5]}
FAMILIES = {
    "demo": Family(
        ("language", "topic", "sentiment", "polish"),
        ("language", "topic", "sentiment", "intent"),
        4,
        ("self_attn.o_proj", "self_attn.qkv", "mlp.down_proj", "mlp.gate_up"),
        {
            6: {"layer_groups": 2, "bounds": _WEIGHT, "parents": 3},
            24: {"layer_groups": 4, "filters": ["self_attn"], "bounds": _WEIGHT, "parents": 3},
            64: {
                "layer_groups": 4,
                "filters": ["o_proj", "self_attn", "down_proj"],
                "bounds": _WEIGHT,
                "parents": 4,
            },
        },
        sizes=20,
        items=None,
    ),
    "smollm2": Family(
        ("addition", "colour", "sentiment"),
        ("addition", "colour", "sentiment"),
        30,
        ("any",),
        {
            6: {"layer_groups": 2, "bounds": _WEIGHT, "parents": 3},
            24: {"layer_groups": 8, "bounds": _WEIGHT, "parents": 3},
            64: {"layer_groups": 16, "bounds": _WEIGHT | {"lambda": [0.5, 1.5]}, "parents": 3},
        },
        sizes=100,
        items=4,
    ),
}


def genes_of(family: str, dimension: int) -> list[str]:
    """The names of the genes in the order of `search_spaces/parameters.py`."""
    spec = FAMILIES[family]
    space = spec.spaces[dimension]
    parts = [f".{f}" for f in space["filters"]] + [".rest"] if "filters" in space else [""]
    owners = [f"weight.{p}" for p in spec.parents[: space["parents"]]]
    groups = range(space["layer_groups"])
    found = [f"{o}.g{g}{part}" for g in groups for o in owners for part in parts]
    return found + [
        f"lambda.g{g}{p}" for g in groups for p in parts if "lambda" in space["bounds"]
    ]
