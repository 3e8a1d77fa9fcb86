"""Which values of its recipes a parameter space searches, and with which genes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from search_spaces.errors import ConfigError
from search_spaces.gene_names import REST, Slot, joined_name, most_specific, picked
from search_spaces.layer_groups import Cell, Range
from search_spaces.methods import DROPS, METHODS, Parameter
from search_spaces.space import Gene
from search_spaces.space_config import Bounds, SpaceConfig

METHOD = "method"


@dataclass(frozen=True)
class Layout:
    """genes: in the order of the space. slots: value of a recipe -> the name of its gene, or the
    number it is held at; what is not there is silent in recipes. starts: gene -> the user's start;
    parameters: gene -> those that it sets.
    """

    genes: tuple[Gene, ...]
    slots: Mapping[Slot, str | float]
    starts: Mapping[str, float]
    parameters: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class _Family:
    """A parameter over all methods that know it. bounds: that all of them share, None if there are
    none; natural: searched without being asked for; methods: where it means something.
    """

    name: str
    per_parent: bool
    bounds: Bounds | None
    natural: bool
    methods: tuple[str, ...]


def means_something(method: str, parameter: Parameter) -> bool:
    """Can a recipe of this method change by this number?"""
    return parameter.gene is not None and (parameter.name != "density" or method in DROPS)


def filters_of(config: SpaceConfig) -> tuple[str | None, ...]:
    """The filters of a space in their order, the last for all other tensors."""
    return (*config.filters, REST) if config.filters else (None,)


def method_gene(config: SpaceConfig, group: int, groups: int) -> str | None:
    """The choice gene that says how a group of layers is merged; None for a single method."""
    if len(config.method) == 1:
        return None
    return f"{METHOD}.g{group}" if config.method_per == "group" and groups > 1 else METHOD


def lay_genes(
    config: SpaceConfig, parents: Iterable[str], ranges: Sequence[Range], used: frozenset[Cell]
) -> Layout:
    """parents: their names; ranges: of the groups of layers; used: cells with tensors in them.

    Raises: ConfigError for patterns that match nothing or contradict each other, and for a space
    without genes.
    """
    families = _families(config)
    every = _slots(config, families, tuple(parents), len(ranges), used)
    decided = _decide(config, families, every)
    searched = {slot: found for slot, found in decided.items() if isinstance(found, Bounds)}
    ties = _ties(config, searched)
    names = _names(ties, list(searched))
    genes = [
        Gene(name, choices=config.method)
        for name in dict.fromkeys(
            method_gene(config, group, len(ranges)) for group in range(len(ranges))
        )
        if name is not None
    ]
    whens: dict[str, list[tuple[str, tuple[str, ...]] | None]] = {}
    for slot in searched:
        whens.setdefault(names[slot], []).append(_when(config, families[slot.parameter], slot))
    made: dict[str, Bounds] = {names[slot]: bounds for slot, bounds in searched.items()}
    for name, bounds in made.items():
        when = _one_when(config, name, whens[name])
        genes.append(Gene(name, bounds.low, bounds.high, bounds.log, when=when))
    if not genes:
        raise ConfigError("space: nothing to search; name at least one parameter in 'bounds'")
    slots = {s: names[s] if isinstance(d, Bounds) else d for s, d in decided.items()}
    starts = {name: b.start for name, b in made.items() if b.start is not None}
    parameters: dict[str, set[str]] = {}
    for slot in searched:
        parameters.setdefault(names[slot], set()).add(slot.parameter)
    sets = {name: frozenset(found) for name, found in parameters.items()}
    return Layout(tuple(genes), slots, starts, sets)


def _families(config: SpaceConfig) -> dict[str, _Family]:
    """Searched by themselves are the parameters without a default, and density where the method
    drops entries; all that can be where a method has none of these.
    """
    found: dict[str, _Family] = {}
    for method in config.method:
        parameters = [p for p in METHODS[method].parameters if means_something(method, p)]
        natural = [p.name for p in parameters if p.default is None or p.name == "density"]
        for p in parameters:
            low, high = p.gene or (0.0, 1.0)
            mine = _Family(
                p.name,
                p.scope != "shared",
                Bounds(low=low, high=high, log=p.log),
                p.name in natural or not natural,
                (method,),
            )
            found[p.name] = _both(config, found[p.name], mine) if p.name in found else mine
    return found


def _both(config: SpaceConfig, one: _Family, other: _Family) -> _Family:
    """Two methods' parameter as one. Where it is one number in one of them and one for each parent
    in the other, they have but the name in common: then only that which has to be searched is.

    Raises: ConfigError where both have to be, or the file names it.
    """
    if one.per_parent != other.per_parent:
        asked = [p.split(".")[0] for p in (*config.bounds, *config.fixed)]
        searched = [family for family in (one, other) if family.natural]
        if len(searched) == 1 and not any(fnmatchcase(one.name, name) for name in asked):
            return searched[0]
        raise ConfigError(
            f"space.method: '{one.name}' of {one.methods[0]} and of {other.methods[0]} have "
            "nothing in common but the name; search these methods apart"
        )
    bounds = None
    if one.bounds and other.bounds and one.bounds.log == other.bounds.log:
        low, high = (
            max(one.bounds.low, other.bounds.low),
            min(one.bounds.high, other.bounds.high),
        )
        bounds = Bounds(low=low, high=high, log=one.bounds.log) if low < high else None
    natural = one.natural or other.natural
    return _Family(one.name, one.per_parent, bounds, natural, one.methods + other.methods)


def _slots(
    config: SpaceConfig,
    families: Mapping[str, _Family],
    parents: Sequence[str],
    groups: int,
    used: frozenset[Cell],
) -> list[Slot]:
    """Everything that could be a gene, in the order of genes."""
    return [
        Slot(family.name, parent, group if groups > 1 else None, part)
        for family in families.values()
        for group in range(groups)
        for parent in (parents if family.per_parent else (None,))
        for part in filters_of(config)
        if (group, part) in used
    ]


def _decide(
    config: SpaceConfig, families: Mapping[str, _Family], every: Sequence[Slot]
) -> dict[Slot, Bounds | float]:
    """Bounds of what is searched, the number of what is held for a part of the genes."""
    held = {
        p: float(v)
        for p, v in config.fixed.items()
        if isinstance(v, float) and (p in families or p not in _names_of(config))
    }
    settings: dict[str, Bounds | float] = {**config.bounds, **held}
    for where, patterns in (("bounds", config.bounds), ("fixed", config.fixed)):
        for pattern in patterns:
            if where == "bounds" or pattern not in _names_of(config):
                picked([pattern], every, f"space.{where}")
    found: dict[Slot, Bounds | float] = {}
    whole: set[str] = set(families)  # parameters that nothing but their own name decides
    for slot in every:
        rule = most_specific(slot, settings, "space")
        family = families[slot.parameter]
        if rule is not None:
            _check_limits(config, family, rule)
            found[slot] = rule[1]
        elif family.natural:
            found[slot] = _default(family)
        if rule is None or rule[0] != slot.parameter or isinstance(rule[1], Bounds):
            whole.discard(slot.parameter)
    return {slot: setting for slot, setting in found.items() if slot.parameter not in whole}


def _default(family: _Family) -> Bounds:
    if family.bounds is None:
        raise ConfigError(
            f"space: {' and '.join(family.methods)} search '{family.name}' in ranges that have "
            f"nothing in common; give it one in 'bounds'"
        )
    return family.bounds


def _names_of(config: SpaceConfig) -> set[str]:
    """Every parameter of its methods."""
    return {p.name for m in config.method for p in METHODS[m].parameters}


def _check_limits(config: SpaceConfig, family: _Family, rule: tuple[str, Bounds | float]) -> None:
    pattern, setting = rule
    values = (setting.low, setting.high) if isinstance(setting, Bounds) else (setting,)
    for method in family.methods:
        parameter = METHODS[method].parameter(family.name)
        low, high = (parameter and parameter.limits) or (float("-inf"), float("inf"))
        for value in values:
            if not low <= value <= high:
                raise ConfigError(
                    f"space: '{pattern}' is about '{family.name}' of {method}, which must lie in "
                    f"[{low:g}, {high:g}]; found {value:g}"
                )


def _ties(config: SpaceConfig, searched: Mapping[Slot, Bounds]) -> list[list[Slot]]:
    """The values of each entry of `tied`.

    Raises: ConfigError for one that is in two entries, and for different bounds.
    """
    found: list[list[Slot]] = []
    known: dict[Slot, int] = {}
    for index, entry in enumerate(config.tied):
        where = f"space.tied[{index}]"
        slots = picked(entry, list(searched), where)
        for slot in slots:
            if slot in known:
                raise ConfigError(
                    f"{where}: '{slot.name}' is in tied[{known[slot]}] too; write one entry that "
                    "has both"
                )
            known[slot] = index
            first = slots[0]
            if searched[slot] != searched[first]:
                raise ConfigError(
                    f"{where}: one gene needs one range; '{first.name}' has "
                    f"{_shown(searched[first])}, '{slot.name}' has {_shown(searched[slot])}. "
                    "Give them the same 'bounds'"
                )
        found.append(slots)
    return found


def _names(ties: Sequence[Sequence[Slot]], searched: Sequence[Slot]) -> dict[Slot, str]:
    """The gene of every searched value."""
    tied = {slot for slots in ties for slot in slots}
    found = {slot: slot.name for slot in searched if slot not in tied}
    for slots in ties:
        name = joined_name(slots, searched, found.values())
        found |= dict.fromkeys(slots, name)
    return found


def _when(config: SpaceConfig, family: _Family, slot: Slot) -> tuple[str, tuple[str, ...]] | None:
    if set(family.methods) == set(config.method):
        return None
    per_group = config.method_per == "group" and slot.group is not None
    return (f"{METHOD}.g{slot.group}" if per_group else METHOD), family.methods


def _one_when(
    config: SpaceConfig, gene: str, whens: Sequence[tuple[str, tuple[str, ...]] | None]
) -> tuple[str, tuple[str, ...]] | None:
    """Under what a gene of several values means something: under that of any of them."""
    told = [when for when in whens if when is not None]
    if len(told) < len(whens):
        return None
    choices = {choice for choice, _ in told}
    if len(choices) > 1:
        raise ConfigError(
            f"space.tied: '{gene}' ties groups of layers whose methods are chosen apart, and not "
            "all methods have it; tie within each group, e.g. 'density.*.g0'"
        )
    methods = tuple(m for m in config.method if any(m in found for _, found in told))
    return None if methods == config.method else (choices.pop(), methods)


def _shown(bounds: Bounds) -> str:
    log = " on a log scale" if bounds.log else ""
    start = "" if bounds.start is None else f" from {bounds.start:g}"
    return f"[{bounds.low:g}, {bounds.high:g}]{log}{start}"
