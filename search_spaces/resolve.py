"""The value of a parameter for one tensor: mergekit's filters, gradients and precedence.

Precedence is source > slice > recipe. A list is interpolated linearly over the layers of its
slice, at idx / (layers - 1). Tensors outside the layers (embeddings, final norm, head) take the
first value of a list; with slices, embeddings take the first slice's settings and the others the
last slice's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS
from search_spaces.recipe import Conditional, Recipe, Source, Value

_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks|layer)\.(\d+)\.")
_EMBEDDING = re.compile(r"(?:embed(?!_out)|wte|wpe|word_embeddings)")


def layer_of(tensor: str) -> int | None:
    """The layer a tensor belongs to by its name, or None for embeddings, final norm and head."""
    found = _LAYER.search(tensor)
    return int(found.group(1)) if found else None


@dataclass(frozen=True)
class Place:
    """Where a tensor sits: slice `piece`, and its depth in it, from 0 (first layer) to 1."""

    piece: int
    depth: float


def place_of(recipe: Recipe, tensor: str, layers: int) -> Place:
    """layers: number of layers of the model.

    Raises: RecipeError when the slices do not cover the layer.
    """
    layer = layer_of(tensor)
    if layer is None:
        last = max(0, len(recipe.slices) - 1)
        return Place(0 if _EMBEDDING.search(tensor) else last, 0.0)
    ranges = [piece.layer_range for piece in recipe.slices] or [(0, layers)]
    for piece, (start, end) in enumerate(ranges):
        if start <= layer < end:
            return Place(piece, (layer - start) / max(1, end - start - 1))
    raise RecipeError(
        f"the slices cover layers 0 to {ranges[-1][1] - 1}; the model has {layers}: '{tensor}'"
    )


def shared_value(recipe: Recipe, name: str, tensor: str, place: Place) -> float | bool:
    """A parameter that all models share, for this tensor."""
    scopes = [recipe.slices[place.piece].parameters] if recipe.slices else []
    return _lookup(recipe, name, tensor, place, [*scopes, recipe.parameters])


def source_value(
    recipe: Recipe, source: Source, name: str, tensor: str, place: Place
) -> float | bool:
    """A parameter of one model of the recipe, for this tensor."""
    scopes = [recipe.slices[place.piece].parameters] if recipe.slices else []
    return _lookup(recipe, name, tensor, place, [source.parameters, *scopes, recipe.parameters])


def _lookup(
    recipe: Recipe, name: str, tensor: str, place: Place, scopes: list[Mapping[str, Value]]
) -> float | bool:
    for parameters in scopes:
        if name in parameters:
            found = _pick(parameters[name], tensor, place.depth)
            if found is not None:
                return found
    parameter = METHODS[recipe.merge_method].parameter(name)
    if parameter is None or parameter.default is None:
        raise RecipeError(
            f"{recipe.merge_method} needs '{name}' for tensor '{tensor}', and the recipe gives "
            "none"
        )
    return parameter.default


def _pick(value: Value, tensor: str, depth: float) -> float | bool | None:
    if isinstance(value, tuple) and value and isinstance(value[0], Conditional):
        for condition in value:
            assert isinstance(condition, Conditional)  # noqa: S101 - pydantic holds it
            if condition.filter in (None, "*") or str(condition.filter) in tensor:
                return _pick(condition.value, tensor, depth)
        return None
    if isinstance(value, tuple):
        knots = [float(v) for v in value if isinstance(v, float)]
        position = depth * (len(knots) - 1)
        left = min(int(position), len(knots) - 1)
        right = min(left + 1, len(knots) - 1)
        return knots[left] + (position - left) * (knots[right] - knots[left])
    found: float | bool = value
    return found


def mean_weights(recipe: Recipe) -> dict[str, float]:
    """Model -> its weight in the merge, averaged over slices, layers and filters; for family
    trees.
    """
    if recipe.merge_method == "slerp":
        t = _mean([p["t"] for p in _shared_scopes(recipe) if "t" in p])
        return {str(recipe.base_model): 1 - t, recipe.parents()[0]: t}
    found: dict[str, list[Value]] = {model: [] for model in recipe.parents()}
    for piece in range(max(1, len(recipe.slices))):
        for source in recipe.sources(piece):
            if source.model in found:
                scopes = [source.parameters, *_shared_scopes(recipe)]
                found[source.model] += [s["weight"] for s in scopes if "weight" in s][:1]
    return {model: _mean(values) for model, values in found.items()}


def _shared_scopes(recipe: Recipe) -> list[Mapping[str, Value]]:
    return [*(piece.parameters for piece in recipe.slices), recipe.parameters]


def _mean(values: Sequence[Value]) -> float:
    numbers: list[float] = []
    for value in values:
        if isinstance(value, tuple):
            numbers.append(_mean([c.value if isinstance(c, Conditional) else c for c in value]))
        else:
            numbers.append(float(value))
    return sum(numbers) / len(numbers) if numbers else 0.0
