"""YAML and JSON that somebody else wrote: limited in bytes, depth and nodes, whatever it says.

All files of users and checkpoints come through here. An alias counts as often as it is used, so
that a few lines cannot stand for a billion nodes; the nesting is held small enough for whoever
walks through it by recursion afterwards; numbers fit into 64 bits.
"""

import json
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor

from search_spaces.errors import ConfigError

# libyaml where PyYAML was built with it: several times faster than Python's scanner.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_PLAIN = {None, "!"} | {
    _CORE + kind for kind in ("str", "int", "float", "bool", "null", "map", "seq")
}
_NUMBER = 64  # characters
_WHOLE = 2**63
_HALF = re.compile("[\ud800-\udfff]")
_SHOWN = 60


@dataclass(frozen=True)
class Limits:
    """What a file may be. depth: of the nesting; nodes: values and keys, aliases as often as they
    are used; exact: no key twice, no key but text, and no NUL in text unless `nul`.
    """

    bytes: int
    depth: int
    nodes: int
    exact: bool = True
    nul: bool = False


SEARCH = Limits(1_000_000, 24, 100_000)
RECIPE = Limits(4_000_000, 24, 400_000)
MOE = Limits(4_000_000, 24, 400_000, nul=True)  # prompts are any text
# lm-eval's own loader takes the last of two equal keys; tasks of users rely on what it does.
TASK = Limits(16_000_000, 48, 1_000_000, exact=False)
CARD = Limits(1_000_000, 24, 20_000, exact=False)
CONFIG = Limits(16_000_000, 48, 1_000_000)
TOKENIZER = Limits(256_000_000, 48, 20_000_000, exact=False)
INDEX = Limits(64_000_000, 8, 4_000_000)
HEADER = Limits(100_000_000, 8, 8_000_000)


def read_bytes(path: Path, limits: Limits, error: type[ConfigError] = ConfigError) -> bytes:
    """Of a file or a pipe. Raises: FileNotFoundError, OSError; `error` for one that is too large,
    and for a device or folder.
    """
    with _opened(path, error) as handle:
        found: bytes = handle.read(limits.bytes + 1)
    if len(found) > limits.bytes:
        size = max(len(found), path.stat().st_size)
        raise error(
            f"{path}: {size:,} bytes; at most {limits.bytes:,} are read. Is it the right file?"
        )
    return found


def load_yaml(
    text: str | bytes,
    where: str,
    limits: Limits,
    error: type[ConfigError] = ConfigError,
    tags: Mapping[str, Callable[[str], Any]] | None = None,
) -> list[Any]:
    """The documents of a YAML text, those that are empty as None.

    where: the file, for messages; tags: what a tag makes of its text, for tags that may stand in
    it beside YAML's own.

    Raises: `error` with the line of what is wrong.
    """
    loader: Any = None
    try:
        _refuse_bytes(len(text), where, limits, error)
        loader = _Loader(text, limits, tags or {})
        found = []
        while loader.check_data():
            found.append(loader.get_data())
        return found
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = "" if mark is None else f"line {mark.line + 1}: "
        words = " ".join(str(w) for w in (problem.context, problem.problem) if w)
        raise error(f"{where}: not valid YAML: {line}{words}") from None
    except _Refused as problem:
        raise error(f"{where}: line {problem.line}: {problem}") from None
    except yaml.YAMLError as problem:  # what is no text: NUL, a wrong encoding
        raise error(f"{where}: not valid YAML: {' '.join(str(problem).split())}") from None
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as problem:
        # a date of month 13, `!!int` before a word
        raise error(f"{where}: not valid YAML: a value cannot be read: {problem}") from None
    except RecursionError:
        raise error(f"{where}: nested too deeply; at most {limits.depth} levels") from None
    finally:
        if loader is not None:
            loader.dispose()


def read_search_yaml(path: Path) -> Any:
    """What a search file or a mergekit-evolve file says, not checked yet.

    Raises: OSError; ConfigError.
    """
    found = load_yaml(read_bytes(path, SEARCH), str(path), SEARCH)
    if len(found) > 1:
        raise ConfigError(
            f"{path}: expected one YAML document, found {len(found)}; take out the '---' between"
        )
    return found[0] if found else None


def load_json(
    text: bytes | str, where: str, limits: Limits, error: type[ConfigError] = ConfigError
) -> Any:
    """A JSON value. NaN and Infinity, which some configurations hold, are let through.

    Raises: `error` with the line of what is wrong.
    """
    _refuse_bytes(len(text), where, limits, error)
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        most = sum(text.count(c) for c in ",[{")
        if most > limits.nodes:
            raise _Refused(f"more than {limits.nodes:,} values")
        pairs = _pairs if limits.exact else None
        found = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_float=_float,
            parse_int=_int,
        )
        _walk(found, limits)
    except json.JSONDecodeError as problem:
        raise error(
            f"{where} cannot be read as JSON: line {problem.lineno}, column {problem.colno}: "
            f"{problem.msg}; is the file whole?"
        ) from None
    except UnicodeDecodeError as problem:
        raise error(
            f"{where} cannot be read as JSON: not UTF-8 text at byte {problem.start}"
        ) from None
    except _Refused as problem:
        raise error(f"{where} cannot be read as JSON: {problem}") from None
    except ValueError as problem:
        raise error(f"{where} cannot be read as JSON: {problem}") from None
    except RecursionError:
        raise error(
            f"{where} cannot be read as JSON: nested too deeply; at most {limits.depth} levels"
        ) from None
    return found


class _Refused(Exception):
    """What YAML or JSON allow, and we do not."""

    def __init__(self, words: str, line: int = 0) -> None:
        super().__init__(words)
        self.line = line


