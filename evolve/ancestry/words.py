"""What exports say of models and edges, in words."""

from evolve.ancestry.pedigree import Edge, Node

ROLE_WORDS = {
    "base": "base",
    "parent": "parent",
    "imported": "imported",
    "exported": "exported merge",
    "chosen": "chosen merge",
    "best": "best of its search",
    "candidate": "candidate",
    "folded": "folded",
}
RELATION_WORDS = {
    "base": "base",
    "parent": "merged",
    "merge": "merged",
    "finetune": "fine-tuned",
    "adapter": "adapter of",
    "quantized": "quantized",
}


def relation(edge: Edge) -> str:
    """What stands on an edge: its weight, or what was done."""
    if edge.weight is not None:
        return f"{edge.weight:.2f}"
    return RELATION_WORDS.get(edge.role, edge.role)


def title(node: Node) -> str:
    """Trials are numbered anew in every search, so that a candidate's name needs its search."""
    if node.role in ("candidate", "chosen", "best") and node.search is not None:
        return f"{node.name} of {node.search}"
    return node.name


def shortened(text: str, length: int) -> str:
    """At most `length` characters: the middle gives way."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"
