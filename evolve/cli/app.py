"""The commands and their options. Heavy imports wait until a command needs them."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from evolve.cli import printing
from evolve.cli.control_command import pause, resume, stop
from evolve.cli.finding import find, open_reader, store_of, store_url
from evolve.cli.inspect_command import inspect
from evolve.cli.launch_command import launch
from evolve.cli.lineage_command import lineage
from evolve.cli.options import AsJson, File, MaxHours, MaxUsd, Name, Replace, Store, To
from evolve.cli.score_command import score
from evolve.masking import told
from search_spaces.errors import ConfigError, EvolveError

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
    from evolve.cli.driving import Options

    options = Options(finish, max_hours, max_usd, log)
    opened, reader, search = _run_file(file, json_, options)
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
def report(
    search: Name,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            help="A self-contained page with all figures, also of a search that still runs.",
            show_default=False,
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="With --html: a file of that name is replaced.")
    ] = False,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Print the closing table and the verdict again, or write them as a page."""
    if html is not None:
        from evolve.cli.html_file import write_report

        printing.print_page(write_report(*find(search, store), html, replace=replace), json_)
        return
    if replace:
        raise ConfigError("--replace: goes with --html")
    printing.print_report(*find(search, store), json_, store=store)


@app.command()
def export(
    search: Name,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="A new folder for the model, or a URL: s3://, gs://.",
            show_default=False,
        ),
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(
            "--push",
            metavar="ORG/NAME",
            help="A new model of the Hugging Face hub, by the token in HF_TOKEN or of `hf auth "
            "login`.",
            show_default=False,
        ),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="With --push: only its owner sees it.")
    ] = False,
    trial: Annotated[
        int | None, typer.Option(help="Trial number; the chosen one if not given.")
    ] = None,
    front: Annotated[
        bool, typer.Option("--front", help="Every point of the Pareto front, a folder each.")
    ] = False,
    recipes_only: Annotated[
        bool, typer.Option("--recipes-only", help="Recipe and model card, no weights.")
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
    if push is None and to is None:
        raise ConfigError("where to? --to FOLDER, --to s3://BUCKET/NAME, or --push ORG/NAME")
    if push is not None and (front or recipes_only):
        raise ConfigError("--push: takes one whole model, without --front and --recipes-only")
    if private and push is None:
        raise ConfigError("--private: goes with --push")
    url = store_of(search, store)
    engine = open_engine(url, create=False)
    _, found = find(search, store)
    if push is not None:
        from evolve.cli.hub_target import check_target
        from evolve.cli.pushing import Push, folder_for, push_written, write_for

        target = check_target(push, private=private, replace=replace)
        with folder_for(to, target) as folder:
            wanted = Push(engine, found, trial, target, folder, to is not None)
            printing.print_written(
                lambda report: write_for(wanted, report, replace=replace),
                json_,
                lambda written: push_written(wanted, written),
            )
        return
    place, how = str(to), {"weights": not recipes_only, "replace": replace}

    def write(report: Any) -> dict[str, Any]:
        if front:
            return export_front(engine, found, place, report, **how)
        return export_trial(engine, found, trial, place, report, **how)

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
app.add_typer(lineage)
app.command()(pause)
app.command()(stop)
app.command()(resume)


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
    from evolve.cli.driving import Options
    from evolve.cli.exporting import export_chosen

    with printing.watched(json_) as console:
        file = prepare(folder, seed, console)
    opened, reader, search = _run_file(file, json_, Options())
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


def _run_file(file: Path, json_: bool, options: Any) -> tuple[Any, Any, Any]:
    """(what the file names, reader, search), see `evolve.cli.driving.drive`."""
    from evolve.cli.driving import drive
    from evolve.cli.searches import open_search

    return drive(lambda: open_search(file), f"evolve run {file}", json_, options)
