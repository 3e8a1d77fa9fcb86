"""Which tensors make a tensor of the merged model, and the value of a parameter for it.

Precedence is source > slice > recipe. A list is interpolated linearly over the layers of its
slice, at idx / (layers - 1). Tensors outside the layers (embeddings, final norm, head) take the
first value of a list; with slices, embeddings take the first slice's settings and the others the
last slice's.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS
from search_spaces.recipe import Recipe, Source
from search_spaces.values import Parameters, Scalar, mean_of, pick

_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks|layer)\.(\d+)\.")
_EMBEDDING = re.compile(r"(?:embed(?!_out)|wte|wpe|word_embeddings)")


def layer_of(tensor: str) -> int | None:
    """The layer a tensor belongs to by its name, or None for embeddings, final norm and head."""
    found = _LAYER.search(tensor)
    return int(found.group(1)) if found else None


def in_layer(tensor: str, layer: int) -> str:
    """The name of the same tensor in another layer."""
    found = _LAYER.search(tensor)
    return (
        tensor if found is None else f"{tensor[: found.start(1)]}{layer}{tensor[found.end(1) :]}"
    )


def is_embedding(tensor: str) -> bool:
    """Of a tensor outside the layers: does it come before them?"""
    return _EMBEDDING.search(tensor) is not None


@dataclass(frozen=True)
class Place:
    """Where a tensor of the merged model sits, and what it is made of.

    piece: its slice; depth: in it, from 0 (first layer) to 1; base and sources: the name of the
    tensor in the base and in each of `recipe.merged(piece)`.
    """

    piece: int
    depth: float
    base: str
    sources: tuple[str, ...]


def layers_out(recipe: Recipe, layers: int) -> int:
    """Layers of the merged model, of parents with `layers` layers."""
    return sum(piece.layers for piece in recipe.slices) if recipe.slices else layers


def lay_out(recipe: Recipe, tensors: Iterable[str], layers: int) -> dict[str, Place]:
    """Every tensor of the merged model, in order, and where it comes from.

    tensors: the names in a parent; layers: how many layers the parents have.

    Raises: RecipeError for a slice beyond the last layer.
    """
    outside: list[str] = []
    inside: dict[int, list[str]] = {}
    for name in tensors:
        layer = layer_of(name)
        if layer is None:
            outside.append(name)
        else:
            inside.setdefault(layer, []).append(name)
    last = len(recipe.pieces()) - 1
    placed: dict[str, Place] = {}
    for name in outside:
        piece = 0 if is_embedding(name) else last
        placed[name] = Place(piece, 0.0, name, (name,) * len(recipe.merged(piece)))
    made = 0
    for piece in recipe.pieces():
        ranges, base_start = _ranges(recipe, piece, layers)
        start, end = recipe.sources(piece)[0].layer_range or (0, layers)
        for offset in range(end - start):
            depth = offset / (end - start - 1) if end - start > 1 else 1.0
            for name in inside.get(start + offset, ()):
                placed[in_layer(name, made)] = Place(
                    piece,
                    depth,
                    in_layer(name, base_start + offset),
                    tuple(in_layer(name, first + offset) for first in ranges),
                )
            made += 1
    return placed


def _ranges(recipe: Recipe, piece: int, layers: int) -> tuple[tuple[int, ...], int]:
    """(first layer in each merged model, first layer in the base) of a slice."""
    sources = recipe.sources(piece)
    for source in sources:
        if source.layer_range is not None and source.layer_range[1] > layers:
            raise RecipeError(
                f"slices[{piece}]: '{source.model}' gives layers {list(source.layer_range)}, but "
                f"has {layers}; expected an end of at most {layers}"
            )
    starts = {s.model: s.layer_range[0] if s.layer_range else 0 for s in sources}
    first = next(iter(starts.values()))
    return (
        tuple(starts[s.model] for s in recipe.merged(piece)),
        starts.get(recipe.base_of(piece) or "", first),
    )


def shared_value(recipe: Recipe, name: str, tensor: str, place: Place) -> Scalar:
    """A parameter that all models share, for this tensor."""
    return _lookup(recipe, name, tensor, place, _scopes(recipe, place.piece))


def source_value(recipe: Recipe, source: Source, name: str, tensor: str, place: Place) -> Scalar:
    """A parameter of one model of the recipe, for this tensor; `tensor`: its name there."""
    scopes = [source.parameters, *_scopes(recipe, place.piece)]
    return _lookup(recipe, name, tensor, place, scopes)


def _scopes(recipe: Recipe, piece: int) -> list[Parameters]:
    return [*([recipe.slices[piece].parameters] if recipe.slices else []), recipe.parameters]


def _lookup(
    recipe: Recipe, name: str, tensor: str, place: Place, scopes: list[Parameters]
) -> Scalar:
    for parameters in scopes:
        if name in parameters:
            found = pick(parameters[name], tensor, place.depth)
            if found is not None:
                return found
    parameter = METHODS[recipe.merge_method].parameter(name)
    if parameter is None or parameter.default is None:
        raise RecipeError(
            f"{recipe.merge_method} needs '{name}' for tensor '{tensor}', and the recipe gives "
            "none"
        )
    return parameter.default


def mean_weights(recipe: Recipe) -> dict[str, float]:
    """Model -> its weight in the merge, averaged over slices, layers and filters, for family
    trees; equal parts where the method has no weights, and of stacked slices the share of layers.

    A nested merge counts as the models that it is made of.
    """
    if METHODS[recipe.merge_method].parameter("weight") is None:
        own = _without_weights(recipe)
    else:
        own = _with_weights(recipe)
    found: dict[str, float] = {}
    for name, weight in own.items():
        inside = mean_weights(recipe.inner(name)) if name in recipe.nested else {name: 1.0}
        for model, share in inside.items():
            found[model] = found.get(model, 0.0) + weight * share
    return found


def _with_weights(recipe: Recipe) -> dict[str, float]:
    found: dict[str, list[float]] = {model: [] for model in recipe.parents()}
    for piece in recipe.pieces():
        for source in recipe.merged(piece):
            scopes: list[Mapping[str, object]] = [source.parameters, *_scopes(recipe, piece)]
            found[source.model] += [mean_of(s["weight"]) for s in scopes if "weight" in s][:1]
    return {model: sum(w) / len(w) if w else 0.0 for model, w in found.items()}


def _without_weights(recipe: Recipe) -> dict[str, float]:
    parents = recipe.parents()
    if recipe.merge_method == "passthrough":
        taken = [(recipe.sources(p)[0].model, layers) for p, layers in _lengths(recipe)]
        whole = sum(layers for _, layers in taken)
        return {m: sum(n for model, n in taken if model == m) / whole for m in parents}
    if recipe.merge_method == "slerp":
        return _on_arcs(recipe)
    return dict.fromkeys(parents, 1 / len(parents))


def _on_arcs(recipe: Recipe) -> dict[str, float]:
    """Each piece has two models of its own."""
    whole = sum(layers for _, layers in _lengths(recipe))
    found: dict[str, float] = {}
    for piece, layers in _lengths(recipe):
        t = next((mean_of(p["t"]) for p in _scopes(recipe, piece) if "t" in p), 0.0)
        (other,) = (source.model for source in recipe.merged(piece))
        for model, share in ((str(recipe.base_of(piece)), 1 - t), (other, t)):
            found[model] = found.get(model, 0.0) + share * layers / whole
    return found


def _lengths(recipe: Recipe) -> list[tuple[int, int]]:
    """(piece, its layers); a recipe without slices has one of length 1."""
    return [(p, recipe.slices[p].layers if recipe.slices else 1) for p in recipe.pieces()]
