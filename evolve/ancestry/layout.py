"""Where models stand: parents left, children right, with few crossings.

Generations are columns, ordered by sweeps over the barycentre of each model's neighbours (Sugiyama
et al. 1981, step 2). A generation of very many models is a block of several columns.
"""

import math
from collections.abc import Mapping, Sequence

from evolve.ancestry.pedigree import Pedigree

Places = dict[int, tuple[float, float]]
MOST_ROWS = 24  # of a generation, before it goes on in a further column beside the first
COLUMN = 0.16  # distance of such columns, where generations are 1 apart
CROWDED = 0.34  # distance of candidates in a block, where labelled models are 1 apart
MOST_CROWDED = 25  # candidates one above the other, before a block grows to the right
HIGHEST_CROWD = 11.0  # of a block, as CROWDED
CROWD_GAP = 0.4  # between the models of a generation that stand out and its block
_SWEEPS = 6
_MOST_SWEPT = 20_000  # edges


def places(shown: Pedigree) -> Places:
    """Model id -> (x, y). x grows with the generation; y is around 0, larger ones further up, and
    models of a column are 1 apart or, in a block of many candidates, less.
    """
    found: Places = {}
    x = 0.0
    for column in _ordered(shown):
        crowd = [n for n in column if shown.nodes[n].role == "candidate"]
        crowd = crowd if len(crowd) > MOST_ROWS else []
        inside = set(crowd)
        first = [n for n in column if n not in inside]
        width = _block(first, x, 1.0, MOST_ROWS, found)
        if crowd:
            x += width + (CROWD_GAP if first else 0.0)
            rows = max(MOST_CROWDED, math.ceil(math.sqrt(2 * len(crowd))))
            width = _block(crowd, x, min(CROWDED, HIGHEST_CROWD / rows), rows, found)
        x += width + 1.0
    return found


def _block(nodes: Sequence[int], x: float, step: float, rows: int, found: Places) -> float:
    """Puts models into columns of at most so many rows; gives how wide that is."""
    if not nodes:
        return 0.0
    width = math.ceil(len(nodes) / max(rows, math.sqrt(4 * len(nodes)) if step == 1.0 else 1))
    high = math.ceil(len(nodes) / width)
    for index, node in enumerate(nodes):
        y = step * ((high - 1) / 2 - index // width)
        found[node] = (x + COLUMN * min(1.0, 2 * step) * (index % width), y)
    return COLUMN * min(1.0, 2 * step) * (width - 1)


def _ordered(shown: Pedigree) -> list[list[int]]:
    """Generation by generation, each from the top down."""
    columns: dict[int, list[int]] = {}
    for node, generation in shown.depths.items():
        columns.setdefault(generation, []).append(node)
    found = [sorted(columns[g], key=lambda n: _first(shown, n)) for g in sorted(columns)]
    if len(shown.edges) > _MOST_SWEPT:
        return found
    parents: dict[int, list[int]] = {}
    children: dict[int, list[int]] = {}
    for edge in shown.edges:
        if shown.depths[edge.parent] != shown.depths[edge.child]:
            parents.setdefault(edge.child, []).append(edge.parent)
            children.setdefault(edge.parent, []).append(edge.child)
    best, least = found, math.inf
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        found = _swept(found, parents if forward else children, forward=forward)
        count = crossings(found, children)
        if count < least:
            best, least = found, count
    return best


def _swept(
    columns: Sequence[Sequence[int]], beside: Mapping[int, Sequence[int]], *, forward: bool
) -> list[list[int]]:
    height = {n: _part(i, len(c)) for c in columns for i, n in enumerate(c)}
    found = [list(column) for column in columns]
    for index in range(len(found)) if forward else reversed(range(len(found))):
        column = found[index]
        weight = {}
        for position, node in enumerate(column):
            near = [height[n] for n in beside.get(node, ())]
            weight[node] = (sum(near) / len(near) if near else height[node], position)
        column.sort(key=weight.__getitem__)
        height |= {node: _part(i, len(column)) for i, node in enumerate(column)}
    return found


def crossings(columns: Sequence[Sequence[int]], children: Mapping[int, Sequence[int]]) -> int:
    """How many pairs of edges between two generations cross; of large trees not counted."""
    height = {n: _part(i, len(c)) for c in columns for i, n in enumerate(c)}
    count = 0
    for column in columns:
        lines = [(height[n], height[c]) for n in column for c in children.get(n, ())]
        if len(lines) > 600:
            continue
        count += sum(
            (a[0] - b[0]) * (a[1] - b[1]) < 0 for i, a in enumerate(lines) for b in lines[:i]
        )
    return count


def _part(index: int, count: int) -> float:
    """A place in a column, from 0 to 1, that can be compared between columns."""
    return (index + 0.5) / count


def _first(shown: Pedigree, node: int) -> tuple[str, float, str, int]:
    """To begin with: by search, the best first."""
    known = shown.nodes[node]
    return (known.search or "", -(known.score or 0.0), known.name, node)
