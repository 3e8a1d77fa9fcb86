"""A pedigree as GraphML, for Gephi, yEd, Cytoscape and networkx."""

import io

import networkx as nx

from evolve.ancestry.pedigree import Pedigree
from evolve.visible import visible


def as_graphml(shown: Pedigree) -> str:
    """Nodes with name, kind, license, digest, search, trial and score, edges with role and weight;
    what is not known is left out. Texts without characters that XML forbids.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for key, node in shown.nodes.items():
        known = {
            "name": node.name,
            "kind": node.role,
            "license": node.license,
            "digest": node.digest or None,
            "reference": node.reference,
            "search": node.search,
            "trial": node.trial,
            "score": node.score,
            "generation": shown.depths[key],
            "models": node.count,
        }
        graph.add_node(str(key), **{k: _clean(v) for k, v in known.items() if v is not None})
    for edge in shown.edges:
        weight = {} if edge.weight is None else {"weight": float(edge.weight)}
        graph.add_edge(str(edge.parent), str(edge.child), role=edge.role, **weight)
    out = io.BytesIO()
    nx.write_graphml(graph, out, encoding="utf-8")
    return out.getvalue().decode("utf-8")


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    return visible(value).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
