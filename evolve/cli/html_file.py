"""A search's report as one HTML file."""

import os
import tempfile
from pathlib import Path
from typing import Any

from evolve.store import Reader, SearchRow
from search_spaces.errors import ConfigError

_SAME = 0o644  # what anybody may read, as files that are written by hand


def write_report(
    reader: Reader, search: SearchRow, file: Path, *, replace: bool = False
) -> dict[str, Any]:
    """Whole or not at all; gives `search`, `file` and `bytes`.

    Raises: ConfigError for a place that is taken or cannot be written.
    """
    file = file.expanduser().absolute()
    _check_free(file, replace)
    from ui import html_report

    body = html_report.page(html_report.read(reader, search)).encode()
    try:
        _write(body, file, replace)
    except OSError as error:
        raise ConfigError(f"--html {file}: cannot be written: {error.strerror}") from None
    return {"search": search.digest, "file": str(file), "bytes": len(body)}


def _check_free(file: Path, replace: bool) -> None:
    if file.is_dir():
        raise ConfigError(f"--html {file}: is a folder; name a file in it")
    if os.path.lexists(file) and not replace:
        raise ConfigError(f"--html {file}: is there already; give another name, or --replace")


def _write(body: bytes, file: Path, replace: bool) -> None:
    """Under another name in the same folder, which it loses when it is whole and on the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name[:100]}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(body)
            target.flush()
            os.fsync(target.fileno())
        os.chmod(name, _SAME)
        _check_free(file, replace)  # another may have come meanwhile
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
