"""Ancestry out of model cards, mergekit files and adapter configs; whatever others wrote there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evolve.ancestry.describing import describe
from evolve.ancestry.folders import model_folders, read_folder
from evolve.cli.lineage_import import import_places
from evolve.store import Reader, open_engine
from search_spaces.errors import ConfigError
from tests.evolve.store.test_importing import edges, searched
from tests.workers.hub_server import Hub, one, served

Claims = dict[str, tuple[str, float | None]]
MERGE = """\
merge_method: linear
models:
  - model: org/a@abc
    parameters: {weight: 0.75}
  - model: org/b
    parameters: {weight: 0.25}
"""


def card(**front: Any) -> bytes:
    return f"---\n{json.dumps(front)}\n---\n# A model\n".encode()


def claims(files: dict[str, bytes], folder: Path | None = None) -> Claims:
    found = describe("me", "org/me", files, folder)
    assert not found.problems
    return {c.reference: (c.role, c.weight) for c in found.claims}


def put(folder: Path, **files: bytes) -> Path:
    """Files by name, with `_` for the dot of the ending."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_bytes(text)
    return folder


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ({"base_model": "org/a"}, {"org/a": ("finetune", None)}),
        ({"base_model": ["org/a"]}, {"org/a": ("finetune", None)}),
        ({"base_model": "org/a@main"}, {"org/a": ("finetune", None)}),
        ({"base_model": "gpt2"}, {"gpt2": ("finetune", None)}),
        (
            {"base_model": ["org/a", "org/b"]},
            {"org/a": ("merge", None), "org/b": ("merge", None)},
        ),
        (
            {"base_model": "org/a", "base_model_relation": "quantized"},
            {"org/a": ("quantized", None)},
        ),
        ({"base_model": "org/a", "base_model_relation": "adapter"}, {"org/a": ("adapter", None)}),
        ({"license": "mit"}, {}),
        ({"base_model": None}, {}),
    ],
)
def test_a_card_names_its_parents(front: dict[str, Any], expected: Claims) -> None:
    assert claims({"README.md": card(**front)}) == expected


def test_an_adapter_config_and_a_card_that_say_the_same_are_one_edge() -> None:
    config = b'{"base_model_name_or_path": "org/a", "peft_type": "LORA"}'
    assert claims({"adapter_config.json": config}) == {"org/a": ("adapter", None)}
    both = {"adapter_config.json": config, "README.md": card(base_model="org/a")}
    assert claims(both) == {"org/a": ("adapter", None)}


def test_a_merge_has_its_mean_weights_and_its_base() -> None:
    assert claims({"mergekit_config.yml": MERGE.encode()}) == {
        "org/a": ("parent", 0.75),
        "org/b": ("parent", 0.25),
    }
    ties = MERGE.replace("linear", "ties") + "base_model: org/base\n"
    assert claims({"mergekit_config.yml": ties.encode()})["org/base"] == ("base", None)
    slices = """\
merge_method: passthrough
slices:
  - sources: [{model: org/a, layer_range: [0, 3]}]
  - sources: [{model: org/b, layer_range: [0, 1]}]
"""
    assert claims({"mergekit_config.yml": slices.encode()}) == {
        "org/a": ("parent", 0.75),
        "org/b": ("parent", 0.25),
    }


def test_a_nested_merge_counts_as_what_it_is_made_of() -> None:
    text = f"name: inner\n{MERGE}---\nmerge_method: linear\nmodels:\n"
    text += "  - {model: inner, parameters: {weight: 0.5}}\n"
    text += "  - {model: org/c, parameters: {weight: 0.5}}\n"
    assert claims({"mergekit_config.yml": text.encode()}) == {
        "org/a": ("parent", 0.375),
        "org/b": ("parent", 0.125),
        "org/c": ("parent", 0.5),
    }


def test_experts_are_parents_of_a_mixture() -> None:
    text = b"""\
base_model: org/base
gate_mode: random
experts:
  - {source_model: org/a}
  - {source_model: org/b}
  - {source_model: org/a}
  - {source_model: org/a}
"""
    assert claims({"mergekit_moe_config.yml": text}) == {
        "org/base": ("base", None),
        "org/a": ("parent", 0.75),
        "org/b": ("parent", 0.25),
    }


