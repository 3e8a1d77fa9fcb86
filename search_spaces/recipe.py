"""A recipe: one complete merge, immutable; its YAML is mergekit's.

The seed of a random drop mask is not part of mergekit's format. It is kept in a comment on the
first line, `# evolve: {"seed": 7}`, that mergekit ignores and `read_recipe` reads back, so that
the text of a recipe alone gives the same weights everywhere.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS, RANDOM, Parameter
from search_spaces.suggest import did_you_mean

DTYPES = ("float32", "bfloat16", "float16")
_SEED_LINE = re.compile(r"^# evolve: (\{.*\})$", re.MULTILINE)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Gradient = bool | float | tuple[float, ...]


def _gradient(value: Any) -> Gradient:
    """One spelling per number, so that `weight: 1` and `weight: 1.0` have one digest."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple) and value:
        numbers = tuple(_gradient(v) for v in value)
        if all(isinstance(n, float) for n in numbers):
            return tuple(n for n in numbers if isinstance(n, float))
    raise ValueError(
        f"expected a finite number, true or false, or a list of numbers, found {value!r}"
    )


class Conditional(_Frozen):
    """`value` for tensors whose name contains `filter`; without a filter, for all others."""

    filter: str | None = None
    value: Annotated[Any, BeforeValidator(_gradient)]


def _value(value: Any) -> "Gradient | tuple[Conditional, ...]":
    """A gradient, or conditions of which the first match wins."""
    conditions = [value] if isinstance(value, dict | Conditional) else value
    if isinstance(conditions, list | tuple) and any(
        isinstance(c, dict | Conditional) for c in conditions
    ):
        return tuple(Conditional.model_validate(c) for c in conditions)
    return _gradient(value)


Value = Annotated[Any, BeforeValidator(_value)]
Parameters = dict[str, Value]


class Source(_Frozen):
    """A model of the recipe, with its own parameters; `layer_range` only inside a slice."""

    model: str
    layer_range: tuple[int, int] | None = None
    parameters: Parameters = Field(default_factory=dict)


class Slice(_Frozen):
    """Layers [start, end) of the merged model, taken from `sources`."""

    sources: tuple[Source, ...] = Field(min_length=1)
    parameters: Parameters = Field(default_factory=dict)

    @property
    def layer_range(self) -> tuple[int, int]:
        found = self.sources[0].layer_range
        assert found is not None  # noqa: S101 - held by Recipe's validator
        return found


class Recipe(_Frozen):
    """One complete merge. Exactly one of `models` and `slices` is given."""

    merge_method: str
    base_model: str | None = None
    models: tuple[Source, ...] = ()
    slices: tuple[Slice, ...] = ()
    parameters: Parameters = Field(default_factory=dict)
    dtype: Literal["float32", "bfloat16", "float16"] | None = None
    out_dtype: Literal["float32", "bfloat16", "float16"] | None = None
    tokenizer_source: Literal["base"] | None = None
    seed: int = 0

    @model_validator(mode="after")
    def _means_something(self) -> "Recipe":
        method = METHODS.get(self.merge_method)
        if method is None:
            hint = did_you_mean(self.merge_method, METHODS)
            raise ValueError(f"unknown merge_method '{self.merge_method}': {hint}")
        if bool(self.models) == bool(self.slices):
            raise ValueError("exactly one of 'models' and 'slices' must be given")
        if method.base == "required" and self.base_model is None:
            raise ValueError(f"{self.merge_method} needs 'base_model'")
        self._check_slices()
        self._check_parameters()
        if method.inputs is not None and len(self.parents()) != method.inputs:
            raise ValueError(
                f"{self.merge_method} takes base_model and {method.inputs} other model, "
                f"found {len(self.parents())}"
            )
        return self

    def _check_slices(self) -> None:
        end = 0
        for index, piece in enumerate(self.slices):
            ranges = {source.layer_range for source in piece.sources}
            if len(ranges) != 1 or None in ranges:
                raise ValueError(
                    f"slices[{index}]: every source needs the same layer_range, found {ranges}"
                )
            start, stop = piece.layer_range
            if start != end or stop <= start:
                raise ValueError(
                    f"slices[{index}]: layers must follow one another without gap or repeat; "
                    f"expected a range from {end}, found [{start}, {stop}]"
                )
            end = stop
        names = [tuple(s.model for s in piece.sources) for piece in self.slices]
        if len(set(names)) > 1:
            raise ValueError("every slice must name the same models in the same order")
        for source in self.models:
            if source.layer_range is not None:
                raise ValueError(
                    f"models: '{source.model}' has a layer_range; use 'slices' for that"
                )
        listed = [s.model for s in self.sources(0)]
        if len(set(listed)) != len(listed):
            raise ValueError(f"a model is listed twice: {listed}")

    def _check_parameters(self) -> None:
        method = METHODS[self.merge_method]
        known = {p.name for p in method.parameters}
        places: list[tuple[str, Parameters, bool]] = [("parameters", self.parameters, False)]
        for piece_index, piece in enumerate(self.slices):
            places.append((f"slices[{piece_index}].parameters", piece.parameters, False))
        for piece_index in range(max(1, len(self.slices))):
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
                _check_value(where, found, value)

    def sources(self, piece: int) -> tuple[Source, ...]:
        """The models of slice `piece`, or of the whole recipe where there are no slices."""
        return self.slices[piece].sources if self.slices else self.models

    def parents(self) -> tuple[str, ...]:
        """The models that are merged; the base is not one of them unless the method ignores
        bases.
        """
        listed = tuple(s.model for s in self.sources(0))
        if METHODS[self.merge_method].base == "ignored":
            return listed
        return tuple(m for m in listed if m != self.base_model)

    def references(self) -> tuple[str, ...]:
        """Every model that has to be opened, the base first."""
        base = () if self.base_model is None else (self.base_model,)
        return base + tuple(m for m in (s.model for s in self.sources(0)) if m not in base)

    def renamed(self, name: Callable[[str], str]) -> "Recipe":
        """The same recipe with every model reference passed through `name`."""
        data = self.model_dump()
        if data["base_model"] is not None:
            data["base_model"] = name(data["base_model"])
        for sources in [data["models"], *(piece["sources"] for piece in data["slices"])]:
            for source in sources:
                source["model"] = name(source["model"])
        return Recipe.model_validate(data)

    def digest(self, identities: Mapping[str, str] | None = None) -> str:
        """32 hex digits over the canonical form; with `identities`, of contents and not of
        paths.
        """
        recipe = self if identities is None else self.renamed(lambda m: identities[m])
        data = recipe.model_dump(mode="json", exclude_defaults=True, by_alias=True)
        if self.merge_method not in RANDOM:
            data.pop("seed", None)
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def to_yaml(self) -> str:
        """mergekit's YAML, with the mask seed in a comment where the method is random."""
        data = self.model_dump(mode="json", exclude_defaults=True, exclude={"seed"})
        head = ""
        if self.merge_method in RANDOM:
            head = f"# evolve: {json.dumps({'seed': self.seed})}\n"
        return head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _check_value(where: str, parameter: Parameter, value: Any) -> None:
    """Raises: ValueError for a value of the wrong kind, or outside the parameter's limits."""
    if isinstance(value, tuple) and value and isinstance(value[0], Conditional):
        for condition in value:
            _check_value(where, parameter, condition.value)
        return
    name, wants_bool = parameter.name, isinstance(parameter.default, bool)
    if wants_bool != isinstance(value, bool):
        expected = "true or false" if wants_bool else "a number or a list of numbers"
        raise ValueError(f"{where}: '{name}' must be {expected}, found {value!r}")
    numbers = value if isinstance(value, tuple) else (value,)
    if parameter.limits is not None:
        low, high = parameter.limits
        for number in numbers:
            if not low <= number <= high:
                raise ValueError(f"{where}: '{name}' must lie in [{low}, {high}], found {number}")


