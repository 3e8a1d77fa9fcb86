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
To = Annotated[Path, typer.Option("--to", help="A new folder for the model.", show_default=False)]
OnDevice = Annotated[Device, typer.Option("--device", help="A GPU where there is one.")]
