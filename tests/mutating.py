"""What may happen to a file: bits flip, it is cut off, pieces move, values become others."""

import copy
import random
from collections.abc import Iterator
from typing import Any

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**62, -(2**62), 10**30, 0.5, -0.0, 1e308),
    *(float("inf"), float("nan"), "", " ", "x", "..", "/", "+", "a" * 5000, "é\u202e", "1e999"),
    *([], [[]], [None], [1, 2, 3], ["x", "x"], {}, {"": {}}, {"x": None}, {"kind": "x"}),
    *([{"name": "x"}, 1], {"filter": "x", "value": [1]}, [[[[[[]]]]]], [0.5] * 2000),
]
_PIECES = [
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"\n", b"\t", b"- ", b": ", b"{", b"}", b"[", b"]", b"&a "),
    *(b"*a", b"!!", b"!x ", b'"', b"'", b"|", b">", b"---\n", b"#", b"<<: ", b"1e999", b"NaN"),
    *(b"9" * 400, b"[" * 2000, b'{"a":' * 2000, "\u2028".encode(), b"\\ud800", b"\\u0000"),
]


def mutated(data: bytes, random: random.Random) -> bytes:
    """One to four changes, near each other or not."""
    found = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(found))
        what = random.randrange(6)
        if what == 0 and found:
            found[at % len(found)] ^= 1 << random.randrange(8)
        elif what == 1:
            del found[at:]
        elif what == 2:
            del found[at : at + random.randint(1, 40)]
        elif what == 3:
            start = random.randint(0, len(found))
            found[at:at] = found[start : start + random.randint(1, 200)]
        else:
            found[at:at] = random.choice(_PIECES)
    return bytes(found)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in plain data, that of the whole last."""
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*path, key))
    yield path


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return value
    found = copy.deepcopy(data)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found