class _Loader(Composer, _Parser):  # type: ignore[misc]
    """A SafeLoader whose nodes are counted as they come, before anything is made of them."""

    def __init__(
        self, text: str | bytes, limits: Limits, tags: Mapping[str, Callable[[str], Any]]
    ) -> None:
        _Parser.__init__(self, text)
        Composer.__init__(self)
        self._limits, self._tags = limits, tags
        self._depth = self._count = 0
        self._sizes: dict[str, int] = {}

    # Composer comes first, so that nodes are made by Python, one by one, of the parser's events.
    check_node = Composer.check_node
    get_node = Composer.get_node

    def compose_document(self) -> Any:
        self._sizes = {}
        return super().compose_document()

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self.anchors and event.anchor not in self._sizes:
                raise _Refused(f"'*{event.anchor}' stands inside of what it names", line)
            self._grow(self._sizes.get(str(event.anchor), 0), line)
            return super().compose_node(parent, index)
        before = self._count
        self._grow(1, line)
        self._depth += 1
        if self._depth > self._limits.depth:
            raise _Refused(f"nested too deeply; at most {self._limits.depth} levels", line)
        tag = event.tag
        if tag not in _PLAIN and str(tag) not in self._tags:
            known = "".join(f", or {name}" for name in self._tags)
            raise _Refused(
                f"the tag '{tag:.{_SHOWN}}' is not valid YAML here; expected plain data{known}; "
                "leave the tag out",
                line,
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        if event.anchor is not None:
            self._sizes[event.anchor] = self._count - before
        return node

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        make = self._tags.get(str(node.tag))
        if make is not None:
            return make(str(self.construct_scalar(node)))
        return super().construct_object(node, deep)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        if self._limits.exact and isinstance(node, yaml.MappingNode):
            self._check_keys(node)
        return dict(SafeConstructor.construct_mapping(self, node, deep))

    def _check_keys(self, node: Any) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.tag == _CORE + "merge":
                name = "<<"
            elif key.tag != _CORE + "str":
                shown = key.value if isinstance(key, yaml.ScalarNode) else f"of a {key.id}"
                raise _Refused(
                    f"the key {shown:.{_SHOWN}} is read as {key.tag.rpartition(':')[2]}; expected "
                    "text: write it in quotes",
                    line,
                )
            else:
                name = key.value
            if name in seen:
                raise _Refused(f"the key '{name:.{_SHOWN}}' is given twice; leave one out", line)
            seen.add(name)

    def text(self, node: Any) -> str:
        found = str(self.construct_scalar(node))
        if not _is_text(found, self._limits):
            line = node.start_mark.line + 1
            raise _Refused(f"{found[:_SHOWN]!r} holds NUL or half a character", line)
        return found

    def number(self, node: Any) -> Any:
        line = node.start_mark.line + 1
        if len(node.value) > _NUMBER:
            raise _Refused(f"{node.value:.{_SHOWN}}... is too long for a number", line)
        if node.tag == _CORE + "int":
            found: Any = self.construct_yaml_int(node)
            if abs(found) >= _WHOLE:
                raise _Refused(f"{node.value} does not fit into 64 bits", line)
            return found
        found = self.construct_yaml_float(node)
        if abs(found) == float("inf") and "inf" not in node.value.lower():
            raise _Refused(f"{node.value} is too large for a number", line)
        return found

    def _grow(self, by: int, line: int) -> None:
        self._count += by
        if self._count > self._limits.nodes:
            raise _Refused(
                f"more than {self._limits.nodes:,} values, aliases counted as often as they are "
                "used",
                line,
            )


_Loader.add_constructor(_CORE + "str", _Loader.text)
_Loader.add_constructor(_CORE + "int", _Loader.number)
_Loader.add_constructor(_CORE + "float", _Loader.number)


def _opened(path: Path, error: type[ConfigError]) -> Any:
    kind = path.stat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
        what = "a folder" if stat.S_ISDIR(kind) else "a device"
        raise error(f"{path}: expected a file, found {what}")
    return path.open("rb")


def _refuse_bytes(size: int, where: str, limits: Limits, error: type[ConfigError]) -> None:
    if size > limits.bytes:
        raise error(f"{where}: {size:,} bytes; at most {limits.bytes:,} are read")


def _is_text(found: str, limits: Limits) -> bool:
    if not limits.exact or (found.isascii() and "\0" not in found):
        return True
    return (limits.nul or "\0" not in found) and _HALF.search(found) is None


def _check_text(found: str, limits: Limits) -> None:
    if not _is_text(found, limits):
        raise _Refused(f"{found[:_SHOWN]!r} holds NUL or half a character")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen and seen[key] != value:
                raise _Refused(f"the key '{key:.{_SHOWN}}' is given twice, with two values")
            seen[key] = value
    return found


def _float(text: str) -> float:
    found = float(text)
    if found - found != 0:
        raise _Refused(f"{text:.{_SHOWN}} is too large for a number")
    return found


def _int(text: str) -> int:
    if len(text) > _NUMBER:  # 10**30 is what transformers writes for "no limit"
        raise _Refused(f"{text:.{_SHOWN}}... is too long for a number")
    return int(text)


def _walk(found: Any, limits: Limits) -> None:
    """Level by level, never by recursion."""
    level, depth = [found], 0
    while level:
        depth += 1
        if depth > limits.depth:
            raise _Refused(f"nested too deeply; at most {limits.depth} levels")
        below: list[Any] = []
        for value in level:
            kind = type(value)
            if kind is dict:
                for key in value if limits.exact else ():
                    _check_text(key, limits)
                below += value.values()
            elif kind is list:
                below += value
            elif kind is str:
                _check_text(value, limits)
        level = below
