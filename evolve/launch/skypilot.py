"""A SkyPilot task: machines of any cloud, taken again when the cloud takes them back.

SkyPilot has a Ray of its own on every machine (ports 6380, 8266, 52365); this one is another, on
6379 and 52366, ended by the number of its process: `ray stop` would end both.
"""

from typing import Any

from evolve.launch.entry import entry, requirement, shell_word, urls_of
from evolve.launch.shipping import SEARCH_FILE
from evolve.launch.wanted import Wanted

FOLDER = "~/evolve-search"
RETRIED = 33
TOKEN = "RAY_AUTH_TOKEN"  # noqa: S105  (a name)
_VENV = "~/evolve-venv"
_MARK = "EVOLVE_SEARCH_FILE"


def sky_task(wanted: Wanted) -> dict[str, Any]:
    """For `sky jobs launch`, with the secrets given by `--secret NAME`."""
    task: dict[str, Any] = {"name": wanted.name}
    if wanted.workdir is not None:
        task["workdir"] = wanted.workdir
    task["num_nodes"] = wanted.nodes
    task["resources"] = _resources(wanted)
    task["envs"] = {"RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}
    task["secrets"] = dict.fromkeys((*wanted.secrets, TOKEN))
    mounts = {f"{FOLDER}/{there}": here for there, here in wanted.folders.items()}
    if wanted.package is not None and _is_wheel_here(wanted.package):
        mounts[_wheel_there(wanted.package)] = wanted.package
    if mounts:
        task["file_mounts"] = mounts
    if wanted.package is not None or wanted.workdir is not None:
        task["setup"] = _setup(wanted)
    task["run"] = _run(wanted)
    return task


def sky_command(wanted: Wanted, file: str) -> list[str]:
    """Submits the task in `file`. Secrets are named; SkyPilot takes them from the environment."""
    secrets = [word for name in (*wanted.secrets, TOKEN) for word in ("--secret", name)]
    return ["sky", "jobs", "launch", "--yes", "--detach-run", *secrets, file]


def _resources(wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if wanted.cloud is not None or wanted.region is not None:
        parts = [wanted.cloud or "*", *([wanted.region] if wanted.region is not None else [])]
        found["infra"] = "/".join(parts)
    if wanted.gpu is not None and wanted.gpus_per_node > 0:
        found["accelerators"] = {wanted.gpu: wanted.gpus_per_node}
    if wanted.image is not None:
        found["image_id"] = f"docker:{wanted.image}"
    found["use_spot"] = wanted.spot
    found["job_recovery"] = {"recover_on_exit_codes": [RETRIED]}
    return found


def _setup(wanted: Wanted) -> str:
    """A Python 3.11 of its own: the machines' images come with others."""
    package = "." if wanted.workdir is not None else str(wanted.package)
    if _is_wheel_here(package):
        package = _wheel_there(package)
    installed = shell_word(requirement(package, urls_of(wanted)))
    pins = " -c constraints.txt" if wanted.workdir is not None else ""
    return _lines(
        "set -eu",
        'export PATH="$HOME/.local/bin:$PATH"',
        "command -v uv >/dev/null || python3 -m pip install --user --quiet uv",
        f"[ -d {_VENV} ] || uv venv --quiet --python 3.11 {_VENV}",
        f"uv pip install --quiet --python {_VENV}/bin/python{pins} {installed}",
    )


def _run(wanted: Wanted) -> str:
    unseen = [name for name in wanted.secrets if name != "HF_TOKEN"]  # by workers
    search = wanted.search if wanted.search.endswith("\n") else wanted.search + "\n"
    return _lines(
        "set -eu",
        f'export PATH="$HOME/{_VENV.removeprefix("~/")}/bin:$PATH"',
        f"mkdir -p {FOLDER}",
        f"cat > {FOLDER}/{SEARCH_FILE} <<'{_MARK}'\n{search}{_MARK}",
        'head="$(echo "$SKYPILOT_NODE_IPS" | head -n 1)"',
        'export RAY_ADDRESS="$head:6379"',
        "ray_node() {",
        f"  exec env {' '.join(f'-u {name}' for name in unseen)} \\",
        '    ray start --block --disable-usage-stats --num-gpus="${SKYPILOT_NUM_GPUS_PER_NODE}" '
        '--dashboard-agent-listen-port=52366 "$@" > ~/evolve-ray.log 2>&1',
        "}",
        "cluster_is_up() {  # `ray health-check` takes 40 s for a no",
        '  timeout 5 bash -c "exec 3<> /dev/tcp/$head/6379" 2> /dev/null',
        "}",
        "await_cluster() {  # 5 minutes, then another cluster is asked for",
        "  for _ in $(seq 60); do",
        "    if cluster_is_up; then return 0; fi",
        "    sleep 5",
        "  done",
        '  echo "the Ray cluster at $RAY_ADDRESS does not answer" >&2',
        f"  exit {RETRIED}",
        "}",
        'if [ "$SKYPILOT_NODE_RANK" != 0 ]; then',
        "  await_cluster",
        '  ray_node --address="$RAY_ADDRESS" &',
        "  node=$!",
        "  trap 'kill \"$node\" 2> /dev/null || true' EXIT",
        "  while cluster_is_up; do sleep 15; done",
        "  exit 0  # the search has ended; what came of it is the head's to say",
        "fi",
        'ray_node --head --port=6379 --node-ip-address="$head" --include-dashboard=false &',
        "node=$!",
        "trap 'kill \"$node\" 2> /dev/null || true' EXIT",
        "await_cluster",
        f"{entry(wanted, f'{FOLDER}/{SEARCH_FILE}')} &",
        "search=$!",
        "trap 'kill -TERM \"$search\" 2> /dev/null || true' TERM INT",
        "code=0",
        "while :; do  # a signal ends a wait before the search has ended",
        '  wait "$search" && code=0 || code=$?',
        '  kill -0 "$search" 2> /dev/null || break',
        "done",
        'exit "$code"',
    )


def _is_wheel_here(package: str) -> bool:
    return package.endswith(".whl") and "://" not in package


def _wheel_there(package: str) -> str:
    return f"{FOLDER}/wheel/{package.rpartition('/')[2]}"


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
