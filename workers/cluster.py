"""Ray, started here or joined: with its token, and on loopback unless somebody joins it."""

import contextlib
import ipaddress
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError
from search_spaces.messages import WorkerSpec
from workers.placement import Node, Offer

_OBJECT_STORE_BYTES = 256 * 2**20  # results are small; what workers share is not in it
_HOW = (
    "turn it on for the whole cluster: `ray get-auth-token --generate` on one machine, the same "
    "~/.ray/auth_token (mode 0600) or RAY_AUTH_TOKEN_PATH on every other, and RAY_AUTH_MODE=token "
    "in the environment of every `ray start` and of this command"
)
_REFUSED = 7
_SECRET = re.compile(r"TOKEN|SECRET|PASS|_KEY|APIKEY|CREDENTIAL|CONNECTION_STRING|EVOLVE_STORE")
_NEEDED = re.compile(r"HF_|HUGGING_FACE_|RAY_")
# Asks without a token; answers 0 if it was let in.
_PROBE = f"""
import sys
from ray._raylet import GcsClient
from ray.exceptions import AuthenticationError
try:
    GcsClient(address=sys.argv[1]).internal_kv_get(b"evolve", None, timeout=10)
except AuthenticationError:
    sys.exit({_REFUSED})
"""


def start_ray(cores: int, address: str | None, patience_s: float) -> Any:
    """The ray module, connected: to a Ray of our own with `cores` cores that only this machine can
    reach, or to the cluster at `address`.

    patience_s: how long a head node may be away before Ray ends this process.

    Raises: ConfigError when there is no such cluster, or anybody could use it.
    """
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", str(int(patience_s) + 60))
    logging.getLogger("ray").setLevel(logging.ERROR)
    import ray

    if address is None:
        with _without_secrets():
            _start_local(ray, cores)
    else:
        _join(ray, address)
    _guard_token()
    return ray


def cores_for(count: int | None, slots: int, spec: WorkerSpec) -> int:
    """Cores that a local Ray claims to have: as many as its workers ask for."""
    if count is not None:
        return spec.threads * -(-count // slots)
    gpus = 0 if spec.device == "cpu" else len(list(Path("/dev").glob("nvidia[0-9]*")))
    return spec.threads * max(1, gpus)


def nodes_of(ray: Any) -> list[Node]:
    """The machines of the cluster that are alive."""
    from ray._private.state import available_resources_per_node

    free = available_resources_per_node()
    return [
        Node(
            node["NodeID"],
            node["NodeManagerAddress"],
            _offer(node["Resources"]),
            _offer(free.get(node["NodeID"], {})),
        )
        for node in ray.nodes()
        if node["Alive"]
    ]


def is_loopback(host: str) -> bool:
    """Can only this machine reach that address? A name counts by all addresses it stands for."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(entry[4][0])).is_loopback for entry in found)


def lets_in_without_token(gcs_address: str) -> bool:
    """Asked from a process of its own: Ray keeps its token for good once it has read it.

    Raises: ConfigError when there is no answer.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_AUTH")}
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, gcs_address],
        env={**environment, "RAY_AUTH_MODE": "disabled"},
        capture_output=True,
    )
    if done.returncode not in (0, _REFUSED):
        raise ConfigError(
            f"workers.address: could not find out whether the Ray cluster at {gcs_address} asks "
            "for a token; is its head node up?"
        )
    return done.returncode == 0


@contextlib.contextmanager
def _without_secrets() -> Iterator[None]:
    """Processes of our own Ray inherit the environment: but for the hub's token and Ray's, no
    password, key or token of the driver's.
    """
    taken = {k: v for k, v in os.environ.items() if _SECRET.search(k) and not _NEEDED.match(k)}
    for name in taken:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(taken)


def _start_local(ray: Any, cores: int) -> None:
    mask = os.umask(0o077)
    try:
        with _loopback_only():
            ray.init(
                address="local",
                num_cpus=cores,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level=logging.ERROR,
                ignore_reinit_error=True,
                _node_ip_address="127.0.0.1",
            )
    finally:
        os.umask(mask)
    outside = [n["NodeManagerAddress"] for n in ray.nodes()]
    outside = [address for address in outside if not is_loopback(address)]
    if outside and lets_in_without_token(ray.get_runtime_context().gcs_address):
        ray.shutdown()
        raise ConfigError(
            f"Ray listens on {outside[0]} and asks nobody for a token, because RAY_AUTH_MODE is "
            f"'{os.environ.get('RAY_AUTH_MODE')}'; unset it"
        )


def _join(ray: Any, address: str) -> None:
    from ray._private.authentication.authentication_token_setup import (
        maybe_enable_token_auth_if_token_available,
    )

    if "://" in address:
        raise ConfigError(
            f"workers.address: expected host:port of a Ray cluster or 'auto', found '{address}'; "
            "run this command on a machine of the cluster"
        )
    maybe_enable_token_auth_if_token_available(warn_if_disabled=False)
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            ignore_reinit_error=True,
        )
    except ray.exceptions.AuthenticationError:
        raise ConfigError(
            f"workers.address: the Ray cluster at '{address}' did not take this machine's token, "
            f"or there is none; {_HOW}"
        ) from None
    except (ConnectionError, ValueError) as error:
        raise ConfigError(f"workers.address: no Ray cluster at '{address}': {error}") from None
    found = ray.get_runtime_context().gcs_address
    if not is_loopback(found.rpartition(":")[0]) and lets_in_without_token(found):
        ray.shutdown()
        raise ConfigError(
            f"workers.address: the Ray cluster at '{address}' asks nobody for a token, so whoever "
            f"reaches {found} can run programs on it; {_HOW}"
        )


@contextlib.contextmanager
def _loopback_only() -> Iterator[None]:
    """Ray turns 127.0.0.1 into the machine's address on the network, but where it knows of no
    network; its servers then listen on loopback.
    """
    from ray._private import ray_constants

    before = getattr(ray_constants, "ENABLE_RAY_CLUSTER", None)
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


def _guard_token() -> None:
    """The token that Ray makes is for its owner alone."""
    token = Path.home() / ".ray" / "auth_token"
    with contextlib.suppress(OSError):
        token.chmod(0o600)


def _offer(resources: dict[str, float]) -> Offer:
    return Offer(
        resources.get("CPU", 0.0), resources.get("GPU", 0.0), resources.get("memory", 0.0)
    )
