"""The models of the family tree as a table."""

import pandas as pd
import streamlit as st

from evolve.ancestry.pedigree import FOLDED, Edge, Pedigree
from evolve.ancestry.words import RELATION_WORDS, title
from evolve.visible import visible
from ui.palette import NAMES


def draw(shown: Pedigree) -> None:
    """A line per model that is shown."""
    st.dataframe(
        models(shown),
        hide_index=True,
        placeholder="—",
        column_config={
            "search score": st.column_config.NumberColumn(format="%.3f"),
            "made from": st.column_config.TextColumn(width="large"),
        },
    )


def models(shown: Pedigree) -> pd.DataFrame:
    """By generation; what is folded has no line."""
    into: dict[int, list[Edge]] = {}
    for edge in shown.edges:
        into.setdefault(edge.child, []).append(edge)
    lines = []
    order = sorted(shown.nodes.values(), key=lambda n: (shown.depths[n.id], n.name, n.id))
    for node in order:
        if node.role == FOLDED:
            continue
        parents = sorted(into.get(node.id, ()), key=lambda e: -abs(e.weight or 0.0))
        lines.append(
            {
                "model": visible(node.name),
                "generation": shown.depths[node.id],
                "what it is": NAMES.get(node.role, node.role),
                "search": visible(node.search or ""),
                "trial": node.trial,
                "search score": node.score,
                "made from": visible(", ".join(_made(e, shown) for e in parents)),
                "licence": visible(node.license or ""),
                "folder": visible(node.reference or ""),
                "digest": node.digest,
            }
        )
    columns = {"trial": "Int64", "search score": "float64"}
    return pd.DataFrame(lines).astype(columns if lines else {})


def _made(edge: Edge, shown: Pedigree) -> str:
    name = title(shown.nodes[edge.parent])
    if edge.weight is not None:
        return f"{edge.weight:.2f} {name}"
    return f"{name} ({RELATION_WORDS.get(edge.role, edge.role)})"
