"""The commands and their options. Heavy imports wait until a command needs them."""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from evolve.cli import printing
from evolve.cli.finding import find, open_reader, store_of, store_url
from evolve.cli.inspect_command import inspect
from evolve.cli.launch_command import launch
from evolve.cli.options import AsJson, File, MaxHours, MaxUsd, Name, Replace, Store, To
from evolve.cli.score_command import score
from evolve.masking import told
from search_spaces.errors import ConfigError, EvolveError, PauseError

app = typer.Typer(
    name="evolve",
    help="Searches for the best merge of language models, and defends it on items that the "
    "search never saw.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
_INTERRUPTED = 130
_WAIT_FOR_STORE_S = 10.0  # for a server that is just being started


def run_app() -> None:
    """Runs the command line; what a user can mend is said in words, without a traceback."""
    try:
        app()
    except EvolveError as error:
        for line in str(error).splitlines():
            print(f"evolve: {told(line)}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        print(f"evolve: {told(str(error))}", file=sys.stderr)
        sys.exit(EvolveError.exit_code)
    except KeyboardInterrupt:
        _say_stopped()
        sys.exit(_INTERRUPTED)
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # typer has caught the interrupt
            _say_stopped()
        raise


def _say_stopped() -> None:
    print("evolve: stopped; the same command goes on from here", file=sys.stderr)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("evolve-merge"))
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it and end.")
    ] = False,
) -> None:
    pass


@app.command()
def plan(file: File, json_: AsJson = False) -> None:
    """Check a search file and show what it would do: genes, items, memory, every default."""
    from evolve.cli.planning import plan as make_plan
    from evolve.cli.searches import open_search

    found = make_plan(open_search(file))
    if json_:
        printing.print_json(found)
        return
    from evolve.cli.plan_tables import print_plan
    from evolve.cli.tables import make_console

    print_plan(make_console(), found)


@app.command()
def run(
    file: File,
    log: Annotated[
        str | None, typer.Option(help="Append every event to this file or URL, as JSON lines.")
    ] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Ask no more trials: choose from what there is.")
    ] = False,
    max_hours: MaxHours = None,
    max_usd: MaxUsd = None,
    json_: AsJson = False,
) -> None:
    """Run a search, or go on with it. On a finished search it says so and changes nothing."""
    opened, reader, search = _run_to_end(
        file, json_, log, finish=finish, max_hours=max_hours, max_usd=max_usd
    )
    printing.print_report(reader, search, json_, store=opened.config.store, hints=True)


@app.command("list")
def list_(store: Store = None, json_: AsJson = False) -> None:
    """List the searches of a database."""
    from evolve.report import summary

    reader = open_reader(store)
    rows = [summary(reader, search) for search in reader.searches()]
    if json_:
        printing.print_json({"searches": rows})
        return
    from evolve.cli.tables import make_console, searches_table

    console = make_console()
    if not rows:
        console.print("No search yet. `evolve demo` runs one; `evolve run FILE` runs yours.")
        return
    console.print(searches_table(rows))


@app.command()
def show(search: Name, store: Store = None, json_: AsJson = False) -> None:
    """Show how far a search is, and what is known so far."""
    printing.print_report(*find(search, store), json_, store=store, progress=True)


@app.command()
def report(search: Name, store: Store = None, json_: AsJson = False) -> None:
    """Print the closing table and the verdict again."""
    printing.print_report(*find(search, store), json_, store=store)


