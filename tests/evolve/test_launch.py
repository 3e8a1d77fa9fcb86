"""`evolve launch` elsewhere: what is rendered, how it is handed over, what is refused."""

import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.cli.app import run_app
from evolve.cli.searches import open_search
from evolve.config import read_search
from evolve.launch.entry import entry, entry_words, requirement
from evolve.launch.kuberay import kuberay_manifests, secret_manifest
from evolve.launch.ray_jobs import ray_job
from evolve.launch.secrets import secret_names
from evolve.launch.shipping import ship
from evolve.launch.skypilot import sky_command, sky_task
from evolve.launch.wanted import Wanted
from evolve.launch.yaml_text import yaml_text
from search_spaces.errors import ConfigError

WriteFile = Callable[..., Path]
Launch = Callable[..., "Done"]
STORE = "postgresql+psycopg://ann:secret-word@db.example.org/evolve"
SKY = ("--on", "skypilot", "--gpu", "H100")
KUBE = ("--on", "kuberay", "--image", "registry/evolve:1")
TARGETS = [SKY, KUBE, ("--on", "ray")]


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


@pytest.fixture
def launch(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Launch:
    """The command in this process. path: the only folder with programs besides the system's."""

    def run(file: Path, *flags: str, path: Path | None = None, **environ: str) -> Done:
        with pytest.MonkeyPatch.context() as changed:
            for name in ("EVOLVE_STORE", "HF_TOKEN"):
                changed.delenv(name, raising=False)
            changed.setenv("PATH", "/nowhere" if path is None else f"{path}:/usr/bin:/bin")
            changed.setenv("SKY_RUNTIME_DIR", str(tmp_path))
            for name, value in environ.items():
                changed.setenv(name, value)
            changed.setattr(sys, "argv", ["evolve", "launch", str(file), *flags])
            capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                run_app()
        said = capfd.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def hub_file(tmp_path: Path) -> Path:
    """A search of models that are not on this machine."""
    file = tmp_path / "hub.yaml"
    file.write_text(
        "name: Hub_search\nbase: org/base\nparents: {a: org/a, b: org/b}\ntasks: [{name: piqa}]\n"
    )
    return file


def test_what_is_shipped_is_the_same_search_without_its_database(
    search_file: WriteFile, tmp_path: Path
) -> None:
    file = search_file(store=STORE, starts={"soup": False}, sinks={"wandb": "project"})
    shipped = ship(read_search(file), usd_per_hour=2.5)
    assert "secret-word" not in shipped.text
    there = tmp_path / "there"
    (there / "tasks").mkdir(parents=True)
    for path, folder in shipped.folders.items():
        (there / path).symlink_to(folder)
    (there / "search.yaml").write_text(shipped.text)
    before, after = open_search(file), open_search(there / "search.yaml")
    assert after.digest == before.digest
    assert after.config.workers.address == "auto"
    assert after.config.workers.usd_per_hour == 2.5
    assert after.config.sinks == before.config.sinks


def test_a_password_of_a_sink_is_not_shipped(search_file: WriteFile) -> None:
    file = search_file(sinks={"mlflow": "https://ann:secret-word@host"})
    with pytest.raises(ConfigError, match="MLFLOW_TRACKING_PASSWORD") as refused:
        ship(read_search(file))
    assert "secret-word" not in str(refused.value)


def test_only_the_secrets_that_a_search_can_use_go_along(search_file: WriteFile) -> None:
    config = read_search(search_file())
    here = ["HF_TOKEN", "WANDB_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "OTHER"]
    assert secret_names(config, [], []) == ("EVOLVE_STORE",)
    assert secret_names(config, [], here) == ("EVOLVE_STORE", "HF_TOKEN")
    assert secret_names(config, ["s3://b/x"], here)[2:] == tuple(here[2:4])
    with_sink = read_search(search_file(sinks={"wandb": "project"}))
    assert "WANDB_API_KEY" in secret_names(with_sink, [], here)


words = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1)


@settings(deadline=None)
@given(export=words, log=words, usd=st.floats(0.01, 1e6))
def test_the_entry_point_survives_the_shell(export: str, log: str, usd: float) -> None:
    wanted = Wanted("x", "", export=export, log=log, max_usd=usd)
    if not {"~/"} & {export[:2], log[:2]}:
        assert shlex.split(entry(wanted, "search.yaml")) == entry_words(wanted, "search.yaml")


@settings(deadline=None)
@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_what_is_rendered_reads_back_as_it_was(data: Any) -> None:
    assert yaml.safe_load(yaml_text(data)) == data


@pytest.mark.parametrize(
    ("package", "found"),
    [
        ("evolve-merge==0.1.0", "evolve-merge[postgres,s3]==0.1.0"),
        ("evolve-merge[gcs]==0.1.0", "evolve-merge[gcs]==0.1.0"),
        ("git+https://h/e@v1", "evolve-merge[postgres,s3] @ git+https://h/e@v1"),
        ("~/w/evolve.whl", "~/w/evolve.whl[postgres,s3]"),
        (".", ".[postgres,s3]"),
    ],
)
def test_what_pip_installs(package: str, found: str) -> None:
    assert requirement(package, ["s3://b/x", "s3://b/y"]) == found


def test_skypilot_gets_the_machines_that_are_asked_for() -> None:
    wanted = Wanted("x", "s: 1", folders={"tasks/0-t": "/here/t"}, cloud="aws", region="us-east-1")
    task = sky_task(replace(wanted, gpu="A100-80GB", gpus_per_node=8, nodes=2, image="i:1"))
    assert task["resources"] == {
        "infra": "aws/us-east-1",
        "accelerators": {"A100-80GB": 8},
        "image_id": "docker:i:1",
        "use_spot": True,
        "job_recovery": {"recover_on_exit_codes": [33]},
    }
    assert task["num_nodes"] == 2
    assert task["file_mounts"] == {"~/evolve-search/tasks/0-t": "/here/t"}
    assert "setup" not in task  # the image has it
    assert "accelerators" not in sky_task(replace(wanted, gpu="L4", gpus_per_node=0))["resources"]
    here = sky_task(replace(wanted, workdir="/checkout"))
    assert here["workdir"] == "/checkout"
    assert "-c constraints.txt '.[postgres]'" in here["setup"]
    wheel = sky_task(replace(wanted, package="/here/e.whl"))
    assert wheel["file_mounts"]["~/evolve-search/wheel/e.whl"] == "/here/e.whl"
    assert "~/'evolve-search/wheel/e.whl[postgres]'" in wheel["setup"]


def test_secrets_are_names_in_all_that_is_rendered() -> None:
    wanted = Wanted("x", "s: 1", secrets=("EVOLVE_STORE", "HF_TOKEN"))
    assert sky_task(wanted)["secrets"] == dict.fromkeys(
        ("EVOLVE_STORE", "HF_TOKEN", "RAY_AUTH_TOKEN")
    )
    assert sky_command(wanted, "f").count("--secret") == 3
    environment = ray_job(wanted, "x-1")["runtime_env"]["env_vars"]
    assert environment == {"EVOLVE_STORE": "${EVOLVE_STORE}", "HF_TOKEN": "${HF_TOKEN}"}
    _, job = kuberay_manifests(wanted, {}, "2.60.0")
    cluster = job["spec"]["rayClusterSpec"]
    (worker,) = cluster["workerGroupSpecs"][0]["template"]["spec"]["containers"]
    assert "HF_TOKEN" in json.dumps(worker) and "EVOLVE_STORE" not in json.dumps(worker)


def test_a_search_on_workers_cannot_read_the_secrets_of_the_driver() -> None:
    wanted = Wanted("x", "s: 1", secrets=("EVOLVE_STORE", "HF_TOKEN", "WANDB_API_KEY"))
    assert "env -u EVOLVE_STORE -u WANDB_API_KEY" in sky_task(wanted)["run"]


def test_kuberay_mounts_the_task_files_of_the_search() -> None:
    files = {"tasks/0-t/a.yaml": "a", "tasks/0-t/b/c.jsonl": "c"}
    config_map, job = kuberay_manifests(Wanted("x", "s: 1"), files, "2.60.0")
    cluster = job["spec"]["rayClusterSpec"]
    for template in (
        cluster["headGroupSpec"]["template"],
        cluster["workerGroupSpecs"][0]["template"],
    ):
        (items,) = (
            v["configMap"]["items"] for v in template["spec"]["volumes"] if v["name"] == "search"
        )
        mounted = {item["path"]: config_map["data"][item["key"]] for item in items}
        assert mounted == {"search.yaml": "s: 1", **files}
    secret = secret_manifest(Wanted("x", ""), {"EVOLVE_STORE": STORE})
    assert secret["stringData"] == {"EVOLVE_STORE": STORE}


@pytest.mark.parametrize("flags", TARGETS, ids=lambda flags: flags[1])
def test_a_dry_run_prints_yaml_alone_and_no_secret(
    launch: Launch, hub_file: Path, flags: tuple[str, ...]
) -> None:
    done = launch(hub_file, *flags, "--dry-run", EVOLVE_STORE=STORE, HF_TOKEN="hf_secret-word")
    assert done.code == 0, done.stderr
    assert "secret-word" not in done.stdout + done.stderr
    documents = list(yaml.safe_load_all(done.stdout))
    assert "org/base" in json.dumps(documents)
    assert "hub-search" in json.dumps(documents)
    assert done.stderr.split()[0] in ("sky", "kubectl", "ray")


def recording(folder: Path, name: str) -> Path:
    """A program that writes down what it is given; the file that it writes."""
    folder.mkdir(exist_ok=True)
    seen = folder / f"{name}.seen"
    program = folder / name
    program.write_text(
        f'#!/bin/sh\nexec >> {seen}\necho "arguments: $*"\n'
        'echo "store: $EVOLVE_STORE token: ${#RAY_AUTH_TOKEN}"\n'
        'for last; do :; done; if [ "$last" = - ]; then cat; else cat "$last"; fi\n'
    )
    program.chmod(0o755)
    return seen


def test_skypilot_gets_the_secrets_by_its_environment(
    launch: Launch, hub_file: Path, tmp_path: Path
) -> None:
    seen = recording(tmp_path / "bin", "sky")
    done = launch(hub_file, *SKY, "--store", STORE, path=tmp_path / "bin")
    assert done.code == 0, done.stderr
    arguments, environ, *rest = seen.read_text().splitlines()
    assert arguments.startswith("arguments: jobs launch --yes --detach-run --secret EVOLVE_STORE")
    assert environ == f"store: {STORE} token: 43"
    assert "secret-word" not in arguments + "".join(rest) + done.stderr
    dry = launch(hub_file, *SKY, "--store", STORE, "--dry-run")
    assert "\n".join(rest) + "\n" == dry.stdout


def test_kubernetes_gets_the_secrets_by_standard_input(
    launch: Launch, hub_file: Path, tmp_path: Path
) -> None:
    seen = recording(tmp_path / "bin", "kubectl")
    done = launch(hub_file, *KUBE, "--store", STORE, path=tmp_path / "bin")
    assert done.code == 0, done.stderr
    text = seen.read_text()
    assert [line for line in text.splitlines() if line.startswith("arguments:")] == [
        "arguments: apply -f -"
    ] * 2
    assert text.count(STORE) == 1 + 2  # in the Secret, and in the environment of both commands
    assert "secret-word" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--on", "skypilot", "--store", STORE), "--gpu: which kind"),
        (SKY, "an SQLite file is on one machine"),
        ((*SKY, "--store", "sqlite:////tmp/x.db"), "an SQLite file is on one machine"),
        ((*SKY, "--store", STORE), "`sky` is not installed"),
        ((*KUBE, "--store", STORE), "`kubectl` is not installed"),
        (("--on", "kuberay", "--store", STORE), "--image: needed"),
        ((*SKY, "--store", STORE, "--max-usd", "5"), "what a worker costs is not known"),
        ((*SKY, "--store", STORE, "--export", "models/x"), "would be lost with the machine"),
        ((*SKY, "--store", STORE, "--workdir", "/nowhere"), "no pyproject.toml"),
        ((*SKY, "--store", STORE, "--package", "no.whl"), "no such file"),
        ((*KUBE, "--store", STORE, "--spot"), "--spot: goes with --on skypilot, found"),
        (("--on", "local", "--gpu", "H100"), "--gpu: goes with --on skypilot or kuberay"),
        (("--on", "ray", "--store", STORE, "--address", "http://127.0.0.1:9"), "no Ray cluster"),
    ],
)
def test_what_is_missing_is_said(
    launch: Launch, hub_file: Path, tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    done = launch(hub_file, *flags)
    assert done.code == 2, done.stderr
    assert said in done.stderr
    assert "secret-word" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_models_that_are_here_are_checked_as_by_plan(
    launch: Launch, search_file: WriteFile
) -> None:
    file = search_file(space={"method": "task_arithmetic", "filters": ["no-such-part"]})
    done = launch(file, *SKY, "--dry-run", EVOLVE_STORE=STORE)
    assert done.code == 2
    assert "space.filters" in done.stderr


def test_the_price_of_the_catalogue_goes_along(
    launch: Launch, hub_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / ".sky" / "catalogs" / "v8" / "aws"
    folder.mkdir(parents=True)
    (folder / "vms.csv").write_text(
        "InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region\n"
        "p5.48xlarge,H100,8,80.0,40.0,us-east-1\n"
    )
    for flag, price in (("--spot", 5.0), ("--on-demand", 10.0)):
        done = launch(
            hub_file,
            *(*SKY, flag, "--max-usd", "5", "--dry-run"),
            EVOLVE_STORE=STORE,
        )
        assert done.code == 0, done.stderr
        task = yaml.safe_load(done.stdout)
        assert f"usd_per_hour: {price}" in task["run"]
        assert "--max-usd 5 " in task["run"]
        assert task["resources"]["use_spot"] is (flag == "--spot")
