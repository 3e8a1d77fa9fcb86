"""What `evolve plan` finds: everything that can be known before a trial."""

import math
from typing import Any

from evolve.blocks import NICHES
from evolve.cli.plan_cost import plan_cost
from evolve.cli.searches import Opened
from evolve.config import SearchConfig
from evolve.earlier import MOST as MOST_EARLIER
from evolve.objectives import objective_names
from evolve.optimizers.registry import generation
from evolve.setup import optimizer_of
from evolve.splits import split_tasks
from search_spaces.evolve_remarks import remarks
from search_spaces.references import ONE_SCALE_GRID, PLAIN

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def plan(opened: Opened) -> dict[str, Any]:
    """Genes, optimizer and why, items per split, racing (its blocks as far as there are items),
    memory, what is scored before the first trial, when asking stops; all defaults under `config`.

    Raises: ConfigError for tasks that cannot be loaded and splits that do not fit.
    """
    from workers.tasks import load_tasks
    from workers.trust import code_remarks

    config, space = opened.config, opened.space
    models = [(p.folder, p.config) for p in (opened.base, *opened.parents.values())]
    tasks = [task.describe() for task in load_tasks(opened.tasks, opened.base.folder)]
    splits = split_tasks(config, tasks)
    items = {split: {t: len(i) for t, i in found.items()} for split, found in splits.items()}
    genes = space.space.genes
    name, why = optimizer_of(config, space)
    return {
        "search": {"name": config.name, "digest": opened.digest},
        "space": {
            "kind": config.space.kind,
            "methods": list(space.methods),
            "most_layers": space.most_layers,
        },
        "genes": [
            {
                "name": g.name,
                "low": g.low,
                "high": g.high,
                "log": g.log,
                "choices": list(g.choices),
                "when": None if g.when is None else {"gene": g.when[0], "is": list(g.when[1])},
            }
            for g in genes
        ],
        "dimension": len(genes),
        "layers": space.layers,
        "parameters": opened.base.parameters,
        "optimizer": name,
        "why": why,
        "population": generation(
            name,
            len(genes),
            population=config.optimizer.population,
            workers=config.workers.count or 1,
            budget=config.budget.trials,
        ),
        "objectives": list(objective_names(config)),
        "choose": config.choose,
        "items": items,
        "data": {task.name: task.source for task in tasks if task.source is not None},
        "racing": {
            "method": config.racing.method,
            "blocks": min(config.racing.blocks, *items["search"].values()),
            "error": config.racing.error,
            "items": config.items,
        },
        "references": 1 + len(config.parents) + len(PLAIN) + len(ONE_SCALE_GRID),
        "starts": starts(config),
        "trials": config.budget.trials,
        "stop": config.budget.model_dump(mode="json"),
        **plan_cost(opened, splits, sum(starts(config).values())),
        "memory_per_worker_gib": round(memory_bytes(opened) / 2**30, 3),
        "remarks": [*([] if opened.path is None else remarks(opened.path)), *code_remarks(models)],
        "config": config.shown(),
    }


def starts(config: SearchConfig) -> dict[str, int]:
    """Starting point -> at most so many evaluations before the first trial."""
    wanted, parents = config.starts, len(config.parents)
    found = {
        "model stock": int(wanted.model_stock and parents > 1),
        "greedy soup": (parents - 1) * wanted.soup,
        "descent": int(wanted.descent is not None),
        "earlier winners": MOST_EARLIER * wanted.earlier,
    }
    return {name: count for name, count in found.items() if count}


def races(found: dict[str, Any]) -> bool:
    """Could this search race, or does it know each task's own score?"""
    return found["objectives"] == ["average"] and found["optimizer"] not in NICHES


def memory_bytes(opened: Opened) -> int:
    """Parents that are held, what is kept about them, the deepest candidate, and the largest
    tensor's working copies in fp32.

    A LoRA parent shares with the base all tensors that it does not adapt.
    """
    each = _BYTES[opened.config.dtype]
    further = opened.space.most_layers - opened.space.layers
    candidate = opened.base.parameters + max(0, further) * max(opened.sizes.layers, default=0)
    largest = max(math.prod(h.shape) for h in opened.base.tensors.values())
    kept = math.ceil(kept_bytes(opened) * opened.base.parameters * len(opened.parents))
    working = 4 * largest * (1 + len(opened.parents))
    return candidate * each + parents_bytes(opened) + kept + working


def parents_bytes(opened: Opened) -> int:
    """The base and the parents, which workers on one machine share."""
    each = _BYTES[opened.config.dtype]
    total = 0
    for parent in [opened.base, *opened.parents.values()]:
        shared = parent.adapter is not None and parent.folder == opened.base.folder
        pairs = parent.adapter.pairs if parent.adapter is not None else {}
        total += each * sum(
            math.prod(h.shape) for n, h in parent.tensors.items() if not shared or n in pairs
        )
    return total


def kept_bytes(opened: Opened) -> float:
    """Bytes that a worker keeps for every entry of a parent: ranks for DELLA, knots of the order
    of magnitudes for TIES and Breadcrumbs.
    """
    methods = set(opened.space.methods)
    widest = max(h.shape[-1] for h in opened.base.tensors.values() if h.shape)
    ranks = 2 if widest <= 2048 else 4
    return (ranks if methods & {"della", "della_linear"} else 0) + (
        0.2 if methods & {"ties", "breadcrumbs", "breadcrumbs_ties", "sce"} else 0
    )
