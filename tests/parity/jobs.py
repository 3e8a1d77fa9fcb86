"""Merges of many recipes: by mergekit in one process of its own environment, and by Evolve."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import load_file

from evolve.cli.merging import merge_file
from tests.parity.grid import Case
from tests.parity.models import NAMES

_FLAGS = ("--no-write-model-card", "--no-copy-tokenizer", "--quiet")


@dataclass(frozen=True)
class Job:
    """One recipe over one family of models; its files lie in `folder`.

    models: of the family; narrow: the same models in the dtype that the recipe casts them to.
    """

    case: Case
    architecture: str
    dtype: str
    models: Path
    narrow: Path
    folder: Path

    def write(self) -> None:
        """The recipe as it is, and the same in float64."""
        self.folder.mkdir(parents=True, exist_ok=True)
        head = "" if self.case.seed is None else f'# evolve: {{"seed": {self.case.seed}}}\n'
        own = self.case.with_models(self.models)
        wide = self.case.with_models(self.narrow, dtype="float64", out_dtype=None)
        for name, data in (("recipe", own), ("float64", wide)):
            text = yaml.safe_dump(data, sort_keys=False)
            (self.folder / f"{name}.yml").write_text(head + text)

    def orders(self, *, exact: bool = True) -> list[dict[str, Any]]:
        """What oracle.py is to do."""
        own = {"yaml": "recipe.yml", "out": "native", "plan": "plan.json"}
        wide = {"yaml": "float64.yml", "out": "exact"}
        return [
            {key: str(self.folder / value) for key, value in order.items()}
            | {"seed": self.case.seed}
            for order in ([own, wide] if exact else [own])
        ]

    def merge(self) -> dict[str, torch.Tensor]:
        """What Evolve makes of it."""
        merge_file(self.folder / "recipe.yml", self.folder / "ours", lambda done, total: None)
        return self.read("ours")

    def read(self, kind: str) -> dict[str, torch.Tensor]:
        """The tensors of native, exact or ours.

        Raises: RuntimeError with mergekit's words where it failed.
        """
        folder = self.folder / kind
        if (folder / "error.txt").exists():
            raise RuntimeError((folder / "error.txt").read_text())
        tensors: dict[str, torch.Tensor] = {}
        for file in sorted(folder.glob("*.safetensors")):
            tensors |= load_file(file)
        return tensors

    def config(self, kind: str) -> dict[str, Any]:
        """config.json of native or ours."""
        found: dict[str, Any] = json.loads((self.folder / kind / "config.json").read_text())
        return found

    def plan(self) -> dict[str, Any]:
        """Parameters and sources that mergekit resolved, by tensor; models by name."""
        text = (self.folder / "plan.json").read_text()
        for name in NAMES:
            text = text.replace(json.dumps(str(self.models / name)), json.dumps(name))
        found: dict[str, Any] = json.loads(text)
        return found


def run_oracle(mergekit: Path, orders: list[dict[str, Any]], folder: Path) -> None:
    """mergekit: its environment. Raises: CalledProcessError."""
    file = folder / "orders.json"
    file.write_text(json.dumps(orders))
    script = Path(__file__).parent / "oracle.py"
    subprocess.run([mergekit / "bin" / "python", script, file], check=True, env=_offline(mergekit))


def run_command(mergekit: Path, job: Job) -> dict[str, torch.Tensor]:
    """The recipe through the command mergekit-yaml itself. Raises: CalledProcessError."""
    seed = [] if job.case.seed is None else ["--random-seed", str(job.case.seed)]
    subprocess.run(
        [mergekit / "bin" / "mergekit-yaml", job.folder / "recipe.yml", job.folder / "command",
         *_FLAGS, *seed],
        check=True,
        env=_offline(mergekit),
    )  # fmt: skip
    return job.read("command")


def run_evolve(job: Job) -> dict[str, torch.Tensor]:
    """The recipe through the command `evolve merge` itself. Raises: CalledProcessError."""
    target = job.folder / "evolve"
    subprocess.run(
        [Path(sys.executable).parent / "evolve", "merge", job.folder / "recipe.yml", "--to",
         target, "--json"],
        check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return job.read("evolve")


def inputs_of(
    job: Job, parents: Callable[[Path], dict[str, dict[str, torch.Tensor]]]
) -> dict[str, list[torch.Tensor]]:
    """Tensor of the merged model -> the parents' tensors it is made of."""
    models = parents(job.models)
    return {
        name: [models[model][one["tensor"]] for model, one in found["inputs"].items()]
        for name, found in job.plan().items()
    }


def read_family(folder: Path, names: Iterable[str] = NAMES) -> dict[str, dict[str, torch.Tensor]]:
    """Model -> its tensors."""
    return {name: load_file(folder / name / "model.safetensors") for name in names}


def _offline(mergekit: Path) -> dict[str, str]:
    import os

    path = f"{mergekit / 'bin'}:{os.environ.get('PATH', '')}"
    return os.environ | {
        "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PATH": path
    }  # fmt: skip
