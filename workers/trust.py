"""What a checkpoint may bring that could run: pickled weights and Python files. Neither is ever
opened; what is said instead names the file and the way out.
"""

import glob
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from search_spaces.errors import ParentError

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
# What a training leaves beside the weights.
_ASIDE = ("training_args", "optimizer", "scheduler", "rng_state", "scaler")
# Reads tensors alone, and shares no memory between them, which safetensors refuses.
_CONVERT = (
    "import sys, torch, pathlib; from safetensors.torch import save_file; "
    "files = sorted(pathlib.Path(sys.argv[1]).glob(sys.argv[2])); "
    "save_file({k: v.clone() for f in files for k, v in "
    "torch.load(f, map_location='cpu', weights_only=True).items()}, "
    "pathlib.Path(sys.argv[1]) / sys.argv[3], {'format': 'pt'})"
)
_KERNELS = ("attn_implementation", "_attn_implementation", "experts_implementation")


def no_weights(folder: Path, wanted: str) -> ParentError:
    """Why a folder without safetensors is refused, with the command that converts what it has.

    wanted: model.safetensors or adapter_model.safetensors.
    """
    found = sorted(
        p.name
        for p in folder.glob("*")
        if p.suffix in _PICKLES and not p.name.startswith(_ASIDE) and p.is_file()
    )
    if not found:
        index = "" if wanted.startswith("adapter") else f" and no {wanted}.index.json"
        return ParentError(f"{folder}: no {wanted}{index}")
    named = [name for name in found if name.startswith(("pytorch_model", "adapter_model"))]
    pattern = "pytorch_model*.bin" if len(named) > 1 else glob.escape((named or found)[0])
    command = shlex.join(["python", "-c", _CONVERT, str(folder), pattern, wanted])
    return ParentError(
        f"{folder}: has pickled weights only ({', '.join(found[:3])}); reading a pickle can run "
        f"code, so none is opened; expected {wanted}. This writes it, reading tensors alone:\n"
        f"{command}"
    )


def refuse_code(folder: Path, config: Mapping[str, Any]) -> None:
    """config: of config.json.

    Raises: ParentError for a model that only its own Python files can load, and for one that
    takes a kernel from the hub.
    """
    where = folder / "config.json"
    for key in _KERNELS:
        value = config.get(key)
        if isinstance(value, str) and "/" in value:
            raise ParentError(
                f"{where}: '{key}' is {value:.80}, a program of the hub, and Evolve never runs "
                "code of a checkpoint; take the key out, and transformers' own is used"
            )
    kind = config.get("model_type")
    if config.get("auto_map") and not _is_native(kind):
        raise ParentError(
            f"{where}: 'auto_map' asks for Python files of the checkpoint (trust_remote_code), "
            f"and transformers itself knows no model_type {kind!r:.80}. Evolve never runs code of "
            "a checkpoint; use one of an architecture that transformers has, or a version of "
            "transformers that has this one"
        )


def code_remarks(parents: Iterable[tuple[Path, Mapping[str, Any]]]) -> list[str]:
    """A sentence for each folder whose config.json names code that is not needed."""
    return [
        f"{folder / 'config.json'}: 'auto_map' names Python files of the checkpoint; they are not "
        f"run: transformers' own {config.get('model_type')} is used."
        for folder, config in parents
        if config.get("auto_map")
    ]


def tokenizer_code(folder: Path, error: Exception) -> ParentError:
    """What to say where transformers cannot open a tokenizer without the checkpoint's code."""
    where = folder / "tokenizer_config.json"
    if "custom code" in str(error) or "trust_remote_code" in str(error):
        return ParentError(
            f"{where}: 'auto_map' asks for Python files of the checkpoint (trust_remote_code), "
            "and Evolve never runs code of a checkpoint; take the key 'auto_map' out and set "
            "tokenizer_class to PreTrainedTokenizerFast, so that tokenizer.json is used"
        )
    line = " ".join(str(error).split())[:300]
    return ParentError(f"{where}: no tokenizer that transformers can open: {line}")


def _is_native(kind: Any) -> bool:
    from transformers import CONFIG_MAPPING

    return isinstance(kind, str) and kind in CONFIG_MAPPING
