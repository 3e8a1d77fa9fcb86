"""One checkpoint or recipe as a model in memory, to be scored once; no file of it is left."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from search_spaces.errors import CandidateError
from search_spaces.recipe import Recipe
from search_spaces.resolve import in_layer, layer_of
from workers.candidate import build_model, tensors_of
from workers.materialize import DTYPES, Merge, Weights, open_merge
from workers.parents import Parent, open_parent
from workers.tokenizer_files import open_tokenizer
from workers.weights import OnDisk, is_finite
from workers.writer import open_recipe, vocabulary_of, write_frame

_NAMES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}


def assemble(model: str | Recipe, dtype: str | None, device: torch.device) -> tuple[Any, Any, str]:
    """(transformers model, its tokenizer, dtype of its weights).

    model: a folder or `base+adapter`, or a recipe, whose weights are those that `evolve merge`
    would write. dtype: what they are cast to; if None, the recipe's or the checkpoint's own.

    Raises: ParentError, ConfigError, CandidateError.
    """
    if isinstance(model, Recipe):
        return _merged(model, dtype, device)
    parent = open_parent(model)
    dtype = dtype or own_dtype(parent)
    built = build_model(parent, dtype, device)
    _fill(tensors_of(built, parent), OnDisk(parent, str(device)).get, DTYPES[dtype])
    return built, open_tokenizer(parent.folder), dtype


def _merged(recipe: Recipe, dtype: str | None, device: torch.device) -> tuple[Any, Any, str]:
    parents = open_recipe(recipe)
    base = next(iter(parents.values()))
    dtype = dtype or recipe.out_dtype or recipe.dtype or _widest(parents.values())
    vocabulary = vocabulary_of(recipe, parents)
    weights: dict[str, Weights] = {n: OnDisk(p, str(device)) for n, p in parents.items()}
    names = {name: parent.tensors for name, parent in parents.items()}
    merge, origins = open_merge(recipe, weights, names, base.layers, vocabulary=vocabulary)
    with TemporaryDirectory(prefix="evolve-") as folder:
        write_frame(recipe, Path(folder), parents, vocabulary, origins, dtype)
        headers = _headers(base, merge, origins, vocabulary)
        shape = replace(base, tensors=headers, folder=Path(folder))
        built, tokenizer = build_model(shape, dtype, device), open_tokenizer(shape.folder)
    _fill(tensors_of(built, shape), merge.write, DTYPES[dtype])
    return built, tokenizer, dtype


def own_dtype(parent: Parent) -> str:
    """The dtype of a checkpoint as transformers' `auto` finds it."""
    said = parent.config.get("dtype") or parent.config.get("torch_dtype")
    stored = [_NAMES[h.dtype] for h in parent.tensors.values() if h.dtype in _NAMES]
    found = str(said) if said else next(iter(stored), "float32")
    return found if found in DTYPES else "float32"


def _widest(parents: Iterable[Parent]) -> str:
    dtypes = [DTYPES[own_dtype(parent)] for parent in parents]
    return str(reduce(torch.promote_types, dtypes)).removeprefix("torch.")


def _headers(
    base: Parent, merge: Merge, origins: tuple[int, ...], vocabulary: Any
) -> Mapping[str, Any]:
    """Shapes of the merged tensors, as headers of the base's tensors behind them."""
    found = {}
    for name in merge.places:
        layer = layer_of(name)
        header = base.tensors[name if layer is None else in_layer(name, origins[layer])]
        if vocabulary is not None and vocabulary.concerns(name):
            header = replace(header, shape=(vocabulary.size, *header.shape[1:]))
        found[name] = header
    return found


def _fill(
    places: Mapping[str, torch.Tensor], read: Callable[[str], torch.Tensor], dtype: torch.dtype
) -> None:
    with torch.inference_mode():
        for name, place in places.items():
            found = read(name).to(dtype)
            if not is_finite(found):
                raise CandidateError(f"tensor '{name}' has NaN or Inf in {dtype}")
            place.copy_(found)
