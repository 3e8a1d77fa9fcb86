"""A search opened as the store has it, without its file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from evolve.cli import printing
from evolve.cli.searches import Opened, open_config
from evolve.config import SearchConfig
from evolve.store import Reader, SearchRow
from search_spaces.errors import ConfigError
from search_spaces.model_names import hub_model, split_reference
from search_spaces.problems import problems_in

_NOT_OF_A_FILE = ("data_sets", "layers")  # what the driver writes beside the configuration
_ASIDE = {*_NOT_OF_A_FILE, "store", "workers", "sinks"}  # what may differ in the same search


def stored_config(search: SearchRow, store: str) -> SearchConfig:
    """The configuration of a search, its paths absolute. store: the URL of its database, which is
    kept without a password.

    Raises: ConfigError where another version wrote it, in other words.
    """
    data = {k: v for k, v in search.config.items() if k not in _NOT_OF_A_FILE} | {"store": store}
    sinks: Mapping[str, Any] = data.get("sinks") or {}
    if "***" in str(sinks.get("mlflow") or ""):
        data["sinks"] = {**sinks, "mlflow": None}
        printing.warn(
            "sinks.mlflow: its address held a password, which is not stored; this time without "
            "MLflow. `evolve run FILE` tells it"
        )
    try:
        return SearchConfig.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(problems_in(error, SearchConfig))
        raise ConfigError(
            f"search '{search.name}' is stored as another version of Evolve read it: {problems}. "
            "`evolve run FILE` with its file goes on"
        ) from None


def open_stored(reader: Reader, search: SearchRow, store: str) -> Opened:
    """As `open_search` opens its file.

    Raises: ConfigError where its models or tasks are not there, or are not what they were: it
    would be another search.
    """
    opened = open_config(stored_config(search, store), f"search '{search.name}'")
    if opened.digest != search.digest:
        raise ConfigError(
            f"search '{search.name}' ({search.digest[:8]}) cannot go on as it is stored: "
            f"{_changed(reader, search, opened)}. `evolve run FILE` with the original file and "
            "models goes on; with changed ones it is a new search"
        )
    return opened


def write_stored(search: SearchRow, store: str, file: Path) -> None:
    """As a search file, for where it runs elsewhere. Raises: ConfigError."""
    config = stored_config(search, store)
    data = config.model_dump(mode="json", exclude={"store"})
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")


def is_here(config: SearchConfig) -> bool:
    """Are all models of a search folders, whose content can be looked at?"""
    references = (config.base, *config.parents.values())
    halves = [half for r in references for half in split_reference(r)[::2] if half]
    return all(hub_model(half) is None or Path(half).is_dir() for half in halves)


def _changed(reader: Reader, search: SearchRow, opened: Opened) -> str:
    """Which part, as far as the store can tell."""
    now = {"base": opened.base} | opened.parents
    for trial in reader.others(search.id):
        if trial.origin in ("base", "parent") and trial.name in now:
            model = reader.model_of(now[trial.name].fingerprint)
            if model is None or model.id != trial.model_id:
                return f"{trial.origin} '{trial.name}' at {now[trial.name].reference} has changed"
    stored, read = search.config, opened.config.shown()
    parts = [k for k in read if k not in _ASIDE and stored.get(k) != read[k]]
    if parts:
        return f"this version of Evolve reads other values of {', '.join(parts)} from it"
    names = ", ".join(task.name for task in opened.tasks)
    return f"what the files of its tasks say has changed ({names})"
