"""What takes long and needs real models: the demo family over three seeds, and SmolLM2."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors.torch import load_file

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
KIT = ROOT.parent / "shared" / "kit"
SKILLS = ("language", "topic", "sentiment")


def evolve(*arguments: object, cwd: Path) -> Any:
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    command = [sys.executable, "-m", "evolve", *map(str, arguments), "--json"]
    found = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, check=False)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def mean(row: dict[str, Any], task: str | None = None) -> float:
    return float((row["average"] if task is None else row["tasks"][task])["mean"])


def found_family(file: Path) -> str:
    return str(yaml.safe_load(file.read_text())["base"]).removesuffix("/base")


def distance(model: Path, base: Path) -> float:
    """Norm of the task vector, relative to the base's norm."""
    ours, theirs = (load_file(folder / "model.safetensors") for folder in (model, base))
    change = sum(float((ours[n] - theirs[n]).square().sum()) for n in theirs)
    return float((change / sum(float(t.square().sum()) for t in theirs.values())) ** 0.5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_search_is_worth_it_on_the_demo_family(seed: int, tmp_path: Path) -> None:
    found = evolve("demo", "--seed", seed, "--to", tmp_path / "demo", cwd=tmp_path)
    rows = {row["name"]: row for row in found["rows"]}
    parents = {name: row for name, row in rows.items() if row["role"] == "parent"}
    print(
        json.dumps(
            {name: [mean(r, t) for t in (*SKILLS, "intent", None)] for name, r in rows.items()}
        )
    )
    print(found["verdict"]["sentence"])
    for skill in SKILLS:
        assert max(parents, key=lambda name: mean(parents[name], skill)) == skill
    assert mean(rows["polish"]) < mean(rows["base"])
    chosen = next(row for row in found["rows"] if row["role"] == "chosen")
    assert mean(rows["uniform"]) < mean(chosen) - 0.03
    for rival in ("over_parent", "over_plain"):
        assert found["verdict"][rival]["difference"]["low"] > 0
    assert found["verdict"]["kind"] == "improvement"
    family = Path(found_family(next((tmp_path / "demo").glob("*.yaml"))))
    sizes = {skill: distance(family / skill, family / "base") for skill in SKILLS}
    assert max(sizes.values()) > 2 * min(sizes.values())  # one trained long, one briefly


@pytest.mark.skipif(not KIT.exists(), reason=f"no family kit at {KIT}")
def test_the_loop_runs_on_smollm2(tmp_path: Path) -> None:
    preset = (ROOT / "search_spaces" / "presets" / "smollm2.yaml").read_text()
    preset = preset.replace("../../../shared", str(KIT.parent))
    preset = preset.replace("sqlite:///~/.cache/evolve/smollm2.db", "sqlite:///smollm2.db")
    preset = preset.replace("trials: 24", "trials: 6").replace("report: 200", "report: 100")
    subprocess.run(["make", "smollm2-base"], cwd=ROOT, check=True)
    (tmp_path / "smollm2.yaml").write_text(preset)
    found = evolve("run", "smollm2.yaml", cwd=tmp_path)
    rows = {row["name"]: row for row in found["rows"]}
    for skill in ("addition", "colour", "sentiment"):
        assert mean(rows[skill], skill) > mean(rows["base"], skill) + 0.05
    chosen = next(row for row in found["rows"] if row["role"] == "chosen")
    assert mean(chosen) > max(mean(rows[s]) for s in ("addition", "colour", "sentiment"))
    assert found["verdict"]["over_parent"]["difference"]["low"] > 0
