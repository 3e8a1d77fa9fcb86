"""A recipe: one complete merge, immutable; its YAML is mergekit's.

The seed of a random drop mask is not part of mergekit's format. It is kept in a comment on the
first line, `# evolve: {"seed": 7}`, that mergekit ignores and `read_recipe` reads back, so that
the text of a recipe alone gives the same weights everywhere. A merge of merges is several YAML
documents in one file, as mergekit-multi reads them: those with a `name` may be named as models.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from search_spaces.errors import RecipeError
from search_spaces.files import read_text, seed_in, seed_line, validated
from search_spaces.methods import METHODS, RANDOM
from search_spaces.model_names import absolute
from search_spaces.reading import RECIPE, load_yaml
from search_spaces.suggest import did_you_mean
from search_spaces.tokenizer import TokenizerConfig
from search_spaces.values import Frozen, Parameters, check_value, conditions_of

Dtype = Literal["float32", "bfloat16", "float16"]
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # libyaml's writes the same, faster
OrEmpty = Annotated[Parameters, BeforeValidator(lambda value: {} if value is None else value)]


class Source(Frozen):
    """A model of the recipe, with its own parameters; `layer_range` [start, end) only inside a
    slice.
    """

    model: str
    layer_range: tuple[int, int] | None = None
    parameters: OrEmpty = Field(default_factory=dict)


class Slice(Frozen):
    """The next layers of the merged model: one range of equal length from each of `sources`."""

    sources: tuple[Source, ...] = Field(min_length=1)
    base_model: str | None = None
    parameters: OrEmpty = Field(default_factory=dict)

    @property
    def layers(self) -> int:
        """How many layers of the merged model it makes."""
        start, end = self.sources[0].layer_range or (0, 0)
        return end - start


class Recipe(Frozen):
    """One complete merge. Exactly one of `models` and `slices` is given.

    nested: name -> a merge that may stand where a model stands.
    """

    merge_method: str
    base_model: str | None = None
    models: tuple[Source, ...] = ()
    slices: tuple[Slice, ...] = ()
    parameters: OrEmpty = Field(default_factory=dict)
    dtype: Dtype | None = None
    out_dtype: Dtype | None = None
    tokenizer_source: str | None = None
    tokenizer: TokenizerConfig | None = None
    chat_template: str | None = None
    seed: int = 0
    nested: dict[str, "Recipe"] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _no_modules(cls, data: Any) -> Any:
        if isinstance(data, dict) and "modules" in data:
            raise ValueError(
                "'modules' is for models of several parts (vision and text); expected 'models' or "
                "'slices' of one causal language model"
            )
        return data

    @model_validator(mode="after")
    def _means_something(self) -> "Recipe":
        method = METHODS.get(self.merge_method)
        if method is None:
            hint = did_you_mean(self.merge_method, METHODS)
            raise ValueError(f"unknown merge_method '{self.merge_method}': {hint}")
        if bool(self.models) == bool(self.slices):
            raise ValueError("exactly one of 'models' and 'slices' must be given")
        self._check_layers()
        for piece in self.pieces():
            self._check_sources(piece)
        self._check_parameters()
        self._check_nested()
        if self.tokenizer is not None and self.tokenizer_source is not None:
            raise ValueError("'tokenizer' and 'tokenizer_source' say the same; give one of them")
        inner = [r for r in self.nested.values() if r.vocabulary_source() or r.chat_template]
        if inner or (self.nested and self.vocabulary_source() is not None):
            raise ValueError(
                "a merge of merges takes the tokenizer of its parents; 'tokenizer', "
                "'tokenizer_source' and a chat_template of a named merge cannot be used in it. "
                "Write that merge to a folder first, and name the folder"
            )
        return self

    def _check_layers(self) -> None:
        for source in self.models:
            if source.layer_range is not None:
                raise ValueError(
                    f"models: '{source.model}' has a layer_range; use 'slices' for that"
                )
        for index, piece in enumerate(self.slices):
            lengths = set()
            for source in piece.sources:
                if source.layer_range is None:
                    raise ValueError(f"slices[{index}]: '{source.model}' needs a layer_range")
                start, end = source.layer_range
                if start < 0 or end <= start:
                    raise ValueError(
                        f"slices[{index}]: layer_range must be [start, end) with 0 <= start < "
                        f"end, found [{start}, {end}]"
                    )
                lengths.add(end - start)
            if len(lengths) != 1:
                raise ValueError(
                    f"slices[{index}]: every source must give the same number of layers, found "
                    f"{sorted(lengths)}"
                )

    def _check_sources(self, piece: int) -> None:
        where = f"slices[{piece}]: " if self.slices else ""
        method, base = METHODS[self.merge_method], self.base_of(piece)
        listed = [s.model for s in self.sources(piece)]
        if len(set(listed)) != len(listed):
            raise ValueError(f"{where}a model is listed twice: {listed}")
        if method.base == "required" and base is None:
            raise ValueError(f"{where}{self.merge_method} needs 'base_model'")
        if method.base == "ignored" and self.models and base is not None and base not in listed:
            raise ValueError(
                f"{self.merge_method} knows no base; list '{base}' under 'models' with the "
                "others, or leave base_model out"
            )
        found, (least, most) = len(self.merged(piece)), method.inputs
        if found < least or (most is not None and found > most):
            wanted = str(least) if most == least else f"at least {least}"
            others = "" if method.base == "ignored" else " other than the base"
            raise ValueError(
                f"{where}{self.merge_method} takes {wanted} model{'s' * (wanted != '1')}{others}, "
                f"found {found}"
            )

    def _check_parameters(self) -> None:
        method = METHODS[self.merge_method]
        known = {p.name for p in method.parameters}
        places: list[tuple[str, Parameters, bool]] = [("parameters", self.parameters, False)]
        for index, piece in enumerate(self.slices):
            places.append((f"slices[{index}].parameters", piece.parameters, False))
        for piece_index in self.pieces():
            for source in self.sources(piece_index):
                places.append((f"'{source.model}'", source.parameters, True))
        for where, parameters, per_model in places:
            for name, value in parameters.items():
                found = method.parameter(name)
                if found is None:
                    hint = did_you_mean(name, known)
                    raise ValueError(
                        f"{where}: {self.merge_method} has no parameter '{name}'; {hint}"
                    )
                if per_model and found.scope == "shared":
                    raise ValueError(
                        f"{where}: '{name}' is one value for all models; give it once"
                    )
                check_value(where, found, value)

    def _check_nested(self) -> None:
        done: set[str] = set()
        waiting = dict(self.nested)
        while waiting:
            ready = [n for n, r in waiting.items() if not (r.inputs() & set(waiting)) - done]
            if not ready:
                raise ValueError(f"merges name each other in a circle: {sorted(waiting)}")
            done.update(ready)
            for name in ready:
                del waiting[name]

    def vocabulary_source(self) -> str | None:
        """Where the merged vocabulary comes from; None where all parents have one."""
        return self.tokenizer.source if self.tokenizer is not None else self.tokenizer_source

    def pieces(self) -> range:
        """One number per slice; one for a recipe without slices."""
        return range(max(1, len(self.slices)))

    def sources(self, piece: int) -> tuple[Source, ...]:
        """The models of slice `piece`, or of the whole recipe where there are no slices."""
        return self.slices[piece].sources if self.slices else self.models

    def base_of(self, piece: int) -> str | None:
        """The base model of a slice: its own, or the recipe's."""
        own = self.slices[piece].base_model if self.slices else None
        return own or self.base_model

    def merged(self, piece: int) -> tuple[Source, ...]:
        """The models that are merged; the base is not one of them unless the method ignores
        bases.
        """
        if METHODS[self.merge_method].base == "ignored":
            return self.sources(piece)
        return tuple(s for s in self.sources(piece) if s.model != self.base_of(piece))

    def parents(self) -> tuple[str, ...]:
        """The models that are merged, over all slices, in order of appearance."""
        return tuple(dict.fromkeys(s.model for p in self.pieces() for s in self.merged(p)))

    def inputs(self) -> set[str]:
        """What this recipe names as models, merges of this file among them."""
        bases = {base for p in self.pieces() if (base := self.base_of(p)) is not None}
        return bases | {s.model for p in self.pieces() for s in self.sources(p)}

    def references(self) -> tuple[str, ...]:
        """Every model that has to be opened, the base first; those of nested merges too."""
        named = [base for p in self.pieces() if (base := self.base_of(p)) is not None]
        named += [s.model for p in self.pieces() for s in self.sources(p)]
        found: dict[str, None] = {}
        for name in named:
            inner = self.nested.get(name)
            if inner is None:
                found[name] = None
            else:
                found |= dict.fromkeys(self.inner(name).references())
        return tuple(found)

    def inner(self, name: str) -> "Recipe":
        """A nested merge, itself able to name the others."""
        return self.nested[name].model_copy(update={"nested": self.nested})

    def renamed(self, name: Callable[[str], str]) -> "Recipe":
        """The same recipe with every model reference passed through `name`."""
        data = self.model_dump()
        self._rename(data, name)
        return Recipe.model_validate(data)

    def _rename(self, data: dict[str, Any], name: Callable[[str], str]) -> None:
        """data: this recipe's, whole or without defaults."""

        def outer(model: str) -> str:
            return model if model in self.nested else name(model)

        _rename(data, outer)
        if self.tokenizer is not None:
            shape = {"mode": "json", "exclude_defaults": True, "by_alias": True}
            data["tokenizer"] = self.tokenizer.renamed(outer).model_dump(**shape)  # type: ignore[arg-type]

    def has_filters(self) -> bool:
        """Does any parameter depend on the name of a tensor?"""
        places = [self.parameters, *(piece.parameters for piece in self.slices)]
        places += [s.parameters for p in self.pieces() for s in self.sources(p)]
        return any(conditions_of(v) is not None for found in places for v in found.values())

    def is_random(self) -> bool:
        """Does it draw a mask, here or in a nested merge?"""
        return self.merge_method in RANDOM or any(r.is_random() for r in self.nested.values())

    def digest(self, identities: Mapping[str, str] | None = None) -> str:
        """32 hex digits over the canonical form; with `identities`, of contents and not of
        paths.
        """
        data = self.model_dump(mode="json", exclude_defaults=True, by_alias=True)
        if identities is not None:
            self._rename(data, lambda model: identities[model])
        if not self.is_random():
            data.pop("seed", None)
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def to_json(self) -> str:
        """The recipe as it is stored: exact, on one line, and forty times faster than YAML."""
        return self.model_dump_json(exclude_defaults=True)

    def to_yaml(self) -> str:
        """mergekit's YAML, with the mask seed in a comment where the method is random."""
        head = seed_line(self.seed) if self.is_random() else ""
        texts = []
        for name, recipe in [*self.nested.items(), (None, self)]:
            data = recipe.model_dump(
                mode="json", exclude_defaults=True, exclude={"seed", "nested"}
            )
            whole = {p.name for p in METHODS[recipe.merge_method].parameters if p.kind is int}
            _whole_numbers(data, whole)
            data = data if name is None else {"name": name, **data}
            texts.append(yaml.dump(data, Dumper=_DUMPER, sort_keys=False, allow_unicode=True))
        return head + "---\n".join(texts)


