"""The commands and their options. Heavy imports wait until a command needs them."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from search_spaces.errors import EvolveError

app = typer.Typer(
    name="evolve",
    help="Searches for the best merge of language models, and defends it on items that the "
    "search never saw.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class Dtype(StrEnum):
    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class Device(StrEnum):
    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


File = Annotated[Path, typer.Argument(help="The search file (YAML).", show_default=False)]
Name = Annotated[
    str,
    typer.Argument(
        metavar="SEARCH", help="Name, beginning of the digest, or search file.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Store = Annotated[
    str | None,
    typer.Option(
        help="Database URL. Default: $EVOLVE_STORE, else ./evolve.db.", show_default=False
    ),
]
To = Annotated[Path, typer.Option("--to", help="A new folder for the model.", show_default=False)]


def run_app() -> None:
    """Runs the command line; what a user can mend is said in words, without a traceback."""
    try:
        app()
    except EvolveError as error:
        for line in str(error).splitlines():
            print(f"evolve: {line}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        print(f"evolve: {error}", file=sys.stderr)
        sys.exit(EvolveError.exit_code)
    except KeyboardInterrupt:
        print("evolve: stopped; the same command goes on from here", file=sys.stderr)
        sys.exit(130)


@app.command()
def plan(file: File, json_: AsJson = False) -> None:
    """Check a search file and show what it would do: genes, items, memory, every default."""
    from evolve.cli.planning import plan as make_plan
    from evolve.cli.searches import open_search

    found = make_plan(open_search(file))
    if json_:
        _print_json(found)
        return
    import yaml

    from evolve.cli.tables import genes_table, make_console, pairs_table

    console = make_console()
    items = found["items"]
    evaluations = found["trials"] + found["references"]
    console.print(
        pairs_table(
            f"Search '{found['search']['name']}'",
            [
                ("digest", found["search"]["digest"]),
                ("model", f"{found['parameters']:,} parameters, {found['layers']} layers"),
                ("dimension", str(found["dimension"])),
                ("optimizer", _optimizer_line(found)),
                *((f"{split} items", _items_line(tasks)) for split, tasks in items.items()),
                ("racing", _racing_line(found["racing"])),
                (
                    "evaluations",
                    f"{evaluations} ({found['trials']} trials + {found['references']} references)",
                ),
                (
                    "memory",
                    f"{found['memory_per_worker_gib']:.2f} GiB per worker, before activations; "
                    "on a GPU with less free, parents stay in pinned host memory and stream",
                ),
            ],
        )
    )
    console.print()
    console.print(genes_table(found["genes"]))
    console.print("[bold]Search file with every default[/bold]")
    console.print(
        yaml.safe_dump(found["config"], sort_keys=False, allow_unicode=True),
        markup=False,
        highlight=False,
    )


@app.command()
def run(
    file: File,
    log: Annotated[
        Path | None, typer.Option(help="Append every event to this file, as JSON lines.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Run a search, or go on with it. On a finished search it says so and changes nothing."""
    opened, reader, search = _run_to_end(file, json_, log)
    _print_report(reader, search, json_, store=opened.config.store, hints=True)


@app.command("list")
def list_(store: Store = None, json_: AsJson = False) -> None:
    """List the searches of a database."""
    from evolve.report import summary

    reader = _reader(store)
    rows = [summary(reader, search) for search in reader.searches()]
    if json_:
        _print_json({"searches": rows})
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
    _print_report(*_find(search, store), json_, store=store, progress=True)


@app.command()
def report(search: Name, store: Store = None, json_: AsJson = False) -> None:
    """Print the closing table and the verdict again."""
    _print_report(*_find(search, store), json_, store=store)


