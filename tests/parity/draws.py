"""Random methods: do the masks have the right distribution, and is the rest exact?

A probe is a merge of one model of a recipe, weight 1, without rescaling, in float32: it differs
from the base exactly where the mask keeps an entry. Evolve's mask of a model is the same in the
recipe itself, so its result can be computed again in float64.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from tests.parity.compare import Distance, distance, sizes
from tests.parity.grid import Case
from tests.parity.jobs import Job
from tests.parity.reference import Array, keep_probability, merged

SIGMAS = 5.0
Models = Mapping[str, Mapping[str, torch.Tensor]]


@dataclass
class Sums:
    """What the masks of one model add up to; z: distances from what is expected, in sigmas."""

    kept: float = 0.0
    wanted: float = 0.0
    spread: float = 0.0
    tilt: float = 0.0
    tilt_spread: float = 0.0
    mean: float = 0.0
    mean_spread: float = 0.0

    def add(self, delta: Array, mask: Array, chance: Array) -> None:
        here = delta != 0
        d, m, p = delta[here], mask[here], chance[here]
        self.kept += m.sum()
        self.wanted += p.sum()
        self.spread += (p * (1 - p)).sum()
        # The share kept among likely entries less that among unlikely ones: DELLA's ranks.
        lean = p - p.mean() if p.size else p
        self.tilt += (lean * (m - p)).sum()
        self.tilt_spread += (lean**2 * p * (1 - p)).sum()
        self.mean += (d * m / p - d).sum()
        self.mean_spread += (d**2 * (1 - p) / p).sum()

    def z(self) -> tuple[float, float]:
        """(of the number kept and of how it leans by rank, of the expectation)."""
        count = abs(self.kept - self.wanted) / max(self.spread, 1e-30) ** 0.5
        tilt = abs(self.tilt) / self.tilt_spread**0.5 if self.tilt_spread > 1e-12 else 0.0
        return max(count, tilt), abs(self.mean) / max(self.mean_spread, 1e-30) ** 0.5


@dataclass
class Draws:
    """Of all recipes of a method: the worst of each measure, ours and mergekit's."""

    recipes: int = 0
    kept: dict[str, float] = field(default_factory=lambda: {"ours": 0.0, "native": 0.0})
    mean: dict[str, float] = field(default_factory=lambda: {"ours": 0.0, "native": 0.0})
    norm: dict[str, float] = field(default_factory=lambda: {"ours": 0.0, "native": 0.0})
    exact: Distance = field(default_factory=Distance)
    over: int = 0
    tied: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        return (
            not self.problems
            and self.over == 0
            and max(self.kept["ours"], self.mean["ours"]) < SIGMAS
            and self.norm["ours"] < 1e-4
        )


def probes(job: Job) -> dict[str, Job]:
    """Name -> the probe of each model of the recipe, and one with rescaling as `MODEL, whole`."""
    single = "della_linear" if job.case.method.startswith("della") else "dare_linear"
    found = {}
    for source in job.case.recipe["models"]:
        given = {"weight": 1.0}
        for place in (job.case.recipe.get("parameters", {}), source.get("parameters", {})):
            given |= {k: v for k, v in place.items() if k in ("density", "epsilon")}
        for suffix, rescale in (("", False), (", whole", True)):
            name = source["model"] + suffix
            recipe = {
                "merge_method": single,
                "base_model": job.case.recipe["base_model"],
                "models": [{"model": source["model"], "parameters": given}],
                "parameters": {"rescale": rescale},
                "dtype": "float32",
            }
            case = Case(single, f"{job.case.name}, {name}", recipe, seed=job.case.seed)
            found[name] = replace(job, case=case, folder=job.folder / "probes" / name)
    return found


def measure(job: Job, models: Models, ours: Mapping[str, torch.Tensor], found: Draws) -> None:
    """Adds one recipe and its probes, all of which have been merged on both sides."""
    plan = {tensor: entry for tensor, entry in job.plan().items() if tensor in ours}
    masks: dict[str, dict[str, Array]] = {}
    probed = probes(job)
    for name in [n for n in probed if "," not in n]:
        masks[name] = {}
        for side in ("ours", "native"):
            sums = Sums()
            kept, whole = probed[name].read(side), probed[f"{name}, whole"].read(side)
            for tensor, entry in plan.items():
                delta, base = _delta(models, entry, name)
                mask = (_wide(kept[tensor]) != base).astype(float)
                given = entry["inputs"][name]["parameters"]
                chance = keep_probability(delta, given["density"], given.get("epsilon"))
                sums.add(delta, mask, chance)
                if side == "ours":
                    masks[name][tensor] = mask
                before, after = np.abs(delta).sum(), np.abs(_wide(whole[tensor]) - base).sum()
                if before > 1e-6 and (delta * mask).any():
                    found.norm[side] = max(found.norm[side], abs(after / before - 1))
            count, mean = sums.z()
            found.kept[side] = max(found.kept[side], count)
            found.mean[side] = max(found.mean[side], mean)
    found.recipes += 1
    for tensor, entry in plan.items():
        _hold(job, tensor, entry, models, masks, ours[tensor], found)


def _hold(
    job: Job,
    tensor: str,
    entry: dict[str, Any],
    models: Models,
    masks: dict[str, dict[str, Array]],
    ours: torch.Tensor,
    found: Draws,
) -> None:
    """Our tensor against the reference with our own masks."""
    deltas = [_delta(models, entry, name)[0] for name in masks]
    wanted, tie = merged(
        _wide(models["base"][tensor]),
        deltas,
        [masks[name][tensor] for name in masks],
        [entry["inputs"][name]["parameters"]["weight"] for name in masks],
        entry["shared"],
        elect=job.case.method in ("dare_ties", "della"),
    )
    exact, tied = torch.from_numpy(wanted), torch.from_numpy(tie)
    size = sizes([models[name][tensor] for name in entry["inputs"]], exact)
    apart = distance(ours, exact, size, torch.ones_like(tied))[1]
    found.tied += int((tied & (apart > 1)).sum())
    total, apart = distance(ours, exact, size, ~tied)
    found.exact.add(total)
    found.over += int((~tied & (apart > 1)).sum())


def _delta(models: Models, entry: dict[str, Any], name: str) -> tuple[Array, Array]:
    base = _wide(models["base"][entry["inputs"]["base"]["tensor"]])
    return _wide(models[name][entry["inputs"][name]["tensor"]]) - base, base


def _wide(tensor: torch.Tensor) -> Array:
    found: Array = tensor.double().numpy()
    return found
