"""The numbers of a recipe layer by layer: which weight each parent has where.

Read as the merge reads them (search_spaces/resolve.py), from names of tensors that stand for all
others: one per layer and filter of the recipe, and one each for embeddings, final norm and head.
A recipe that does not say how many layers there are has a column for every knot of its lists.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS
from search_spaces.recipe import Recipe
from search_spaces.resolve import Place, lay_out, shared_value, source_value
from search_spaces.values import Parameters, conditions_of

ALL_PARENTS = "all parents"
REST = "the rest"
_OUTSIDE = ("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight")
_ENDS = ("embeddings", "final norm, head")
_PLAIN = "everything.else"  # of a tensor that no filter means


@dataclass(frozen=True)
class LayerWeights:
    """One parameter over depth. rows: model references, or `ALL_PARENTS` of a parameter that they
    share; columns: what they are called; values: of each row one per column, NaN where there is
    none; per_layer: is a column a layer, and not a knot or everything?
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    per_layer: bool


def layers_of_parents(recipe: Recipe) -> int | None:
    """How many layers the parents have at least, where the recipe takes them by number."""
    pieces = [piece for one in _all(recipe) for piece in one.slices]
    ends = [s.layer_range[1] for piece in pieces for s in piece.sources if s.layer_range]
    return max(ends, default=None)


def parameters_of(recipe: Recipe) -> list[str]:
    """The numbers that the recipe gives per layer or model, the most telling first."""
    told = {name for one in _all(recipe) for found in _places(one) for name in found}
    known = [
        p.name
        for one in _all(recipe)
        for p in METHODS[one.merge_method].parameters
        if p.kind in (float, int) and p.name in told and one.merge_method != "passthrough"
    ]
    return list(dict.fromkeys(known))


def filters_of(recipe: Recipe, name: str) -> list[str]:
    """Parts of tensor names that have values of their own, then `REST`; empty without any."""
    found: dict[str, None] = {}
    for one in _all(recipe):
        for parameters in _places(one):
            conditions = conditions_of(parameters.get(name, 0.0)) or ()
            found |= dict.fromkeys(c.filter for c in conditions if c.filter not in (None, "*"))
    return [*found, REST] if found else []


def weights_at(
    recipe: Recipe, name: str, *, part: str | None = None, layers: int | None = None
) -> LayerWeights:
    """One parameter of all parents. part: of `filters_of`; layers: that the parents have, where it
    is known from elsewhere.
    """
    known = layers_of_parents(recipe) or layers
    depth = known or max(1, *(_knots(recipe, name)))
    rows: dict[str, dict[int, float]] = {}
    columns = _columns(recipe, name, part, depth)
    for number, (_, values) in enumerate(columns):
        for model, value in values.items():
            rows.setdefault(model, {})[number] = value
    labels = [label for label, _ in columns]
    return LayerWeights(
        tuple(rows),
        tuple(labels if known else _in_depth(labels)),
        tuple(
            tuple(found.get(n, math.nan) for n in range(len(columns))) for found in rows.values()
        ),
        known is not None,
    )


@dataclass(frozen=True)
class _Laid:
    """A recipe and the merges inside it, each with the place of every tensor."""

    recipe: Recipe
    places: Mapping[str, Place]
    inner: Mapping[str, "_Laid"]


def _laid(recipe: Recipe, tensors: Sequence[str], layers: int) -> _Laid:
    inside = {s.model for p in recipe.pieces() for s in recipe.sources(p)} & set(recipe.nested)
    inner = {name: _laid(recipe.inner(name), tensors, layers) for name in inside}
    return _Laid(recipe, lay_out(recipe, tensors, layers), inner)


def _columns(
    recipe: Recipe, name: str, part: str | None, layers: int
) -> list[tuple[str, dict[str, float]]]:
    """(label, model -> value) of the embeddings, every layer of the merged model, and its end."""
    inside = _PLAIN if part in (None, REST) else part
    laid = _laid(
        recipe, [*_OUTSIDE, *(f"model.layers.{n}.{inside}" for n in range(layers))], layers
    )

    def of(tensors: Sequence[str]) -> dict[str, float]:
        meant = [t for t in tensors if _belongs(recipe, name, part, t)]
        return _at(laid, name, meant[0]) if meant else {}

    start, end = of(_OUTSIDE[:1]), of(_OUTSIDE[1:])
    outside_only = part is not None and any(part in tensor for tensor in _OUTSIDE)
    middle = [
        (str(n), {} if outside_only else _at(laid, name, f"model.layers.{n}.{inside}"))
        for n in range(len(laid.places) - len(_OUTSIDE))
    ]
    return [(_ENDS[0], start), *middle, (_ENDS[1], end)]


def _belongs(recipe: Recipe, name: str, part: str | None, tensor: str) -> bool:
    """Does a tensor outside the layers take the value of this filter?"""
    if part is None:
        return True
    named = next((f for f in filters_of(recipe, name)[:-1] if f in tensor), REST)
    return named == part


def _at(laid: _Laid, name: str, tensor: str) -> dict[str, float]:
    """model -> value for one tensor; where layers of merges are put together, of the merge that it
    is from.
    """
    recipe, place = laid.recipe, laid.places[tensor]
    sources = recipe.merged(place.piece)
    if recipe.merge_method == "passthrough":
        (source,) = sources
        inner = laid.inner.get(source.model)
        return {} if inner is None else _at(inner, name, place.sources[0])
    parameter = METHODS[recipe.merge_method].parameter(name)
    if parameter is None:
        return {}
    try:
        if parameter.scope == "shared":
            return {ALL_PARENTS: float(shared_value(recipe, name, tensor, place))}
        return {
            source.model: float(source_value(recipe, source, name, theirs, place))
            for source, theirs in zip(sources, place.sources, strict=True)
        }
    except RecipeError:  # the recipe says nothing for this tensor
        return {}


def _knots(recipe: Recipe, name: str) -> Iterator[int]:
    """Lengths of the lists over depth."""
    for parameters in (found for one in _all(recipe) for found in _places(one)):
        value = parameters.get(name)
        for found in [c.value for c in conditions_of(value) or ()] or [value]:
            yield len(found) if isinstance(found, tuple) else 1


def _in_depth(labels: Sequence[str]) -> list[str]:
    """Of columns that are knots, evenly spread over depth, or one for all layers."""
    knots = len(labels) - 2
    middle = (
        [f"{n / (knots - 1):.0%} depth" for n in range(knots)] if knots > 1 else ["all layers"]
    )
    return [labels[0], *middle, labels[-1]]


def _all(recipe: Recipe) -> list[Recipe]:
    return [recipe, *recipe.nested.values()]


def _places(recipe: Recipe) -> list[Parameters]:
    found = [recipe.parameters, *(piece.parameters for piece in recipe.slices)]
    return found + [s.parameters for p in recipe.pieces() for s in recipe.sources(p)]