def test_a_merge_that_evolve_does_not_know_still_names_its_models() -> None:
    text = """\
merge_method: of_the_future
base_model: org/base
models:
  - model: {model: {path: org/a, revision: main}, lora: {path: org/lora}}
  - model: org/b
    parameters: {strength: 3}
"""
    found = describe("me", "org/me", {"mergekit_config.yml": text.encode()})
    assert {(c.reference, c.role, c.weight) for c in found.claims} == {
        ("org/base", "base", None),
        ("org/a+org/lora", "parent", None),
        ("org/b", "parent", None),
    }
    assert any("weights are not known" in line for line in found.remarks)


def test_mergekit_wins_and_the_card_adds_what_is_missing() -> None:
    front = card(base_model=["org/a", "a", "org/new"], base_model_relation="finetune")
    files = {"mergekit_config.yml": MERGE.encode(), "README.md": front}
    found = describe("me", "org/me", files)
    assert {c.reference: (c.role, c.weight) for c in found.claims} == {
        "org/a": ("parent", 0.75),
        "org/b": ("parent", 0.25),
        "org/new": ("merge", None),
    }
    assert any("org/new" in line for line in found.remarks)


def test_where_a_config_was_copied_from_is_the_last_hint() -> None:
    config = b'{"_name_or_path": "org/a", "model_type": "llama"}'
    assert claims({"config.json": config}) == {"org/a": ("finetune", None)}
    with_card = {"config.json": config, "README.md": card(base_model="org/b")}
    assert claims(with_card) == {"org/b": ("finetune", None)}
    assert claims({"config.json": b'{"_name_or_path": "org/me"}'}) == {}


def test_names_of_folders_are_folders_only_here(tmp_path: Path) -> None:
    (tmp_path / "maths").mkdir()
    mine = put(tmp_path / "mine", README_md=card(base_model=["maths", "../code", "org/a"]))
    beside = {str(tmp_path / "maths"), str(tmp_path / "code"), "org/a"}
    assert set(claims({"README.md": (mine / "README.md").read_bytes()}, mine)) == beside
    (there,) = claims({"README.md": card(base_model="/home/ann/m")})
    assert "org/me" in there


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": b"---\nbase_model: [\n---\n"},
        {"README.md": b"---\nbase_model: x\n"},
        {"README.md": b"---\n- a\n---\n"},
        {"README.md": b"---\nbase_model: \xff\xfe\n---\n"},
        {"README.md": b"---\n" + b"a: &a [1]\n" + b"b: [*a]\n" * 30_000 + b"---\n"},
        {"README.md": card(base_model={"a": 1})},
        {"README.md": card(base_model="org/a", base_model_relation="cousin")},
        {"mergekit_config.yml": b"merge_method: linear\n"},
        {"mergekit_config.yml": b"\xff"},
        {"adapter_config.json": b"{"},
        {"config.json": b"[]"},
    ],
)
def test_a_broken_file_is_a_problem_and_the_rest_counts(files: dict[str, bytes]) -> None:
    good = {"adapter_config.json": b'{"base_model_name_or_path": "org/good"}'}
    if "config.json" in files:  # the last hint, which is read where there is no other
        good = {}
    found = describe("me", "org/me", {**good, **files})
    assert len(found.problems) == 1
    assert "org/me/" + next(iter(files)) in found.problems[0]
    if good.keys() - files.keys():
        assert "org/good" in {c.reference for c in found.claims}


def test_folders_are_found_below_without_following_links(tmp_path: Path) -> None:
    put(tmp_path / "top" / "a", README_md=card(base_model="org/x"))
    put(tmp_path / "top" / "a" / "checkpoint-1", config_json=b"{}")
    put(tmp_path / "top" / "deep" / "b", config_json=b"{}")
    put(tmp_path / "top" / "docs", README_md=b"# Only words\n")
    put(tmp_path / "top" / ".git" / "c", config_json=b"{}")
    put(tmp_path / "elsewhere", config_json=b"{}")
    (tmp_path / "top" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "top" / "round").symlink_to(tmp_path / "top")
    problems: list[str] = []
    found = model_folders(tmp_path / "top", problems)
    assert [f.relative_to(tmp_path / "top").as_posix() for f in found] == ["a", "deep/b"]
    assert not problems
    snapshot = tmp_path / "models--org--name" / "snapshots" / ("0" * 40)
    assert read_folder(put(snapshot, config_json=b"{}")).reference == "org/name"


