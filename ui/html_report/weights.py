"""What the chosen recipe takes from where, over depth and over tasks, as sections of a report."""

from evolve import layer_weights
from evolve.layer_weights import ALL_PARENTS
from evolve.recipe_words import short, stretches
from search_spaces.recipe import Recipe, parse_recipe
from ui.charts.heat import path_chart, weight_chart
from ui.charts.radar import FEWEST, Profile, profile_chart
from ui.html_report.found import Found
from ui.html_report.parts import Chart, Part, Words

_MOST = 6  # heat maps: a parameter for some tensors each
_MODELS = 6  # around a radar


def layers(found: Found) -> list[Part]:
    """Heat maps of its weights, and which layers run one after the other."""
    chosen = found.summary["chosen"]
    if chosen is None:
        return []
    recipe = parse_recipe(chosen["recipe"])
    config = found.search.config
    names = {reference: name for name, reference in config["parents"].items()}
    names |= {config["base"]: "base", ALL_PARENTS: ALL_PARENTS}
    parts: list[Part] = []
    path = stretches(recipe)
    if path:
        labels = [s.source if s.merged else names.get(s.source, short(s.source)) for s in path]
        parts.append(Chart(path_chart(path, labels), "Which layers run, in their order"))
    for name, part in _wanted(recipe)[:_MOST]:
        weights = layer_weights.weights_at(recipe, name, part=part)
        labels = [names.get(row, short(row)) for row in weights.rows]
        title = name if part is None else f"{name} of {part}"
        parts.append(Words(title, "label"))
        parts.append(Chart(weight_chart(weights, name, labels), f"{title}, layer by layer"))
    return parts


def _wanted(recipe: Recipe) -> list[tuple[str, str | None]]:
    """(parameter, part of the tensors)"""
    wanted: list[tuple[str, str | None]] = []
    for name in layer_weights.parameters_of(recipe):
        parts = layer_weights.filters_of(recipe, name)
        wanted += [(name, part) for part in parts] if parts else [(name, None)]
    return wanted


def tasks(found: Found) -> list[Part]:
    """The chosen recipe against its parents, where there are enough tasks for a shape."""
    goals = found.search.goals
    rows = [
        row
        for row in found.summary["rows"]
        if row["role"] in ("chosen", "parent", "base") and row["average"] is not None
    ]
    rows.sort(key=lambda row: row["role"] != "chosen")
    if len(goals) < FEWEST or not rows or rows[0]["role"] != "chosen":
        return []
    profiles = [
        Profile(row["name"], row["role"], {g.task: row["tasks"][g.task]["mean"] for g in goals})
        for row in rows[:_MODELS]
    ]
    note = "On report items; on every task from the worst of these models to the best."
    return [Words(note, "note"), Chart(profile_chart(profiles, goals), "A shape per model")]