def parse_recipe(text: str, where: str = "recipe") -> Recipe:
    """Reads mergekit YAML.

    Raises: RecipeError for what is not YAML, for unknown keys and for contradictions.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{where}: not valid YAML: {error}") from None
    if not isinstance(data, dict):
        raise RecipeError(
            f"{where}: expected a mapping with 'merge_method', found {type(data).__name__}"
        )
    comment = _SEED_LINE.search(text)
    if comment:
        try:
            data["seed"] = json.loads(comment.group(1))["seed"]
        except (ValueError, KeyError):
            raise RecipeError(f"{where}: the comment '{comment.group(0)}' holds no seed") from None
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise RecipeError(
            "\n".join(f"{where}: {problem}" for problem in problems_in(error, Recipe))
        ) from None


def read_recipe(path: Path) -> Recipe:
    """A recipe file; relative model paths are relative to the file.

    Raises: RecipeError.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read: {error}") from None
    folder = path.resolve().parent
    return parse_recipe(text, str(path)).renamed(lambda reference: absolute(reference, folder))


def split_reference(reference: str) -> tuple[str, str, str]:
    """(base, "+", adapter) of `base+adapter`; a folder whose name has a plus is itself."""
    if Path(reference).expanduser().is_dir():
        return reference, "", ""
    base, plus, adapter = reference.rpartition("+")
    return (base, plus, adapter) if plus else (reference, "", "")


def absolute(reference: str, folder: Path) -> str:
    """`base+adapter` with both halves made absolute against `folder`."""
    whole = (folder / Path(reference).expanduser()).resolve()
    if whole.is_dir() or "+" not in reference:
        return str(whole)
    base, _, adapter = reference.rpartition("+")
    return "+".join(str((folder / Path(p).expanduser()).resolve()) for p in (base, adapter))


def problems_in(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """What pydantic found wrong, a sentence each, with the nearest key for an unknown one."""
    found: list[str] = []
    for problem in error.errors():
        sentence = _sentence(problem, model)
        if sentence not in found:
            found.append(sentence)
    return found


def _sentence(problem: Any, model: type[BaseModel]) -> str:
    place = ".".join(str(p) for p in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = _keys_at(model, problem["loc"][:-1])
        return f"unknown key '{place}'; {did_you_mean(str(problem['loc'][-1]), known)}"
    if problem["type"] == "missing":
        return f"'{place}' is missing"
    message = problem["msg"].removeprefix("Value error, ")
    found = problem.get("input")
    tail = f", found {found!r}" if isinstance(found, str | int | float | bool) else ""
    return f"{place}: {message}{tail}" if place else message


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The field names of the pydantic model that sits at `location` inside `model`."""
    current: type[BaseModel] = model
    for part in location:
        field = current.model_fields.get(str(part)) or _by_alias(current, str(part))
        inner = None if field is None else _model_inside(field.annotation)
        if inner is not None:
            current = inner
    return [field.alias or name for name, field in current.model_fields.items()]


def _by_alias(model: type[BaseModel], name: str) -> Any:
    return next((f for f in model.model_fields.values() if f.alias == name), None)


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_inside(argument)
        if found is not None:
            return found
    return None
