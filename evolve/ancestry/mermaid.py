"""A pedigree as a Mermaid flowchart, which GitHub and the hub's model cards draw."""

from evolve.ancestry.pedigree import Pedigree
from evolve.ancestry.words import ROLE_WORDS, relation, title
from evolve.visible import visible

# The shape of a box says what a model is.
_SHAPES = {
    "base": ("[", "]"),
    "chosen": ("([", "])"),
    "exported": ("([", "])"),
    "candidate": ("(", ")"),
    "best": ("(", ")"),
    "folded": ("[[", "]]"),
}


def as_mermaid(shown: Pedigree) -> str:
    """`flowchart LR`; labels are quoted, and nothing in a name is syntax or markup."""
    short = {node: f"m{index}" for index, node in enumerate(_in_order(shown))}
    lines = ["flowchart LR"]
    for node, key in short.items():
        known = shown.nodes[node]
        left, right = _SHAPES.get(known.role, ("(", ")"))
        words = [escaped(title(known), 80), f"<i>{ROLE_WORDS.get(known.role, known.role)}</i>"]
        if known.license:
            words.append(escaped(known.license, 40))
        lines.append(f'  {key}{left}"{"<br>".join(words)}"{right}')
    for edge in shown.edges:
        dotted = edge.weight is None or edge.weight < 0
        arrow = "-.->" if dotted else "==>" if abs(edge.weight or 0) >= 0.5 else "-->"
        label = escaped(relation(edge), 40)
        lines.append(f'  {short[edge.parent]} {arrow}|"{label}"| {short[edge.child]}')
    if shown.of in short:
        lines.append(f"  style {short[shown.of]} stroke-width:4px")
    return "\n".join(lines) + "\n"


def escaped(text: str, length: int) -> str:
    """Text in a quoted label: characters of Mermaid, HTML and Markdown by their numbers."""
    clean = visible(" ".join(text.split()))
    clean = clean if len(clean) <= length else clean[: length - 1] + "…"
    return "".join(c if c.isalnum() or c in " .,-/…" else f"#{ord(c)};" for c in clean)


def _in_order(shown: Pedigree) -> list[int]:
    return sorted(shown.nodes, key=lambda n: (shown.depths[n], shown.nodes[n].name, n))
