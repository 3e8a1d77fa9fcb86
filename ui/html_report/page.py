"""Sections -> one HTML file."""

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ui.charts.frame import GRID
from ui.html_report.found import Found
from ui.html_report.parts import Chart, text, written
from ui.html_report.sections import SECTIONS

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
_STATES = {
    "running": "It is still running; what follows is what there was then.",
    "stopped": "It was stopped before its verdict; what follows is what there was then.",
    "failed": "It failed before its verdict; what follows is what there was then.",
}
# What would end a block of data early, and two line ends of JavaScript that JSON allows.
_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def page(found: Found) -> str:
    """The whole file. Only its own two scripts may run in it, and nothing may be fetched."""
    charts: list[go.Figure] = []
    contents: list[str] = []
    body: list[str] = []
    for section in SECTIONS:
        parts = section.parts(found)
        if not parts:
            continue
        name = f"s{len(contents)}"
        contents.append(f'<li><a href="#{name}">{text(section.title)}</a></li>')
        inside = []
        for part in parts:
            inside.append(written(part, len(charts)))
            if isinstance(part, Chart):
                charts.append(part.figure)
        body.append(
            f'<section id="{name}"><h2>{text(section.title)}</h2>{"".join(inside)}</section>'
        )
    scripts = (get_plotlyjs(), _file("page.js"))
    title = text(f"{found.search.name}: report")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        f'<link rel="icon" href="data:,"><title>{title}</title><style>{_file("page.css")}</style>'
        f"</head><body>{_header(found)}"
        f'<div class="columns"><nav aria-label="Contents"><ol>{"".join(contents)}</ol></nav>'
        f"<main>{''.join(body)}</main></div>"
        f'<script type="application/json" id="charts">{_data(charts)}</script>'
        f"{''.join(f'<script>{script}</script>' for script in scripts)}</body></html>\n"
    )


def _header(found: Found) -> str:
    search = found.search
    when = f"{found.made_at:%Y-%m-%d}, as of {found.made_at:%H:%M} UTC"
    state = _STATES.get(search.state)
    said = (
        "" if state is None else f'<p class="warning">As of {found.made_at:%H:%M} UTC. {state}</p>'
    )
    return (
        f'<header><p class="kind">Report of a search for a merge of language models</p>'
        f'<h1>{text(search.name)} <span class="state {text(search.state)}">{text(search.state)}'
        f"</span></h1>"
        f'<p class="note">{when}; search {text(search.digest[:12])}</p>{said}</header>'
    )


def _policy(scripts: tuple[str, ...]) -> str:
    """Scripts by their hashes, so that no other one runs even if a name slipped through."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
        for s in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(charts: list[go.Figure]) -> str:
    """All figures as JSON, in a block that no text of theirs can leave."""
    found = [json.loads(_plain(chart).to_json()) for chart in charts]
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False).translate(_IN_SCRIPT)


def _plain(figure: go.Figure) -> go.Figure:
    """Without Plotly's own look; colours of text come with the page's, light or dark."""
    axis: dict[str, Any] = {"gridcolor": GRID, "zerolinecolor": GRID, "automargin": True}
    look = {"font": {"family": _FONT, "size": 13}, "xaxis": axis, "yaxis": axis}
    return go.Figure(figure).update_layout(template={"layout": look})


@cache
def _file(name: str) -> str:
    return (resources.files("ui.html_report") / name).read_text(encoding="utf-8")
