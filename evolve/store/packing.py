"""Outcomes of many items in few bytes: one bit each where all are 0 or 1, else four bytes each.

Format: one byte `b` or `f`, the count as a little-endian uint32, then the bits (first item in the
highest bit) or little-endian float32 values. Which items of a split were seen is packed the same
way, a bit per item; where all were, there is nothing to pack.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = tuple[bool, ...]


def pack(values: Sequence[float]) -> bytes:
    """values: finite; those that are not all 0 or 1 are rounded to float32."""
    array = np.asarray(values, dtype=np.float64)
    head = struct.pack("<I", len(array))
    if _is_binary(array):
        return b"b" + head + np.packbits(array.astype(bool)).tobytes()
    return b"f" + head + array.astype("<f4").tobytes()


def rounded(values: Sequence[float]) -> tuple[float, ...]:
    """What `unpack` gives of what `pack` made of these values."""
    array = np.asarray(values, dtype=np.float64)
    if _is_binary(array):
        return tuple(values)
    return tuple(array.astype("<f4").astype(float).tolist())


def _is_binary(array: NDArray[np.float64]) -> bool:
    return bool(((array == 0.0) | (array == 1.0)).all())


def unpack(packed: bytes) -> tuple[float, ...]:
    """The values in the order they were packed.

    Raises: ValueError for bytes that `pack` did not make.
    """
    kind, (count,) = packed[:1], struct.unpack("<I", packed[1:5])
    body = packed[5:]
    if kind == b"b" and len(body) == (count + 7) // 8:
        bits = np.unpackbits(np.frombuffer(body, dtype=np.uint8), count=count)
        return tuple(bits.astype(float).tolist())
    if kind == b"f" and len(body) == 4 * count:
        return tuple(np.frombuffer(body, dtype="<f4").astype(float).tolist())
    raise ValueError(
        f"outcomes: {len(packed)} bytes of kind {kind!r} for {count} items are damaged"
    )


def pack_seen(seen: Mask) -> bytes | None:
    """seen: for every item of a split; None when that is all of them."""
    return None if all(seen) else pack(seen)


def unpack_split(packed: bytes, seen: bytes | None) -> tuple[float, ...]:
    """A value for every item of the split, NaN for those that were not seen.

    Raises: ValueError for damaged bytes, and when the two do not belong together.
    """
    values = unpack(packed)
    if seen is None:
        return values
    return spread(values, np.array(unpack(seen), dtype=bool))


def spread(values: Sequence[float], seen: Mask | NDArray[np.bool_]) -> tuple[float, ...]:
    """A value for every item, NaN for those that were not seen.

    Raises: ValueError when the two do not belong together.
    """
    mask = np.asarray(seen, dtype=bool)
    if mask.sum() != len(values):
        raise ValueError(f"outcomes: {len(values)} values for {mask.sum()} items are damaged")
    found = np.full(len(mask), np.nan)
    found[mask] = values
    return tuple(found.tolist())
