"""What is said around the tables: progress of a search, and how to take its result away."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from evolve.cli.tables import duration, pairs_table


def progress_lines(found: Mapping[str, Any]) -> Table:
    """State, trials, best, rate, time left."""
    search, progress = found["search"], found["progress"]
    best = progress["best"]
    failed = f", {progress['failed']} failed" if progress["failed"] else ""
    rate = progress["trials_per_hour"]
    return pairs_table(
        f"Search '{search['name']}' ({search['digest'][:8]})",
        [
            ("state", search["state"]),
            ("trials", f"{progress['trials']} of {progress['budget']}{failed}"),
            (
                "best",
                f"{best['fitness']:.4f} on search items (trial {best['trial']})" if best else "-",
            ),
            ("rate", f"{rate:.0f} trials per hour" if rate else "-"),
            ("left", duration(progress["seconds_left"])),
        ],
    )


def closing(found: Mapping[str, Any], store: str | None, hints: bool) -> list[str]:
    """The verdict in one sentence, the chosen genome, and the next commands."""
    if found["verdict"] is None:
        return ["No verdict yet: the search has not finished."]
    better = found["verdict"]["kind"] == "improvement"
    lines = [f"[bold {'green' if better else 'yellow'}]{escape(found['verdict']['sentence'])}[/]"]
    genome = found["chosen"]["genome"] or {}
    shown = ", ".join(
        f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in genome.items()
    )
    lines += ["", f"Chosen: {escape(found['chosen']['name'])} ({escape(shown)})"]
    if hints:
        name, at = found["search"]["digest"][:8], f" --store {store}" if store else ""
        lines += [
            f"Take it away: evolve export {name} --to FOLDER{at}",
            f"Look at it:   evolve ui{at}",
        ]
    return lines
