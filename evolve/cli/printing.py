"""How commands print: tables for people, one object for --json, and what is going on meanwhile."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evolve.masking import told


def print_json(found: Any) -> None:
    """On standard output, which then holds nothing else."""
    print(json.dumps(found, ensure_ascii=False, allow_nan=False))


def warn(line: str) -> None:
    """Beside everything else, on standard error."""
    print(f"evolve: {told(line)}", file=sys.stderr)


@contextmanager
def watched(json_: bool) -> Iterator[Any]:
    """A console for progress; on standard error when standard output is for JSON."""
    from evolve.cli.tables import make_console

    yield make_console(sys.stderr if json_ else sys.stdout)


@contextmanager
def stages(console: Any) -> Iterator[Callable[[str], None]]:
    """A function that says on a terminal what is being done."""
    if not console.is_terminal:
        yield lambda stage: None
        return
    with console.status("starting ...") as status:
        yield lambda stage: status.update(f"{stage} ...")


def print_report(
    reader: Any,
    search: Any,
    json_: bool,
    *,
    store: str | None,
    progress: bool = False,
    hints: bool = False,
    model: Path | None = None,
) -> None:
    """A search as it is. progress: also how far it is; hints: how to go on; model: where it lies
    already.
    """
    from evolve.report import summary

    found = summary(reader, search)
    if json_:
        print_json(found)
        return
    from evolve.cli.front_table import front_lines, front_table
    from evolve.cli.tables import (
        attribution_table,
        fitting_report,
        gains_table,
        make_console,
    )
    from evolve.cli.telling import (
        beginning_line,
        closing,
        contamination,
        next_steps,
        progress_lines,
    )

    console = make_console()
    if progress or search.state != "finished":
        console.print(progress_lines(found))
        console.print()
    console.print(fitting_report(console, found))
    gains = gains_table(found)
    if gains is not None:
        console.print(gains)
    if found["front"] is not None:
        console.print(front_table(found["front"]))
        print_lines(console, front_lines(found))
    print_lines(console, [*closing(found), *beginning_line(found), *contamination(found)])
    if found["attribution"] is not None:
        console.print()
        console.print(attribution_table(found["attribution"]["rows"]))
    if hints or model is not None:
        print_lines(console, next_steps(found, store, model))


def print_lines(console: Any, lines: Iterable[str]) -> None:
    """Sentences, which a terminal breaks where it is narrow, so that they can be copied whole."""
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def print_written(
    write: Any, json_: bool, then: Callable[[Any], Any] = lambda found: found
) -> None:
    """Runs a writer with progress on a terminal, and says what it wrote.

    write: from a function of (tensors done, of how many) to what it wrote, with `folder`; then:
    what is done with that, with progress of its own.
    """
    with watched(json_) as console:
        if console.is_terminal:
            with console.status("merging ...") as status:
                found = write(lambda done, total: status.update(f"merging tensor {done}/{total}"))
        else:
            found = write(lambda done, total: None)
        found = then(found)
        if not json_:
            print_lines(console, written_lines(found))
    if json_:
        print_json(found)


def print_page(found: dict[str, Any], json_: bool) -> None:
    """Says where a page was written; found: with `file` and `bytes`."""
    if json_:
        print_json(found)
        return
    from rich.markup import escape

    with watched(json_) as console:
        line = (
            f"Wrote {escape(found['file'])} ({found['bytes'] / 1e6:.1f} MB); any browser opens it"
        )
        print_lines(console, [line])


def written_lines(found: dict[str, Any]) -> list[str]:
    """What a writer wrote: of one model, or of every point of a front."""
    from rich.markup import escape

    if "points" in found:
        count = len(found["points"])
        what = f"{count} points of the front" if count > 1 else "the one point of the front"
        lines = [f"Wrote {what} and front.json: {escape(found['folder'])}"]
        lines += [
            f"  {escape(Path(p['folder']).name)}{'  (chosen)' if p['chosen'] else ''}"
            for p in found["points"]
        ]
    else:
        place = found["folder"] or found["url"]
        lines = [f"Wrote {escape(place)}: {escape(', '.join(found['files']))}"]
    if "url" in found:
        lines.append(f"Pushed to {escape(found['url'])} (commit {escape(found['commit'])})")
    return [*lines, *(f"Note: {escape(remark)}" for remark in found.get("remarks", ()))]
