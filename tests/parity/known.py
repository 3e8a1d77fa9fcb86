"""Recipes that show where mergekit and Evolve differ: what each gives, and why."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from safetensors.torch import load_file

from search_spaces.errors import EvolveError
from tests.parity.grid import Case, read_cases
from tests.parity.jobs import Job, read_family, run_oracle
from tests.parity.models import NAMES, cast_family, copy_with, make_family

Tensors = Mapping[str, torch.Tensor]
_LAYERS = {"num_hidden_layers": 1}
_ZERO, _SHOWN = "model.norm.weight", "model.layers.0.self_attn.q_proj.weight"


def print_known(console: Console, mergekit: Path, work: Path) -> bool:
    """Every case of known.yaml, as a table. False where Evolve fails, or writes NaN."""
    jobs = [_job(work, case) for case in read_cases("known.yaml")]
    for family in {job.models.name for job in jobs}:
        _make(work / "known", family)
    orders = []
    for job in jobs:
        job.write()
        orders += job.orders(exact=False)
        again = {"yaml": str(job.folder / "recipe.yml"), "out": str(job.folder / "again")}
        orders += [again | {"seed": 99}] if _MEASURES[job.folder] is _twice else []
    run_oracle(mergekit, orders, work)
    table = Table(title="Known differences", title_justify="left", show_lines=True)
    for name in ("case", "mergekit", "Evolve", "why"):
        table.add_column(name)
    finite = True
    for job in jobs:
        shown = [_show(job, "native"), _show(job, "ours")]
        finite &= not ("NaN" in shown[1] or shown[1].startswith("fails"))
        table.add_row(job.case.key, *shown, job.case.why)
    console.print(table)
    return finite


def _job(work: Path, case: Case) -> Job:
    family = work / "known" / case.recipe.get("family", "plain")
    recipe = {k: v for k, v in case.recipe.items() if k not in ("family", "measure")}
    job = Job(
        replace(case, recipe=recipe), "llama", "float32", family, family,
        work / "known" / "merges" / case.slug,
    )  # fmt: skip
    _MEASURES[job.folder] = _BY_NAME[case.recipe["measure"]]
    return job


def _make(folder: Path, family: str) -> None:
    """A small Llama family; what is unusual in it, by its name."""
    changes = {"column": {"intermediate_size": 1}, "wide": {"vocab_size": 16_000}}
    target = folder / family
    if family == "bfloat16":
        make_family(folder / "bfloat16-wide", "llama", **_LAYERS)
        cast_family(folder / "bfloat16-wide", target, dict.fromkeys(NAMES, "bfloat16"))
        return
    make_family(target, "llama", **_LAYERS, **changes.get(family, {}))
    base = load_file(target / "base" / "model.safetensors")
    for name, scale in zip(NAMES, (0, 0.5e-2, 0.9e-2, 2e-2), strict=True):
        tensors = load_file(target / name / "model.safetensors")
        if family == "zero" or (family == "zero_a" and name == "a"):
            tensors[_ZERO] = torch.zeros_like(tensors[_ZERO])
        if family == "small":
            tensors = {k: base[k] + scale * (t - base[k]) for k, t in tensors.items()}
        copy_with(target / "base", target / name, tensors)


def _show(job: Job, side: str) -> str:
    try:
        tensors = job.merge() if side == "ours" else job.read(side)
    except EvolveError as error:
        return f"refused: {str(error)[:110]}"
    except Exception as error:
        return f"fails: {type(error).__name__}: {str(error)[:110]}"
    return _MEASURES[job.folder](job, side, tensors)


def _growth(job: Job, side: str, tensors: Tensors) -> str:
    if not all(torch.isfinite(t).all() for t in tensors.values()):
        return "NaN or Inf in the result"
    models = read_family(job.models)
    start = models["base"]
    change = max(float((tensors[k].double() - start[k]).abs().max()) for k in start)
    largest = max(
        float((models[n][k].double() - start[k]).abs().max()) for n in "ab" for k in start
    )
    return f"changes entries by up to {change / largest:.4g} times the largest task vector entry"


def _zeros(job: Job, side: str, tensors: Tensors) -> str:
    start = read_family(job.models)["base"][_ZERO].double()
    if not start.any():
        return f"largest entry {float(tensors[_ZERO].abs().max()):.3g}"
    return f"{float(tensors[_ZERO].double() @ start / (start @ start)):.4f} x"


def _length(job: Job, side: str, tensors: Tensors) -> str:
    models = read_family(job.models)
    start = models["base"][_SHOWN].double()
    wanted = sum(
        w * float((models[n][_SHOWN].double() - start).norm()) for n, w in (("a", 2), ("b", 1))
    )
    length = float((tensors[_SHOWN].double() - start).norm())
    return f"{length / (wanted / 3):.7f} of the weighted mean norm"


def _scale(job: Job, side: str, tensors: Tensors) -> str:
    models = read_family(job.models)
    delta = (models["a"][_SHOWN] - models["base"][_SHOWN]).double()
    moved = (tensors[_SHOWN] - models["base"][_SHOWN]).double()
    kept = (moved != 0) & (delta.abs() > 1e-3)
    return f"what is kept is multiplied by {float((moved / delta)[kept].median()):.3f}"


def _twice(job: Job, side: str, tensors: Tensors) -> str:
    if side == "ours":
        again: Tensors = _merge_again(job)
    else:
        again = job.read("again")
    differing = sum(int((again[k] != tensors[k]).sum()) for k in tensors)
    return f"merged twice: {differing:,} of {sum(t.numel() for t in tensors.values()):,} differ"


def _merge_again(job: Job) -> Tensors:
    other = replace(job, folder=job.folder / "second")
    other.write()
    return other.merge()


def _weights(job: Job, side: str, tensors: Tensors) -> str:
    """How much of each task vector is in the result where all signs agree: least squares."""
    models = read_family(job.models)
    start = models["base"][_SHOWN].double()
    deltas = torch.stack([(models[n][_SHOWN].double() - start).flatten() for n in NAMES[1:]])
    agree = (deltas > 0).all(0) | (deltas < 0).all(0)
    moved = (tensors[_SHOWN].double() - start).flatten()[agree]
    found = torch.linalg.lstsq(deltas[:, agree].T, moved[:, None]).solution.flatten()
    return "weights " + " ".join(f"{w:.2f}" for w in found.tolist())


def _dtype(job: Job, side: str, tensors: Tensors) -> str:
    return ", ".join(sorted({str(t.dtype).removeprefix("torch.") for t in tensors.values()}))


_MEASURES: dict[Path, Callable[[Job, str, Tensors], str]] = {}
_BY_NAME = {
    "growth": _growth,
    "zeros": _zeros,
    "length": _length,
    "scale": _scale,
    "twice": _twice,
    "weights": _weights,
    "dtype": _dtype,
}
