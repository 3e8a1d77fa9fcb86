"""Names of genes, `parameter[.parent][.gN][.filter]`, and patterns that pick some of them.

A pattern has the same parts, each with shell wildcards (`*`, `?`, `[ab]`); parts that it leaves
out at the end may be anything. So `weight` is every weight, `weight.topic` those of one parent,
`weight.*.g0` those of the first group of layers, `weight.topic.g3.mlp` a single one.

Of several patterns that match a gene the most specific wins: it must be at least as specific as
each other one in every part, where a plain word beats a word with wildcards, and that beats `*` or
nothing. Where none is, as of `weight.topic` and `weight.*.g0` for `weight.topic.g0`, the file has
to say which.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import TypeVar

from search_spaces.errors import ConfigError
from search_spaces.suggest import did_you_mean

REST = "rest"
_WILD = "*?["
Setting = TypeVar("Setting")


@dataclass(frozen=True)
class Slot:
    """A value in a recipe that can be searched: of a parameter, for a parent (None: for all), a
    group of layers (None: there is one) and a filter (None: there are none).
    """

    parameter: str
    parent: str | None = None
    group: int | None = None
    filter: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Of its name; a filter is one part, be there dots in it or not."""
        group = None if self.group is None else f"g{self.group}"
        found = (self.parameter, self.parent, group, self.filter)
        return tuple(part for part in found if part is not None)

    @property
    def name(self) -> str:
        return ".".join(self.parts)


def matches(pattern: str, slot: Slot) -> bool:
    """Does the pattern pick this value?"""
    parts = slot.parts
    wanted = pattern.split(".", len(parts) - 1)
    return all(fnmatchcase(part, want) for want, part in zip(wanted, parts, strict=False))


def picked(patterns: Iterable[str], slots: Sequence[Slot], where: str) -> list[Slot]:
    """What any of the patterns picks, in the order of `slots`.

    Raises: ConfigError for a pattern that picks nothing.
    """
    found: dict[Slot, None] = {}
    for pattern in patterns:
        here = [slot for slot in slots if matches(pattern, slot)]
        if not here:
            names = [slot.name for slot in slots]
            raise ConfigError(
                f"{where}: '{pattern}' matches no gene; {did_you_mean(pattern, names)}"
            )
        found |= dict.fromkeys(here)
    return [slot for slot in slots if slot in found]


def most_specific(
    slot: Slot, settings: Mapping[str, Setting], where: str
) -> tuple[str, Setting] | None:
    """The pattern that decides about this value, and its setting; None where none matches.

    Raises: ConfigError where two patterns of different settings match and neither decides.
    """
    ranks = {p: _rank(p, len(slot.parts)) for p in settings if matches(p, slot)}
    if not ranks:
        return None
    best = [p for p in ranks if _is_maximal(p, ranks)]
    other = next((p for p in best if settings[p] != settings[best[0]]), None)
    if other is None:
        return best[0], settings[best[0]]
    raise ConfigError(
        f"{where}: both '{best[0]}' and '{other}' match '{slot.name}', and neither is more "
        f"specific; add '{slot.name}' itself to say what it is"
    )


def joined_name(slots: Sequence[Slot], every: Sequence[Slot], taken: Iterable[str]) -> str:
    """One name for several values: in every part the word they share, or the words joined by `+`;
    a part in which they have all words there are is left out. Names joined by `=` where that would
    not say which they are.

    every: all values of the space that are searched; taken: names that are in use.
    """
    if len(slots) == 1:
        return slots[0].name
    fields: list[Callable[[Slot], object]] = [
        lambda s: s.parameter,
        lambda s: s.parent,
        lambda s: None if s.group is None else f"g{s.group}",
        lambda s: s.filter,
    ]
    mine = [list(dict.fromkeys(field(s) for s in slots)) for field in fields]
    parameters = {s.parameter for s in slots}
    others = [s for s in every if s.parameter in parameters]
    whole = [{field(s) for s in others} for field in fields]
    parts = [
        "+".join(str(word) for word in words)
        for index, (words, all_words) in enumerate(zip(mine, whole, strict=True))
        if None not in words and (index == 0 or set(words) != all_words)
    ]
    name = ".".join(parts)
    told = {tuple(field(s) for field in fields) for s in slots} == set(product(*mine))
    return name if told and name not in set(taken) else "=".join(s.name for s in slots)


def _rank(pattern: str, parts: int) -> tuple[int, ...]:
    """How specific each part is, from 0 (anything) to 2 (one word)."""
    words = pattern.split(".", parts - 1)
    words += ["*"] * (parts - len(words))
    return tuple(0 if w == "*" else 1 if any(c in w for c in _WILD) else 2 for w in words)


def _is_maximal(pattern: str, ranks: Mapping[str, tuple[int, ...]]) -> bool:
    """Is no other pattern more specific?"""
    mine = ranks[pattern]
    return not any(
        rank != mine and all(a >= b for a, b in zip(rank, mine, strict=True))
        for rank in ranks.values()
    )
