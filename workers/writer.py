"""One recipe to a folder of safetensors, shard by shard: the same merge code as in a search."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from search_spaces.errors import CandidateError, ConfigError
from search_spaces.recipe import Recipe
from workers.materialize import Merge, Weights, nested_merges
from workers.parents import Parent, open_parent, problems_between, read_json
from workers.weights import OnDisk

_TOKENIZER_FILES = (
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


def open_recipe(recipe: Recipe) -> dict[str, Parent]:
    """Every model of the recipe, opened and held against the first of them.

    Raises: ParentError, ConfigError with all that is wrong.
    """
    parents = {reference: open_parent(reference) for reference in recipe.references()}
    first, *others = parents.values()
    problems = problems_between(first, others)
    if problems:
        raise ConfigError("\n".join(problems))
    return parents


def write_merge(
    recipe: Recipe,
    folder: Path,
    *,
    extra: Mapping[str, str],
    max_shard_bytes: int = 4 << 30,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Writes config, tokenizer, weights and `extra` (file name -> text) into `folder`.

    All is written into a folder beside it, which gets its name when it is whole: nothing
    half-written is ever left under the name. report: tensors done, tensors in all.

    Raises: ConfigError when `folder` exists and is not empty; ParentError; CandidateError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: exists and is not empty; give a new folder with --to")
    parents = open_recipe(recipe)
    base = next(iter(parents.values()))
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    partial.chmod(0o755)
    try:
        _write_weights(recipe, parents, base, partial, max_shard_bytes, report)
        config = read_json(base.folder / "config.json")
        dtype = recipe.out_dtype or recipe.dtype
        if dtype is not None:
            config.pop("torch_dtype", None)
            config["dtype"] = dtype
        (partial / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        for name in _TOKENIZER_FILES:
            if (base.folder / name).exists():
                shutil.copyfile(base.folder / name, partial / name)
        for name, text in extra.items():
            (partial / name).write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _write_weights(
    recipe: Recipe,
    parents: Mapping[str, Parent],
    base: Parent,
    folder: Path,
    max_shard_bytes: int,
    report: Callable[[int, int], None],
) -> None:
    weights: dict[str, Weights] = {
        reference: OnDisk(parent)
        for reference, parent in parents.items()
    }
    shards: list[list[str]] = []
    shard: dict[str, torch.Tensor] = {}
    held = total = 0

    def flush() -> None:
        nonlocal shard, held
        save_file(shard, folder / f"shard-{len(shards)}.safetensors", metadata={"format": "pt"})
        shards.append(list(shard))
        shard, held = {}, 0

    weights |= dict(nested_merges(recipe, weights, base.tensors, base.layers))
    merge = Merge(recipe, weights, base.tensors, base.layers)
    for done, name in enumerate(merge.places):
        with torch.inference_mode():
            merged = merge.write(name)
        if not torch.isfinite(merged).all():
            raise CandidateError(
                f"{recipe.merge_method}: merged tensor '{name}' has NaN or Inf; use smaller weights"
            )
        size = merged.numel() * merged.element_size()
        if shard and held + size > max_shard_bytes:
            flush()
        shard[name] = merged
        held += size
        total += size
        report(done + 1, len(merge.places))
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
