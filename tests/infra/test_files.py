"""The files of infra/, and what `evolve launch` renders, each read by its own tool or schema."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ray
import yaml

from tests.infra.kuberay_fields import RAY_JOB
from tests.infra.tools import checkers, skypilot

INFRA = Path(__file__).parents[2] / "infra"
COMPOSE = INFRA / "compose.yaml"
PASSWORDS = {"POSTGRES_PASSWORD", "EVOLVE_PASSWORD", "EVOLVE_READER_PASSWORD", "RAY_AUTH_TOKEN"}
SKYPILOT = [
    *("--on", "skypilot", "--gpu", "H100", "--gpus-per-node", "8", "--nodes", "2"),
    *("--max-hours", "24", "--export", "s3://my-bucket/example"),
]
KUBERAY = ["--on", "kuberay", "--image", "registry.example.com/evolve:0.1.0", "--nodes", "4"]


def rendered(file: Path, *flags: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "evolve", "launch", str(file), *flags, "--dry-run"],
        env={"PATH": "", "EVOLVE_STORE": "postgresql+psycopg://u:secret-word@h/n"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "secret-word" not in done.stdout + done.stderr
    return done.stdout


def in_tool(python: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-c", code, *arguments], capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("file", "flags"), [("skypilot/search.yaml", SKYPILOT), ("kuberay/rayjob.yaml", KUBERAY)]
)
def test_examples_are_what_is_rendered(file: str, flags: list[str]) -> None:
    text = (INFRA / file).read_text()
    head = "".join(line for line in text.splitlines(True) if line.startswith("#"))
    assert text == head + rendered(INFRA / "search.yaml", *flags)
    assert head.rstrip().endswith(" ".join(flags))


READ_BY_SKYPILOT = """
import sys, yaml, sky
given = [("EVOLVE_STORE", "x"), ("RAY_AUTH_TOKEN", "y")]
config = yaml.safe_load(open(sys.argv[1]))
task = sky.Task.from_yaml_config(config, secrets_overrides=given)
(found,) = task.resources
print(task.num_nodes, found.use_spot, found.accelerators, found.job_recovery)
"""


@pytest.mark.faults  # SkyPilot takes a minute or two to install
def test_skypilot_reads_the_task(tmp_path: Path) -> None:
    done = in_tool(skypilot(), READ_BY_SKYPILOT, str(INFRA / "skypilot" / "search.yaml"))
    assert done.returncode == 0, done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("2 True {'H100': 8} {'recover_on_exit_codes': [33]")

    wrong = tmp_path / "wrong.yaml"
    text = (INFRA / "skypilot" / "search.yaml").read_text()
    wrong.write_text(text.replace("recover_on_exit_codes", "recover_on_exit_code"))
    assert in_tool(skypilot(), READ_BY_SKYPILOT, str(wrong)).stdout != done.stdout


def test_the_scripts_of_the_skypilot_task_are_bash() -> None:
    task = yaml.safe_load((INFRA / "skypilot" / "search.yaml").read_text())
    for script in (task["setup"], task["run"]):
        done = subprocess.run(
            ["bash", "-n"], input=script, capture_output=True, text=True, timeout=10
        )
        assert (done.returncode, done.stderr) == (0, "")


READ_BY_COMPOSE = """
import sys
from compose_spec import PyCompose
compose = PyCompose.from_yaml(sys.stdin.read())
compose.validate()
print(*sorted(compose.service_names()))
"""


def compose_text(environ: dict[str, str]) -> str:
    """With variables put in as Compose does: ${NAME}, ${NAME:-default}, ${NAME:?error}, $$."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, operator, word = found["name"], found["operator"], found["word"]
        if operator == ":?":
            return environ[name]
        return environ.get(name) or (word or "")

    pattern = r"\$\$|\$\{(?P<name>\w+)(?:(?P<operator>:[-?])(?P<word>[^}]*))?\}"
    return re.sub(pattern, value, COMPOSE.read_text())


def compose_data() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(compose_text({name: "x" for name in PASSWORDS}))
    return found


