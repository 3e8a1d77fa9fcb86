"""Progress: one live line on a terminal; elsewhere a plain line every few seconds."""

import time
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from evolve.cli.tables import duration
from evolve.pricing import money
from evolve.progress import Progress

_PLAIN_EVERY_S = 10.0
_PHASES = {
    "references": "scoring base, parents and plain merges",
    "starts": "scoring starting points: soup, model stock and what else the search file names",
    "search": "searching",
    "validation": "halving the finalists and their rivals on validation items",
    "ablations": "scoring the chosen recipe without each of its parents and genes",
    "probe": "probing base and parents for contamination",
    "report": "scoring the chosen recipe and its rivals on report items",
}


class Watcher:
    """Shows a search's progress. Use as a context, so that the terminal is left as it was."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._phase = ""
        self._printed = float("-inf")
        self._starts = 0
        self._status = console.status("starting workers ...") if console.is_terminal else None

    def __enter__(self) -> "Watcher":
        if self._status is not None:
            self._status.start()
        else:
            self._console.print("starting workers ...")
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, progress: Progress) -> None:
        """Called by the driver whenever something ended."""
        if progress.stopped is not None:
            if progress.done != progress.total:
                self._console.print(
                    f"no more trials are asked: {progress.stopped}", markup=False, highlight=False
                )
            return
        if progress.phase == "starts":  # one by one, since each depends on the one before
            self._starts += progress.done
            progress = replace(progress, done=self._starts, total=None, elapsed_s=0.0)
        line = describe(progress)
        if self._status is not None:
            if progress.phase != self._phase:
                self._phase = progress.phase
                self._console.print(f"[dim]{_PHASES[progress.phase]}[/dim]")
            self._status.update(line)
            if progress.done == progress.total:
                self._console.print(f"  {line}", highlight=False)
            return
        due = self._clock() - self._printed >= _PLAIN_EVERY_S
        if progress.phase != self._phase or due or progress.done == progress.total:
            self._phase, self._printed = progress.phase, self._clock()
            self._console.print(line, highlight=False)


def describe(progress: Progress) -> str:
    """trial, best so far, how many were stopped early, rate, time left, cost."""
    what = "trial" if progress.phase == "search" else progress.phase
    total = "" if progress.total is None else f"/{progress.total}"
    parts = [f"{what} {progress.done}{total}"]
    if progress.best is not None:
        best = f"best {progress.best:.4f} (trial {progress.best_trial})"
        if progress.baseline is not None:
            best += f", best reference {progress.baseline:.4f}"
        parts.append(best)
    if progress.pruned:
        share = progress.items / progress.full
        parts.append(f"{progress.pruned} stopped early ({share:.0%} of the items)")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.per_hour is not None and progress.done != progress.total:
        parts.append(f"{progress.per_hour / 60:.1f} per minute")
        if progress.total is not None:
            parts.append(f"{duration(progress.seconds_left)} left")
    elif progress.done == progress.total and progress.elapsed_s:
        parts.append(f"took {duration(progress.elapsed_s)}")
    parts += cost(progress)
    return "  ".join(parts)


def cost(progress: Progress) -> list[str]:
    """What was spent, what the whole search will cost and a trial does, as far as known."""
    spent, whole, each = progress.usd_spent, progress.usd_projected, progress.usd_per_trial
    if spent is None:
        return []
    found = [f"{money(spent)} spent"]
    if whole is not None and progress.done != progress.total:
        found.append(f"about {money(whole)} in all")
    if each is not None:
        found.append(f"{money(each)} per trial")
    return [", ".join(found)]
