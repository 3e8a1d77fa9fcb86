"""The parameter space: the numeric parameters of merge methods as genes, per parent x layer group
x filter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

from search_spaces.errors import ConfigError
from search_spaces.methods import DROPS, METHODS, RANDOM, SUMS, Method
from search_spaces.recipe import Recipe
from search_spaces.space import Gene, GeneValue, Space
from search_spaces.suggest import did_you_mean

_REST = "rest"


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


class SpaceConfig(BaseModel):
    """The `space:` block of a search file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    method: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = Field(
        ("task_arithmetic",),
        min_length=1,
        description="one method, or several: then the method is a gene",
    )
    layer_groups: int = Field(
        1, ge=1, description="equal groups of layers, each with genes of its own"
    )
    filters: tuple[str, ...] = Field(
        (), description="parts of tensor names with genes of their own, e.g. self_attn, mlp"
    )
    bounds: dict[str, Bounds] = Field(
        default_factory=dict, description="ranges of genes; a parameter named here becomes a gene"
    )
    fixed: dict[str, bool | FiniteFloat] = Field(
        default_factory=dict, description="parameters held at one value"
    )

    @model_validator(mode="after")
    def _known_names(self) -> "SpaceConfig":
        for name in self.method:
            if name not in METHODS:
                raise ValueError(f"unknown method '{name}': {did_you_mean(name, METHODS)}")
        if len(set(self.method)) != len(self.method) or len(set(self.filters)) != len(
            self.filters
        ):
            raise ValueError("a method or filter is named twice")
        known = {p.name for m in self.method for p in METHODS[m].parameters}
        for name in [*self.bounds, *self.fixed]:
            if name not in known:
                raise ValueError(
                    f"{'/'.join(self.method)} has no parameter '{name}': "
                    f"{did_you_mean(name, known)}"
                )
            if name in self.bounds and name in self.fixed:
                raise ValueError(f"'{name}' is both in bounds and in fixed")
            parameters = [METHODS[m].parameter(name) for m in self.method]
            numeric = any(p is not None and p.gene is not None for p in parameters)
            if name in self.bounds and not numeric:
                raise ValueError(f"'{name}' cannot be a gene; hold it in 'fixed'")
            if name in self.fixed and numeric == isinstance(self.fixed[name], bool):
                kind = "a number" if numeric else "true or false"
                raise ValueError(f"fixed '{name}' must be {kind}, found {self.fixed[name]!r}")
        for name, parameter in _limited(self.method).items():
            low, high = parameter
            held = self.fixed.get(name)
            values = [] if held is None else [float(held)]
            if name in self.bounds:
                values += [self.bounds[name].low, self.bounds[name].high]
            for value in values:
                if not low <= value <= high:
                    raise ValueError(f"'{name}' must lie in [{low}, {high}], found {value}")
        if "" in self.filters:
            raise ValueError("filters: an empty filter matches every tensor; leave it out")
        return self


def _limited(methods: Iterable[str]) -> dict[str, tuple[float, float]]:
    parameters = [p for m in methods for p in METHODS[m].parameters]
    return {p.name: p.limits for p in parameters if p.limits is not None}


@dataclass(frozen=True)
class ParameterSpace:
    """A Space whose points are recipes over `parents`, given by name -> model reference."""

    config: SpaceConfig
    base: str
    parents: Mapping[str, str]
    layers: int
    dtype: str
    seed: int
    space: Space

    def recipe(self, values: Mapping[str, GeneValue]) -> Recipe:
        """The merge at one point, given in natural values."""
        method = str(values.get("method", self.config.method[0]))
        spec = METHODS[method]
        base, parents = _roles(method, self.base, self.parents)
        shared = {k: v for k, v in self.config.fixed.items() if spec.parameter(k)}
        pieces: list[dict[str, Any]] = []
        for group, layer_range in enumerate(self.layer_ranges()):
            sources: list[dict[str, Any]] = [
                {"model": ref, "parameters": self._of_model(spec, name, group, values)}
                for name, ref in parents.items()
            ]
            if base is not None:
                sources.insert(0, {"model": base, "parameters": {}})
            for source in sources:
                source["layer_range"] = layer_range
            pieces.append({"sources": sources, "parameters": self._shared(spec, group, values)})
        recipe: dict[str, Any] = {
            "merge_method": method,
            "base_model": base,
            "dtype": self.dtype,
            "seed": self.seed if method in RANDOM else 0,
        }
        if len(pieces) == 1:
            recipe["models"] = [
                {k: v for k, v in s.items() if k != "layer_range"} for s in pieces[0]["sources"]
            ]
            recipe["parameters"] = shared | pieces[0]["parameters"]
        else:
            recipe["slices"] = pieces
            recipe["parameters"] = shared
        return Recipe.model_validate(recipe)

    def start(self, scale: float) -> dict[str, GeneValue]:
        """Where an optimizer begins: `start` of a gene's bounds where given; `scale`, the tuned
        one weight for all parents, for the weights of methods that sum task vectors; else the
        middle."""
        return {gene.name: self._start_of(gene, scale) for gene in self.space.genes}

    def layer_ranges(self) -> list[tuple[int, int]]:
        """[start, end) of each layer group; sizes differ by one at most."""
        groups = self.config.layer_groups
        edges = [round(i * self.layers / groups) for i in range(groups + 1)]
        return list(pairwise(edges))

    def _start_of(self, gene: Gene, scale: float) -> GeneValue:
        if gene.choices:
            return gene.choices[0]
        parameter = gene.name.split(".")[0]
        bounds = self.config.bounds.get(parameter)
        if bounds is not None and bounds.start is not None:
            return bounds.start
        if parameter == "weight" and set(self.config.method) <= SUMS:
            return min(gene.high, max(gene.low, scale))
        return gene.decode(0.5)

    def _of_model(
        self, spec: Method, parent: str, group: int, values: Mapping[str, GeneValue]
    ) -> dict[str, Any]:
        names = [p.name for p in spec.parameters if p.scope != "shared"]
        found = {n: self._value(f"{n}.{parent}", group, values) for n in names}
        return {n: v for n, v in found.items() if v is not None}

    def _shared(self, spec: Method, group: int, values: Mapping[str, GeneValue]) -> dict[str, Any]:
        names = [p.name for p in spec.parameters if p.scope == "shared"]
        found = {n: self._value(n, group, values) for n in names}
        return {n: v for n, v in found.items() if v is not None}

    def _value(self, stem: str, group: int, values: Mapping[str, GeneValue]) -> Any:
        stem = _with_group(stem, group, self.config.layer_groups)
        if not self.config.filters:
            return values.get(stem)
        if f"{stem}.{_REST}" not in values:
            return None
        filtered = [{"filter": f, "value": values[f"{stem}.{f}"]} for f in self.config.filters]
        return [*filtered, {"value": values[f"{stem}.{_REST}"]}]


