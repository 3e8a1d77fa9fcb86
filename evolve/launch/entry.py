"""The command that is run there, and what is installed first."""

import shlex
from collections.abc import Collection

from evolve.launch.wanted import Wanted

_EXTRAS = {"s3": "s3", "gs": "gcs", "gcs": "gcs"}
"""Of a URL -> what pip installs beside Evolve to read and write there."""


def entry(wanted: Wanted, file: str) -> str:
    """As one line of a shell."""
    return " ".join(shell_word(word) for word in entry_words(wanted, file))


def entry_words(wanted: Wanted, file: str) -> list[str]:
    """Runs the search beside its Ray cluster, and starts it again on exit code 33."""
    words = ["evolve", "launch", file, "--on", "local"]
    for flag, value in (
        ("--max-usd", wanted.max_usd),
        ("--max-hours", wanted.max_hours),
        ("--log", wanted.log),
        ("--export", wanted.export),
    ):
        if value is not None:
            words += [flag, f"{value:g}" if isinstance(value, float) else value]
    return words


def shell_word(word: str) -> str:
    """Quoted where it has to be; a leading `~/` is left to the shell."""
    return f"~/{shlex.quote(word[2:])}" if word.startswith("~/") else shlex.quote(word)


def requirement(package: str, urls: Collection[str]) -> str:
    """What pip installs. package: `evolve-merge==1.2`, a folder or wheel there, or a URL of a
    wheel or a git repository; urls: where exports and logs go.
    """
    if "[" in package:
        return package
    schemes = {url.partition("://")[0] for url in urls}
    extras = ",".join(["postgres", *sorted({_EXTRAS[s] for s in schemes if s in _EXTRAS})])
    if "://" in package:
        return f"evolve-merge[{extras}] @ {package}"
    name, equals, version = package.partition("==")
    return f"{name}[{extras}]{equals}{version}"


def urls_of(wanted: Wanted) -> tuple[str, ...]:
    return tuple(url for url in (wanted.export, wanted.log) if url is not None)
