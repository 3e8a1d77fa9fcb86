"""What is said around the tables: progress of a search, and how to take its result away."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from evolve.attribution import nothing
from evolve.cli.tables import duration, pairs_table
from evolve.config import without_password
from evolve.contamination import told
from evolve.export import RECIPE_FILE
from evolve.pricing import money
from evolve.recipe_words import layers_of
from evolve.report import overfitting
from search_spaces.recipe import parse_recipe

_MOST_GENES = 16


def progress_lines(found: Mapping[str, Any]) -> Table:
    """State, trials, items, best, rate, time left."""
    search, progress = found["search"], found["progress"]
    best = progress["best"]
    failed = f", {progress['failed']} failed" if progress["failed"] else ""
    pruned = f", {progress['pruned']} of them stopped early" if progress["pruned"] else ""
    spent, full = progress["items_spent"], progress["items_full"]
    rate, budget = progress["trials_per_hour"], progress["budget"]
    trials = f"{progress['trials']}" + (", without a limit" if budget is None else f" of {budget}")
    cost = [] if found["verdict"] is not None else cost_words(progress)
    return pairs_table(
        f"Search '{search['name']}' ({search['digest'][:8]})",
        [
            ("state", search["state"]),
            ("trials", f"{trials}{pruned}{failed}"),
            ("items", f"{spent:,} search items ({spent / full:.0%} of {full:,})" if full else "-"),
            (
                "best",
                f"{best['fitness']:.4f} on search items (trial {best['trial']})" if best else "-",
            ),
            ("rate", f"{rate:.0f} trials per hour" if rate else "-"),
            ("left", duration(progress["seconds_left"])),
            *([("cost", ", ".join(cost))] if cost else []),
        ],
    )


def closing(found: Mapping[str, Any]) -> list[str]:
    """The verdict in one sentence, and the chosen genome."""
    if found["verdict"] is None:
        return ["No verdict yet: the search has not finished."]
    better = found["verdict"]["kind"] == "improvement"
    return [
        f"[bold {'green' if better else 'yellow'}]{escape(found['verdict']['sentence'])}[/]",
        *(escape(line) for line in overfitting(found["verdict"])),
        "",
        f"Chosen: {escape(_chosen(found['chosen']))}",
        *([f"Cost: {', '.join(cost)}."] if (cost := cost_words(found["progress"])) else []),
        *([why] if (why := nothing(found)) is not None else []),
    ]


def cost_words(progress: Mapping[str, Any]) -> list[str]:
    """Spent, projected, per trial; nothing without a price."""
    spent, each = progress["usd_spent"], progress["usd_per_trial"]
    if spent is None:
        return []
    hours, price = progress["worker_hours"], progress["usd_per_hour"]
    words = [f"{money(spent)} spent ({hours:.3g} worker hours at {money(price)})"]
    if progress["usd_left"]:
        words.append(f"about {money(progress['usd_projected'])} in all")
    if each is not None:
        words.append(f"{money(each)} per trial")
    return words


def beginning_line(found: Mapping[str, Any]) -> list[str]:
    """What was scored before the first trial, and the best of it; none before that."""
    starts = found["starts"]
    if starts["best"] is None:
        return []
    count = starts["scored"]
    besides = f" and {count} starting point{'s' if count != 1 else ''}" if count else ""
    best = starts["best"]
    return [
        escape(
            f"Scored before the first trial: {starts['references']} references{besides}; the best "
            f"on search items was {best['name']} ({best['fitness']:.4f})."
        )
    ]


def _chosen(chosen: Mapping[str, Any]) -> str:
    """Its name, and its genes where they can be read, else the layers it is made of."""
    genome = chosen["genome"] or {}
    layers = layers_of(parse_recipe(chosen["recipe"]))
    if layers is not None:
        return f"{chosen['name']}: layers {layers}"
    if len(genome) > _MOST_GENES:
        return f"{chosen['name']} ({len(genome)} genes; its recipe is in `--json` and `evolve ui`)"
    shown = ", ".join(
        f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in genome.items()
    )
    return f"{chosen['name']} ({shown})" if shown else str(chosen["name"])


def contamination(found: Mapping[str, Any]) -> list[str]:
    """A warning per parent that seems to know a task, and what was tested; none before the end."""
    if found["verdict"] is None and found["contamination"] is None:
        return []
    warnings, rest = told(found["contamination"])
    return [*(f"[bold yellow]Warning: {escape(line)}[/]" for line in warnings), escape(rest)]


def next_steps(found: Mapping[str, Any], store: str | None, model: Path | None) -> list[str]:
    """Where the result is, or how to get it, and how to look at the search."""
    if found["verdict"] is None:
        return []
    at = f" --store {shlex.quote(store)}" if store and store == without_password(store) else ""
    if model is None:
        digest = found["search"]["digest"][:8]
        take = [f"Export: {command()} export {digest} --to FOLDER{at}"]
    else:
        take = [f"Model:  {model}", f"Recipe: {model / RECIPE_FILE}"]
    return [*(escape(line) for line in take), escape(f"Pages:  {command()} ui{at}")]


def command() -> str:
    """How this user calls `evolve`: by its path, where the virtual environment is not on the
    PATH.
    """
    here = Path(sys.executable).parent / "evolve"
    found = shutil.which("evolve")
    if found is not None and Path(found).resolve() == here.resolve():
        return "evolve"
    return os.path.relpath(here) if here.is_relative_to(Path.cwd()) else str(here)
