"""How a search was made, and how its model is made again, as sections of its report."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from evolve.masking import masked
from evolve.pricing import money
from evolve.recipe_words import described
from search_spaces.recipe import parse_recipe
from ui.charts.genes import gene_chart
from ui.charts.workers import worker_chart
from ui.commands import shown
from ui.formats import duration, file_name
from ui.html_report.found import Found
from ui.html_report.parts import Chart, Code, Facts, Part, Table, Words
from ui.tables import goal_label

_PRIVATE = ("store", "sinks")  # of this place and its owner, and no part of what was searched
_MOST_GENES = 60  # of a chart


def recipe(found: Found) -> list[Part]:
    """Of the chosen trial."""
    chosen = found.summary["chosen"]
    if chosen is None:
        return []
    words = described(parse_recipe(chosen["recipe"])).replace("`", "")  # Markdown's, for cards
    parts: list[Part] = [Words(f"{chosen['name']}: {words}.")]
    genome = chosen["genome"] or {}
    numbers = [g for g in found.search.genes if isinstance(genome.get(g["name"]), int | float)]
    if 0 < len(numbers) <= _MOST_GENES:
        note = "Green: the value that was found. Grey: the bounds it was searched in."
        figure = gene_chart(genome, found.search.genes)
        parts += [Words(note, "note"), Chart(figure, "Values of the genes inside their bounds")]
    choices = [(name, value) for name, value in genome.items() if isinstance(value, str)]
    if choices:
        parts.append(Facts(choices))
    return [*parts, Code(chosen["recipe"], "As mergekit reads it")]


def commands(found: Found) -> list[Part]:
    """From the store, from the recipe, and by mergekit."""
    chosen = found.summary["chosen"]
    if chosen is None:
        return []
    folder = f"./{file_name(found.search.name)}"
    lines = shown(found.search.digest[:12], None, folder, None)
    return [
        Words(
            "With the database of the search; or with its recipe alone, saved as recipe.yml, by "
            "Evolve or by mergekit. The first two give the same tensors, the third the same to "
            "rounding, but for random masks and noise."
        ),
        Code(lines),
    ]


def setup(found: Found) -> list[Part]:
    """Parents, space, optimizer and limits; the whole search file is folded."""
    config = found.search.config
    budget = config["budget"]
    limits = [
        f"{budget['trials']:,} trials" if budget.get("trials") else "",
        f"{budget['hours']:g} hours" if budget.get("hours") else "",
        money(budget["usd"]) if budget.get("usd") else "",
    ]
    models = [["base", "base", config["base"]]]
    models += [[name, "parent", reference] for name, reference in config["parents"].items()]
    pairs = [
        ("space", _block(config["space"])),
        ("genes", f"{len(found.search.genes)}"),
        ("optimizer", _block(config["optimizer"])),
        ("limits", ", ".join(limit for limit in limits if limit) or "none"),
        ("data type", str(config.get("dtype", "—"))),
    ]
    kept = {name: value for name, value in config.items() if name not in _PRIVATE}
    text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)
    return [
        Table(["model", "what it is", "from"], models),
        Facts(pairs),
        Code(masked(text), "The search file with every default", folded=True),
    ]


def items(found: Found) -> list[Part]:
    """Items per task and split, metrics, weights; the seed of every draw."""
    splits = [s for s in ("search", "validation", "report") if s in found.items]
    lines = [
        [goal_label(goal), f"{goal.weight:g}", *(_count(found, s, goal.task) for s in splits)]
        for goal in found.search.goals
    ]
    heads = ["task", "weight", *(f"{split} items" for split in splits)]
    return [
        Table(heads, lines, numbers=frozenset(range(1, len(heads)))),
        Words(
            "Search items choose where to look, validation items choose the recipe, report items "
            "are used once, for the verdict. They are disjoint by their content. Every random "
            f"draw comes from seed {found.search.config['seed']}.",
            "note",
        ),
    ]


def _count(found: Found, split: str, task: str) -> str:
    count = found.items[split].get(task)
    return "—" if count is None else f"{count:,}"


def cost(found: Found) -> list[Part]:
    """Hours of drivers and workers, and dollars where a price is known."""
    search, now = found.search, found.summary["progress"]
    pairs = [
        ("begun", f"{search.created_at:%Y-%m-%d %H:%M} UTC"),
        *([("ended", f"{search.finished_at:%Y-%m-%d %H:%M} UTC")] if search.finished_at else []),
        ("time spent", duration(search.active_s)),
        ("worker hours", f"{now['worker_hours']:,.3g}"),
        ("search items scored", _share(now)),
    ]
    if search.state != "finished" and now["seconds_left"] is not None:
        pairs.append(("time left", f"about {duration(now['seconds_left'])}"))
    if now["usd_spent"] is not None:
        pairs.append(("spent", f"{money(now['usd_spent'])}, {money(now['usd_per_hour'])} an hour"))
        if now["usd_left"]:
            pairs.append(("in all", f"about {money(now['usd_projected'])}"))
        if now["usd_per_trial"] is not None:
            pairs.append(("per trial", money(now["usd_per_trial"])))
    return [Facts(pairs)]


def _share(now: Mapping[str, Any]) -> str:
    spent, full = now["items_spent"], now["items_full"]
    return f"{spent:,} ({spent / full:.0%} of {full:,})" if full else "none"


def workers(found: Found) -> list[Part]:
    """Who did what, over the last trials."""
    if not any(attempt.worker for attempt in found.attempts):
        return []
    chart = worker_chart(found.attempts, found.numbers, found.made_at)
    trials = len({attempt.trial_id for attempt in found.attempts})
    note = f"Attempts of the last {trials:,} trials, in UTC."
    return [Words(note, "note"), Chart(chart, "A row per worker, a bar per attempt")]


def versions(found: Found) -> list[Part]:
    """Of the software that made the report."""
    return [
        Facts(list(found.versions.items())),
        Words("As installed where this report was made.", "note"),
    ]


def _block(value: Any) -> str:
    """A block of the search file in a line, without what is not set or has parts of its own."""
    if not isinstance(value, Mapping):
        return str(value)
    return ", ".join(_pair(name, inner) for name, inner in value.items() if _said(inner))


def _pair(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{name} {value:.4g}"
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name} {' and '.join(map(str, value)) if _several(value) else value}"


def _several(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | Mapping)


def _said(value: Any) -> bool:
    return value is not None and value != [] and not isinstance(value, Mapping)
