"""One recipe to a folder of safetensors, shard by shard: the same merge code as in a search."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from search_spaces.errors import CandidateError, ConfigError
from search_spaces.recipe import Recipe
from workers.depth import lists_of
from workers.materialize import Merge, Weights, open_merge
from workers.parents import ITEM_BYTES, Parent, open_parent, problems_between, read_json
from workers.shards import check_whole, copy_tokenizer, tokenizer_bytes, write_shards
from workers.weights import OnDisk, is_finite
from workers.whole_folder import check_room, whole_folder

_SHORT = {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}


def open_recipe(recipe: Recipe) -> dict[str, Parent]:
    """Every model of the recipe, opened and held against the first of them.

    Raises: ParentError, ConfigError with all that is wrong.
    """
    parents = {reference: open_parent(reference) for reference in recipe.references()}
    first, *others = parents.values()
    problems = problems_between(first, others, aligned=recipe.vocabulary_source() is not None)
    if problems:
        raise ConfigError("\n".join(problems))
    return parents


def write_merge(
    recipe: Recipe,
    folder: Path,
    *,
    extra: Mapping[str, str],
    replace: bool = False,
    max_shard_bytes: int = 4 << 30,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Writes config, tokenizer, weights and `extra` (file name -> text) into `folder`.

    All is written into a folder beside it, which gets its name when it is whole: nothing
    half-written is ever left under the name. replace: an older export that has the name stays
    until the new one is whole and was read back. report: tensors done, tensors in all.

    Raises: ConfigError when `folder` exists and is not empty; ParentError; CandidateError;
    EvolveError when the disk is full.
    """
    with whole_folder(folder, replace=replace) as partial:
        parents = open_recipe(recipe)
        refuse_own(folder, parents)
        base = next(iter(parents.values()))
        vocabulary = vocabulary_of(recipe, parents)
        weights: dict[str, Weights] = {name: OnDisk(parent) for name, parent in parents.items()}
        names = {name: parent.tensors for name, parent in parents.items()}
        merge, origins = open_merge(recipe, weights, names, base.layers, vocabulary=vocabulary)
        check_room(partial, _bytes(recipe, merge, base), folder)
        dtypes: set[torch.dtype] = set()
        write_shards(_tensors(recipe, merge, dtypes, report), partial, max_shard_bytes)
        one = str(next(iter(dtypes))).removeprefix("torch.")
        dtype = one if len(dtypes) == 1 else "float32"
        write_frame(recipe, partial, parents, vocabulary, origins, dtype)
        for name, text in extra.items():
            (partial / name).write_text(text, encoding="utf-8")
        check_whole(partial, merge.places)


def refuse_own(folder: Path, parents: Mapping[str, Parent]) -> None:
    """Raises: ConfigError for a model that would be replaced by a merge of itself."""
    for reference, parent in parents.items():
        if parent.folder.resolve() == folder.resolve():
            raise ConfigError(
                f"{folder}: '{reference}' of the recipe lies there; give another place with --to"
            )


def _bytes(recipe: Recipe, merge: Merge, base: Parent) -> int:
    """Of the merged weights, by the shapes of the base's, and of the tokenizer."""
    size = ITEM_BYTES.get(_SHORT.get(recipe.out_dtype or recipe.dtype or "", ""), 0)
    total = tokenizer_bytes(base.folder)
    for name, place in merge.places.items():
        header = base.tensors.get(place.base) or base.tensors.get(name)
        if header is not None:
            total += math.prod(header.shape) * (size or ITEM_BYTES[header.dtype])
    return total


def write_frame(
    recipe: Recipe,
    folder: Path,
    parents: Mapping[str, Parent],
    vocabulary: Any,
    origins: tuple[int, ...],
    dtype: str,
) -> None:
    """All of a merged model but its weights: config, tokenizer, chat template.

    origins: the parents' layer behind each of its layers.
    """
    base = next(iter(parents.values()))
    config = _config(base, origins, dtype)
    if vocabulary is not None:
        config |= vocabulary.config_changes()
        vocabulary.write(folder)
    else:
        copy_tokenizer(base.folder, folder)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    if recipe.chat_template is not None:
        from workers.chat_templates import apply_chat_template

        apply_chat_template(recipe.chat_template, folder, list(parents.values()))


def vocabulary_of(recipe: Recipe, parents: Mapping[str, Parent]) -> Any:
    """The vocabulary that a recipe asks for; None where its models share one."""
    source = recipe.vocabulary_source()
    if source is None:
        return None
    from workers.vocabulary import plan_vocabulary

    base = parents.get(recipe.base_model or "")
    return plan_vocabulary(source, recipe.tokenizer, base, parents)


def _tensors(
    recipe: Recipe, merge: Merge, dtypes: set[torch.dtype], report: Callable[[int, int], None]
) -> Iterator[tuple[str, torch.Tensor]]:
    for done, name in enumerate(merge.places):
        with torch.inference_mode():
            merged = merge.write(name)
            if not is_finite(merged):
                raise CandidateError(
                    f"{recipe.merge_method}: merged tensor '{name}' has NaN or Inf; use smaller "
                    "weights, or a wider out_dtype"
                )
        dtypes.add(merged.dtype)
        yield name, merged
        report(done + 1, len(merge.places))


def _config(base: Parent, origins: tuple[int, ...], dtype: str) -> dict[str, Any]:
    """The base's config.json with the merged model's dtype and layers.

    What the base says layer by layer (`layer_types`) follows the layers that were taken.
    """
    config = read_json(base.folder / "config.json")
    config.pop("torch_dtype", None)
    config["dtype"] = dtype
    if origins == tuple(range(base.layers)):
        return config
    # Where config.json is silent, transformers goes by a layer's number, which is another one now.
    config |= {key: value for key, value in lists_of(base).items() if config.get(key) is None}
    for key, value in config.items():
        if "layer" in key and isinstance(value, list) and len(value) == base.layers:
            config[key] = [value[layer] for layer in origins]
    for key in ("num_hidden_layers", "n_layer"):
        if key in config:
            config[key] = len(origins)
    return config
