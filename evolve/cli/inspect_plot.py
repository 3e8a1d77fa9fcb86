"""The plot of `evolve inspect`: heat maps over depth, as one SVG without any script.

Every panel is a strip: layers from left to right, a row per parent, pair or kind of tensor. A cell
tells its value on hovering. Colours are safe for colour-blind readers: one blue ramp for sizes and
shares, blue to orange through white for what has a middle (cosine 0, opposite signs 50 %).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from search_spaces.profile import Inspection, Profile

_CELL_HEIGHT, _MAP_WIDTH, _GAP, _TOP, _RIGHT = 20, 640, 62, 98, 150
_CHAR = 6.6
# Ends and middle of the ramps: Okabe and Ito's blue and vermillion, and near-white.
_PALE, _BLUE, _DARK, _ORANGE = (239, 243, 248), (0, 114, 178), (8, 34, 66), (213, 94, 0)
_NONE = "#d9d9d9"
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Panel:
    """values: rows x layers, NaN where there is none; middle: of a scale with two ends, else
    None.
    """

    title: str
    rows: Sequence[str]
    values: Sequence[Sequence[float]]
    low: float
    high: float
    middle: float | None
    told: Callable[[float], str]


def write_plot(found: Inspection, file: Path, edges: Sequence[int] = ()) -> None:
    """file: .svg, or .html which holds the same picture. edges: of layer groups, to be marked."""
    text = svg(found, edges)
    if file.suffix.lower() == ".html":
        text = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>evolve inspect</title></head><body>{text}</body></html>\n"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def svg(found: Inspection, edges: Sequence[int] = ()) -> str:
    """The whole picture."""
    layers = list(found.by_layer())
    panels = panels_of(found)
    left = 30 + round(_CHAR * max(len(row) for p in panels for row in p.rows))
    parts, y = [], _TOP
    for panel in panels:
        parts.append(_panel(panel, layers, left, y, edges))
        y += _CELL_HEIGHT * len(panel.rows) + _GAP
    width, names = left + _MAP_WIDTH + _RIGHT, ", ".join(found.parents)
    base = Path(found.base).name
    marks = "; dashed: edges of the suggested layer groups" if len(edges) > 2 else ""
    head = _text(24, 34, "What the parents changed, layer by layer", "start", 18, bold=True)
    head += _text(24, 55, f"{names}, against {base}{marks}", "start", 12, "#555")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
        f'viewBox="0 0 {width} {y}" font-family="system-ui, sans-serif">'
        f'<rect width="100%" height="100%" fill="#fff"/>{head}{"".join(parts)}</svg>\n'
    )


def panels_of(found: Inspection) -> list[Panel]:
    """Sizes, signal, cosines, opposite signs and SNR; then each parent's sizes by kind."""
    profiles, names = list(found.by_layer().values()), list(found.parents)
    pairs = [f"{names[i]} - {names[j]}" for i, j in found.pairs]

    def rows(values: Callable[[Profile], Sequence[float]]) -> list[list[float]]:
        table = [list(values(p)) for p in profiles]
        return [list(row) for row in zip(*table, strict=True)]

    panels = [
        _scaled(
            "Size of the change: norm of parent - base, relative to the base's norm",
            names,
            rows(lambda p: p.relative.tolist()),
            _percent,
        )
    ]
    if pairs:
        cosines = rows(lambda p: [float(p.cosines[i, j]) for i, j in found.pairs])
        conflicts = rows(lambda p: [float(p.conflicts[i, j]) for i, j in found.pairs])
        most = max((abs(v) for row in cosines for v in row if math.isfinite(v)), default=1.0)
        reach = min(1.0, max(0.1, math.ceil(most * 10) / 10))
        title = "Cosine between changes"
        panels.append(Panel(title, pairs, cosines, -reach, reach, 0.0, lambda v: f"{v:+.2f}"))
        title = "Opposite signs among the entries in the top 20 % of both changes (chance: 50 %)"
        panels.append(Panel(title, pairs, conflicts, 0.0, 1.0, 0.5, _share))
    signals, snrs = rows(lambda p: p.signals.tolist()), rows(lambda p: p.snrs.tolist())
    title = "Signal: share of the change above the Marchenko-Pastur edge of noise"
    if _finite(signals):
        panels.append(Panel(title, names, signals, 0.0, 1.0, None, _share))
    if _finite(snrs):
        title = "SNR of the parent's weights, as Spectrum (arXiv:2406.06623)"
        panels.append(_scaled(title, names, snrs, lambda v: f"{v:.3g}"))
    return panels + _by_kind(found)


