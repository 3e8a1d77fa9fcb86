"""Command lines to copy, and the one that a page runs: a process of its own, without a shell."""

import shlex
import subprocess
from collections.abc import Generator, Sequence

from sqlalchemy.engine import make_url

from evolve.store.connecting import shown as shown_url


def export_argv(python: str, url: str, digest: str, trial: int, folder: str) -> list[str]:
    """The command that writes a trial's model folder.

    A URL with a password stays out of it, since every user of the machine can see command lines:
    the command finds it in EVOLVE_STORE, where it came from.
    """
    command = [python, "-m", "evolve", "export", digest, "--trial", str(trial), "--to", folder]
    secret = shown_url(url) != make_url(url).render_as_string(hide_password=False)
    return command if secret else [*command, "--store", url]


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


def output_of(argv: Sequence[str]) -> Generator[str | int]:
    """Runs a command; yields its output, errors included, line by line, and at last its exit code.

    The process ends with the iterator: a page that is left leaves no half-watched command behind.
    """
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
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
