"""Debian's Chromium, driven by Playwright: found on the PATH, installed where the tests run as
root, else asked for. Playwright's own browsers are not used and not downloaded.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
_QUIET = [
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-quic", "--no-first-run", "--disable-gpu", "--enable-unsafe-swiftshader"),
    # Nothing but the loopback has an address: a page that asks for more fails, and is seen to.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class Missing(Exception):
    """There is no browser; says how to get it."""


def executable() -> str:
    """The browser's program. Raises: Missing."""
    found = _found()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _found()
    if found is None:
        raise Missing(
            f"these tests need a browser: none of {', '.join(_NAMES)} is on the PATH; as root: "
            f"{' '.join(_INSTALL)}"
        )
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser for as long as the context lasts.

    Not longer than a module of tests: Playwright's event loop stays in the thread until the end.

    Raises: Missing.
    """
    program = executable()
    args = [*_QUIET, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=args)
        try:
            yield opened
        finally:
            opened.close()


def _found() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _install() -> None:
    """One process at a time; the second finds it done."""
    with open(Path(tempfile.gettempdir()) / "evolve-apt.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _found() is not None:
            return
        print("Installing Chromium for the tests (once) ...", file=sys.stderr, flush=True)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], _INSTALL):
            done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
            if done.returncode and command is _INSTALL:
                raise Missing(f"{' '.join(command)} failed: {done.stderr[-500:]}")
