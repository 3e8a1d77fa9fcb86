"""The picture of `search.py`: median regret against trials, one panel per function, as SVG."""

import math
from collections.abc import Callable

import numpy as np
from layouts import FloatArray
from search_functions import NAMES
from search_simulation import checkpoints
from search_tables import PLAIN_WORKERS, RIVAL, Found, curves

Scale = Callable[[float], float]  # from data to pixels

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 330, 230, 60, 60, 150
# Colours of Okabe and Ito, which colour-blind readers tell apart.
_COLOURS = {
    RIVAL: "#d55e00",
    "optuna-cmaes": "#e69f00",
    "random": "#777777",
    "tpe": "#cc79a7",
    "gp": "#009e73",
    "thompson": "#56b4e9",
}
_DEFAULT = "#0072b2"


def svg(found: Found, default: str) -> str:
    """The default, both rivals, random points and the models of the score, on 8 workers; medians,
    and quartiles of the default and of mergekit-evolve.
    """
    functions = [f for f in NAMES if (f, default, PLAIN_WORKERS) in found]
    columns = min(3, max(1, len(functions)))
    body = []
    for number, function in enumerate(functions):
        left = _LEFT + (number % columns) * (_WIDTH + _GAP)
        top = _TOP + (number // columns) * (_HEIGHT + 110)
        body.append(_panel(found, function, default, left, top))
    width = _LEFT + columns * (_WIDTH + _GAP)
    height = _TOP + math.ceil(len(functions) / columns) * (_HEIGHT + 110)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(body)}</svg>\n"
    )


def _panel(found: Found, function: str, default: str, left: int, top: int) -> str:
    shown = {
        name: np.percentile(curves(found[function, name, PLAIN_WORKERS]), (25, 50, 75), axis=0)
        for name in (default, *_COLOURS)
        if (function, name, PLAIN_WORKERS) in found
    }
    every = np.concatenate([v[1] for v in shown.values()])
    high = float(10 ** math.ceil(math.log10(every.max())))
    low = float(10 ** math.floor(math.log10(max(every.min(), high / 1000))))
    bottom = top + _HEIGHT
    first, last = checkpoints(1000)[0], 1000

    def x(trials: float) -> float:
        return left + math.log(trials / first) / math.log(last / first) * _WIDTH

    def y(regret: float) -> float:
        share = math.log(max(regret, low) / low) / math.log(high / low)
        return bottom - min(1.0, share) * _HEIGHT

    parts = [
        _text(left, top - 22, function.replace("-", ", ") + " genes", "start", "#000", "bold"),
        _text(left, top - 6, "median regret, points", "start", "#333"),
        _line(left, bottom, left + _WIDTH, bottom),
        _line(left, bottom, left, top),
        _text(
            left + _WIDTH / 2, bottom + 34, f"trials, {PLAIN_WORKERS} workers", "middle", "#333"
        ),
    ]
    for trials in (10, 30, 100, 300, 1000):
        parts.append(_line(x(trials), bottom, x(trials), bottom + 4))
        parts.append(_text(x(trials), bottom + 17, f"{trials:,}", "middle", "#333"))
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        for step in (1, 3):
            regret = step * 10.0**power
            if low <= regret <= high:
                parts.append(_line(left, y(regret), left + _WIDTH, y(regret), "#e5e5e5"))
                parts.append(_text(left - 6, y(regret) + 4, f"{regret:g}", "end", "#333"))
    for name in (RIVAL, default):
        if name in shown:
            parts.append(_band(shown[name], _colour(name, default), x, y))
    for name, values in shown.items():
        parts.append(_curve(values[1], _colour(name, default), name == default, x, y))
    ends = {n: (len(v[1]), y(float(v[1][-1]))) for n, v in shown.items()}
    for name, height in _apart({n: h for n, (_, h) in ends.items()}).items():
        end = x(checkpoints(1000)[ends[name][0] - 1])
        # A line that ends early is labelled at its end, the others beside the panel.
        across, up = (
            (end + 4, ends[name][1] - 5) if end < left + _WIDTH - 1 else (end + 6, height + 4)
        )
        parts.append(_text(across, up, name, "start", _colour(name, default)))
    return "".join(parts)


def _apart(heights: dict[str, float], least: float = 13.0) -> dict[str, float]:
    """Heights of labels, moved down until none covers another."""
    found: dict[str, float] = {}
    lowest = -math.inf
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        lowest = max(height, lowest + least)
        found[name] = lowest
    return found


def _colour(name: str, default: str) -> str:
    return _DEFAULT if name == default else _COLOURS[name]


def _curve(values: FloatArray, colour: str, heavy: bool, x: Scale, y: Scale) -> str:
    trail = " ".join(
        f"{x(n):.1f},{y(float(v)):.1f}" for n, v in zip(checkpoints(1000), values, strict=False)
    )
    width = 2.4 if heavy else 1.4
    return f'<polyline points="{trail}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _band(values: FloatArray, colour: str, x: Scale, y: Scale) -> str:
    """values: quartiles and median, (3, n_checkpoints)."""
    at = checkpoints(1000)[: values.shape[1]]
    there = [f"{x(n):.1f},{y(float(v)):.1f}" for n, v in zip(at, values[0], strict=True)]
    back = [f"{x(n):.1f},{y(float(v)):.1f}" for n, v in zip(at, values[2], strict=True)]
    points = " ".join(there + back[::-1])
    return f'<polygon points="{points}" fill="{colour}" opacity="0.12"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = "#000") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str, weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-weight="{weight}">{text}</text>'
    )
