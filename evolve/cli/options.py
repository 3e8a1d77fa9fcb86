"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


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
To = Annotated[
    str,
    typer.Option(
        "--to", help="A new folder for the model, or a URL: s3://, gs://.", show_default=False
    ),
]
Replace = Annotated[
    bool, typer.Option("--replace", help="An older export there goes when the new one is whole.")
]
OnDevice = Annotated[Device, typer.Option("--device", help="A GPU where there is one.")]
MaxUsd = Annotated[
    float | None,
    typer.Option(
        "--max-usd",
        min=0.0,
        help="Stop asking in time to choose and report within so many dollars of workers, of this "
        "command.",
        show_default=False,
    ),
]
MaxHours = Annotated[
    float | None,
    typer.Option(
        "--max-hours",
        min=0.0,
        help="Stop asking in time to choose and report within so many hours of this command.",
        show_default=False,
    ),
]
