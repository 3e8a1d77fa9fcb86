"""A point of a parameter space as a recipe.

Groups of layers become slices; with `smooth`, the knots become lists over the layers. Where the
groups have different methods, every method makes one whole nested merge, and the recipe stacks the
layers that each group takes from its own. A nested merge says nothing of the groups that it is not
used for: its slices reach over them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from search_spaces.errors import ConfigError
from search_spaces.gene_names import Slot
from search_spaces.genes import Layout, filters_of, means_something, method_gene
from search_spaces.layer_groups import Cell, Range
from search_spaces.methods import METHODS, RANDOM, Parameter
from search_spaces.recipe import Recipe
from search_spaces.space import Genome
from search_spaces.space_config import SpaceConfig


@dataclass(frozen=True)
class Frame:
    """What all recipes of a parameter space share. parents: name -> model reference; ranges: of
    the groups of layers; used: the cells that have tensors in them.
    """

    config: SpaceConfig
    base: str
    parents: Mapping[str, str]
    ranges: tuple[Range, ...]
    used: frozenset[Cell]
    dtype: str
    seed: int
    layout: Layout

    @cached_property
    def filters(self) -> tuple[str | None, ...]:
        """Parts of tensor names; None: all others."""
        return tuple(filters_of(self.config))

    def methods(self, genome: Genome) -> list[str]:
        """The method of each group."""
        genes = [method_gene(self.config, g, len(self.ranges)) for g in range(len(self.ranges))]
        return [self.config.method[0] if g is None else str(genome[g]) for g in genes]

    def number(self, method: str, slot: Slot, genome: Genome) -> float | None:
        """The value there; the method's default where the space is silent, None without one."""
        found = self.layout.slots.get(slot)
        if isinstance(found, str):
            return float(genome[found])
        if found is not None:
            return found
        parameter = METHODS[method].parameter(slot.parameter)
        default = None if parameter is None else parameter.default
        held = self.config.fixed.get(slot.parameter, default)
        return None if held is None else float(held)

    def slot(self, parameter: str, parent: str | None, group: int, part: str | None) -> Slot:
        """Where a value is, whether it is searched or not."""
        return Slot(parameter, parent, group if len(self.ranges) > 1 else None, part)

    def shared(self, method: str) -> dict[str, Any]:
        """What a whole recipe of that method holds at one value. Its weights are not normalized
        unless the search file says so: the best ones need not sum to one.
        """
        searched = {slot.parameter for slot in self.layout.slots}
        found: dict[str, Any] = {}
        for parameter in METHODS[method].parameters:
            held = self.config.fixed.get(parameter.name)
            if held is not None and parameter.name not in searched:
                found[parameter.name] = held
            elif parameter.name == "normalize" and parameter.default is True:
                found["normalize"] = False
        return found


def recipe_at(frame: Frame, genome: Genome) -> Recipe:
    """The merge at one point, given in natural values; genes that mean nothing there may be
    missing.
    """
    methods = frame.methods(genome)
    if len(set(methods)) == 1:
        return Recipe.model_validate(_plain(frame, methods[0], genome))
    return Recipe.model_validate(_stacked(frame, methods, genome))


