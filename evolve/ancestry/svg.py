"""A pedigree as a picture: SVG that stands alone, in light and in dark, without any script."""

from xml.sax.saxutils import escape

from evolve.ancestry.layout import places
from evolve.ancestry.pedigree import Edge, Node, Pedigree, in_cycles
from evolve.ancestry.words import RELATION_WORDS, ROLE_WORDS, relation, shortened, title
from evolve.visible import visible

_STEP_X, _STEP_Y, _MARGIN, _LEGEND = 210.0, 58.0, 40.0, 64.0
_LABELLED = 300  # models; more have their names as tool tips only
_WEIGHED = 40  # edges; more have their weights as tool tips only
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; text-anchor: middle }
.small { font-size: 10.5px; fill: #59636e }
.left { text-anchor: start }
.edge { fill: none; stroke: #8c8c8c; stroke-opacity: .55 }
.ring { stroke: #d55e00; stroke-opacity: .9 }
.node { stroke: #ffffff; stroke-width: 1.5 }
.page { fill: #ffffff }
.of { stroke: #1f2328; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 } .page { fill: #0d1117 }
  .node { stroke: #0d1117 } .of { stroke: #f0f6fc }
}"""
_COLOURS = {
    "base": "#8C8C8C",
    "parent": "#0072B2",
    "imported": "#CC79A7",
    "exported": "#D55E00",
    "chosen": "#009E73",
    "best": "#56B4E9",
    "candidate": "#56B4E9",
    "folded": "#8C8C8C",
}
_DASHES = {
    "base": "2 4",
    "negative": "8 5",
    "finetune": "14 5",
    "adapter": "10 4 2 4",
    "quantized": "14 4 2 4",
}


def as_svg(shown: Pedigree) -> str:
    """Parents left, children right, edges as thick as the weight, with a legend."""
    at = places(shown)
    wide, high = max((x for x, _ in at.values()), default=0.0), [y for _, y in at.values()]
    top = max(high, default=0.0)
    spread = 1.0 if len(at) <= _LABELLED else 0.35
    width = 2 * _MARGIN + 120 + wide * _STEP_X
    height = _LEGEND + 2 * _MARGIN + 20 + (top - min(high, default=0.0)) * _STEP_Y * spread
    rings = in_cycles((e.parent, e.child) for e in shown.edges)
    legend, legend_width = _legend(shown, bool(rings))
    width = max(width, legend_width, 480.0)
    left = _MARGIN + 60 + max(0.0, (width - 2 * _MARGIN - 120 - wide * _STEP_X) / 2)
    spot = {
        node: (left + x * _STEP_X, _LEGEND + _MARGIN + (top - y) * _STEP_Y * spread)
        for node, (x, y) in at.items()
    }
    body = [legend]
    body += [_edge(e, shown, spot, (e.parent, e.child) in rings) for e in shown.edges]
    body += [_node(n, spot[i], shown, len(at) <= _LABELLED) for i, n in shown.nodes.items()]
    inside = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">\n'
        f"<title>Family tree of {len(shown.nodes):,} models</title>\n<style>{_STYLE}</style>\n"
        f'<rect class="page" width="100%" height="100%"/>\n{inside}\n</svg>\n'
    )


def dash_of(edge: Edge) -> str:
    """Of `_DASHES`; solid for a positive weight and for a merge whose weights are not known."""
    if edge.weight is not None and edge.weight < 0:
        return "negative"
    return edge.role if edge.weight is None and edge.role in _DASHES else "solid"


def _edge(edge: Edge, shown: Pedigree, spot: dict[int, tuple[float, float]], ring: bool) -> str:
    (x0, y0), (x1, y1) = spot[edge.parent], spot[edge.child]
    bend = (x1 - x0) / 2
    path = (
        f"M{x0:.1f} {y0:.1f}C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    )
    if edge.parent == edge.child:
        path = f"M{x0:.1f} {y0:.1f}c-46 -56 46 -56 0 0"
    elif x0 == x1:
        bow = 46 if y1 > y0 else -46
        path = f"M{x0:.1f} {y0:.1f}Q{x0 + bow:.1f} {(y0 + y1) / 2:.1f} {x1:.1f} {y1:.1f}"
    thick = 1.2 if edge.weight is None else 1.2 + 6 * min(1.0, abs(edge.weight))
    dash = _DASHES.get(dash_of(edge), "")
    style = f' stroke-dasharray="{dash}"' if dash else ""
    names = " → ".join(_text(title(shown.nodes[i]), 60) for i in (edge.parent, edge.child))
    found = (
        f'<path class="edge{" ring" * ring}" d="{path}" stroke-width="{thick:.1f}"{style}>'
        f"<title>{_text(relation(edge), 40)}: {names}</title></path>"
    )
    if len(shown.edges) <= _WEIGHED and x0 != x1:
        # A third of the way, where edges to one child are still apart.
        x, y = x0 + (x1 - x0) * 0.36, y0 + (y1 - y0) * 0.27
        found += (
            f'<text class="small" x="{x:.1f}" y="{y - 5:.1f}">{_text(relation(edge), 40)}</text>'
        )
    return found


def _node(node: Node, spot: tuple[float, float], shown: Pedigree, labelled: bool) -> str:
    x, y = spot
    score = "" if node.score is None else f", score {node.score:.3f}"
    words = f"{ROLE_WORDS.get(node.role, node.role)}{score}"
    licence = f", {node.license}" if node.license else ""
    mark = "node of" if node.id == shown.of else "node"
    shape = _shape(node.role, x, y, 9.0 if labelled else 4.0)
    tip = f"{_text(title(node), 200)}: {_text(words + licence, 200)}"
    colour = _COLOURS.get(node.role, "#8C8C8C")
    found = f'<g class="{mark}" fill="{colour}"><title>{tip}</title>{shape}</g>'
    if labelled:
        found += f'<text x="{x:.1f}" y="{y + 23:.1f}">{_text(title(node), 28)}</text>'
        found += f'<text class="small" x="{x:.1f}" y="{y + 36:.1f}">{_text(words, 40)}</text>'
    return found


def _shape(role: str, x: float, y: float, size: float) -> str:
    if role == "base":
        return (
            f'<rect x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}"/>'
        )
    corners = {
        "best": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
        "imported": ((0, -1.1), (1.05, -0.3), (0.65, 0.95), (-0.65, 0.95), (-1.05, -0.3)),
        "exported": ((-0.6, -1), (0.6, -1), (1.15, 0), (0.6, 1), (-0.6, 1), (-1.15, 0)),
        "chosen": (
            *((0, -1.4), (0.4, -0.5), (1.35, -0.4), (0.65, 0.25), (0.85, 1.15), (0, 0.7)),
            *((-0.85, 1.15), (-0.65, 0.25), (-1.35, -0.4), (-0.4, -0.5)),
        ),
    }.get(role)
    if corners is None:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'
    points = " ".join(f"{x + size * a:.1f},{y + size * b:.1f}" for a, b in corners)
    return f'<polygon points="{points}"/>'


def _legend(shown: Pedigree, rings: bool) -> tuple[str, float]:
    """(what shapes and lines mean, of those that are there; how wide that is)"""
    roles = [r for r in _COLOURS if any(n.role == r for n in shown.nodes.values())]
    kinds = {dash_of(e): e for e in shown.edges}
    found, x = [], 24.0
    for role in roles:
        word = ROLE_WORDS[role]
        found.append(f'<g class="node" fill="{_COLOURS[role]}">{_shape(role, x, 22, 6.5)}</g>')
        found.append(f'<text class="small left" x="{x + 12:.0f}" y="26">{word}</text>')
        x += 34 + 6.2 * len(word)
    wide, x = x, 16.0
    for kind, edge in sorted(kinds.items()):
        weighed = edge.weight is not None
        word = {
            "solid": "as thick as the weight" if weighed else "merged",
            "negative": "negative weight",
        }.get(kind, RELATION_WORDS.get(kind, kind))
        dash = f' stroke-dasharray="{_DASHES[kind]}"' if kind in _DASHES else ""
        found.append(f'<path class="edge" d="M{x:.0f} 46h34" stroke-width="2.5"{dash}/>')
        found.append(f'<text class="small left" x="{x + 40:.0f}" y="50">{word}</text>')
        x += 60 + 6.2 * len(word)
    if rings:
        found.append(f'<path class="edge ring" d="M{x:.0f} 46h34" stroke-width="2.5"/>')
        found.append(f'<text class="small left" x="{x + 40:.0f}" y="50">cycle</text>')
        x += 90
    return "".join(found), max(wide, x)


def _text(text: str, length: int) -> str:
    clean = visible(" ".join(text.split())).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return escape(shortened(clean, length), {'"': "&quot;"})