def build_space(
    config: SpaceConfig,
    base: str,
    parents: Mapping[str, str],
    *,
    layers: int,
    dtype: str,
    seed: int,
) -> ParameterSpace:
    """parents: name -> model reference; layers: of the base model.

    Raises: ConfigError for a space that has no genes or asks for more groups than layers.
    """
    if config.layer_groups > layers:
        raise ConfigError(
            f"space.layer_groups: {config.layer_groups} groups, but the model has {layers} layers"
        )
    genes = []
    searched = _searched(config)
    _check_della(config, {name: bounds for name, bounds, _ in searched})
    if len(config.method) > 1:
        genes.append(Gene("method", choices=config.method))
    for name, bounds, per_parent in searched:
        for group in range(config.layer_groups):
            for owner in parents if per_parent else (None,):
                stem = name if owner is None else f"{name}.{owner}"
                stem = _with_group(stem, group, config.layer_groups)
                suffixes = [f".{f}" for f in (*config.filters, _REST)] if config.filters else [""]
                genes += [Gene(stem + s, bounds.low, bounds.high, bounds.log) for s in suffixes]
    if not genes:
        raise ConfigError("space: nothing to search; name at least one parameter in 'bounds'")
    for method in config.method:
        _roles(method, base, parents)
    return ParameterSpace(config, base, dict(parents), layers, dtype, seed, Space(tuple(genes)))


def _with_group(stem: str, group: int, groups: int) -> str:
    return stem if groups == 1 else f"{stem}.g{group}"


def _searched(config: SpaceConfig) -> list[tuple[str, Bounds, bool]]:
    """(parameter, bounds, one gene per parent?) of every gene family, each parameter once.

    Searched are the parameters named in `bounds`, those without a default, and density where the
    method drops entries; all that can be where a method has none of these. A parameter in `fixed`
    is never a gene.
    """
    found: dict[str, tuple[str, Bounds, bool]] = {}
    for method in config.method:
        genes = [p for p in METHODS[method].parameters if p.gene is not None]
        natural = {p.name for p in genes if p.default is None}
        natural |= {"density"} if method in DROPS else set()
        for parameter in genes:
            name = parameter.name
            if parameter.gene is None or name in config.fixed or name in found:
                continue
            if name in config.bounds or name in natural or not natural:
                low, high = parameter.gene
                default = Bounds(low=low, high=high, log=parameter.log)
                bounds = config.bounds.get(name) or default
                found[name] = (name, bounds, parameter.scope != "shared")
    return list(found.values())


def _check_della(config: SpaceConfig, bounds: Mapping[str, Bounds]) -> None:
    """Raises: ConfigError where a point of the space would keep with a probability outside (0,
    1).
    """
    methods = [m for m in config.method if METHODS[m].parameter("epsilon") and m in DROPS]
    if not methods:
        return

    def reach(name: str, default: float) -> tuple[float, float]:
        if name in bounds:
            return bounds[name].low, bounds[name].high
        held = float(config.fixed.get(name, default))
        return held, held

    (low, high), (_, epsilon) = reach("density", 1.0), reach("epsilon", 0.15)
    if high < 1 and low - epsilon > 0 and high + epsilon < 1:
        return
    raise ConfigError(
        f"space: {methods[0]} keeps an entry with a probability of density - epsilon to density + "
        f"epsilon, which must lie inside (0, 1); found density [{low:g}, {high:g}] and epsilon "
        f"{epsilon:g}. Set bounds for them, e.g. density: [{epsilon + 0.05:g}, "
        f"{0.95 - epsilon:g}]"
    )


def _roles(
    method: str, base: str, parents: Mapping[str, str]
) -> tuple[str | None, dict[str, str]]:
    """Which model is `base_model` and which are merged into it, by the method's own rules."""
    spec = METHODS[method]
    least, most = spec.inputs
    if least <= len(parents) and (most is None or len(parents) <= most):
        return None if spec.base == "ignored" else base, dict(parents)
    if spec.base == "required" and most == 1 and len(parents) == 2:
        (_, first), (name, second) = parents.items()
        return first, {name: second}
    wanted = str(least) if most == least else f"at least {least}"
    raise ConfigError(
        f"space.method: {method} merges {wanted} parents; the search has {len(parents)}"
    )
