"""Which database, and which search in it, a command means."""

import os
from pathlib import Path
from typing import Any


def find(word: str, store: str | None) -> tuple[Any, Any]:
    """(reader, search) by name, digest or search file."""
    reader = open_reader(store_of(word, store))
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


def store_of(word: str, store: str | None) -> str:
    """A search file knows its own store."""
    if store is None and _is_file(word):
        from evolve.config import read_search

        return read_search(Path(word)).store
    return store_url(store)


def store_url(store: str | None) -> str:
    """The given one, $EVOLVE_STORE, or evolve.db in the working directory."""
    from evolve.config import absolute_store

    return absolute_store(
        store or os.environ.get("EVOLVE_STORE") or "sqlite:///evolve.db", Path.cwd()
    )


def open_reader(store: str | None) -> Any:
    """Of a database that exists. Raises: ConfigError."""
    from evolve.store import Reader, open_engine

    return Reader(open_engine(store_url(store), create=False))


def _is_file(word: str) -> bool:
    return word.endswith((".yaml", ".yml"))
