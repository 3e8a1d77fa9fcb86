"""Who may see pages that are shared: whoever has logged in and is on a list of addresses."""

import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError

_PART = r"[^\s@,;<>\"'*/\\]+"
_ENTRY = re.compile(rf"(?:{_PART})?@{_PART}\.{_PART}")
_MOST_BYTES = 1_000_000


def allow_list(entries: Iterable[str]) -> frozenset[str]:
    """Addresses (`ann@example.org`) and whole domains (`@example.org`, without what is below
    them), in lower case.

    entries: each with one or several, apart by commas, spaces or lines, or the path of a file of
    them (it begins with `/`, `.` or `~`), in which # begins a remark.

    Raises: ConfigError for what is neither; a list with a mistake lets nobody in by mistake.
    """
    found: set[str] = set()
    for entry in entries:
        text = _content(entry) if entry.startswith(("/", ".", "~")) else entry
        for word in re.split(r"[\s,]+", text.strip()):
            if word and not _ENTRY.fullmatch(word):
                raise ConfigError(
                    f"allow: expected an address as ann@example.org or a domain as @example.org, "
                    f"found {word!r:.80}"
                )
            found |= {word.lower()} if word else set()
    return frozenset(found)


def may_enter(user: Mapping[str, Any], allow: Collection[str]) -> bool:
    """user: the claims of an OpenID Connect provider, with `is_logged_in`.

    An address that the provider itself calls not verified is not believed. An empty list lets
    nobody in.
    """
    email = user.get("email")
    if user.get("is_logged_in") is not True or not isinstance(email, str):
        return False
    if user.get("email_verified") not in (None, True, "true"):
        return False
    name, at, domain = email.lower().rpartition("@")
    if not (name and at and domain) or "@" in name or email != email.strip():
        return False
    return email.lower() in allow or f"@{domain}" in allow


def is_loopback(host: str | None) -> bool:
    """Can only this machine reach a server at this address? Unknown names and none are not."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _content(entry: str) -> str:
    path = Path(entry).expanduser()
    try:
        with path.open("rb") as handle:
            text = handle.read(_MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"allow: {path}: cannot be read: {error}") from None
    return "\n".join(line.partition("#")[0] for line in text.splitlines())
