"""`evolve inspect` and its options."""

from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.options import AsJson, Device, OnDevice
from evolve.cli.printing import print_json, stages, watched


def inspect(
    parents: Annotated[
        list[str],
        typer.Argument(
            help="Folders, org/name@revision of the Hugging Face hub, or base+adapter of such.",
            show_default=False,
        ),
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
    device: OnDevice = Device.auto,
    json_: AsJson = False,
) -> None:
    """Measure what parents changed of their base, and how they get on with each other."""
    from evolve.cli.inspecting import check_files, inspect_models, print_inspection, write_files
    from search_spaces.profile import as_data

    check_files(suggest, plot)
    with watched(json_) as console, stages(console) as report:
        found = inspect_models(
            parents,
            base,
            device=device.value,
            spectrum=not no_spectrum,
            report=lambda done, total: report(f"measuring, {100 * done // total} %"),
        )
    written = write_files(found, suggest, plot, task or (), tasks_from or ())
    if json_:
        print_json({**as_data(found), **written})
        return
    from evolve.cli.tables import make_console

    print_inspection(make_console(), found, written, tasks=bool(task))
