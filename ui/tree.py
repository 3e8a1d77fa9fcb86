"""Which models of the family tree are shown, and where. Parents left, children right."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import networkx as nx

from evolve.lineage import generations, relatives
from evolve.store import ModelRow

# A generation of more models than this goes on in further columns beside the first.
_COLUMN = 24
_COLUMN_WIDTH = 0.16


@dataclass(frozen=True)
class Member:
    """A model and its part in the searches: `search`, `trial` and `fitness` are of its best trial.

    role: base, parent, exported, chosen, best or candidate.
    """

    model: ModelRow
    role: str
    search: str | None
    trial: int | None
    fitness: float | None


@dataclass(frozen=True)
class Family:
    """`evolve.lineage.family_tree` with what is known of each model, by its id."""

    graph: "nx.DiGraph[int]"
    members: dict[int, Member]


def kept(family: Family, *, every: bool, relatives_of: int | None = None) -> set[int]:
    """The ids of the models to show.

    every: all candidates; else only the chosen, the exported and the best ones, what went into
    them, and checkpoints. relatives_of: only this model, its ancestors and its descendants.
    """
    found = set(family.graph.nodes)
    if relatives_of is not None:
        found &= relatives(family.graph, relatives_of)
    if every:
        return found
    marked = {n for n in found if family.members[n].role != "candidate" or n == relatives_of}
    for node in list(marked):
        marked |= nx.ancestors(family.graph, node) & found
    return marked


def folded(family: Family, ids: Collection[int]) -> "nx.DiGraph[int]":
    """The tree of these models alone."""
    found: nx.DiGraph[int] = family.graph.subgraph(ids).copy()
    return found


def positions(graph: "nx.DiGraph[int]") -> dict[int, tuple[float, float]]:
    """Model id -> (x, y): x grows with the generation, y orders each one by where its parents are.

    Generations are 1 apart in x; one of more than 24 models spreads over columns that lie closer,
    and one of few models over the height of the largest.
    """
    by_generation: dict[int, list[int]] = {}
    for node, generation in generations(graph).items():
        by_generation.setdefault(generation, []).append(node)
    tallest = max(
        (math.ceil(len(n) / _columns(len(n))) for n in by_generation.values()), default=0
    )
    found: dict[int, tuple[float, float]] = {}
    x = 0.0
    for _, nodes in sorted(by_generation.items()):
        nodes.sort(key=lambda n: (_height(graph, n, found), n))
        columns = _columns(len(nodes))
        step = tallest / math.ceil(len(nodes) / columns)
        for index, node in enumerate(nodes):
            y = (tallest - step) / 2 - step * (index // columns)
            found[node] = (x + _COLUMN_WIDTH * (index % columns), y)
        x += 1 + _COLUMN_WIDTH * (columns - 1)
    return found


def _columns(count: int) -> int:
    """Columns for a generation of `count` models: longer ones, too, where there are very many."""
    return math.ceil(count / max(_COLUMN, math.sqrt(4 * count)))


def _height(graph: "nx.DiGraph[int]", node: int, found: dict[int, tuple[float, float]]) -> float:
    """Minus the mean y of the placed parents, so that a child is near what it came from."""
    placed = [found[p][1] for p in graph.predecessors(node) if p in found]
    return -sum(placed) / len(placed) if placed else 0.0
