"""`evolve lineage` and its options: ancestry out of files, and out to files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from evolve.cli.finding import store_url
from evolve.cli.options import AsJson, Store
from evolve.cli.printing import print_json, stages, watched

lineage = typer.Typer(
    name="lineage",
    help="The family tree: import what model cards say, export what is known.",
    no_args_is_help=True,
)


@lineage.command("import")
def import_(
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="PLACE...",
            help="Model folders, folders of such, or org/name[@revision] of the Hugging Face hub.",
            show_default=False,
        ),
    ],
    store: Store = None,
    hub: Annotated[
        bool, typer.Option("--hub", help="Follow the parents that cards name, on the hub.")
    ] = False,
    depth: Annotated[
        int, typer.Option(min=1, max=50, help="With --hub: so many generations up.")
    ] = 5,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be imported, and write nothing.")
    ] = False,
    json_: AsJson = False,
) -> None:
    """Read model cards, mergekit files and adapter configs into the family tree.

    Of hub models the card and the configs alone are fetched. Importing again changes nothing.
    """
    from evolve.cli.lineage_import import import_places, print_import

    with watched(json_) as console, stages(console) as report:
        found = import_places(
            places, store_url(store), hub=hub, depth=depth, dry=dry_run, report=report
        )
    if json_:
        print_json(found)
        return
    from evolve.cli.tables import make_console

    print_import(make_console(), found)


@lineage.command("export")
def export(
    to: Annotated[
        Path,
        typer.Option(
            "--to", help="A file: .svg, .mmd (Mermaid), .graphml or .md.", show_default=False
        ),
    ],
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL]",
            help="Name, beginning of the digest, or a search, for its chosen model; without it "
            "all that is more than a candidate.",
            show_default=False,
        ),
    ] = None,
    descendants: Annotated[
        bool, typer.Option("--descendants", help="What came from it, not what it came from.")
    ] = False,
    generations: Annotated[
        int | None,
        typer.Option(min=1, help="At most so many generations away.", show_default=False),
    ] = None,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Write a model's ancestors as a picture, a diagram, a graph, or a model card's section."""
    from evolve.cli.lineage_export import export_family

    found: dict[str, Any] = export_family(
        model, to, store, descendants=descendants, generations=generations
    )
    if json_:
        print_json(found)
        return
    from evolve.cli.tables import make_console

    line = f"{found['models']:,} models and {found['edges']:,} edges in {found['file']}"
    make_console().print(line, highlight=False, markup=False, soft_wrap=True)
