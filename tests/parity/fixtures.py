"""The part of the suite that `make test` holds: a tiny Llama family, and mergekit's results.

tests/workers/parity/models.safetensors  base, a, b, c in float32; config.json in the metadata
tests/workers/parity/results.safetensors  DTYPE|METHOD: NAME -> some tensors of the result, flat

Results are mergekit's in float64, rounded to float32; NaN where a tie decides.
"""

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tests.parity.choices import undecided
from tests.parity.families import jobs_over
from tests.parity.grid import Case, read_cases
from tests.parity.jobs import Job, read_family, run_oracle
from tests.parity.models import DTYPES, NAMES, cast_family, make_family
from tests.parity.reference import in_float64

FOLDER = Path(__file__).parent.parent / "workers" / "parity"
_TINY = {
    "vocab_size": 12,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "tie_word_embeddings": True,
}
STORED = ("float32", "bfloat16")
_KEPT = re.compile(r"embed_tokens|[024]\.self_attn\.q_proj|down_proj|input_layernorm|model\.norm")


def kept(tensors: Iterable[str]) -> list[str]:
    """The names whose tensors are stored, in order."""
    return sorted(name for name in tensors if _KEPT.search(name))


def cases_of(dtype: str) -> list[Case]:
    """bfloat16: what every architecture gets; float32: the others, so that no test is slow."""
    cases = [c for c in read_cases("grid.yaml") if c.recipe.get("out_dtype") is None]
    return [c for c in cases if c.everywhere == (dtype == "bfloat16")]


def write_fixtures(mergekit: Path) -> None:
    """Makes the models and asks mergekit for its results."""
    work = Path(tempfile.mkdtemp(prefix="parity."))
    models = work / "models"
    make_family(models / "llama-float32", "llama", **_TINY)
    narrow = dict.fromkeys(NAMES, "bfloat16")
    cast_family(models / "llama-float32", models / "llama-bfloat16", narrow)
    jobs = jobs_over(work, ["llama"], read_cases("grid.yaml"))
    jobs = [j for j in jobs if j.dtype in STORED and j.case in cases_of(j.dtype)]
    for job in jobs:
        job.write()
    run_oracle(mergekit, [order for job in jobs for order in job.orders()], work)
    results = {f"{job.dtype}|{job.case.key}": _result(job) for job in jobs}
    family = read_family(models / "llama-float32")
    parents = {f"{m}|{name}": t for m, tensors in family.items() for name, t in tensors.items()}
    config = (models / "llama-float32" / "base" / "config.json").read_text()
    FOLDER.mkdir(exist_ok=True)
    save_file(parents, FOLDER / "models.safetensors", metadata={"config": config})
    save_file(results, FOLDER / "results.safetensors")
    for file in FOLDER.iterdir():
        file.chmod(0o644)
    shutil.rmtree(work)
    print(f"{len(results)} results in {FOLDER}")


def _result(job: Job) -> torch.Tensor:
    exact, models, plan = job.read("exact"), read_family(job.models), job.plan()
    cast = DTYPES.get(job.case.recipe.get("dtype", ""))
    parts = []
    for name in kept(exact):
        entry = plan[name]
        inputs = {m: models[m][one["tensor"]] for m, one in entry["inputs"].items()}
        inputs = {m: t if cast is None else t.to(cast) for m, t in inputs.items()}
        merged = {m: t for m, t in inputs.items() if m != entry["base"]} or inputs
        each = {m: entry["inputs"][m]["parameters"] for m in merged}
        base = inputs.get(entry["base"] or "")
        tied = undecided(job.case.method, base, merged, entry["shared"], each)
        others = list(merged.values())
        wanted = in_float64(job.case.method, exact[name], base, others, entry["shared"])
        parts.append(wanted.float().masked_fill(tied, torch.nan).flatten())
    return torch.cat(parts)


@cache
def sizes_by_kind(folder: Path) -> Mapping[str, torch.Tensor]:
    """Largest magnitude in all models and layers of a family, by the name without its layer."""
    found: dict[str, torch.Tensor] = {}
    for tensors in read_family(folder).values():
        for name, tensor in tensors.items():
            size = tensor.double().abs()
            found[kind(name)] = size.maximum(found.get(kind(name), size))
    return found


def kind(name: str) -> str:
    """A tensor's name without its layer."""
    return re.sub(r"\.\d+\.", ".", name)


def read_results() -> dict[str, torch.Tensor]:
    """DTYPE|METHOD: NAME -> the stored results."""
    return load_file(FOLDER / "results.safetensors")
