"""Which model came from which, across searches: a directed graph from parents to children."""

from collections.abc import Iterable, Sequence

import networkx as nx

from evolve.ancestry import pedigree
from evolve.store import ModelRow

Edge = tuple[int, int, str, float | None]


def family_tree(models: Iterable[ModelRow], edges: Iterable[Edge]) -> "nx.DiGraph[int]":
    """Nodes are model ids with `model`; edges go from parent to child with `role` and `weight`.

    edges: (child id, parent id, role, weight), as the store gives them.
    """
    tree: nx.DiGraph[int] = nx.DiGraph()
    for model in models:
        tree.add_node(model.id, model=model)
    for child, parent, role, weight in edges:
        tree.add_edge(parent, child, role=role, weight=weight)
    return tree


def generations(tree: "nx.DiGraph[int]") -> dict[int, int]:
    """Model id -> generation: 0 for what came from nothing known, else one more than its latest
    parent.

    Cycles, which exist in the wild, are one generation.
    """
    return pedigree.generations(tree, tree.edges)


def ancestry(tree: "nx.DiGraph[int]", model_id: int) -> Sequence[ModelRow]:
    """The ancestors of a model, the oldest generation first."""
    depth = generations(tree)
    nodes = sorted(nx.ancestors(tree, model_id), key=lambda node: (depth[node], node))
    return [tree.nodes[node]["model"] for node in nodes]
