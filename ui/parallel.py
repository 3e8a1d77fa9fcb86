"""Parallel coordinates as a component of the page: the browser draws, brushes and tells what is
brushed; see parallel.js and parallel.css beside this file.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from evolve.visible import visible
from search_spaces.space import Gene
from ui.columns import Columns
from ui.filters import SCORE, Brush
from ui.formats import shortened
from ui.palette import SCALE, between

_HERE = Path(__file__).parent
_SHADES = 32
_component = st.components.v2.component(
    "evolve_parallel",
    html='<div class="parallel" data-testid="parallel" role="group" '
    'aria-label="Parallel coordinates of the trials"></div>',
    css=(_HERE / "parallel.css").read_text("utf-8"),
    js=(_HERE / "parallel.js").read_text("utf-8"),
)


def data_of(
    trials: Columns,
    shown: NDArray[np.int64],
    passes: NDArray[np.bool_],
    genes: Sequence[Gene],
    values: NDArray[np.float32],
    brushes: Sequence[Brush],
    count: int,
) -> dict[str, Any]:
    """What parallel.js draws: axes, a row per trial, and what is brushed.

    shown: positions of the trials drawn; passes: which of them are not faded, (len(shown),);
    values: of the genes that have an axis, (len(shown), len(genes)); count: how often something
    was brushed.
    """
    scores = trials.fitness[shown]
    low, high = _ends(trials.fitness)  # of all, so that the axis stays when the filter changes
    axes = [_axis(g, values[:, i]) for i, g in enumerate(genes)]
    axes.append(_number_axis(SCORE, low, high, False, bool(np.isnan(scores).any())))
    names = {axis["name"] for axis in axes}
    rows = [
        {
            "number": int(number),
            "state": int(state),
            "passes": bool(kept),
            "score": _short(score),
            "values": [*(_short(v) for v in row), _short(score)],
        }
        for number, state, kept, score, row in zip(
            trials.number[shown], trials.state[shown], passes, scores, values, strict=True
        )
    ]
    return {
        "axes": axes,
        "rows": rows,
        "brushes": {b.axis: [b.low, b.high] for b in brushes if b.axis in names},
        "count": count,
        "colours": [between(SCALE, i / (_SHADES - 1)) for i in range(_SHADES)],
        "low": low,
        "high": high,
    }


def draw(data: dict[str, Any], key: str, on_brush: Callable[[], None]) -> None:
    """data: of `data_of`; on_brush is called with `st.session_state[key]["brushed"]` set to
    {"count": int, "brushes": axis -> (low, high)}, which a browser sent.
    """
    _component(key=key, data=data, on_brushed_change=on_brush)


def _axis(gene: Gene, values: NDArray[np.float32]) -> dict[str, Any]:
    absent = bool(np.isnan(values).any())
    if not gene.choices:
        return _number_axis(gene.name, gene.low, gene.high, gene.log, absent)
    last = len(gene.choices) - 0.5
    choices = [shortened(visible(choice), 16) for choice in gene.choices]
    return _number_axis(gene.name, -0.5, last, False, absent) | {"choices": choices}


def _number_axis(name: str, low: float, high: float, log: bool, absent: bool) -> dict[str, Any]:
    """absent: do some genomes not have it?"""
    label = shortened(visible(name), 48)
    ends = {"low": low, "high": high, "log": log}
    return {"name": name, "label": label, "choices": [], "absent": absent} | ends


def _ends(scores: NDArray[np.float64]) -> tuple[float, float]:
    known = scores[~np.isnan(scores)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def _short(value: float) -> float | None:
    """Four digits; None for NaN."""
    return None if np.isnan(value) else float(f"{value:.4g}")
