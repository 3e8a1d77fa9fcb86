"""A pedigree as a part of a model card: a table by generation, and a diagram."""

import re

from evolve.ancestry.mermaid import as_mermaid
from evolve.ancestry.pedigree import Edge, Node, Pedigree
from evolve.ancestry.words import RELATION_WORDS, ROLE_WORDS, title
from evolve.visible import visible
from search_spaces.model_names import hub_model

_MARKDOWN = re.compile(r"[\\`*_<>\[\]|#~$&:@!(){}]")
_MOST_DRAWN = 60  # models, in the diagram
_MOST_LISTED = 500


def as_section(shown: Pedigree) -> str:
    """Markdown under the heading `Family`: every model with its generation, weight, relation and
    licence, the youngest last; names on the hub are links.
    """
    lines = [
        "## Family",
        "",
        "| generation | model | what it is | made from | licence |",
        "|---|---|---|---|---|",
    ]
    order = sorted(shown.nodes, key=lambda n: (shown.depths[n], shown.nodes[n].name, n))
    into: dict[int, list[Edge]] = {}
    for edge in shown.edges:
        into.setdefault(edge.child, []).append(edge)
    for node in order[:_MOST_LISTED]:
        known = shown.nodes[node]
        cells = [
            str(shown.depths[node]),
            _linked(known),
            ROLE_WORDS.get(known.role, known.role),
            ", ".join(_made(e, shown) for e in _heaviest_first(into.get(node, []))),
            plain(known.license or ""),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    if len(order) > _MOST_LISTED:
        lines.append(f"\nand {len(order) - _MOST_LISTED:,} more models.")
    for ring in shown.cycles():
        names = [plain(shown.nodes[n].name) for n in [*ring, ring[0]]]
        lines.append(f"\nThese name each other as parents: {' → '.join(names)}.")
    if len(order) <= _MOST_DRAWN:
        lines += ["", "```mermaid", as_mermaid(shown).rstrip("\n"), "```"]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return _MARKDOWN.sub(r"\\\g<0>", visible(" ".join(text.split())))


def _linked(node: Node) -> str:
    text = plain(title(node))
    found = hub_model(node.reference or "")
    if found is None:
        return text
    return f"[{text}](https://huggingface.co/{found.repo})"


def _made(edge: Edge, shown: Pedigree) -> str:
    name = plain(title(shown.nodes[edge.parent]))
    if edge.weight is not None:
        return f"{edge.weight:.2f} {name}"
    return f"{name} ({RELATION_WORDS.get(edge.role, plain(edge.role))})"


def _heaviest_first(edges: list[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda e: -abs(e.weight or 0.0))
