"""Secrets kept out of what is printed, logged and stored."""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import unquote

from evolve.visible import visible

_STARS = "***"
_SHORTEST = 6  # characters; what is shorter would be found in every other word
_NAMES = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|_KEY|APIKEY|CREDENTIALS?|CONNECTION_STRING)(_VALUE)?$",
    re.IGNORECASE,
)
# user:password@ of any URL, also without a user, up to its last @; and password=... anywhere.
_URL = re.compile(r"(?<=://)([^\s/@:'\"]*):([^\s\"]*)@")
_QUERY = re.compile(
    r"(?<![\w-])((?:ssl)?password|token|api_key|secret)=(?!\*\*\*)[^\s&'\",)]+", re.IGNORECASE
)


def masked(text: str, secrets: Iterable[str] | None = None) -> str:
    """Without passwords in URLs, and without secrets: by default the values of this process's
    environment variables whose names say that they are some (HF_TOKEN, WANDB_API_KEY ...).
    """
    text = _QUERY.sub(rf"\1={_STARS}", _URL.sub(rf"\1:{_STARS}@", text))
    for secret in _of_this_process() if secrets is None else secrets:
        text = text.replace(secret, _STARS)
    return text


def told(text: str) -> str:
    """As it may be printed: without secrets, and without what a terminal would obey."""
    return visible(masked(text))


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The longest first: tokens and keys, and the passwords of URLs."""
    found = {value for name, value in environment.items() if _NAMES.search(name)}
    passwords = {user_and[1] for value in environment.values() for user_and in _URL.findall(value)}
    found |= passwords | {unquote(password) for password in passwords}
    return tuple(sorted((s for s in found if len(s) >= _SHORTEST), key=lambda s: (-len(s), s)))


@cache
def _of_this_process() -> tuple[str, ...]:
    return secrets_of(os.environ)
