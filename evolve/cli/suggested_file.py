"""A search file from what was measured of its parents, with the reason on every line."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from evolve.suggestion import Suggestion, suggest
from search_spaces.errors import ConfigError
from search_spaces.profile import Inspection

_TASKS = """\
# TODO: name lm-eval tasks for every skill that counts, and take away the '#', e.g.
# tasks:
#   - {name: arc_easy, metric: acc}
#   - {name: mine, weight: 2.0}  # of your own: its YAML lies in a folder of task_folders
"""


def write_suggestion(
    found: Inspection, file: Path, tasks: Sequence[str], task_folders: Sequence[Path]
) -> Suggestion:
    """Raises: ConfigError where the file exists already."""
    suggestion = suggest(found)
    text = suggested_text(found, suggestion, file.stem, tasks, task_folders)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise already_there(file) from None
    return suggestion


def already_there(file: Path) -> ConfigError:
    return ConfigError(
        f"{file}: exists already, and may have been edited; give another name to --suggest, or "
        "remove it"
    )


def suggested_text(
    found: Inspection,
    suggestion: Suggestion,
    name: str,
    tasks: Sequence[str],
    task_folders: Sequence[Path],
) -> str:
    """The file. Of the parents' paths, `found` has what goes into it."""
    lines: list[tuple[str, str]] = [
        ("# By `evolve inspect`, from the parents' weights alone. Its rules of thumb:", ""),
        ("# evolve/suggestion.py; the search decides.", ""),
        (f"name: {_scalar(_plain(name))}", ""),
        (f"base: {_scalar(found.base)}", ""),
        ("parents:", ""),
        *((f"  {_scalar(n)}: {_scalar(path)}", "") for n, path in found.parents.items()),
        (f"dtype: {found.dtype}", "that of the base's weights"),
        ("", ""),
        ("space:", ""),
        *_space(suggestion),
        ("", ""),
    ]
    width = min(60, max(len(line) for line, why in lines if why)) + 2
    text = "".join(f"{line:<{width}}# {why}\n" if why else f"{line}\n" for line, why in lines)
    return text + _task_lines(tasks, task_folders) + "budget: {trials: 100}\n"


def _space(found: Suggestion) -> list[tuple[str, str]]:
    """(line, reason) of the space block."""
    methods = found.methods[0] if len(found.methods) == 1 else f"[{', '.join(found.methods)}]"
    edges = "1" if len(found.edges) == 2 else str(list(found.edges))
    lines = [(f"  method: {methods}", found.why_method)]
    lines.append((f"  layer_groups: {edges}", found.why_groups))
    for (first, end), told in zip(pairwise(found.edges), found.groups, strict=True):
        span = f"layer {first}" if end - first == 1 else f"layers {first}-{end - 1}"
        lines.append((f"  # {span}: {told}", ""))
    lines.append(("  bounds:", ""))
    for name, span_ in found.weights.items():
        lines.append((f'    "weight.{name}": [{span_.low:g}, {span_.high:g}]', span_.why))
    if "ties" in found.methods:
        line = "  fixed: {density: 0.2, normalize: false}"
        lines.append((line, "ties: the largest fifth of each; weights need not sum to one"))
    return lines


def _task_lines(tasks: Sequence[str], folders: Sequence[Path]) -> str:
    text = "tasks:\n" + "".join(f"  - {{name: {_scalar(t)}}}\n" for t in tasks)
    if not tasks:
        text = _TASKS
    if folders:
        listed = ", ".join(_scalar(str(f.expanduser().absolute())) for f in folders)
        text += f"task_folders: [{listed}]\n"
    return text


def _scalar(text: str) -> str:
    """As YAML holds a string in one line: bare, or quoted where it must be."""
    if not text.isprintable():
        return json.dumps(text)
    return str(yaml.safe_dump([text], default_flow_style=True, width=10**6, allow_unicode=True))[
        1:-2
    ]


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name) or "search"
