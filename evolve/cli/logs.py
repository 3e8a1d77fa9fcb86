"""What happened, event by event: all of it as JSON lines in a file, what matters on the
terminal.
"""

import logging
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.markup import escape


def set_up_logs(console: Console, file: Path | None) -> None:
    """Events of level warning go to `console`; with `file`, every event is appended to it as
    JSON.
    """
    handle = None if file is None else file.open("a", encoding="utf-8", buffering=1)

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
            show,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=handle),
        cache_logger_on_first_use=False,
    )
