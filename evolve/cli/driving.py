"""A search driven to its end, or until it is told to stop: `evolve run`, `resume` and `demo`."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from evolve.cli import printing
from search_spaces.errors import ConfigError, EvolveError, PauseError

_WAIT_FOR_STORE_S = 10.0  # for a server that is just being started


@dataclass(frozen=True)
class Options:
    """finish: ask no more trials; max_hours, max_usd: of this command; log: a file or URL."""

    finish: bool = False
    max_hours: float | None = None
    max_usd: float | None = None
    log: str | None = None


def drive(
    open_it: Callable[[], Any],
    again: str,
    json_: bool,
    options: Options,
) -> tuple[Any, Any, Any]:
    """(what the search file names, reader, search): finished when this returns, or paused by a
    wish in the store.

    open_it: gives an `evolve.cli.searches.Opened`; again: the command that goes on with the
    search.

    Raises: EvolveError; KeyboardInterrupt.
    """
    from evolve.cli.signals import Signals, Terminated

    with Signals().handled() as signals:
        try:
            return _driven(open_it(), again, json_, options, signals)
        except Terminated:
            raise PauseError(
                "told to end (SIGTERM); what was recorded is kept, and the same command goes on"
            ) from None


def _driven(
    opened: Any, again: str, json_: bool, options: Options, signals: Any
) -> tuple[Any, Any, Any]:
    from evolve.store import Reader, open_engine

    engine = open_engine(opened.config.store, wait_s=_WAIT_FOR_STORE_S, tell=printing.warn)
    reader = Reader(engine)
    known = reader.search(opened.digest)
    with printing.watched(json_) as console:
        if known is not None and known.state == "finished":
            console.print(
                f"Search '{known.name}' ({known.digest[:8]}) is finished; nothing to do."
            )
            return opened, reader, known
        trials = [] if known is None else reader.trials(known.id, origin="optimizer")
        if options.finish and not any(t.scored for t in trials):
            raise ConfigError(
                f"--finish: search '{opened.config.name}' has no scored trial to choose from yet; "
                f"`{again}` goes on with it"
            )
        _drive(opened, engine, reader, console, again, options, signals)
    search = reader.search(opened.digest)
    if search is None:
        raise EvolveError("the search is not in its store; was the database removed?")
    return opened, reader, search


def _drive(
    opened: Any,
    engine: Any,
    reader: Any,
    console: Any,
    again: str,
    options: Options,
    signals: Any,
) -> None:
    from evolve.cli.before_limits import refuse_too_little, with_price
    from evolve.cli.before_run import print_before_run
    from evolve.cli.logs import logged_to
    from evolve.cli.running import run_search
    from evolve.cli.signals import Paused
    from evolve.cli.watching import Watcher
    from evolve.stopping import Limits
    from search_spaces.evolve_remarks import remarks

    said = [] if opened.path is None else remarks(opened.path)
    opened, lines = with_price(opened, options.max_usd)
    refuse_too_little(opened, reader, options.max_hours, options.max_usd)
    print_before_run(console, opened.config, again, said, finish=options.finish)
    printing.print_lines(console, lines)
    try:
        with (
            logged_to(console, options.log),
            Watcher(console) as watcher,
            redirect_stdout(io.StringIO()),
        ):
            run_search(
                opened,
                engine,
                watcher,
                finish=options.finish,
                limits=Limits(options.max_hours, options.max_usd),
                signals=signals,
                say=console.print,
            )
    except Paused:
        printing.warn(
            f"paused, as `evolve pause` asked; `evolve resume {opened.digest[:8]}` goes on"
        )
