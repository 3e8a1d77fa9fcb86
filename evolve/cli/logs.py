"""What happened, event by event: all of it as JSON lines in a file or at a URL, what matters on
the terminal.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import structlog
from rich.console import Console
from rich.markup import escape

from evolve.cli.remote import is_url, local_path
from evolve.cli.remote_log import RemoteLog
from evolve.masking import masked
from search_spaces.errors import ConfigError


@contextmanager
def logged_to(console: Console, to: Path | str | None) -> Iterator[None]:
    """Events of level warning go to `console`; with `to`, every event is appended there as JSON.

    However the block ends, what a URL still lacks is uploaded within 2 s.

    Raises: ConfigError for a URL whose kind is not known or not installed.
    """
    if to is None:
        _set_up(console, None)
        yield
    elif is_url(str(to)):
        log = RemoteLog(str(to), lambda line: _warn(console, line))
        _set_up(console, log)
        try:
            yield
        finally:
            _set_up(console, None)
            log.close()
    else:
        with _appended(local_path(str(to))) as file:
            _set_up(console, file)
            try:
                yield
            finally:
                _set_up(console, None)


def _appended(path: Path) -> TextIO:
    """Raises: ConfigError where it cannot be written to."""
    try:
        return path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise ConfigError(f"--log: {path}: {error.strerror}; name a file to append to") from None


def _set_up(console: Console, handle: TextIO | RemoteLog | None) -> None:
    def show(_: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if getattr(logging, method.upper(), 0) >= logging.WARNING:
            words = " ".join(f"{k}={v}" for k, v in event.items() if k != "event")
            console.print(
                f"[yellow]{escape(str(event['event']))}[/yellow] {escape(words)}", highlight=False
            )
        if handle is None:
            raise structlog.DropEvent
        return event

    structlog.configure(
        processors=[
            _mask,
            show,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        # Anything that takes lines will do.
        logger_factory=structlog.WriteLoggerFactory(file=handle),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )


def _mask(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Whatever an event holds is shown and written without secrets."""
    return {key: _without_secrets(value) for key, value in event.items()}


def _without_secrets(value: Any) -> Any:
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, dict):
        return {_without_secrets(k): _without_secrets(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(v) for v in value]
    return masked(str(value))


def _warn(console: Console, line: str) -> None:
    console.print(f"[yellow]{escape(masked(line))}[/yellow]", highlight=False, soft_wrap=True)
