"""Numbers, and text that others wrote (names of models, reasons of failures), for people."""

import html
import re
from collections.abc import Mapping
from typing import Any

from evolve.store import TrialRow
from evolve.visible import visible

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$&^=\"'])")
_WORD_JOINER = "\u2060"
# What would become a link, an emoji, an icon or a directive: www. and @ as well as a colon.
_JOINED = re.compile(r"([:@]|\bwww(?=\\?\.))", re.IGNORECASE)
# In Plotly's texts: %{...} in hover texts, $...$ where there is MathJax.
_PLOTLY = str.maketrans({"%": "&#37;", "$": "&#36;", "{": "&#123;"})


def plain(text: str) -> str:
    """Others' text for a place that renders markdown: shown as it is, never as markup.

    A word joiner after each colon, @ and www keeps them from becoming emoji, icons, directives or
    links.
    """
    found = _MARKDOWN.sub(r"\\\1", visible(" ".join(text.split())))
    return _JOINED.sub(r"\1" + _WORD_JOINER, found)


def for_plotly(text: str, length: int = 0) -> str:
    """Others' text for a chart, where tags mean something; cut to `length` if given."""
    text = visible(" ".join(text.split()))
    text = shortened(text, length) if length else text
    return html.escape(text, quote=False).translate(_PLOTLY)


def shortened(text: str, length: int) -> str:
    """At most `length` characters: the middle gives way, so that both ends stay readable."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def score(value: float | None) -> str:
    """Three decimals, or a dash for what is not known."""
    return "—" if value is None else f"{value:.3f}"


def estimated(trial: TrialRow) -> str:
    """A trial's search score and what it rests on: `0.512 ± 0.020, stopped early after 45 items`.

    ± is the standard error of an estimate; a score of all items has none.
    """
    shown = score(trial.fitness) + ("" if trial.error is None else f" ± {trial.error:.3f}")
    if trial.state == "pruned":
        return f"{shown}, stopped early after {trial.items:,} items"
    return shown if trial.items is None else f"{shown}, {trial.items:,} items"


def interval(found: Mapping[str, Any] | None) -> str:
    """found: an `evolve.statistics.Interval` as a dict; `0.512 [0.470, 0.553]`."""
    if found is None:
        return "—"
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def gain(found: Mapping[str, Any]) -> str:
    """A difference with its sign: `+0.035 [+0.020, +0.051]`."""
    return f"{found['mean']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]"


def duration(seconds: float | None) -> str:
    """The two largest units: `3 h 12 min`, `42 s`."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    for size, name, smaller, smaller_name in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // smaller
            return (
                f"{whole // size} {name} {rest} {smaller_name}"
                if rest
                else f"{whole // size} {name}"
            )
    return f"{whole} s"


def file_name(text: str) -> str:
    """A name that is safe as a file's: letters, digits, dot, dash and underscore."""
    return re.sub(r"[^\w.-]+", "-", text).strip(".-") or "recipe"