def _rename(data: dict[str, Any], name: Callable[[str], str]) -> None:
    for place in _with_models(data):
        for key in ("model", "base_model"):
            if place.get(key) is not None:
                place[key] = name(place[key])
    if data.get("tokenizer_source") not in (None, "base", "union"):
        data["tokenizer_source"] = name(data["tokenizer_source"])
    for inner in data.get("nested", {}).values():
        _rename(inner, name)


def _with_models(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield data
    yield from data.get("models", ())
    for piece in data.get("slices", ()):
        yield piece
        yield from piece["sources"]


def _whole_numbers(data: Any, names: set[str]) -> None:
    """mergekit wants 10 where 10.0 would be refused."""
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        if key in names and isinstance(value, float):
            data[key] = int(value)
        elif isinstance(value, dict | list):
            _whole_numbers(value, names)


def parse_recipe(text: str, where: str = "recipe") -> Recipe:
    """Reads mergekit YAML, of one or of several documents.

    Raises: RecipeError for what is not YAML, for unknown keys and for contradictions.
    """
    documents = [d for d in load_yaml(text, where, RECIPE, RecipeError) if d is not None]
    for data in documents or [None]:
        if not isinstance(data, dict):
            raise RecipeError(
                f"{where}: expected a mapping with 'merge_method', found {type(data).__name__}"
            )
        if "seed" in data:
            raise RecipeError(
                f"{where}: 'seed' is no key of mergekit's; write it as a comment on the first "
                f'line: # evolve: {{"seed": {data["seed"]}}}'
            )
    seed = seed_in(text, where)
    documents = [data | seed for data in documents]
    main = _gather(documents, where) if len(documents) > 1 else documents[0]
    return validated(Recipe, main, where)


def stored_recipe(text: str) -> Recipe:
    """What `to_json` wrote; YAML in a database of before.

    Raises: RecipeError for damage.
    """
    if not text.startswith("{"):
        return parse_recipe(text)
    try:
        return Recipe.model_validate_json(text)
    except ValidationError as error:
        raise RecipeError(f"a stored recipe is damaged: {error}") from None


def as_yaml(text: str) -> str:
    """A stored recipe as mergekit reads it."""
    return stored_recipe(text).to_yaml()


def _gather(documents: list[dict[str, Any]], where: str) -> dict[str, Any]:
    """The one document without a name, with the named ones in `nested`."""
    unnamed = [data for data in documents if "name" not in data]
    if len(unnamed) != 1:
        raise RecipeError(
            f"{where}: of {len(documents)} merges exactly one, the last, must have no 'name'; "
            f"found {len(unnamed)} without"
        )
    nested = {
        str(d["name"]): {k: v for k, v in d.items() if k != "name"}
        for d in documents
        if "name" in d
    }
    if len(nested) != len(documents) - 1:
        raise RecipeError(f"{where}: two merges have the same name")
    return unnamed[0] | {"nested": nested}


def read_recipe(path: Path) -> Recipe:
    """A recipe file; relative model paths are relative to the file.

    Raises: RecipeError.
    """
    folder = path.resolve().parent
    return parse_recipe(read_text(path), str(path)).renamed(
        lambda reference: absolute(reference, folder)
    )
