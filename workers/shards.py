"""A model folder that is written shard by shard, and appears only when it is whole."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from search_spaces.errors import ConfigError, EvolveError

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


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside `folder`, which gets its name when the block ends well, and is
    removed otherwise.

    Raises: ConfigError when `folder` exists and is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: exists and is not empty; give a new folder with --to")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    partial.chmod(0o755)
    try:
        yield partial
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


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
        except (SafetensorError, OSError) as error:
            raise EvolveError(
                f"{file}: cannot be written: {error}. Is the disk full? Nothing was left there"
            ) from None
        shards.append(list(shard))
        shard, held = {}, 0

    for name, tensor in tensors:
        size = tensor.numel() * tensor.element_size()
        if shard and held + size > max_bytes:
            flush()
        shard[name] = tensor
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
