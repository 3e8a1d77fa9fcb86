"""The search file as it is sent: no database in it, its task folders beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from evolve.config import SearchConfig
from evolve.launch.yaml_text import yaml_text
from search_spaces.errors import ConfigError

SEARCH_FILE = "search.yaml"
CLUSTER = "auto"
"""Joins the Ray cluster of RAY_ADDRESS, or of the machine."""


@dataclass(frozen=True)
class Shipped:
    """text: the YAML; folders: path beside it -> the task folder here."""

    text: str
    folders: Mapping[str, str]


def ship(config: SearchConfig, *, usd_per_hour: float | None = None) -> Shipped:
    """The search with the same digest, for workers of a Ray cluster that is there.

    config: as read_search gives it, its paths absolute; models stay named as they are.
    usd_per_hour: of one worker, where the search file has no price.

    Raises: ConfigError for a password in the address of a sink.
    """
    if config.sinks.mlflow is not None and "@" in urlsplit(config.sinks.mlflow).netloc:
        raise ConfigError(
            "sinks.mlflow: holds a user or password, which would be written into the file that is "
            "sent; leave it out there and set MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD"
        )
    data = config.model_dump(mode="json", exclude_unset=True, exclude={"store"})
    folders = {
        f"tasks/{number}-{PurePosixPath(folder).name}": folder
        for number, folder in enumerate(config.task_folders)
    }
    if folders:
        data["task_folders"] = list(folders)
    else:
        data.pop("task_folders", None)
    workers = {**data.get("workers", {}), "address": CLUSTER}
    if usd_per_hour is not None:
        workers["usd_per_hour"] = round(usd_per_hour, 4)
    return Shipped(yaml_text({**data, "workers": workers}), folders)