@app.command()
def export(
    search: Name,
    to: To,
    trial: Annotated[
        int | None, typer.Option(help="Trial number; the chosen one if not given.")
    ] = None,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Write a trial as a model folder: safetensors, tokenizer, mergekit YAML, model card."""
    from evolve.cli.exporting import export_trial
    from evolve.store import open_engine

    url = _store_of(search, store)
    engine = open_engine(url, create=False)
    _, found = _find(search, store)
    _print_written(lambda report: export_trial(engine, found, trial, to, report), json_)


@app.command()
def merge(
    recipe: Annotated[Path, typer.Argument(help="A mergekit YAML.", show_default=False)],
    to: To,
    json_: AsJson = False,
) -> None:
    """Merge a mergekit or mergekit-moe YAML alone, with the same code as in a search."""
    from evolve.cli.merging import merge_file

    _print_written(lambda report: merge_file(recipe, to, report), json_)


@app.command()
def score(
    model: Annotated[
        str,
        typer.Argument(
            help="A model folder, base+adapter, or the YAML of a recipe.", show_default=False
        ),
    ],
    task: Annotated[
        list[str], typer.Option(help="A task, group or tag of lm-eval.", show_default=False)
    ],
    tasks_from: Annotated[
        list[Path] | None,
        typer.Option(help="A folder with tasks of your own.", show_default=False),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many items of each task.")
    ] = None,
    num_fewshot: Annotated[
        int | None, typer.Option(min=0, help="Examples in every prompt; the task's own number.")
    ] = None,
    chat_template: Annotated[
        bool, typer.Option("--chat-template", help="Prompts in the tokenizer's chat template.")
    ] = False,
    one_turn: Annotated[
        bool, typer.Option("--one-turn", help="In a chat, all few-shot examples in one turn.")
    ] = False,
    system_instruction: Annotated[
        str | None, typer.Option(help="What every prompt begins with.")
    ] = None,
    dtype: Annotated[
        Dtype | None, typer.Option(help="Of weights and arithmetic; the checkpoint's own.")
    ] = None,
    device: Annotated[Device, typer.Option(help="A GPU where there is one.")] = Device.auto,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the CPU.")] = None,
    batch_tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Positions per forward pass; by the free memory."),
    ] = None,
    allow_task_code: Annotated[
        bool, typer.Option("--allow-task-code", help="Tasks may run code: you trust them.")
    ] = False,
    items: Annotated[
        bool, typer.Option("--items", help="With --json: also the outcomes of every item.")
    ] = False,
    json_: AsJson = False,
) -> None:
    """Score a model on lm-eval tasks as lm-eval does, with the machinery of a search."""
    from evolve.cli.scoring import Wanted, score_table, score_title
    from evolve.cli.scoring import score as score_model

    wanted = Wanted(
        task,
        tasks_from or (),
        limit,
        num_fewshot,
        chat_template,
        not one_turn,
        system_instruction,
        allow_task_code,
    )
    with _watched(json_) as console, _stages(console) as report, redirect_stdout(io.StringIO()):
        found = score_model(
            model,
            wanted,
            dtype=None if dtype is None else dtype.value,
            device=device.value,
            threads=threads,
            batch_tokens=batch_tokens,
            items=items,
            report=report,
        )
    if json_:
        _print_json(found)
        return
    from evolve.cli.tables import make_console

    console = make_console()
    console.print(score_title(found), highlight=False, soft_wrap=True)
    console.print(score_table(found))


@app.command()
def inspect(
    parents: Annotated[
        list[str], typer.Argument(help="Folders, or base+adapter.", show_default=False)
    ],
    base: Annotated[
        str | None, typer.Option(help="What they were trained from; an adapter's, if not given.")
    ] = None,
    suggest: Annotated[
        Path | None, typer.Option(help="Write a search file whose space comes from this.")
    ] = None,
    task: Annotated[list[str] | None, typer.Option(help="A task for that search file.")] = None,
    tasks_from: Annotated[
        list[Path] | None, typer.Option(help="A folder with tasks for that search file.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write heat maps over the layers, .svg or .html.")
    ] = None,
    no_spectrum: Annotated[
        bool, typer.Option("--no-spectrum", help="Leave out signal and SNR, which take longest.")
    ] = False,
    device: Annotated[Device, typer.Option(help="A GPU where there is one.")] = Device.auto,
    json_: AsJson = False,
) -> None:
    """Measure what parents changed of their base, and how they get on with each other."""
    from evolve.cli.inspecting import check_files, inspect_models, print_inspection, write_files
    from search_spaces.profile import as_data

    check_files(suggest, plot)
    with _watched(json_) as console, _stages(console) as report:
        found = inspect_models(
            parents,
            base,
            device=device.value,
            spectrum=not no_spectrum,
            report=lambda done, total: report(f"measuring, {100 * done // total} %"),
        )
    written = write_files(found, suggest, plot, task or (), tasks_from or ())
    if json_:
        _print_json({**as_data(found), **written})
        return
    from evolve.cli.tables import make_console

    print_inspection(make_console(), found, written, tasks=bool(task))


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

    with _watched(json_) as console:
        file = prepare(folder, seed, console)
    opened, reader, search = _run_to_end(file, json_)
    best = folder / f"best-{search.digest[:8]}"
    if search.verdict is not None:
        export_chosen(opened.config.store, search, best)
    _print_report(reader, search, json_, store=opened.config.store, model=best)


@app.command()
def ui(
    store: Store = None,
    port: Annotated[int, typer.Option(help="On 127.0.0.1.")] = 8501,
) -> None:
    """Open the pages: searches, one search, the family tree, export."""
    from evolve.cli.pages import serve

    serve(_url(store), port)


def _run_to_end(file: Path, json_: bool, log: Path | None = None) -> tuple[Any, Any, Any]:
    """(what the file names, reader, search) of a search that is finished when this returns."""
    from evolve.cli.searches import open_search
    from evolve.store import Reader, open_engine

    opened = open_search(file)
    engine = open_engine(opened.config.store)
    reader = Reader(engine)
    known = reader.search(opened.digest)
    with _watched(json_) as console:
        if known is None or known.state != "finished":
            from evolve.cli.logs import set_up_logs
            from evolve.cli.running import run_search
            from evolve.cli.watching import Watcher

            set_up_logs(console, log)
            with Watcher(console) as watcher, redirect_stdout(io.StringIO()):
                run_search(opened, engine, watcher)
        else:
            console.print(
                f"Search '{known.name}' ({known.digest[:8]}) is finished; nothing to do."
            )
    search = reader.search(opened.digest)
    if search is None:
        raise EvolveError("the search is not in its store; was the database removed?")
    return opened, reader, search


def _find(word: str, store: str | None) -> tuple[Any, Any]:
    """(reader, search) by name, digest or search file."""
    reader = _reader(_store_of(word, store))
    if not _is_file(word):
        return reader, reader.find(word)
    from evolve.cli.searches import open_search

    opened = open_search(Path(word))
    search = reader.search(opened.digest)
    if search is None:
        from search_spaces.errors import ConfigError

        raise ConfigError(
            f"{word}: this search has not been run yet, or was changed since; `evolve run {word}`"
        )
    return reader, search


def _is_file(word: str) -> bool:
    return word.endswith((".yaml", ".yml"))


def _store_of(word: str, store: str | None) -> str:
    """A search file knows its own store."""
    if store is None and _is_file(word):
        from evolve.config import read_search

        return read_search(Path(word)).store
    return _url(store)


def _url(store: str | None) -> str:
    from evolve.config import absolute_store

    return absolute_store(
        store or os.environ.get("EVOLVE_STORE") or "sqlite:///evolve.db", Path.cwd()
    )


def _reader(store: str | None) -> Any:
    from evolve.store import Reader, open_engine

    return Reader(open_engine(_url(store), create=False))


def _print_report(
    reader: Any,
    search: Any,
    json_: bool,
    *,
    store: str | None,
    progress: bool = False,
    hints: bool = False,
    model: Path | None = None,
) -> None:
    from evolve.report import summary

    found = summary(reader, search)
    if json_:
        _print_json(found)
        return
    from evolve.cli.tables import attribution_table, gains_table, make_console, report_table
    from evolve.cli.telling import closing, contamination, next_steps, progress_lines

    console = make_console()
    if progress or search.state != "finished":
        console.print(progress_lines(found))
    console.print(report_table(found))
    gains = gains_table(found)
    if gains is not None:
        console.print(gains)
    for line in [*closing(found), *contamination(found)]:
        console.print(line, highlight=False, soft_wrap=True)
    if found["attribution"] is not None:
        console.print(attribution_table(found["attribution"]["rows"]))
    if hints or model is not None:
        for line in next_steps(found, store, model):
            console.print(line, highlight=False, soft_wrap=True)


def _print_written(write: Any, json_: bool) -> None:
    """Runs a writer with progress on a terminal, and says what it wrote."""
    with _watched(json_) as console:
        if console.is_terminal:
            with console.status("merging ...") as status:
                found = write(lambda done, total: status.update(f"merging tensor {done}/{total}"))
        else:
            found = write(lambda done, total: None)
        if not json_:
            console.print(
                f"Wrote {found['folder']}: {', '.join(found['files'])}",
                highlight=False,
                soft_wrap=True,
            )
            for remark in found.get("remarks", ()):
                console.print(f"Note: {remark}", highlight=False, soft_wrap=True)
    if json_:
        _print_json(found)


@contextmanager
def _watched(json_: bool) -> Iterator[Any]:
    """A console for progress; on standard error when standard output is for JSON."""
    from evolve.cli.tables import make_console

    yield make_console(sys.stderr if json_ else sys.stdout)


@contextmanager
def _stages(console: Any) -> Iterator[Callable[[str], None]]:
    """A function that says on a terminal what is being done."""
    if not console.is_terminal:
        yield lambda stage: None
        return
    with console.status("starting ...") as status:
        yield lambda stage: status.update(f"{stage} ...")


def _print_json(found: Any) -> None:
    print(json.dumps(found, ensure_ascii=False, allow_nan=False))


def _optimizer_line(found: dict[str, Any]) -> str:
    name = str(found["optimizer"])
    return name if found["population"] is None else f"{name}, population {found['population']}"


def _racing_line(racing: dict[str, Any]) -> str:
    turns = "; each generation meets another quarter" if racing["items"] == "rotate" else ""
    if racing["method"] == "off":
        return f"off: every trial is scored on all its search items{turns}"
    return (
        f"{racing['method']}, {racing['blocks']} blocks of search items, error "
        f"{racing['error']:g}{turns}"
    )


def _items_line(tasks: dict[str, int]) -> str:
    return (
        f"{sum(tasks.values()):,} ("
        + ", ".join(f"{task} {count:,}" for task, count in tasks.items())
        + ")"
    )
