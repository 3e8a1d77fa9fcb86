"""One deterministic recipe: Evolve's tensors held against mergekit's, and what may differ."""

import re
from collections.abc import Mapping

import torch

from tests.parity.choices import undecided
from tests.parity.compare import Compared, compare_tensor
from tests.parity.jobs import Job
from tests.parity.models import DTYPES
from tests.parity.reference import in_float64

# A float32 mask or factor promotes their result, which mergekit writes as it is.
WRITES_FLOAT32 = ("ramplus_tl", "arcee_fusion")
_FUSED = re.compile(r"mlp\.(experts\.(gate_up|down)_proj|gate\.weight)$")
_RATIO = "held against the paper's formula: mergekit's ratio is float32 in a float64 run"
_REASON = "mergekit writes float32 for 16-bit parents; ours keeps the dtype"


def judge(
    job: Job, ours: Mapping[str, torch.Tensor], models: Mapping[str, Mapping[str, torch.Tensor]]
) -> Compared:
    """models: the family's tensors. Raises: RuntimeError where mergekit failed."""
    native, exact = job.read("native"), job.read("exact")
    found = Compared()
    if any(map(_FUSED.search, native)):
        native = {name: tensor for name, tensor in native.items() if not _FUSED.search(name)}
        found.reasons.add("experts as stored; mergekit fuses a layer's before it merges")
    if set(ours) != set(native):
        missing, extra = sorted(set(native) - set(ours)), sorted(set(ours) - set(native))
        found.problems.append(f"lacks {missing[:2]}, has {extra[:2]} besides")
    cast = DTYPES.get(job.case.recipe.get("dtype", ""))
    for name, entry in job.plan().items():
        if name not in ours or name not in native:
            continue
        inputs = {m: models[m][one["tensor"]] for m, one in entry["inputs"].items()}
        if cast is not None:
            inputs = {m: tensor.to(cast) for m, tensor in inputs.items()}
        merged = {m: tensor for m, tensor in inputs.items() if m != entry["base"]} or inputs
        each = {m: entry["inputs"][m]["parameters"] for m in merged}
        tied = undecided(
            job.case.method, inputs.get(entry["base"] or ""), merged, entry["shared"], each
        )
        if ours[name].dtype != native[name].dtype:
            if job.case.method in WRITES_FLOAT32:
                found.reasons.add(_REASON)
            else:
                found.problems.append(
                    f"{name} is {ours[name].dtype}, mergekit's {native[name].dtype}"
                )
        if job.case.method == "ramplus_tl":
            found.reasons.add(_RATIO)
        base = inputs.get(entry["base"] or "")
        others = list(merged.values())
        wanted = in_float64(job.case.method, exact[name], base, others, entry["shared"])
        found.add(
            compare_tensor(ours[name], native[name], wanted, list(inputs.values()), tied, name)
        )
    _hold_configs(job, found)
    return found


def _hold_configs(job: Job, found: Compared) -> None:
    """What config.json says of layers and dtype."""
    mine, theirs = job.config("ours"), job.config("native")
    for keys in (("num_hidden_layers", "n_layer"), ("vocab_size",)):
        values = [next((c[k] for k in keys if k in c), None) for c in (mine, theirs)]
        if values[0] != values[1]:
            found.problems.append(f"config.json: {keys[0]} {values[0]}, mergekit's {values[1]}")
