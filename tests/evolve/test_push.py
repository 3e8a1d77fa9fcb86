"""Models pushed to a hub: a server of the test, which is asked by the hub's own library."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from typer.testing import CliRunner

from evolve.cli.app import app
from evolve.config import SearchConfig
from evolve.store import Ledger, NewTrial, Reader, open_engine
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.recipe import Recipe, parse_recipe
from tests.workers.hub_server import Hub, Repo, commit_of, one, served
from tests.workers.test_hub import OPEN, env
from workers.parents import open_parent

TOKEN = "hf_plantedTokenOfTheTest"  # noqa: S105
RECIPE = """
merge_method: linear
models:
  - model: {a}
    parameters: {{weight: {weight}}}
  - model: {b}
    parameters: {{weight: 0.5}}
dtype: float32
"""


@dataclass
class Bench:
    """A search with two scored trials, the first of them chosen, and a hub to push to."""

    hub: Hub
    store: str
    folder: Path

    def export(self, *words: object) -> dict[str, Any]:
        """What `evolve export` prints as JSON. Raises what it raises."""
        line = ["export", "push-me", *map(str, words), "--store", self.store, "--json"]
        done = CliRunner().invoke(app, line, catch_exceptions=False)
        assert TOKEN not in done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def files(self, name: str) -> dict[str, bytes]:
        repo = self.hub.repos[name]
        folder = repo.commits[repo.revisions["main"]]
        return {f.name: f.read_bytes() for f in folder.iterdir() if f.name != ".gitattributes"}

    def writes(self) -> list[str]:
        """Paths that changed something on the hub."""
        return [p for m, p in self.hub.asked if m in ("POST", "PUT") and "validate" not in p]


@pytest.fixture
def bench(family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    store = f"sqlite:///{tmp_path / 'evolve.db'}"
    fill(store, family)
    with served() as hub:
        hub.folder = tmp_path / "hub"
        hub.folder.mkdir()
        auth = {"accessToken": {"role": "write"}}
        hub.accounts[TOKEN] = {"name": "ann", "orgs": [{"name": "org"}], "auth": auth}
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("EVOLVE_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        yield Bench(hub, store, tmp_path)


def fill(store: str, family: Path) -> None:
    engine = open_engine(store)
    parents = {name: str(family / name) for name in "ab"}
    config = SearchConfig.model_validate(
        {
            "name": "push-me",
            "base": str(family / "base"),
            "parents": parents,
            "tasks": [{"name": "t"}],
        }
    )
    ledger = Ledger.open(
        engine,
        digest="5" * 32,
        name="push-me",
        config=config.model_dump(mode="json"),
        genes=[],
        goals=[{"task": "t", "metric": "acc", "weight": 1.0, "higher_is_better": True}],
        holder="me:1",
    )
    for number, weight in enumerate((0.25, 0.75)):
        recipe: Recipe = parse_recipe(RECIPE.format(**parents, weight=weight))
        new = NewTrial(
            origin="optimizer",
            name=f"trial {number}",
            recipe=recipe.to_json(),
            recipe_digest=f"{number}" * 32,
            base_id=None,
            parents={},
        )
        ledger.add_trial(new)
    ledger.flush()
    first = Reader(engine).numbered(ledger.search_id, 0)
    assert first is not None
    ledger.choose(first.id)
    ledger.close()
    engine.dispose()


def test_what_is_pushed_is_what_a_folder_gets_and_can_be_merged_again(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    found = bench.export("--push", "org/best", "--private")
    repo = bench.hub.repos["org/best"]
    assert found["url"] == f"{bench.hub.url}/org/best"
    assert found["commit"] == repo.revisions["main"]
    assert repo.private and len(repo.commits) == 2  # the first one of the hub, and ours
    assert [c["summary"] for c in bench.hub.commits] == [f"Trial 0 of search push-me ({'5' * 12})"]
    assert list((bench.folder / "cache").rglob("*.safetensors")) == []
    assert TOKEN not in "".join(capfd.readouterr())
    bench.export("--to", bench.folder / "best")
    mine = {f.name: f.read_bytes() for f in (bench.folder / "best").iterdir()}
    assert bench.files("org/best") == mine
    # Through the path by which every model of the hub comes.
    exact = f"org/best@{found['commit']}"
    done = subprocess.run(
        [sys.executable, "-c", OPEN, "org/best"],
        env=env(bench.hub, bench.folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    got = json.loads(done.stdout)
    assert got["pinned"] == {"org/best": exact}
    fingerprint = open_parent(str(bench.folder / "best")).fingerprint
    assert got["prints"]["org/best"] == fingerprint
    engine = open_engine(bench.store)
    model = Reader(engine).model_of(fingerprint)
    engine.dispose()
    assert model is not None and model.name == "best"


def test_the_search_remembers_the_name_on_the_hub(bench: Bench) -> None:
    found = bench.export("--push", "ann/best", "--trial", 1, "--to", bench.folder / "kept")
    assert found["trial"] == 1 and found["folder"] == str(bench.folder / "kept")
    assert (bench.folder / "kept" / "model.safetensors").exists()
    engine = open_engine(bench.store)
    model = Reader(engine).model_of(open_parent(str(bench.folder / "kept")).fingerprint)
    engine.dispose()
    assert model is not None
    assert model.reference == f"ann/best@{found['commit']}"
    assert b"# best" in bench.files("ann/best")["README.md"]


@pytest.mark.parametrize(
    ("name", "environment", "words"),
    [
        ("org/best", {"HF_TOKEN": None}, "no token of the Hugging Face hub"),
        ("org/best", {"HF_TOKEN": "hf_anothersToken"}, "does not know the token"),
        ("best", {}, "expected a name of the Hugging Face hub"),
        ("org/best@main", {}, "without a revision"),
        ("other/best", {}, "may not write to 'other'; it may to: ann, org"),
    ],
)
def test_what_cannot_be_pushed_is_refused_before_anything_is_merged(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    environment: dict[str, str | None],
    words: str,
) -> None:
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(bench.folder / "no-token"))
    for key, value in environment.items():
        monkeypatch.setenv(key, value) if value else monkeypatch.delenv(key)
    with pytest.raises(ConfigError, match=words):
        bench.export("--push", name, "--to", bench.folder / "best")
    assert not (bench.folder / "best").exists()
    assert bench.writes() == []


def test_the_stored_login_is_used_and_a_token_that_only_reads_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    stored = bench.folder / "token"
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(stored))
    stored.write_text("hf_reads")
    account = {"name": "ann", "auth": {"accessToken": {"role": "read"}}}
    bench.hub.accounts["hf_reads"] = account
    with pytest.raises(ConfigError, match="the token may only read"):
        bench.export("--push", "ann/best")
    stored.write_text(TOKEN)
    assert bench.export("--push", "ann/best")["url"].endswith("/ann/best")


def test_offline_and_away_are_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.hub.broken = True
    with pytest.raises(EvolveError, match="answers with error 503; nothing was merged"):
        bench.export("--push", "org/best")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EvolveError, match="cannot be reached; nothing was merged"):
        bench.export("--push", "org/best")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigError, match="HF_HUB_OFFLINE is set"):
        bench.export("--push", "org/best")


def test_a_name_that_is_taken_is_replaced_only_when_told_and_only_an_export(bench: Bench) -> None:
    first = bench.export("--push", "org/best")
    before = bench.files("org/best")
    with pytest.raises(ConfigError, match=r"/org/best: is there already.*--replace"):
        bench.export("--push", "org/best", "--trial", 1)
    assert bench.files("org/best") == before
    # What an older export left goes, what its owner put there stays.
    folder = bench.hub.repos["org/best"].commits[first["commit"]]
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"old shard")
    (folder / "LICENSE").write_text("mine")
    second = bench.export("--push", "org/best", "--trial", 1, "--replace")
    after = bench.files("org/best")
    assert second["commit"] != first["commit"] and len(bench.hub.repos["org/best"].commits) == 3
    assert set(after) == {*before, "LICENSE"}
    assert after["model.safetensors"] != before["model.safetensors"]
    with pytest.raises(ConfigError, match="is public, and --private was given"):
        bench.export("--push", "org/best", "--replace", "--private")
    bench.hub.repos["org/others"] = one(bench.folder / "cache")
    (bench.folder / "cache" / "model.safetensors").write_bytes(b"somebody trained it for months")
    with pytest.raises(ConfigError, match="--replace takes away older exports only"):
        bench.export("--push", "org/others", "--replace")


def test_a_push_that_breaks_off_leaves_the_folder_and_goes_on(bench: Bench) -> None:
    bench.hub.fails = "/commit/"
    kept = bench.folder / "best"
    with pytest.raises(ConfigError, match=f"the model is whole in {kept}; `hf upload org/best"):
        bench.export("--push", "org/best", "--to", kept)
    assert (kept / "model.safetensors").exists() and bench.files("org/best") == {}
    bench.hub.fails = None
    found = bench.export("--push", "org/best", "--to", kept, "--replace")
    assert bench.files("org/best").keys() == set(found["files"])


def test_somebody_elses_commit_meanwhile_is_not_overwritten(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = bench.folder / "empty"
    empty.mkdir()
    repo = Repo({"main": commit_of("0")}, {commit_of("0"): empty})
    bench.hub.repos["org/best"] = repo
    asked = bench.hub.asked

    class Moving(list[tuple[str, str]]):
        """A commit of somebody else, between the look at the repository and the push."""

        def append(self, entry: tuple[str, str]) -> None:
            if "/preupload/" in entry[1]:
                repo.revisions["main"] = commit_of("1")
                repo.commits[commit_of("1")] = empty
            asked.append(entry)

    bench.hub.asked = Moving()
    with pytest.raises(EvolveError, match="somebody else has written to the repository"):
        bench.export("--push", "org/best")
    assert repo.revisions["main"] == commit_of("1")


def test_a_card_that_the_hub_refuses_is_known_before_the_merge(bench: Bench) -> None:
    bench.hub.refused = {"base_model"}
    with pytest.raises(EvolveError, match=r'card: .*"base_model\\?" is not valid.*merged'):
        bench.export("--push", "org/best", "--to", bench.folder / "best")
    assert not (bench.folder / "best").exists() and bench.writes() == []


@pytest.mark.parametrize(
    "words", [(), ("--private", "--to", "x"), ("--push", "org/a", "--front"), ("--recipes-only",)]
)
def test_options_that_do_not_go_together(bench: Bench, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"--to|--push"):
        bench.export(*words)


def test_a_recipe_and_its_card_without_weights_need_no_torch(bench: Bench) -> None:
    folder = bench.folder / "text"
    script = (
        "import sys; from evolve.cli.app import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'ray', 'transformers'} & set(sys.modules), 'torch'"
    )
    line = ["export", "push-me", "--recipes-only", "--to", str(folder), "--store", bench.store]
    subprocess.run([sys.executable, "-c", script, *line], check=True, timeout=120)
    assert sorted(f.name for f in folder.iterdir()) == ["README.md", "mergekit_config.yml"]
    parse_recipe((folder / "mergekit_config.yml").read_text())
    with pytest.raises(ConfigError, match="--replace"):
        bench.export("--recipes-only", "--to", folder)
    bench.export("--recipes-only", "--to", folder, "--replace", "--trial", 1)
    assert "weight: 0.75" in (folder / "mergekit_config.yml").read_text()
