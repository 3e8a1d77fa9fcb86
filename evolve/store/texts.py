"""What items say, in few bytes: one blob per task, so that pages need neither lm-eval nor data.

Format: zlib of JSON, item number -> [prompt, choices, target]. Of all tasks of a search together
at most `MOST_BYTES`; where that is too little, search items are left out first, and then as large
a part of every task's others.
"""

import json
import zlib
from collections.abc import Collection, Mapping

from evolve.store.tables import Words
from search_spaces.messages import ItemText, readable

MOST_BYTES = 8_000_000
_WORDS = Words()
Texts = Mapping[int, ItemText]


def pack_all(
    found: Mapping[str, Texts], first: Mapping[str, Collection[int]], most: int = MOST_BYTES
) -> dict[str, bytes]:
    """task -> blob, `most` bytes in all. first: items that are kept before others."""
    packed = {task: pack(texts) for task, texts in found.items()}
    kept = found
    if _size(packed) > most:
        kept = {
            task: {n: text for n, text in texts.items() if n in first.get(task, ())}
            for task, texts in found.items()
        }
        packed = {task: pack(texts) for task, texts in kept.items()}
    while (size := _size(packed)) > most and any(kept.values()):
        part = min(0.95, most / size)
        kept = {
            t: dict(list(texts.items())[: int(len(texts) * part)]) for t, texts in kept.items()
        }
        packed = {task: pack(texts) for task, texts in kept.items()}
    return packed


def pack(texts: Texts) -> bytes:
    """texts: of the items of one task; cut to what is kept."""
    cut = {n: readable(t.prompt, t.choices, t.target) for n, t in texts.items()}
    rows = {
        str(n): [_storable(t.prompt), [_storable(c) for c in t.choices], _storable(t.target)]
        for n, t in cut.items()
    }
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), 4)


def unpack(packed: bytes) -> dict[int, ItemText]:
    """What `pack` was given.

    Raises: ValueError for bytes that `pack` did not make.
    """
    try:
        rows = json.loads(zlib.decompress(packed))
        return {int(n): ItemText(p, tuple(choices), t) for n, (p, choices, t) in rows.items()}
    except (zlib.error, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"texts: {len(packed)} bytes are damaged: {error}") from None


def _storable(text: str) -> str:
    return _WORDS.process_bind_param(text, None) or ""


def _size(packed: Mapping[str, bytes]) -> int:
    return sum(map(len, packed.values()))
