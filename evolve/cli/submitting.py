"""Hands a rendered search over: to SkyPilot, to Kubernetes, to a Ray cluster."""

import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evolve.launch.kuberay import kuberay_manifests, secret_manifest
from evolve.launch.ray_jobs import ray_command, ray_job
from evolve.launch.skypilot import TOKEN, sky_command, sky_task
from evolve.launch.wanted import Wanted
from evolve.launch.yaml_text import yaml_text
from search_spaces.errors import ConfigError, EvolveError

_CONFIG_MAP_BYTES = 900_000  # Kubernetes takes 1 MiB in all
_WORKING_DIR_BYTES = 100_000_000
_SUBMIT_LIMIT_S = 900.0
_NO_CLIENT = (
    "--on ray: Ray's client for jobs is not installed; pip install 'evolve-merge[ray-jobs]'"
)


@dataclass(frozen=True)
class Sending:
    """wanted: what is sent; environ: the environment that has the values of its secrets."""

    wanted: Wanted
    environ: Mapping[str, str]

    @property
    def secret_values(self) -> dict[str, str]:
        return {name: self.environ[name] for name in self.wanted.secrets}


def say(line: str) -> None:
    """On standard error: standard output is for what is rendered."""
    print(line, file=sys.stderr, flush=True)


def on_skypilot(sending: Sending, *, dry_run: bool) -> int:
    """Raises: ConfigError where SkyPilot is not installed; EvolveError where it refuses."""
    wanted = sending.wanted
    text = yaml_text(sky_task(wanted))
    if dry_run:
        sys.stdout.write(text)
        say(shlex.join(sky_command(wanted, f"{wanted.name}.yaml")))
        return 0
    _program("sky", "SkyPilot: pip install 'skypilot[aws]' (or gcp, runpod, ...); `sky check`")
    with tempfile.TemporaryDirectory(prefix="evolve-launch-") as folder:
        file = Path(folder) / f"{wanted.name}.yaml"
        file.write_text(text, encoding="utf-8")
        environ = {**sending.environ, TOKEN: secrets.token_urlsafe(32)}
        _submit(sky_command(wanted, str(file)), environ=environ)
    say(f"Submitted. `sky jobs queue` and `sky jobs logs -n {wanted.name}` follow it;")
    say(f"`evolve show {wanted.name}` with EVOLVE_STORE set shows how far it is.")
    return 0


def on_kuberay(sending: Sending, *, dry_run: bool) -> int:
    """Raises: ConfigError where kubectl is not installed; EvolveError where it refuses."""
    wanted = sending.wanted
    text = yaml_text(*kuberay_manifests(wanted, _task_files(wanted), version("ray")))
    if dry_run:
        sys.stdout.write(text)
        names = ", ".join(wanted.secrets)
        say(f"kubectl apply -f -  # Secret '{wanted.name}': {names} of the environment")
        say("kubectl apply -f -  # what is on standard output")
        return 0
    _program("kubectl", "kubectl, and a kubeconfig of a cluster with KubeRay 1.5.1 or newer")
    secret = yaml_text(secret_manifest(wanted, sending.secret_values))
    for manifest in (secret, text):
        _submit(["kubectl", "apply", "-f", "-"], environ=sending.environ, text=manifest)
    say(f"Submitted. `kubectl get rayjob {wanted.name}` shows its state;")
    say(f"`evolve show {wanted.name}` with EVOLVE_STORE set shows how far the search is.")
    return 0


def on_ray(sending: Sending, address: str, *, dry_run: bool) -> int:
    """Raises: ConfigError where the cluster does not answer; EvolveError where it refuses."""
    wanted = sending.wanted
    submission_id = f"{wanted.name}-{secrets.token_hex(4)}"
    job = ray_job(wanted, submission_id)
    if dry_run:
        sys.stdout.write(yaml_text(job))
        say(shlex.join(ray_command(address, job)))
        return 0
    files = job.pop("files")
    with tempfile.TemporaryDirectory(prefix="evolve-launch-") as name:
        folder = Path(name)
        for there, here in files.items():
            if there in wanted.folders:
                _copy(Path(here), folder / there)
            else:
                (folder / there).write_text(here, encoding="utf-8")
        job["runtime_env"] |= {"working_dir": name, "env_vars": sending.secret_values}
        _submit_ray_job(address, job)
    if wanted.secrets:
        say(
            "Ray shows a job's environment variables to whoever holds the cluster's token; to "
            "keep the database's password out of there, set EVOLVE_STORE where the head starts "
            "and give --store-there"
        )
    say(f"Submitted as {submission_id}. `ray job logs -f {submission_id}` follows it.")
    return 0


def _submit_ray_job(address: str, job: Mapping[str, Any]) -> None:
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        from ray.exceptions import AuthenticationError
        from ray.job_submission import JobSubmissionClient
    except ImportError:
        raise ConfigError(_NO_CLIENT) from None
    try:
        client = JobSubmissionClient(address)
        client.submit_job(**job)
    except ConnectionError:
        raise ConfigError(
            f"--address: no Ray cluster answers at {address}; expected the address of its "
            "dashboard, as http://HOST:8265"
        ) from None
    except AuthenticationError:
        raise ConfigError(
            f"--address: the Ray cluster at {address} does not take this token; give its own in "
            "RAY_AUTH_TOKEN, or in the file ~/.ray/auth_token"
        ) from None
    except (RuntimeError, ValueError) as error:
        if "ray[default]" in str(error):
            raise ConfigError(_NO_CLIENT) from None
        raise EvolveError(f"the Ray cluster at {address} refused: {_first(error)}") from None


def _submit(command: list[str], *, environ: Mapping[str, str], text: str | None = None) -> None:
    """Its output is its own. text: for its standard input."""
    try:
        done = subprocess.run(
            command,
            input=text,
            text=True,
            env=dict(environ),
            timeout=_SUBMIT_LIMIT_S,
            stdout=sys.stderr,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EvolveError(f"{command[0]} did not answer within {_SUBMIT_LIMIT_S:g} s") from None
    if done.returncode:
        raise EvolveError(
            f"{command[0]} ended with exit code {done.returncode}; what it says is above"
        )


def _program(name: str, wanted: str) -> None:
    if shutil.which(name) is None:
        raise ConfigError(f"`{name}` is not installed; needed is {wanted}")


def _copy(here: Path, there: Path) -> None:
    """Raises: ConfigError for a folder that is too large to send."""
    size = sum(file.stat().st_size for file in _files(here))
    if size > _WORKING_DIR_BYTES:
        raise ConfigError(
            f"task_folders: {here} holds {size / 1e6:.0f} MB, at most "
            f"{_WORKING_DIR_BYTES / 1e6:.0f} are sent; put it where the cluster can read it"
        )
    shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__", ".*"))


def _task_files(wanted: Wanted) -> dict[str, str]:
    """Path beside the search file -> text. Raises: ConfigError for what no ConfigMap can hold."""
    found: dict[str, str] = {}
    for there, here in wanted.folders.items():
        for file in _files(Path(here)):
            path = f"{there}/{file.relative_to(here).as_posix()}"
            try:
                found[path] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                raise ConfigError(
                    f"task_folders: {file} is no text; put it in the image"
                ) from None
    if sum(len(text.encode()) for text in found.values()) > _CONFIG_MAP_BYTES:
        raise ConfigError(
            "task_folders: more than 0.9 MB, which no ConfigMap can hold; put them in the image, "
            "or on the hub"
        )
    return found


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and not any(p.startswith(".") or p == "__pycache__" for p in parts):
            yield file


def _first(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
