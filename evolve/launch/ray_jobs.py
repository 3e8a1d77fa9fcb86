"""A job of a Ray cluster that is there, as Ray's own client submits it."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from evolve.launch.entry import entry, requirement, urls_of
from evolve.launch.shipping import SEARCH_FILE
from evolve.launch.wanted import Wanted


def ray_job(wanted: Wanted, submission_id: str) -> dict[str, Any]:
    """What JobSubmissionClient.submit_job takes, with each secret as the name of its environment
    variable, and the files of its working folder. The head's own environment has the token.
    """
    environment: dict[str, Any] = {
        "working_dir": ".",
        "env_vars": {name: f"${{{name}}}" for name in wanted.secrets},
    }
    if wanted.package is not None:
        environment["pip"] = [requirement(wanted.package, urls_of(wanted))]
    return {
        "submission_id": submission_id,
        "entrypoint": entry(wanted, SEARCH_FILE),
        "runtime_env": environment,
        "metadata": {"search": wanted.name},
        "files": {SEARCH_FILE: wanted.search, **dict(wanted.folders)},
    }


def ray_command(address: str, job: Mapping[str, Any]) -> list[str]:
    """The same by hand, in the folder that holds the files."""
    environment = json.dumps(job["runtime_env"])
    return [
        *("ray", "job", "submit", "--address", address, "--submission-id", job["submission_id"]),
        *("--runtime-env-json", environment, "--no-wait", "--", *shlex.split(job["entrypoint"])),
    ]
