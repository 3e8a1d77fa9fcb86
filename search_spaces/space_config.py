"""The `space:` block of a search file that searches the parameters of merge methods."""

from collections.abc import Iterable
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from search_spaces.gene_names import REST
from search_spaces.layer_groups import LayerGroups, check_layer_groups
from search_spaces.methods import METHODS, Parameter
from search_spaces.suggest import did_you_mean
from search_spaces.values import check_value


class Bounds(BaseModel):
    """The range of a gene, in natural values; `[low, high]` is short for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    low: float
    high: float
    log: bool = False
    start: float | None = Field(
        None, description="where the optimizer begins; the middle if not given"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and len(value) == 2:
            return {"low": value[0], "high": value[1]}
        if not isinstance(value, dict | Bounds):
            raise ValueError("expected [low, high], or low, high, log and start by name")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> "Bounds":
        if not self.low < self.high:
            raise ValueError(f"low must be under high, found [{self.low}, {self.high}]")
        if self.log and self.low <= 0:
            raise ValueError(f"a log scale needs low above 0, found {self.low}")
        if self.start is not None and not self.low <= self.start <= self.high:
            raise ValueError(f"start must lie in [{self.low}, {self.high}], found {self.start}")
        return self


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _as_tuples(value: Any) -> Any:
    entries = _as_tuple(value)
    if isinstance(entries, list | tuple):
        found = tuple(map(_as_tuple, entries))
        if all(isinstance(e, list | tuple) and all(isinstance(p, str) for p in e) for e in found):
            return found
    raise ValueError("expected a list of patterns (density.*), or of lists of patterns")


def _held(value: Any) -> Any:
    number = isinstance(value, int | float) and isfinite(value)
    if number or isinstance(value, str):
        return value
    raise ValueError("expected a finite number, true or false, or a word")


class SpaceConfig(BaseModel):
    """The `space:` block of a search file. Patterns of genes: see gene_names.py."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["parameters"] = "parameters"
    method: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = Field(
        ("task_arithmetic",),
        min_length=1,
        description="one method, or several: then the method is a gene",
    )
    method_per: Literal["recipe", "group"] = Field(
        "recipe",
        description="where the method is a gene: one for the recipe, or one for each group of "
        "layers",
    )
    layer_groups: Annotated[LayerGroups, BeforeValidator(check_layer_groups)] = Field(
        1,
        description="equal groups of layers, each with genes of its own; `each` for one per "
        "layer; or edges: the first layer of each group, then the end, as [0, 8, 20, 30]",
    )
    smooth: bool = Field(
        False,
        description="genes are knots, layer_groups of them, interpolated linearly over the layers",
    )
    filters: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = Field(
        (), description="parts of tensor names with genes of their own, e.g. self_attn, mlp"
    )
    bounds: dict[str, Bounds] = Field(
        default_factory=dict,
        description="ranges of genes, by parameter (weight) or pattern (weight.topic, "
        "weight.*.g0); a parameter named here becomes a gene; the most specific pattern wins",
    )
    fixed: dict[str, Annotated[bool | float | str, BeforeValidator(_held)]] = Field(
        default_factory=dict,
        description="values held and not searched, by parameter or pattern; normalize is false "
        "if it is not set here",
    )
    tied: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_as_tuples)] = Field(
        (), description="patterns, or lists of them: all genes that an entry matches are one gene"
    )

    @model_validator(mode="after")
    def _means_something(self) -> "SpaceConfig":
        for name in self.method:
            if name not in METHODS:
                raise ValueError(f"unknown method '{name}': {did_you_mean(name, METHODS)}")
        if len(set(self.method)) != len(self.method) or len(set(self.filters)) != len(
            self.filters
        ):
            raise ValueError("a method or filter is named twice")
        self._check_filters()
        self._check_layers()
        self._check_names()
        if () in self.tied:
            raise ValueError("tied: an empty list ties nothing; leave it out")
        return self

    def _check_filters(self) -> None:
        for index, found in enumerate(self.filters):
            if found in ("", "*"):
                raise ValueError("filters: an empty filter matches every tensor; leave it out")
            if found == REST:
                raise ValueError(
                    f"filters: '{REST}' is the name of what no filter matches; use a longer part "
                    "of the tensors' name"
                )
            shadow = next((f for f in self.filters[:index] if f in found), None)
            if shadow is not None:
                raise ValueError(
                    f"filters: '{shadow}' takes all tensors of '{found}', because the first match "
                    f"wins; list '{found}' before it"
                )

    def _check_layers(self) -> None:
        if self.smooth and isinstance(self.layer_groups, tuple):
            raise ValueError(
                "layer_groups: with 'smooth' it is the number of knots, evenly spread over the "
                f"layers; found edges {list(self.layer_groups)}"
            )
        if self.smooth and self.layer_groups == 1:
            raise ValueError(
                "layer_groups: with 'smooth' it is the number of knots, at least 2; found 1"
            )
        if self.method_per == "group" and (self.smooth or len(self.method) == 1):
            why = "'smooth' has no groups" if self.smooth else "there is one method"
            raise ValueError(f"method_per: a method for each group, but {why}; leave it out")

    def _check_names(self) -> None:
        known = {p.name: p for m in self.method for p in METHODS[m].parameters}
        for pattern in [*self.bounds, *self.fixed]:
            name = pattern.split(".")[0]
            if not any(c in name for c in "*?[") and name not in known:
                raise ValueError(
                    f"{'/'.join(self.method)} has no parameter '{name}': "
                    f"{did_you_mean(name, known)}"
                )
            if pattern in self.bounds and pattern in self.fixed:
                raise ValueError(f"'{pattern}' is both in bounds and in fixed")
            if name in known:
                self._check_values(pattern, list(self._parameters(name)))

    def _parameters(self, name: str) -> Iterable[Parameter]:
        found = (METHODS[m].parameter(name) for m in self.method)
        return (p for p in found if p is not None)

    def _check_values(self, pattern: str, parameters: list[Parameter]) -> None:
        numeric = any(p.gene is not None for p in parameters)
        if pattern in self.bounds and not numeric:
            raise ValueError(f"'{pattern}' cannot be a gene; hold it in 'fixed'")
        bounds = self.bounds.get(pattern)
        values: list[bool | float | str] = [] if bounds is None else [bounds.low, bounds.high]
        values += [self.fixed[pattern]] if pattern in self.fixed else []
        for value in values:
            for parameter in parameters:
                where = "bounds" if bounds is not None else "fixed"
                if parameter.kind is float and isinstance(value, bool | str):
                    raise ValueError(f"fixed '{pattern}' must be a number, found {value!r}")
                check_value(where, parameter, value)