def test_compose_reads_its_file() -> None:
    text = yaml.safe_dump(compose_data())  # its parser knows no merge keys
    code = [checkers(), "-c", READ_BY_COMPOSE]
    done = subprocess.run(code, input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["pages", "ray-head", "ray-worker", "search", "store"]
    wrong = text.replace("shm_size", "shm_sizes")
    done = subprocess.run(code, input=wrong, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0


def test_nothing_of_compose_listens_beyond_loopback_and_no_password_is_in_it() -> None:
    data = compose_data()
    ports = [p for service in data["services"].values() for p in service.get("ports", [])]
    assert ports == ["127.0.0.1:5432:5432", "127.0.0.1:8265:8265"]
    needed = re.findall(r"\$\{(\w+):\?", COMPOSE.read_text())
    assert set(needed) == PASSWORDS
    workers = data["services"]["ray-worker"]["environment"]
    assert not any("PASSWORD" in name or "STORE" in name for name in workers)
    for name in ("ray-head", "ray-worker"):
        assert data["services"][name]["environment"]["RAY_AUTH_MODE"] == "token"


def test_ray_reads_the_cluster_file() -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = yaml.safe_load((INFRA / "ray-cluster.yaml").read_text())
    schema = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text())
    full = prepare_config(config)
    validate_config(full)
    jsonschema.validate(full, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**full, "max_worker": 1}, schema)


def test_hadolint_finds_nothing_in_the_dockerfile(tmp_path: Path) -> None:
    hadolint = checkers().parent / "hadolint"
    done = subprocess.run(
        [hadolint, INFRA / "Dockerfile"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "")
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM ubuntu\nRUN sudo cd /\n")
    assert subprocess.run([hadolint, wrong], capture_output=True, timeout=60).returncode != 0


def test_the_image_is_pinned_and_runs_as_nobody_special() -> None:
    lines = (INFRA / "Dockerfile").read_text().splitlines()
    images = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert images == ["nvidia/cuda:13.0.1-base-ubuntu24.04", "python", "python"]
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["1000:1000"]


READ_BY_KUBERNETES = """
import sys, yaml, kubernetes_validate
for document in yaml.safe_load_all(sys.stdin):
    kubernetes_validate.validate(document, "1.37", strict=True)
"""


def kubernetes(*documents: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkers(), "-c", READ_BY_KUBERNETES],
        input=yaml.safe_dump_all(documents),
        capture_output=True,
        text=True,
        timeout=60,
    )


def rayjob() -> tuple[dict[str, Any], dict[str, Any]]:
    config_map, job = yaml.safe_load_all((INFRA / "kuberay" / "rayjob.yaml").read_text())
    return config_map, job


def pods(job: dict[str, Any]) -> list[dict[str, Any]]:
    cluster = job["spec"]["rayClusterSpec"]
    templates = [
        job["spec"]["submitterPodTemplate"],
        cluster["headGroupSpec"]["template"],
        *(group["template"] for group in cluster["workerGroupSpecs"]),
    ]
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, **template}
        for template in templates
    ]


def test_kubernetes_schemas_hold_for_the_pods_and_the_config_map() -> None:
    config_map, job = rayjob()
    done = kubernetes(config_map, *pods(job))
    assert done.returncode == 0, done.stderr
    wrong = pods(job)[1]
    wrong["spec"]["containers"][0]["volumeMount"] = []
    assert kubernetes(wrong).returncode != 0


def test_the_rayjob_has_only_fields_that_kuberay_has() -> None:
    _, job = rayjob()
    jsonschema.validate(job, RAY_JOB)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**job, "spec": {**job["spec"], "backOffLimit": 1}}, RAY_JOB)


def test_pods_are_not_root_and_only_the_head_can_reach_the_database() -> None:
    _, job = rayjob()
    submitter, head, worker = pods(job)
    for pod in (submitter, head, worker):
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        (container,) = pod["spec"]["containers"]
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
    (head_has,) = (e for e in head["spec"]["containers"][0]["env"] if e["name"] == "EVOLVE_STORE")
    assert head_has["valueFrom"]["secretKeyRef"] == {"name": "example", "key": "EVOLVE_STORE"}
    for pod in (submitter, worker):
        assert "EVOLVE_STORE" not in json.dumps(pod)
