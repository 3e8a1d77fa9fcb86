"""Groups of layers that share genes, and which of their genes any tensor would feel.

`layer_groups` is a number of equal groups, `each` (one per layer), or edges: the first layer of
each group, then the end. With `smooth` it is a number of knots, evenly spread over depth.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Literal

from search_spaces.errors import ConfigError
from search_spaces.resolve import is_embedding, layer_of

LayerGroups = int | Literal["each"] | tuple[int, ...]
Range = tuple[int, int]
# (number of a group, filter): the tensors that one value of a parameter is for.
Cell = tuple[int, str | None]
_NOTHING = 1e-9


def check_layer_groups(value: Any) -> Any:
    """What a search file may say, as a tuple where it is a list.

    Raises: ValueError.
    """
    if value == "each" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    edges = value if isinstance(value, list | tuple) else ()
    whole = all(isinstance(e, int) and not isinstance(e, bool) for e in edges)
    if whole and len(edges) > 1 and edges[0] == 0 and all(a < b for a, b in pairwise(edges)):
        return tuple(edges)
    found = "" if isinstance(value, str | int | float) else f"; found {value!r}"
    raise ValueError(
        "expected a number of equal groups (4), 'each' for one per layer, or edges: the first "
        f"layer of each group and then the end, as [0, 8, 20, 30]{found}"
    )


def layer_ranges(groups: LayerGroups, layers: int) -> tuple[Range, ...]:
    """[start, end) of each group; sizes of equal groups differ by one at most.

    Raises: ConfigError for groups that do not fit a model of so many layers.
    """
    if isinstance(groups, tuple):
        if groups[-1] != layers:
            raise ConfigError(
                f"space.layer_groups: the edges {list(groups)} end at layer {groups[-1]}, but the "
                f"model has {layers} layers; the last edge must be {layers}"
            )
        return tuple(pairwise(groups))
    count = layers if groups == "each" else int(groups)
    if count > layers:
        raise ConfigError(f"space.layer_groups: {count} groups, but the model has {layers} layers")
    return tuple(pairwise(round(i * layers / count) for i in range(count + 1)))


def cells_in_use(
    tensors: Iterable[str],
    ranges: Sequence[Range],
    filters: Sequence[str | None],
    *,
    smooth: bool,
) -> frozenset[Cell]:
    """The cells that some tensor takes its value from; a gene of any other would do nothing.

    tensors: names in a parent; without any, all cells count as used. filters: in their order, of
    which the first match wins; the last takes all others.
    """
    layers = ranges[-1][1]
    found: set[Cell] = set()
    named = False
    for name in tensors:
        named = True
        matching = next((f for f in filters[:-1] if f and f in name), filters[-1])
        found |= {(group, matching) for group in _groups_of(name, ranges, layers, smooth)}
    return (
        frozenset(found)
        if named
        else frozenset((g, f) for g in range(len(ranges)) for f in filters)
    )


def _groups_of(tensor: str, ranges: Sequence[Range], layers: int, smooth: bool) -> list[int]:
    """The groups, or the knots, that give a tensor its value; see `resolve.lay_out`."""
    layer, last = layer_of(tensor), len(ranges) - 1
    if not smooth:
        if layer is None:
            return [0 if is_embedding(tensor) else last]
        return [index for index, (start, end) in enumerate(ranges) if start <= layer < end]
    if layer is None:
        return [0]
    position = last * (layer / (layers - 1) if layers > 1 else 1.0)
    left = min(int(position), last)
    share = position - left
    return [left] * (share < 1 - _NOTHING) + [min(left + 1, last)] * (share > _NOTHING)
