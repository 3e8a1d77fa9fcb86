"""What `evolve run` says before it starts."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from evolve.config import SearchConfig
from search_spaces.evolve_remarks import remarks


def print_before_run(console: Console, config: SearchConfig, file: Path, *, finish: bool) -> None:
    """What is added to a mergekit-evolve file, and how a search ends that does not by itself."""
    print_remarks(console, remarks(file))
    stop = config.budget
    endless = stop.trials is None and not any((stop.hours, stop.usd, stop.patience, stop.target))
    if endless and not finish:
        console.print(
            f"This search has no end of its own. Ctrl-C stops it, `evolve run {file}` goes on, "
            f"and `evolve run {file} --finish` chooses from what there is.",
            markup=False,
            highlight=False,
            soft_wrap=not console.is_terminal,
        )


def print_remarks(console: Console, found: Sequence[str]) -> None:
    """What a search does beyond a mergekit-evolve file; nothing for a file of another kind."""
    if not found:
        return
    console.print("[bold]A mergekit-evolve file, read as it is. What Evolve adds:[/bold]")
    for remark in found:
        console.print(f"- {escape(remark)}", highlight=False, soft_wrap=not console.is_terminal)
    console.print()
