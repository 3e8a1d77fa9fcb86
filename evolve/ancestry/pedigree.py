"""Models and edges to show or to write: some of the family tree, chosen by whoever asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import networkx as nx

FOLDED = "folded"


@dataclass(frozen=True)
class Node:
    """A model, or many that are folded into one. role: base, parent, imported, exported, chosen,
    best, candidate or folded; search, trial and score: of its best trial, by the search's name;
    count: of folded ones.
    """

    id: int
    name: str
    role: str
    digest: str = ""
    reference: str | None = None
    license: str | None = None
    search: str | None = None
    search_id: int | None = None
    trial: int | None = None
    score: float | None = None
    count: int = 1


@dataclass(frozen=True)
class Edge:
    """From a parent to a child. role: of `claims.ROLES`; weight: None where there is none."""

    parent: int
    child: int
    role: str
    weight: float | None = None


@dataclass(frozen=True)
class Pedigree:
    """Nodes by id, and the edges between them. of: whose family it is, if somebody's."""

    nodes: Mapping[int, Node]
    edges: tuple[Edge, ...] = ()
    of: int | None = None
    depths: Mapping[int, int] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        ends = [(e.parent, e.child) for e in self.edges]
        object.__setattr__(self, "depths", generations(self.nodes, ends))

    def cycles(self) -> list[list[int]]:
        """Models that descend from themselves: each ring once, in the order of its edges."""
        return cycles((e.parent, e.child) for e in self.edges)


def generations(ids: Iterable[int], edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Model id -> generation: 0 for what came from nothing known, else one more than its latest
    parent. Models in a cycle are of one generation.

    edges: (parent, child), of these models only.
    """
    children: dict[int, list[int]] = {}
    waiting: dict[int, int] = dict.fromkeys(ids, 0)
    known = list(edges)
    for parent, child in known:
        children.setdefault(parent, []).append(child)
        waiting[child] += 1
    depth = dict.fromkeys(waiting, 0)
    ready = [node for node, count in waiting.items() if count == 0]
    done = 0
    while done < len(ready):
        node = ready[done]
        done += 1
        for child in children.get(node, ()):
            depth[child] = max(depth[child], depth[node] + 1)
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    return depth if done == len(depth) else _with_cycles(depth, known)


def _with_cycles(ids: Iterable[int], edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(ids)
    graph.add_edges_from(edges)
    rings = nx.condensation(graph)
    place: dict[int, int] = rings.graph["mapping"]
    depth = generations(rings.nodes, rings.edges)
    return {node: depth[place[node]] for node in graph}


def cycles(edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """One ring through every group of models that are each other's ancestors; a model that lists
    itself is a ring of one.
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(edges)
    found = []
    for group in nx.strongly_connected_components(graph):
        first = min(group)
        if len(group) > 1:
            inside = graph.subgraph(group)
            start = min(inside.successors(first))
            found.append(nx.shortest_path(inside, start, first))
        elif graph.has_edge(first, first):
            found.append([first])
    return sorted(found)


def in_cycles(edges: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """The edges that lie in a ring."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(edges)
    group = {n: i for i, g in enumerate(nx.strongly_connected_components(graph)) for n in g}
    return {(a, b) for a, b in graph.edges if group[a] == group[b]}