def test_a_folder_is_known_by_its_content_wherever_it_lies(
    tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    from workers.parents import open_parent

    url = f"sqlite:///{tmp_path}/s.db"
    folder = make_model(tmp_path / "a", 1)
    put(folder, README_md=card(base_model="org/root", license="mit"))
    engine = open_engine(url)
    known = searched(engine, open_parent(str(folder)).fingerprint, str(folder))
    moved = Path(shutil.copytree(folder, tmp_path / "b"))
    found = import_places([str(moved)], url)
    assert (found["new_models"], found["known_models"]) == (1, 1)
    assert found["models"][0]["known_by"] == "content"
    model = Reader(engine).model(known)
    assert model is not None
    assert (model.name, model.license) == ("maths", "mit")
    assert edges(engine) == {("maths", "org/root", "finetune", None)}
    engine.dispose()


def test_weights_that_cannot_be_read_are_a_problem_not_an_end(tmp_path: Path) -> None:
    put(tmp_path / "m" / "broken", config_json=b"{}", model_safetensors=b"no")
    put(tmp_path / "m" / "good", README_md=card(base_model="org/x"))
    url = f"sqlite:///{tmp_path}/s.db"
    tried = import_places([str(tmp_path / "m")], url, dry=True)
    assert not (tmp_path / "s.db").exists()
    found = import_places([str(tmp_path / "m")], url)
    assert found == tried | {"written": True}
    assert [m["known_by"] for m in found["models"]] == ["name", "name"]
    assert len(found["problems"]) == 1
    with pytest.raises(ConfigError, match="no model in"):
        import_places([str(tmp_path / "nothing")], f"sqlite:///{tmp_path}/s.db")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with served() as found:
        mine = tmp_path / "repos"
        child = put(mine / "child", README_md=card(base_model="org/mid"), config_json=b"{}")
        (child / "model.safetensors").write_bytes(b"x" * 1000)
        put(mine / "mid", adapter_config_json=b'{"base_model_name_or_path": "org/root"}')
        put(mine / "root", README_md=card(license="mit", base_model="org/child"))
        found.repos = {f"org/{name}": one(mine / name) for name in ("child", "mid", "root")}
        yield found


def ran(hub: Hub, tmp_path: Path, *words: str, offline: str = "0") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "evolve", "lineage", "import", *words, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ
        | {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": offline, "HF_HUB_DISABLE_XET": "1"}
        | {"HF_HOME": str(tmp_path / "hf"), "EVOLVE_STORE": f"sqlite:///{tmp_path}/hub.db"},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_hub_is_followed_up_and_no_weights_are_fetched(hub: Hub, tmp_path: Path) -> None:
    found = ran(hub, tmp_path, "org/child", "--hub")
    assert {m["name"] for m in found["models"]} == {"org/child", "org/mid", "org/root"}
    assert found["new_edges"] == 3
    (ring,) = found["cycles"]
    assert set(ring) == {"org/child", "org/mid", "org/root"}
    assert hub.files_read() <= {"README.md", "adapter_config.json", "config.json"}
    before = len(hub.asked)
    again = ran(hub, tmp_path, "org/child", "org/other", offline="1")
    assert len(hub.asked) == before
    assert again["new_models"] == 0
    assert any("HF_HUB_OFFLINE" in line for line in again["problems"] + again["remarks"])


def test_a_pipe_is_a_problem_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    os.mkfifo(tmp_path / "m" / "config.json")
    (tmp_path / "n").mkdir()
    os.mkfifo(tmp_path / "n" / "README.md")
    assert list(model_folders(tmp_path, [])) == [tmp_path / "m"]
    found = read_folder(tmp_path / "m")
    assert any("found a pipe" in problem for problem in found.problems)
