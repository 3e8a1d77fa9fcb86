"""Command lines to copy, and those that a page runs: processes of their own, without a shell.

A URL with a password stays out of a command line, since every user of the machine can see these:
the command finds it in EVOLVE_STORE (`environ_of`).
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from sqlalchemy.engine import make_url

from evolve.config import absolute_store
from evolve.store.connecting import shown as shown_url

_STORE = "EVOLVE_STORE"


def export_argv(python: str, url: str, digest: str, trial: int, folder: str) -> list[str]:
    """The command that writes a trial's model folder."""
    words = [digest, "--trial", str(trial), "--to", folder]
    return [python, "-m", "evolve", "export", *words, *_store_words(url)]


def evolve_argv(python: str, url: str, words: Sequence[str]) -> list[str]:
    """Any command over the pages' database. words: after `evolve`."""
    return [python, "-m", "evolve", *words, *_store_words(url)]


def control_argv(python: str, url: str, verb: str, digest: str, *more: str) -> list[str]:
    """verb: pause, stop or resume."""
    return [python, "-m", "evolve", verb, digest, *more, *_store_words(url)]


def launch_argv(python: str, file: str, address: str | None) -> list[str]:
    """address: of a Ray cluster's dashboard; None: on this machine."""
    where = ["--on", "local"] if address is None else ["--on", "ray", "--address", address]
    return [python, "-m", "evolve", "launch", file, *where]


def plan_argv(python: str, file: str) -> list[str]:
    """The command that checks a search file."""
    return [python, "-m", "evolve", "plan", file, "--json"]


def environ_of(url: str) -> dict[str, str]:
    """Of a command that goes with the pages' database, whatever folder its search file is in."""
    return {**os.environ, _STORE: absolute_store(url, Path.cwd())}


def shown(name: str, trial: int | None, folder: str, store: str | None) -> str:
    """Three ways to the model folder, to copy: from the store, from the recipe, and by mergekit.

    name: of the search; trial: None for the chosen one; store: None where it is the default.
    """
    export = ["evolve", "export", name]
    if trial is not None:
        export += ["--trial", str(trial)]
    export += ["--to", folder]
    if store is not None:
        export += ["--store", store]
    lines = (export, ["evolve", "merge", "recipe.yml", "--to", folder])
    return "\n".join(
        shlex.join(line) for line in (*lines, ["mergekit-yaml", "recipe.yml", folder])
    )


def shown_control(verbs: Sequence[str], name: str, store: str | None) -> str:
    """A line for each of `pause`, `stop`, `resume`, `resume --finish`, to copy."""
    where = [] if store is None else ["--store", store]
    return "\n".join(shlex.join(["evolve", *_placed(verb, name), *where]) for verb in verbs)


def output_of(
    argv: Sequence[str], environ: Mapping[str, str] | None = None
) -> Generator[str | int]:
    """Runs a command; yields its output, errors included, line by line, and at last its exit code.

    The process ends with the iterator: a page that is left leaves no half-watched command behind.
    """
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environ,
            text=True,
            errors="replace",
        )
    except OSError as error:
        yield f"{argv[0]} cannot be started: {error.strerror}"
        yield 127
        return
    with process:
        try:
            yield from (line.rstrip("\n") for line in process.stdout or ())
            yield process.wait()
        finally:
            if process.poll() is None:
                process.terminate()


def answer_of(
    argv: Sequence[str], environ: Mapping[str, str], limit_s: float = 120.0
) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a command that is waited for; 124 where it
    took longer.
    """
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environ,
            text=True,
            errors="replace",
            timeout=limit_s,
        )
    except OSError as error:
        return 127, "", f"{argv[0]} cannot be started: {error.strerror}"
    except subprocess.TimeoutExpired:
        return 124, "", f"it did not end within {limit_s:.0f} s"
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def asked(url: str, verb: str, digest: str) -> tuple[int, str]:
    """(exit code, what it said) of `evolve pause` or `stop`, which only leave a wish."""
    more = ["--no-wait"] if verb == "pause" else []
    argv = control_argv(sys.executable, url, verb, digest, *more)
    code, out, err = answer_of(argv, environ_of(url))
    return code, err if code else out


def _placed(verb: str, name: str) -> list[str]:
    first, *more = verb.split()
    return [first, name, *more]


def _store_words(url: str) -> list[str]:
    secret = shown_url(url) != make_url(url).render_as_string(hide_password=False)
    return [] if secret else ["--store", url]
