"""The files of a model folder, its weights shard by shard; and whether all of it is there."""

import errno
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from search_spaces.errors import EvolveError
from search_spaces.faults import reach
from workers.parents import open_parent

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "chat_template.jinja",
    "generation_config.json",
)


def copy_tokenizer(source: Path, target: Path) -> None:
    """Copies what a model folder has of tokenizer files."""
    for name in TOKENIZER_FILES:
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)


def tokenizer_bytes(source: Path) -> int:
    """What `copy_tokenizer` would write."""
    files = (source / name for name in TOKENIZER_FILES)
    return sum(file.stat().st_size for file in files if file.exists())


def check_whole(folder: Path, tensors: Iterable[str]) -> None:
    """Reads back what was written: the headers of all weights, held against the files' sizes.

    Raises: EvolveError for a tensor that is missing; ParentError for a file that is cut off.
    """
    missing = sorted(set(tensors) - set(open_parent(str(folder)).tensors))
    if missing:
        raise EvolveError(f"{folder}: was written without tensor '{missing[0]}'; do it again")


def write_shards(
    tensors: Iterable[tuple[str, torch.Tensor]], folder: Path, max_bytes: int = 4 << 30
) -> None:
    """Writes model.safetensors, or shards and their index; holds one shard at a time.

    tensors: contiguous, and no views of a mapped file, which would keep all of it in memory.
    """
    shards: list[list[str]] = []
    shard: dict[str, torch.Tensor] = {}
    held = total = 0

    def flush() -> None:
        nonlocal shard, held
        file = folder / f"shard-{len(shards)}.safetensors"
        try:
            save_file(shard, file, metadata={"format": "pt"})
            file.chmod(0o666 & ~_mask())  # safetensors lets its owner alone read it
        except (SafetensorError, OSError) as error:
            if "No space left" in str(error):  # safetensors says it in words
                raise OSError(errno.ENOSPC, "no space left", str(file)) from None
            raise EvolveError(
                f"{file}: cannot be written: {error}. Nothing was left there"
            ) from None
        shards.append(list(shard))
        shard, held = {}, 0

    for name, tensor in tensors:
        size = tensor.numel() * tensor.element_size()
        if shard and held + size > max_bytes:
            flush()
        shard[name] = tensor
        reach("export.writing")
        held += size
        total += size
    flush()
    if len(shards) == 1:
        (folder / "shard-0.safetensors").rename(folder / "model.safetensors")
        return
    weight_map: dict[str, str] = {}
    for index, names in enumerate(shards):
        file = f"model-{index + 1:05d}-of-{len(shards):05d}.safetensors"
        (folder / f"shard-{index}.safetensors").rename(folder / file)
        weight_map |= dict.fromkeys(names, file)
    table = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(
        json.dumps(table, indent=2), encoding="utf-8"
    )


def _mask() -> int:
    """What this process takes away from the rights of new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
