"""Whether two recipes of one method are the same merge, written differently: as one block or in
slices, with or without filters.
"""

from collections.abc import Iterator
from math import isclose

from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS
from search_spaces.recipe import Recipe
from search_spaces.resolve import Place, lay_out, shared_value, source_value
from search_spaces.values import Scalar, conditions_of

_CLOSE = 1e-9
_OUTSIDE = ("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight")


def same_merge(one: Recipe, other: Recipe, layers: int) -> bool:
    """Do both take the same values for every tensor that their filters tell apart? layers: of the
    parents. Merges of merges are not compared: False.
    """
    if one.nested or other.nested or one.merge_method != other.merge_method:
        return False
    parts = {part for recipe in (one, other) for part in _filters(recipe)} | {"other"}
    tensors = [f"model.layers.{n}.{part}.weight" for n in range(layers) for part in sorted(parts)]
    tensors += [*_OUTSIDE, *(f"{part}.{name}" for part in sorted(parts) for name in _OUTSIDE)]
    try:
        places = [lay_out(recipe, tensors, layers) for recipe in (one, other)]
    except RecipeError:
        return False
    if places[0].keys() != places[1].keys():
        return False
    return all(
        _equal(_values(one, name, places[0][name]), _values(other, name, places[1][name]))
        for name in places[0]
    )


def _values(recipe: Recipe, tensor: str, place: Place) -> dict[tuple[str, str], Scalar]:
    """(model, where its tensor comes from, parameter) -> value, for one tensor of the merge."""
    found: dict[tuple[str, str], Scalar] = {}
    merged = recipe.merged(place.piece)
    for parameter in METHODS[recipe.merge_method].parameters:
        if parameter.scope == "shared":
            found["", parameter.name] = shared_value(recipe, parameter.name, tensor, place)
            continue
        for source, name in zip(merged, place.sources, strict=True):
            key = f"{source.model}:{name}", parameter.name
            found[key] = source_value(recipe, source, parameter.name, name, place)
    found["base", ""] = f"{recipe.base_of(place.piece)}:{place.base}"
    return found


def _equal(one: dict[tuple[str, str], Scalar], other: dict[tuple[str, str], Scalar]) -> bool:
    return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in one)


def _close(one: Scalar, other: Scalar) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return one == other


def _filters(recipe: Recipe) -> Iterator[str]:
    places = [recipe.parameters, *(piece.parameters for piece in recipe.slices)]
    places += [source.parameters for p in recipe.pieces() for source in recipe.sources(p)]
    for found in places:
        for value in found.values():
            for condition in conditions_of(value) or ():
                if condition.filter not in (None, "*"):
                    yield str(condition.filter)
