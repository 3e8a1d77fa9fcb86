"""One recipe, all tensors: planned once, and each written straight into its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch

from search_spaces.errors import RecipeError
from search_spaces.methods import DROPS, RANDOM
from search_spaces.methods import METHODS as SPECS
from search_spaces.recipe import Recipe
from search_spaces.resolve import Place, lay_out, layer_of, shared_value, source_value
from workers.methods import METHODS, Facts, Inputs, run_pass
from workers.methods.masks import mask_seed

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Weights(Protocol):
    """The tensors of one model: resident, read from disk one at a time, or merged from others."""

    @property
    def fingerprint(self) -> str: ...

    def get(self, tensor: str) -> torch.Tensor: ...


class Vocabulary(Protocol):
    """The rows of embeddings and heads, where the parents' vocabularies differ."""

    def concerns(self, tensor: str) -> bool: ...

    def align(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]: ...


class Merge:
    """A recipe over opened models: its tensors, one at a time.

    weights: model reference -> its tensors; tensors: the names in a parent; layers: how many
    layers the parents have. vocabulary: where the parents' differ and the recipe aligns them.
    facts: what is kept about the parents between recipes; compile_it: by fused kernels.

    Raises: RecipeError for a slice beyond the last layer.
    """

    def __init__(
        self,
        recipe: Recipe,
        weights: Mapping[str, Weights],
        tensors: Any,
        layers: int,
        *,
        facts: Facts | None = None,
        compile_it: bool = False,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self._recipe = recipe
        self._weights = dict(weights)
        self.places = lay_out(recipe, tensors, layers)
        self._facts = facts or Facts(keep=False)
        self._compile = compile_it
        self._vocabulary = vocabulary
        self._filtered = recipe.has_filters()
        self._known: dict[Any, tuple[dict[str, tuple[float, ...]], dict[str, Any]]] = {}

    def write(self, tensor: str, target: torch.Tensor | None = None) -> torch.Tensor:
        """Merges one tensor of the result into `target`, or into a new tensor; returns it.

        target: of the tensor's shape; of a wider dtype than the recipe's it gets the rounded
        values.

        Raises: RecipeError for a missing parameter.
        """
        inputs = self._inputs(tensor, self.places[tensor])
        dtype = self._dtype(inputs)
        if dtype == torch.float32:
            inputs = replace(inputs, number=torch.float64)
        elif not self._facts.keep and self._recipe.merge_method in DROPS:
            # Several passes over 16-bit numbers: widening them once is cheaper than in each.
            models = tuple(model.float() for model in inputs.models)
            inputs = replace(inputs, base=inputs.reference().float(), models=models)
        if inputs.models[0].numel() == 0:
            empty = inputs.models[0].to(dtype)
            return empty if target is None else target
        found = METHODS[self._recipe.merge_method](inputs)
        if target is None:
            like = inputs.models[0]
            target = torch.empty(like.shape, dtype=dtype, device=like.device)
        run_pass(found, target, dtype=dtype, compile_it=self._compile)
        return target

    def _inputs(self, tensor: str, place: Place) -> Inputs:
        recipe, spec = self._recipe, SPECS[self._recipe.merge_method]
        sources = recipe.merged(place.piece)
        base = recipe.base_of(place.piece) if spec.base != "ignored" else None
        per_model, shared = self._values(tensor, place)
        found = {
            source.model: self._read(source.model, inside)
            for source, inside in zip(sources, place.sources, strict=True)
        }
        if base is not None:
            found[base] = self._read(base, place.base)
        if self._vocabulary is not None and self._vocabulary.concerns(tensor):
            found = self._vocabulary.align(found)
        return Inputs(
            base=None if base is None else found[base],
            models=tuple(found[source.model] for source in sources),
            per_model=per_model,
            shared=shared,
            seeds=tuple(
                mask_seed(recipe.seed, self._weights[s.model].fingerprint, inside)
                for s, inside in zip(sources, place.sources, strict=True)
            )
            if recipe.merge_method in RANDOM
            else (),
            facts=self._facts,
            names=(
                f"{base}:{place.base}",
                *(f"{s.model}:{i}" for s, i in zip(sources, place.sources, strict=True)),
            ),
            compile_it=self._compile,
        )

    def _values(
        self, tensor: str, place: Place
    ) -> tuple[dict[str, tuple[float, ...]], dict[str, Any]]:
        """(values per model, shared values); found once for a depth where no filter asks for
        names.
        """
        key = (place.piece, place.depth, tensor if self._filtered else "")
        if key in self._known:
            return self._known[key]
        recipe = self._recipe
        sources = recipe.merged(place.piece)
        per_model: dict[str, tuple[float, ...]] = {}
        shared: dict[str, Any] = {}
        for parameter in SPECS[recipe.merge_method].parameters:
            name = parameter.name
            if parameter.scope == "shared":
                shared[name] = shared_value(recipe, name, tensor, place)
            else:
                per_model[name] = tuple(
                    float(source_value(recipe, source, name, inside, place))
                    for source, inside in zip(sources, place.sources, strict=True)
                )
        self._known[key] = per_model, shared
        return per_model, shared

    def _read(self, reference: str, tensor: str) -> torch.Tensor:
        found = self._weights[reference].get(tensor)
        dtype = DTYPES.get(self._recipe.dtype or "")
        return found if dtype is None else found.to(dtype)

    def _dtype(self, inputs: Inputs) -> torch.dtype:
        named = DTYPES.get(self._recipe.out_dtype or self._recipe.dtype or "")
        if named is not None:
            return named
        tensors = inputs.models if inputs.base is None else (inputs.base, *inputs.models)
        dtype = tensors[0].dtype
        for tensor in tensors[1:]:
            dtype = torch.promote_types(dtype, tensor.dtype)
        return dtype


class Merged:
    """A merge that stands where a model stands: its tensors are made when they are asked for."""

    def __init__(self, fingerprint: str, merge: Merge) -> None:
        self.fingerprint = fingerprint
        self._merge = merge

    def get(self, tensor: str) -> torch.Tensor:
        return self._merge.write(tensor)


def materialize(merge: Merge, out: Mapping[str, torch.Tensor]) -> None:
    """Writes the merge into `out` (tensor name -> resident tensor), in place.

    Parents are finite, and no method divides by nothing; what overflows all the same shows when
    the candidate is scored.

    Raises: CandidateError; `out` then holds a part of the candidate and must be written again.
    """
    with torch.inference_mode():
        for name, target in out.items():
            merge.write(name, target)


@dataclass(frozen=True)
class _Model:
    """Something a recipe may name. origins: its layers -> those of the parents."""

    weights: Weights
    names: tuple[str, ...]
    origins: tuple[int, ...]


def open_merge(
    recipe: Recipe,
    weights: Mapping[str, Weights],
    tensors: Mapping[str, Iterable[str]],
    layers: int,
    *,
    vocabulary: Vocabulary | None = None,
    facts: Facts | None = None,
    compile_it: bool = False,
) -> tuple[Merge, tuple[int, ...]]:
    """(the merge with those that it names, the parents' layer behind each of its layers).

    weights, tensors: of every parent, and the names in it; layers: how many layers they have.
    facts: what is kept about the parents; a merge of merges adds nothing to it, because another
    recipe may call another merge by the same name.

    Raises: RecipeError for merges that do not fit together.
    """
    known = {
        name: _Model(found, tuple(tensors[name]), tuple(range(layers)))
        for name, found in weights.items()
    }
    waiting = list(recipe.nested)
    while waiting:
        for name in [n for n in waiting if recipe.nested[n].inputs() <= set(known)]:
            inner = recipe.nested[name].model_copy(update={"nested": {}})
            kept = facts if inner.inputs() <= set(weights) else None
            merge, origins = _open(inner, known, None, kept, compile_it)
            identities = {m: known[m].weights.fingerprint for m in inner.inputs()}
            made = Merged(inner.digest(identities), merge)
            known[name] = _Model(made, tuple(merge.places), origins)
            waiting.remove(name)
    kept = facts if recipe.inputs() <= set(weights) else None
    return _open(recipe, known, vocabulary, kept, compile_it)


def _open(
    recipe: Recipe,
    known: Mapping[str, _Model],
    vocabulary: Vocabulary | None,
    facts: Facts | None,
    compile_it: bool,
) -> tuple[Merge, tuple[int, ...]]:
    inputs = sorted(recipe.inputs())
    counts = {name: len(known[name].origins) for name in inputs}
    if len(set(counts.values())) != 1:
        raise RecipeError(
            f"{recipe.merge_method}: all models of a merge need one number of layers, found "
            f"{counts}"
        )
    first = known[recipe.sources(0)[0].model]
    weights = {name: known[name].weights for name in inputs}
    merge = Merge(
        recipe,
        weights,
        first.names,
        len(first.origins),
        facts=facts,
        compile_it=compile_it,
        vocabulary=vocabulary,
    )
    names = {name: frozenset(known[name].names) for name in inputs}
    origins: dict[int, int] = {}
    for tensor, place in merge.places.items():
        sources = [s.model for s in recipe.merged(place.piece)]
        pairs = list(zip(sources, place.sources, strict=True))
        base = recipe.base_of(place.piece)
        if base is not None and SPECS[recipe.merge_method].base != "ignored":
            pairs.append((base, place.base))
        for model, name in pairs:
            if name not in names[model]:
                raise RecipeError(f"'{model}' has no tensor '{name}', of which '{tensor}' is made")
        here, there = layer_of(tensor), layer_of(place.sources[0])
        if here is not None and there is not None:
            origins[here] = known[sources[0]].origins[there]
    return merge, tuple(origins[layer] for layer in sorted(origins))
