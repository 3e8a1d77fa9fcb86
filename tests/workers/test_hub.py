"""Models of the Hugging Face hub, from a server of the test, each time in a fresh process."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from evolve.cli.merging import merge_file
from search_spaces.model_names import absolute, hub_model, short_name
from tests.workers.hub_server import Hub, Repo, commit_of, one, served
from workers.parents import open_parent

Say = Callable[..., "dict[str, Any]"]
OPEN = """
import json, sys
from search_spaces.errors import ParentError
from workers.hub import pinned
from workers.parents import open_parent
said = []
try:
    found = pinned(sys.argv[1:], said.append)
    prints = {r: open_parent(p).fingerprint for r, p in found.items()}
    folders = {r: str(open_parent(p).folder) for r, p in found.items()}
    print(json.dumps({"pinned": found, "prints": prints, "folders": folders, "said": said}))
except ParentError as error:
    print(json.dumps({"error": str(error), "said": said}))
"""

LOAD = """
import json, sys
from pathlib import Path
from search_spaces.messages import TaskSpec
from workers.task_loading import build_task, data_source, quiet
with quiet():
    tasks = [build_task(TaskSpec(Path(file).stem, file), None) for file in sys.argv[1:]]
print(json.dumps([[data_source(task), len(list(task.eval_docs))] for task in tasks]))
"""


@pytest.fixture(scope="module")
def hub(family: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """org/base, org/a and org/b of the family, with files beside that nobody should read."""
    folder = tmp_path_factory.mktemp("hub")
    with served() as found:
        for name in ("base", "a", "b"):
            shutil.copytree(family / name, folder / name)
            (folder / name / "pytorch_model.bin").write_bytes(b"pickled")
            (folder / name / "modeling_own.py").write_text("raise SystemExit")
            (folder / name / "consolidated.safetensors").write_bytes(b"another format")
            (folder / name / "README.md").write_text("---\nlicense: mit\n---\n")
            found.repos[f"org/{name}"] = one(folder / name)
        yield found


@pytest.fixture
def opened(hub: Hub, tmp_path: Path) -> Say:
    """Opens references in a process of its own; what it printed."""

    def run(*references: str, **environment: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-c", OPEN, *references],
            env=env(hub, tmp_path, **environment),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def lora(folder: Path) -> Path:
    """A LoRA adapter of one matrix of the family's base."""
    folder.mkdir()
    stem = "base_model.model.model.layers.0.self_attn.q_proj"
    pair = {f"{stem}.lora_A.weight": torch.ones(2, 16), f"{stem}.lora_B.weight": torch.ones(16, 2)}
    save_file(pair, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def sharded(model: Path, folder: Path) -> Path:
    """The same model in two files and their index."""
    shutil.copytree(model, folder)
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = {name: f"model-{number % 2}.safetensors" for number, name in enumerate(tensors)}
    for file in set(names.values()):
        save_file({n: t for n, t in tensors.items() if names[n] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    return folder


def env(hub: Hub, home: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    return kept | {"HF_ENDPOINT": hub.url, "HF_HOME": str(home / "hf"), **more}


def test_what_names_a_model_of_the_hub() -> None:
    commit = commit_of("x")
    assert str(hub_model("org/name")) == "org/name"
    assert hub_model(f"org/name-1.5b@{commit}").pinned  # type: ignore[union-attr]
    assert hub_model("org/name@refs/pr/4").revision == "refs/pr/4"  # type: ignore[union-attr]
    for path in (
        "name",
        "/org/name",
        "./org/name",
        "~/org",
        "a/b/c",
        "org/..",
        "org/",
        "s3://x/y",
    ):
        assert hub_model(path) is None
    assert short_name("org/big+me/name-1.5b@main") == "name-1-5b"
    assert short_name(f"org/name@{commit}") == "name"


def test_a_folder_that_is_there_wins(tmp_path: Path) -> None:
    assert absolute("org/name", tmp_path) == "org/name"
    assert absolute("org/name@v1+me/lora", tmp_path) == "org/name@v1+me/lora"
    assert absolute("base+me/lora", tmp_path) == f"{tmp_path / 'base'}+me/lora"
    (tmp_path / "org").mkdir()  # so `org/name` is a slip in a path, not a name on the hub
    assert absolute("org/name", tmp_path) == str(tmp_path / "org" / "name")
    (tmp_path / "org" / "name").mkdir()
    assert absolute("org/name", tmp_path) == str(tmp_path / "org" / "name")


def test_a_name_is_pinned_once_and_then_needs_no_network(
    hub: Hub, family: Path, opened: Say
) -> None:
    hub.asked.clear()
    found = opened("org/base", str(family / "a"))
    commit = hub.repos["org/base"].revisions["main"]
    exact = f"org/base@{commit}"
    assert found["pinned"] == {"org/base": exact, str(family / "a"): str(family / "a")}
    assert found["prints"]["org/base"] == open_parent(str(family / "base")).fingerprint
    assert any(f"pinned to {commit[:12]}; write {exact}" in line for line in found["said"])
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= hub.files_read()
    assert not {n for n in hub.files_read() if n.endswith((".bin", ".py")) or "consol" in n}
    # The same branch may move meanwhile; what is pinned does not.
    hub.asked.clear()
    again = opened(exact)
    assert again["pinned"] == {exact: exact} and again["said"] == []
    assert again["prints"][exact] == found["prints"]["org/base"]
    assert hub.asked == []
    # Without a network a branch is what it was when it was last seen.
    away = opened("org/base", HF_HUB_OFFLINE="1")
    assert away["pinned"] == {"org/base": exact}
    assert opened("org/base", HF_ENDPOINT="http://127.0.0.1:9")["pinned"] == away["pinned"]


def test_a_branch_that_moves_is_another_commit(hub: Hub, family: Path, opened: Say) -> None:
    first, second = commit_of("first"), commit_of("second")
    repo = Repo({"main": first, "refs/pr/4": second}, {first: family / "a", second: family / "b"})
    hub.repos["org/moving"] = repo
    found = opened("org/moving", "org/moving@refs/pr/4")
    assert list(found["pinned"].values()) == [f"org/moving@{first}", f"org/moving@{second}"]
    repo.revisions["main"] = second
    found = opened("org/moving", f"org/moving@{first}")
    assert list(found["pinned"].values()) == [f"org/moving@{second}", f"org/moving@{first}"]
    prints = found["prints"]
    assert prints["org/moving"] == open_parent(str(family / "b")).fingerprint
    assert prints[f"org/moving@{first}"] == open_parent(str(family / "a")).fingerprint


def test_adapters_and_shards(hub: Hub, family: Path, tmp_path: Path, opened: Say) -> None:
    hub.repos["me/lora"] = one(lora(tmp_path / "lora"))
    hub.repos["org/sharded"] = one(sharded(family / "a", tmp_path / "sharded"))
    pair = f"{family / 'base'}+{tmp_path / 'lora'}"
    error = opened("me/lora", "org/base+org/a")["error"].splitlines()
    assert "a LoRA adapter; write it with its base, as org/base+me/lora" in error[0]
    assert "'org/a' on the Hugging Face hub: no LoRA adapter" in error[1]
    found = opened("org/base+me/lora", pair, "org/sharded")
    commit = hub.repos["me/lora"].revisions["main"]
    assert found["pinned"]["org/base+me/lora"].endswith(f"+me/lora@{commit}")
    prints = found["prints"]
    assert prints["org/base+me/lora"] == prints[pair]
    assert prints["org/sharded"] == open_parent(str(family / "a")).fingerprint


def test_what_cannot_be_had_is_said_in_one_sentence_each(
    hub: Hub, family: Path, tmp_path: Path, opened: Say
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "pytorch_model.bin"):
        (bare / name).write_text("{}")
    hub.repos["org/pickled"] = one(bare)
    for name, token in (("gated", "gated"), ("private", "token")):
        hub.repos[f"org/{name}"] = one(family / "a")
        setattr(hub.repos[f"org/{name}"], token, "hf_secret")
    names = ("org/none", "org/gated", "org/private", "org/base@v9", "org/pickled", "org/base")
    lines = opened(*names)["error"].splitlines()
    assert len(lines) == 5
    for name, line, words in zip(
        names,
        lines,
        (
            "no such model, or a private one (HF_TOKEN is not set",
            "accepted its terms",
            "no such model, or a private one",
            "no branch, tag or commit 'v9'",
            "pickled weights only, which can run code. Convert it: https://",
        ),
        strict=False,
    ):
        assert line.startswith(f"'{name}' on the Hugging Face hub: ") and words in line, line
    wrong = opened("org/gated", HF_TOKEN="hf_wrong")["error"]
    assert "the one that is set has no access" in wrong and "hf_wrong" not in wrong
    found = opened("org/gated", "org/private", HF_TOKEN="hf_secret")
    assert len(set(found["prints"].values())) == 1
    assert "hf_secret" not in json.dumps(found)


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached"),
        ({"HF_ENDPOINT": "http://no.such.host.invalid"}, "cannot be reached"),
    ],
)
def test_without_a_network_there_is_one_error_at_once(
    opened: Say, environment: dict[str, str], why: str
) -> None:
    began = time.monotonic()
    error = opened("org/one", f"org/two@{commit_of('x')}", "org/three+me/lora", **environment)[
        "error"
    ]
    assert time.monotonic() - began < 15
    assert len(error.splitlines()) == 1 and why in error
    for name in ("org/one", "org/two", "org/three", "me/lora"):
        assert f"'{name}" in error
    assert "no folders here" in error and "hf download" in error


def test_a_hub_that_is_down_is_no_traceback(hub: Hub, opened: Say) -> None:
    hub.broken = True
    try:
        assert "cannot be reached" in opened("org/b")["error"]
    finally:
        hub.broken = False


def test_a_recipe_of_hub_models_is_merged_and_told_as_such(
    hub: Hub, family: Path, tmp_path: Path, opened: Say
) -> None:
    def recipe(**names: str) -> dict[str, Any]:
        models = [{"model": names[n], "parameters": {"weight": 0.5}} for n in ("a", "b")]
        return {
            "merge_method": "task_arithmetic",
            "base_model": names["base"],
            "models": models,
            "dtype": "float32",
        }

    named = {n: f"org/{n}" for n in ("base", "a", "b")}
    exact = {n: f"org/{n}@{hub.repos[f'org/{n}'].revisions['main']}" for n in named}
    local = {n: str(family / n) for n in named}
    for name, models in (("hub", named), ("here", local)):
        (tmp_path / f"{name}.yml").write_text(yaml.safe_dump(recipe(**models)))
    folder, here = tmp_path / "from-hub", tmp_path / "from-folders"
    done = subprocess.run(
        [sys.executable, "-m", "evolve", "merge", tmp_path / "hub.yml", "--to", folder],
        env=env(hub, tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0 and done.stderr.count("pinned to") == 3, done.stderr
    merge_file(tmp_path / "here.yml", here, lambda done, total: None)
    assert (folder / "model.safetensors").read_bytes() == (here / "model.safetensors").read_bytes()
    assert yaml.safe_load((folder / "mergekit_config.yml").read_text()) == recipe(**exact)
    # What the recipe names is in the cache, and opens where there is no network.
    away = opened(*exact.values(), HF_HUB_OFFLINE="1")
    assert list(away["pinned"]) == list(exact.values()) and away["said"] == []
    card = (folder / "README.md").read_text()
    front = yaml.safe_load(card.split("---")[1])
    assert front["base_model"] == ["org/base", "org/a", "org/b"] and front["license"] == "mit"
    assert exact["a"] in card and str(tmp_path) not in card


def test_a_search_is_the_same_wherever_its_models_come_from(
    hub: Hub, family: Path, search_file: Callable[..., Path], tmp_path: Path
) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom evolve.cli.searches import open_search\n"
        "found = open_search(Path(sys.argv[1]))\n"
        "print(found.digest, found.config.base, *found.worker_spec().parents)"
    )

    def digest(**changes: Any) -> list[str]:
        file = search_file(**changes)
        done = subprocess.run(
            [sys.executable, "-c", code, str(file)],
            env=env(hub, tmp_path),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    here = digest(parents={"a": str(family / "a"), "b": str(family / "b")})
    there = digest(base="org/base", parents=["org/a", "org/b@main"])
    assert there[0] == here[0]
    commits = {n: hub.repos[f"org/{n}"].revisions["main"] for n in ("base", "a", "b")}
    assert there[1] == f"org/base@{commits['base']}"
    assert set(there[2:]) == {f"org/{n}@{c}" for n, c in commits.items()}


def test_a_task_whose_data_is_on_the_hub_says_at_which_commit(
    hub: Hub, family: Path, tmp_path: Path
) -> None:
    task = yaml.safe_load((family / "tasks" / "letters.yaml").read_text())
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    rows = (family / "tasks" / "letters.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "old" / "test.jsonl").write_text("".join(rows[:20]))
    (tmp_path / "new" / "test.jsonl").write_text("".join(rows[:30]))
    old, new = commit_of("old data"), commit_of("new data")
    hub.repos["org/data"] = Repo(
        {"main": new, "v1": old}, {old: tmp_path / "old", new: tmp_path / "new"}
    )
    folder = tmp_path / "tasks"
    folder.mkdir()
    for name, more in (("latest", {}), ("first", {"revision": "v1"})):
        found = task | {"task": name, "dataset_path": "org/data", "dataset_kwargs": more}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(found))

    done = subprocess.run(
        [sys.executable, "-c", LOAD, *(str(folder / f"{n}.yaml") for n in ("latest", "first"))],
        env=env(hub, tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[f"org/data@{new}", 30], [f"org/data@{old}", 20]]
