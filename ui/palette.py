"""Colours and marker shapes, the same on every chart; no meaning rests on colour alone.

Colours: Okabe and Ito's set for colour-blind readers (jfly.uni-koeln.de/color), without its
yellow, which is lost on white, and its black, which is lost on black.
"""

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
    "optimizer": "optimizer",
    "mean": "optimizer's mean",
    "start": "starting point",
    "ablation": "ablation",
}