@app.command()
def export(
    search: Name,
    to: To,
    trial: Annotated[
        int | None, typer.Option(help="Trial number; the chosen one if not given.")
    ] = None,
    front: Annotated[
        bool, typer.Option("--front", help="Every point of the Pareto front, a folder each.")
    ] = False,
    recipes_only: Annotated[
        bool, typer.Option("--recipes-only", help="With --front: recipes and cards, no weights.")
    ] = False,
    replace: Replace = False,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Write a trial as a model folder: safetensors, tokenizer, mergekit YAML, model card."""
    from evolve.cli.exporting import export_front, export_trial
    from evolve.store import open_engine

    if front and trial is not None:
        raise ConfigError("--front and --trial: give one of them")
    if recipes_only and not front:
        raise ConfigError("--recipes-only: goes with --front")
    url = store_of(search, store)
    engine = open_engine(url, create=False)
    _, found = find(search, store)

    def write(report: Any) -> dict[str, Any]:
        if front:
            weights = not recipes_only
            return export_front(engine, found, to, report, weights=weights, replace=replace)
        return export_trial(engine, found, trial, to, report, replace=replace)

    printing.print_written(write, json_)


@app.command()
def merge(
    recipe: Annotated[Path, typer.Argument(help="A mergekit YAML.", show_default=False)],
    to: To,
    replace: Replace = False,
    json_: AsJson = False,
) -> None:
    """Merge a mergekit or mergekit-moe YAML alone, with the same code as in a search."""
    from evolve.cli.merging import merge_file

    printing.print_written(lambda report: merge_file(recipe, to, report, replace=replace), json_)


app.command()(score)
app.command()(inspect)
app.command()(launch)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Option("--to", help="For search file, database and model.", show_default=False)
    ] = Path("evolve-demo"),
    seed: Annotated[int, typer.Option(help="Of training and search.")] = 0,
    json_: AsJson = False,
) -> None:
    """Train a small family of real models, once, search for their best merge, and export it."""
    from evolve.cli.demo import prepare
    from evolve.cli.exporting import export_chosen

    with printing.watched(json_) as console:
        file = prepare(folder, seed, console)
    opened, reader, search = _run_to_end(file, json_)
    best = folder / f"best-{search.digest[:8]}"
    if search.verdict is not None:
        export_chosen(opened.config.store, search, best)
    printing.print_report(reader, search, json_, store=opened.config.store, model=best)


@app.command()
def ui(
    store: Store = None,
    port: Annotated[int, typer.Option(help="Of the pages.")] = 8501,
    host: Annotated[
        str, typer.Option(help="Another than 127.0.0.1 needs a log-in and an allow list.")
    ] = "127.0.0.1",
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="Who may see them: ann@example.org, @example.org, or a file of these. Default: "
            "$EVOLVE_UI_ALLOW.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Open the pages: searches, one search, the family tree, export."""
    from evolve.cli.pages import serve

    serve(store_url(store), port, host, allow or ())


def _run_to_end(
    file: Path,
    json_: bool,
    log: str | None = None,
    *,
    finish: bool = False,
    max_hours: float | None = None,
    max_usd: float | None = None,
) -> tuple[Any, Any, Any]:
    """(what the file names, reader, search) of a search that is finished when this returns."""
    from evolve.cli.signals import Signals, Terminated

    with Signals().handled() as signals:
        try:
            return _driven(file, json_, log, finish, max_hours, max_usd, signals)
        except Terminated:
            raise PauseError(
                "told to end (SIGTERM); what was recorded is kept, and the same command goes on"
            ) from None


def _driven(
    file: Path,
    json_: bool,
    log: str | None,
    finish: bool,
    max_hours: float | None,
    max_usd: float | None,
    signals: Any,
) -> tuple[Any, Any, Any]:
    from evolve.cli.searches import open_search
    from evolve.store import Reader, open_engine

    opened = open_search(file)
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
        if finish and not any(t.scored for t in trials):
            raise ConfigError(
                f"--finish: search '{opened.config.name}' has no scored trial to choose from yet; "
                f"`evolve run {file}` goes on with it"
            )
        from evolve.cli.before_limits import refuse_too_little, with_price
        from evolve.cli.before_run import print_before_run
        from evolve.cli.logs import logged_to
        from evolve.cli.running import run_search
        from evolve.cli.watching import Watcher
        from evolve.stopping import Limits

        opened, lines = with_price(opened, max_usd)
        refuse_too_little(opened, reader, max_hours, max_usd)
        print_before_run(console, opened.config, file, finish=finish)
        printing.print_lines(console, lines)
        with (
            logged_to(console, log),
            Watcher(console) as watcher,
            redirect_stdout(io.StringIO()),
        ):
            run_search(
                opened,
                engine,
                watcher,
                finish=finish,
                limits=Limits(max_hours, max_usd),
                signals=signals,
                say=console.print,
            )
    search = reader.search(opened.digest)
    if search is None:
        raise EvolveError("the search is not in its store; was the database removed?")
    return opened, reader, search