def roles(method: str, base: str, parents: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """Which model is `base_model` and which are merged into it, by the method's own rules.

    Raises: ConfigError where the method merges another number of parents.
    """
    spec = METHODS[method]
    least, most = spec.inputs
    if least <= len(parents) and (most is None or len(parents) <= most):
        return None if spec.base == "ignored" else base, dict(parents)
    if spec.base == "required" and most == 1 and len(parents) == 2:
        (_, first), (name, second) = parents.items()
        return first, {name: second}
    wanted = str(least) if most == least else f"at least {least}"
    if spec.base == "required" and most == 1:
        wanted = "1 or 2"
    raise ConfigError(
        f"space.method: {method} merges {wanted} parents; the search has {len(parents)}; take "
        "another method, or change the parents"
    )


def _plain(frame: Frame, method: str, genome: Genome) -> dict[str, Any]:
    """One method for all groups."""
    head = _head(frame, method)
    if len(frame.ranges) == 1 or frame.config.smooth:
        groups = list(range(len(frame.ranges)))
        sources, parameters = _piece(frame, method, groups, genome)
        return head | {
            "models": sources,
            "parameters": frame.shared(method) | parameters,
        }
    return head | {
        "slices": [
            _slice(frame, method, group, layers, genome)
            for group, layers in enumerate(frame.ranges)
        ],
        "parameters": frame.shared(method),
    }


def _stacked(frame: Frame, methods: Sequence[str], genome: Genome) -> dict[str, Any]:
    """Methods by group: a nested merge for each, and the groups' layers out of them."""
    seed = frame.seed if set(methods) & RANDOM else 0
    nested: dict[str, Any] = {}
    for method in dict.fromkeys(methods):
        groups = [group for group, found in enumerate(methods) if found == method]
        starts = [0, *(frame.ranges[group][0] for group in groups[1:])]
        ends = [*starts[1:], frame.ranges[-1][1]]
        nested[_named(method, frame)] = _head(frame, method) | {
            "slices": [
                _slice(frame, method, group, (start, end), genome)
                for group, start, end in zip(groups, starts, ends, strict=True)
            ],
            "parameters": frame.shared(method),
            "seed": seed,
        }
    slices: list[tuple[str, Range]] = []
    for method, (start, end) in zip(methods, frame.ranges, strict=True):
        if slices and slices[-1][0] == method:
            start = slices.pop()[1][0]
        slices.append((method, (start, end)))
    return {
        "merge_method": "passthrough",
        "slices": [
            {"sources": [{"model": _named(method, frame), "layer_range": layers}]}
            for method, layers in slices
        ],
        "dtype": frame.dtype,
        "seed": seed,
        "nested": nested,
    }


def _named(method: str, frame: Frame) -> str:
    """The name of a nested merge: its method, unless a model is called that."""
    taken = {frame.base, *frame.parents.values()}
    return method if method not in taken else f"merged by {method}"


def _head(frame: Frame, method: str) -> dict[str, Any]:
    return {
        "merge_method": method,
        "base_model": roles(method, frame.base, frame.parents)[0],
        "dtype": frame.dtype,
        "seed": frame.seed if method in RANDOM else 0,
    }


def _slice(frame: Frame, method: str, group: int, layers: Range, genome: Genome) -> dict[str, Any]:
    sources, parameters = _piece(frame, method, [group], genome)
    return {
        "sources": [source | {"layer_range": layers} for source in sources],
        "parameters": parameters,
    }


def _piece(
    frame: Frame, method: str, groups: Sequence[int], genome: Genome
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """(models with their values, values for all of them) of one group, or over all knots."""
    base, parents = roles(method, frame.base, frame.parents)
    own: dict[str, dict[str, Any]] = {name: {} for name in parents}
    shared: dict[str, Any] = {}
    for parameter in METHODS[method].parameters:
        if not means_something(method, parameter):
            continue
        if parameter.scope == "shared":
            shared |= _values(frame, method, parameter, None, groups, genome)
        else:
            for name, values in own.items():
                values |= _values(frame, method, parameter, name, groups, genome)
    sources = [{"model": ref, "parameters": own[name]} for name, ref in parents.items()]
    if base is not None:
        sources.insert(0, {"model": base, "parameters": {}})
    return sources, shared


def _values(
    frame: Frame,
    method: str,
    parameter: Parameter,
    parent: str | None,
    groups: Sequence[int],
    genome: Genome,
) -> dict[str, Any]:
    """{name: value} of a parameter: a number, a list over knots, or by filter; {} where the space
    is silent. A knot that no tensor feels has its neighbour's value.
    """
    filters = frame.filters
    if len(groups) == 1 and filters == (None,):  # most recipes, and each of their values
        slot = frame.slot(parameter.name, parent, groups[0], None)
        if slot not in frame.layout.slots or (groups[0], None) not in frame.used:
            return {}
        return {parameter.name: frame.number(method, slot, genome)}
    by_filter: dict[str | None, Any] = {}
    told = False
    for part in filters:
        used = [g for g in groups if (g, part) in frame.used]
        if not used:
            continue
        slots = {g: frame.slot(parameter.name, parent, g, part) for g in used}
        told = told or any(slot in frame.layout.slots for slot in slots.values())
        numbers = {g: frame.number(method, slot, genome) for g, slot in slots.items()}
        near = [_nearest(used, group) for group in groups]
        found = [numbers[g] for g in near]
        by_filter[part] = found if len(groups) > 1 else found[0]
    if not told:
        return {}
    if None in by_filter:
        return {parameter.name: by_filter[None]}
    conditions = [
        {"value": value} if part == filters[-1] else {"filter": part, "value": value}
        for part, value in by_filter.items()
    ]
    return {parameter.name: conditions}


def _nearest(used: Sequence[int], group: int) -> int:
    return min(used, key=lambda other: (abs(other - group), other))
