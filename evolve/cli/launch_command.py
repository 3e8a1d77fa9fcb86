"""`evolve launch` and its options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.options import File


class Where(StrEnum):
    skypilot = "skypilot"
    ray = "ray"
    kuberay = "kuberay"
    local = "local"


def launch(
    file: File,
    on: Annotated[Where, typer.Option("--on", help="What runs it.", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")
    ] = False,
    store: Annotated[
        str | None,
        typer.Option(help="Database URL there; else $EVOLVE_STORE.", show_default=False),
    ] = None,
    store_there: Annotated[
        bool, typer.Option("--store-there", help="ray: the cluster's head has EVOLVE_STORE set.")
    ] = False,
    gpu: Annotated[
        str | None,
        typer.Option(
            help="skypilot: kind, as H100, A100-80GB, L4; kuberay: label nvidia.com/gpu.product."
        ),
    ] = None,
    gpus_per_node: Annotated[
        int | None, typer.Option(min=0, help="One if not given.", show_default=False)
    ] = None,
    nodes: Annotated[
        int | None, typer.Option(min=1, help="One if not given.", show_default=False)
    ] = None,
    cloud: Annotated[
        str | None, typer.Option(help="skypilot: aws, gcp, runpod ...; the cheapest.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="skypilot: the cheapest.")] = None,
    spot: Annotated[
        bool | None,
        typer.Option(
            "--spot/--on-demand", help="skypilot: spot if not given.", show_default=False
        ),
    ] = None,
    max_usd: Annotated[
        float | None, typer.Option(min=1e-6, help="Ends the search before it costs more.")
    ] = None,
    max_hours: Annotated[
        float | None, typer.Option(min=1e-6, help="Ends the search before it takes longer.")
    ] = None,
    log: Annotated[
        str | None, typer.Option(help="Events as JSON lines: a file, or s3://, gs:// ...")
    ] = None,
    export: Annotated[
        str | None, typer.Option(help="Where the chosen model goes: a folder, s3://, gs:// ...")
    ] = None,
    image: Annotated[
        str | None, typer.Option(help="Container image that holds Evolve; needed by kuberay.")
    ] = None,
    package: Annotated[
        str | None,
        typer.Option(help="What pip installs there: name==version, a wheel, git+https://..."),
    ] = None,
    workdir: Annotated[
        Path | None, typer.Option(help="skypilot: a checkout to send and install.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The search file's name.")] = None,
    address: Annotated[
        str | None, typer.Option(help="ray: of the dashboard; http://127.0.0.1:8265.")
    ] = None,
    restarts: Annotated[
        int, typer.Option(min=0, help="local: at most so many in a row after exit code 33.")
    ] = 10,
    restart_pause: Annotated[
        float, typer.Option(min=0, help="local: seconds before the first; then twice as long.")
    ] = 10.0,
) -> None:
    """Run a search on rented GPUs or a cluster, or here and again after every pause."""
    from evolve.cli.launching import Asked, launch_search

    asked = Asked(
        store=store,
        store_there=store_there or None,
        gpu=gpu,
        gpus_per_node=gpus_per_node,
        nodes=nodes,
        cloud=cloud,
        region=region,
        spot=spot,
        image=image,
        package=package,
        workdir=workdir,
        name=name,
        address=address,
        max_usd=max_usd,
        max_hours=max_hours,
        log=log,
        export=export,
        restarts=restarts,
        restart_pause_s=restart_pause,
    )
    raise typer.Exit(launch_search(file, on.value, asked, dry_run=dry_run))
