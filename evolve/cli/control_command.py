"""`evolve pause`, `stop` and `resume`, and their options."""

import os
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from evolve.cli import printing
from evolve.cli.finding import find, store_of
from evolve.cli.options import AsJson, MaxHours, MaxUsd, Name, Store
from search_spaces.errors import ConfigError


class Where(StrEnum):
    local = "local"
    ray = "ray"


def pause(
    search: Name,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Until its driver has answered, up to 60 s.")
    ] = True,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Ask the driver of a running search, wherever it runs, to stop when nothing is half done."""
    from evolve.cli.controlling import ANSWER_S, pause_search

    engine, found = _held(search, store)
    say = (lambda line: None) if json_ else printing.warn
    _print(pause_search(engine, found, wait_s=ANSWER_S if wait else 0.0, say=say), json_)


def stop(search: Name, store: Store = None, json_: AsJson = False) -> None:
    """Ask a running search for no more trials: it chooses from what there is, and reports."""
    from evolve.cli.controlling import stop_search

    engine, found = _held(search, store)
    _print(stop_search(engine, found), json_)


def resume(
    search: Name,
    finish: Annotated[
        bool, typer.Option("--finish", help="Ask no more trials: choose from what there is.")
    ] = False,
    on: Annotated[
        Where | None,
        typer.Option(
            "--on",
            help="local: again after every pause; ray: as a job. Else once, here.",
            show_default=False,
        ),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="ray: of the dashboard; http://127.0.0.1:8265.")
    ] = None,
    max_hours: MaxHours = None,
    max_usd: MaxUsd = None,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Go on with a search as the store has it, without its file."""
    from evolve.cli.driving import Options, drive

    if address is not None and on != Where.ray:
        raise ConfigError("--address: goes with --on ray; leave it out")
    if on == Where.ray and finish:
        raise ConfigError("--finish: goes with a search that runs here; leave --on ray out")
    url = store_of(search, store)
    reader, found = find(search, store)
    options = Options(finish, max_hours, max_usd)
    if on == Where.local:
        raise typer.Exit(_supervised(found, url, options))
    if on == Where.ray:
        raise typer.Exit(_on_ray(reader, found, url, options, address))
    from evolve.cli.resuming import open_stored

    opened, reader, found = drive(
        lambda: open_stored(reader, found, url),
        f"evolve resume {found.digest[:8]}",
        json_,
        options,
    )
    printing.print_report(reader, found, json_, store=opened.config.store, hints=True)


def _held(word: str, store: str | None) -> tuple[Any, Any]:
    """(an engine that may write, the search)."""
    from evolve.store import open_engine

    _, found = find(word, store)
    return open_engine(store_of(word, store), create=False), found


def _print(answer: Any, json_: bool) -> None:
    from rich.markup import escape

    from evolve.cli.tables import make_console

    search = answer.search
    if json_:
        about = {"name": search.name, "digest": search.digest, "state": search.state}
        printing.print_json({"search": about, "wish": search.wish, "said": answer.said})
        return
    line = f"Search '{search.name}' ({search.digest[:8]}): {answer.said}."
    printing.print_lines(make_console(), [escape(line)])


def _supervised(search: Any, url: str, options: Any) -> int:
    """The same command in a process of its own, again after every pause for want of something; its
    URL, which may hold a password, in the environment.
    """
    from evolve.cli.submitting import say
    from evolve.cli.supervising import supervise

    command = [sys.executable, "-m", "evolve", "resume", search.digest]
    command += ["--finish"] if options.finish else []
    for flag, value in (("--max-hours", options.max_hours), ("--max-usd", options.max_usd)):
        command += [] if value is None else [flag, f"{value:g}"]
    environ = {**os.environ, "EVOLVE_STORE": url}
    return supervise(command, restarts=10, pause_s=10.0, say=say, environ=environ)


def _on_ray(reader: Any, search: Any, url: str, options: Any, address: str | None) -> int:
    from evolve.cli.launching import Asked, launch_search
    from evolve.cli.resuming import is_here, open_stored, stored_config, write_stored

    if is_here(stored_config(search, url)):
        open_stored(reader, search, url)
    asked = Asked(store=url, address=address, max_hours=options.max_hours, max_usd=options.max_usd)
    with tempfile.TemporaryDirectory(prefix="evolve-resume-") as folder:
        file = Path(folder) / "search.yaml"
        write_stored(search, url, file)
        return launch_search(file, "ray", asked, dry_run=False)
