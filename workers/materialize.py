"""One recipe, all tensors: the merged value of each, and a whole candidate written in place."""

from collections.abc import Mapping
from typing import Protocol

import torch

from search_spaces.errors import CandidateError
from search_spaces.methods import METHODS as SPECS
from search_spaces.methods import RANDOM
from search_spaces.recipe import Recipe
from search_spaces.resolve import place_of, shared_value, source_value
from workers.methods import METHODS, Inputs
from workers.methods.masks import mask_seed

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Weights(Protocol):
    """The tensors of one parent: resident in memory, or read from disk one at a time."""

    @property
    def fingerprint(self) -> str: ...

    def get(self, tensor: str) -> torch.Tensor: ...


def merge_tensor(
    recipe: Recipe, weights: Mapping[str, Weights], tensor: str, layers: int
) -> torch.Tensor:
    """One tensor of the merged model, in the recipe's output dtype.

    weights: model reference -> its tensors; layers: number of layers of the model.

    Raises: CandidateError when the merged tensor is not finite; RecipeError for a missing
    parameter.
    """
    spec = SPECS[recipe.merge_method]
    place = place_of(recipe, tensor, layers)
    named = recipe.sources(place.piece)
    with_base = spec.base == "required"
    sources = [s for s in named if not (with_base and s.model == recipe.base_model)]
    cast = DTYPES.get(recipe.dtype or "")
    inputs = Inputs(
        base=_read(weights[str(recipe.base_model)], tensor, cast) if with_base else None,
        models=tuple(_read(weights[s.model], tensor, cast) for s in sources),
        per_model={
            p.name: tuple(float(source_value(recipe, s, p.name, tensor, place)) for s in sources)
            for p in spec.parameters
            if p.scope != "shared"
        },
        shared={
            p.name: float(shared_value(recipe, p.name, tensor, place))
            for p in spec.parameters
            if p.scope == "shared"
        },
        seeds=tuple(mask_seed(recipe.seed, weights[s.model].fingerprint, tensor) for s in sources)
        if recipe.merge_method in RANDOM
        else (),
    )
    merged = METHODS[recipe.merge_method](inputs)
    out = DTYPES.get(recipe.out_dtype or recipe.dtype or "") or _promoted(inputs)
    merged = merged.to(out)
    if not torch.isfinite(merged).all():
        raise CandidateError(f"{recipe.merge_method}: merged tensor '{tensor}' has NaN or Inf")
    return merged


def materialize(
    recipe: Recipe, weights: Mapping[str, Weights], out: Mapping[str, torch.Tensor], layers: int
) -> None:
    """Writes the merge into `out` (tensor name -> resident tensor), in place.

    Raises: CandidateError; `out` then holds a part of the candidate and must be written again.
    """
    with torch.inference_mode():
        for name, target in out.items():
            target.copy_(merge_tensor(recipe, weights, name, layers))


def _read(weights: Weights, tensor: str, dtype: torch.dtype | None) -> torch.Tensor:
    found = weights.get(tensor)
    return found if dtype is None else found.to(dtype)


def _promoted(inputs: Inputs) -> torch.dtype:
    tensors = inputs.models if inputs.base is None else (inputs.base, *inputs.models)
    dtype = tensors[0].dtype
    for tensor in tensors[1:]:
        dtype = torch.promote_types(dtype, tensor.dtype)
    return dtype
