"""What is wanted of a search that runs somewhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wanted:
    """name: of the search there, lower case letters, digits and dashes; search: the YAML that is
    sent; folders: path beside that YAML -> task folder here; secrets: names of environment
    variables; package: what pip installs, None where the image or the cluster has it.
    """

    name: str
    search: str
    folders: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ("EVOLVE_STORE",)
    package: str | None = None
    workdir: str | None = None
    image: str | None = None
    cloud: str | None = None
    region: str | None = None
    gpu: str | None = None
    gpus_per_node: int = 1
    nodes: int = 1
    spot: bool = True
    max_usd: float | None = None
    max_hours: float | None = None
    export: str | None = None
    log: str | None = None
