"""What `evolve run` says before it starts."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from evolve.config import SearchConfig


def print_before_run(
    console: Console, config: SearchConfig, again: str, remarks: Sequence[str], *, finish: bool
) -> None:
    """What is added to a mergekit-evolve file (remarks), and how a search ends that does not by
    itself. again: the command that goes on with it.
    """
    print_remarks(console, remarks)
    stop = config.budget
    endless = stop.trials is None and not any((stop.hours, stop.usd, stop.patience, stop.target))
    if endless and not finish:
        console.print(
            f"This search has no end of its own. Ctrl-C stops it, `{again}` goes on, and "
            f"`{again} --finish` chooses from what there is.",
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
