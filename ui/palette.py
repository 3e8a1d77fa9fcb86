"""Colours and marker shapes, the same on every chart; no meaning rests on colour alone.

Colours: Okabe and Ito's set for colour-blind readers (jfly.uni-koeln.de/color), without its
yellow, which is lost on white, and its black, which is lost on black.
"""

from collections.abc import Sequence

GREY = "#8C8C8C"
BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
PURPLE = "#CC79A7"
GREEN = "#009E73"
VERMILLION = "#D55E00"
FAINT = "rgba(140, 140, 140, 0.25)"

# A trial that was stopped early is grey and hollow.

# What a model is: its colour, its marker, and what a page calls it. The keys are `evolve.report`'s
# roles and, below them, those of the family tree.
COLOURS = {
    "base": GREY,
    "parent": BLUE,
    "plain": ORANGE,
    "one_scale": PURPLE,
    "chosen": GREEN,
    "exported": VERMILLION,
    "best": SKY,
    "candidate": SKY,
    "imported": PURPLE,
    "folded": GREY,
}
MARKERS = {
    "base": "square",
    "parent": "circle",
    "plain": "triangle-up",
    "one_scale": "diamond",
    "chosen": "star",
    "exported": "hexagon",
    "best": "diamond",
    "candidate": "circle-open",
    "imported": "pentagon",
    "folded": "circle-cross",
}
NAMES = {
    "base": "base",
    "parent": "parent",
    "plain": "plain merge",
    "one_scale": "one tuned scale",
    "chosen": "chosen",
    "exported": "exported",
    "best": "best search score",
    "candidate": "candidate",
    "imported": "imported",
    "folded": "folded: click to unfold",
    "optimizer": "optimizer",
    "mean": "optimizer's mean",
    "start": "starting point",
    "ablation": "ablation",
}

# Of scores, from the lowest to the highest, after Cividis (Nunez et al. 2018), without its ends:
# its dark blue is lost on black and its yellow on white.
SCALE = ("#4A6491", "#74809A", "#999080", "#C2A05A", "#E69F00")


def between(colours: Sequence[str], place: float) -> str:
    """The colour at a place from 0, the first of them, to 1, the last. colours: as #RRGGBB."""
    at = min(1.0, max(0.0, place)) * (len(colours) - 1)
    first = min(int(at), len(colours) - 2)
    ends = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours[first : first + 2]]
    mixed = (round(a + (b - a) * (at - first)) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)