def _by_kind(found: Inspection) -> list[Panel]:
    cells, layers = found.by_layer_and_kind(), list(found.by_layer())
    kinds = list(dict.fromkeys(kind for _, kind in cells))
    panels = []
    for i, name in enumerate(found.parents):
        values = [
            [float(cells[n, k].relative[i]) if (n, k) in cells else math.nan for n in layers]
            for k in kinds
        ]
        panels.append(_scaled(f"Size of the change of {name}, by tensor", kinds, values, _percent))
    return panels


def _scaled(
    title: str,
    rows: Sequence[str],
    values: Sequence[Sequence[float]],
    told: Callable[[float], str],
) -> Panel:
    """From zero to the largest value, without the largest twentieth, which may be an outlier."""
    known = sorted(_finite(values))
    high = known[min(len(known) - 1, int(0.95 * len(known)))] if known else 1.0
    return Panel(title, rows, values, 0.0, high or 1.0, None, told)


def _panel(panel: Panel, layers: Sequence[int], left: int, top: int, edges: Sequence[int]) -> str:
    wide = _MAP_WIDTH / len(layers)
    bottom = top + _CELL_HEIGHT * len(panel.rows)
    parts = [_text(24, top - 10, panel.title, "start", 13, bold=True)]
    for r, (row, values) in enumerate(zip(panel.rows, panel.values, strict=True)):
        y = top + r * _CELL_HEIGHT
        parts.append(_text(left - 8, y + 14, row, "end", 11))
        for n, value in enumerate(values):
            known = math.isfinite(value)
            colour = _colour(panel, value) if known else _NONE
            told = panel.told(value) if known else "none"
            parts.append(
                f'<rect x="{left + n * wide:.2f}" y="{y}" width="{wide - 0.6:.2f}" '
                f'height="{_CELL_HEIGHT - 1}" fill="{colour}">'
                f"<title>{escape(row)}, layer {layers[n]}: {told}</title></rect>"
            )
    step = max(1, math.ceil(len(layers) / 16))
    for n in range(0, len(layers), step):
        parts.append(_text(left + (n + 0.5) * wide, bottom + 13, str(layers[n]), "middle", 10))
    parts.append(_text(left + _MAP_WIDTH / 2, bottom + 28, "layer", "middle", 11, "#555"))
    for edge in edges[1:-1]:
        x = left + edge * wide - 0.3
        for stroke in ('stroke="#fff" stroke-width="3"', 'stroke="#000" stroke-dasharray="3 2"'):
            parts.append(
                f'<line x1="{x:.2f}" y1="{top - 3}" x2="{x:.2f}" y2="{bottom + 2}" {stroke}/>'
            )
    return "".join(parts) + _scale(panel, left + _MAP_WIDTH + 18, top)


def _scale(panel: Panel, x: int, top: int) -> str:
    """The colours of a panel with the values of both ends."""
    steps, wide = 24, 4
    bar = "".join(
        f'<rect x="{x + n * wide}" y="{top}" width="{wide + 0.3}" height="10" '
        f'fill="{_colour(panel, panel.low + (panel.high - panel.low) * n / (steps - 1))}"/>'
        for n in range(steps)
    )
    bar += _text(x, top + 23, panel.told(panel.low), "start", 10, "#555")
    above = panel.middle is None and any(v > panel.high for v in _finite(panel.values))
    end = ("≥ " if above else "") + panel.told(panel.high)
    return bar + _text(x + steps * wide, top + 23, end, "end", 10, "#555")


def _colour(panel: Panel, value: float) -> str:
    if panel.middle is None:
        share = min(1.0, max(0.0, (value - panel.low) / (panel.high - panel.low)))
        if share < 0.6:
            return _between(_PALE, _BLUE, share / 0.6)
        return _between(_BLUE, _DARK, (share - 0.6) / 0.4)
    if value < panel.middle:
        share = min(1.0, (panel.middle - value) / (panel.middle - panel.low))
    else:
        share = min(1.0, (value - panel.middle) / (panel.high - panel.middle))
    # Orange is what may hurt: changes that point against each other.
    hurts = (value < panel.middle) == (panel.middle == 0.0)
    return _between((247, 247, 247), _ORANGE if hurts else _BLUE, share)


def _between(a: Colour, b: Colour, share: float) -> str:
    return "#" + "".join(f"{round(p + (q - p) * share):02x}" for p, q in zip(a, b, strict=True))


def _finite(values: Sequence[Sequence[float]]) -> list[float]:
    return [v for row in values for v in row if math.isfinite(v)]


def _percent(value: float) -> str:
    return f"{100 * value:.2g} %"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str,
    size: int,
    fill: str = "#000",
    *,
    bold: bool = False,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{fill}"{weight}>{escape(text)}</text>'
    )
