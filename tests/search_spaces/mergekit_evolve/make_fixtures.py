"""Writes fixtures.json: genomes, and the merges that mergekit-evolve 0.1.5 makes of them.

    cd tests/search_spaces/mergekit_evolve
    ~/.cache/evolve/mergekit-0.1.5/bin/python make_fixtures.py

Runs inside mergekit's environment (`make mergekit-env`). The models are folders with a config.json
and no weights, made and forgotten here, so nothing has to be fetched.
"""

import json
import os
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from mergekit.evo.genome import ModelGenome, ModelGenomeDefinition

LAYERS = 6
OUT = Path(__file__).resolve().with_name("fixtures.json")
TWO, THREE = ["model_a", "model_b"], ["model_a", "model_b", "model_c"]


def main() -> None:
    made = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # models are named by relative paths
        for name in ("base", *THREE):
            Path(name).mkdir()
            config = {"model_type": "llama", "num_hidden_layers": LAYERS}
            Path(name, "config.json").write_text(json.dumps(config))
        for number, definition in enumerate(definitions()):
            made.append(fixture(definition, np.random.default_rng(number)))
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in made)
    OUT.write_text(f"[\n{lines}\n]\n")
    print(f"{len(made)} definitions, {OUT.stat().st_size:,} bytes")


def definitions() -> list[dict[str, Any]]:
    """A grid over what changes the layout, and some of everything else."""
    found: list[dict[str, Any]] = []
    for method, step, smooth in product(
        ("linear", "task_arithmetic", "ties", "dare_ties"), (0, 3), (False, True)
    ):
        found.append(_genome(method, TWO, layer_granularity=step, smooth=smooth))
    for method, normalize in product(("linear", "task_arithmetic", "ties"), (True, False)):
        found.append(_genome(method, THREE, normalize=normalize))
    for method in ("linear", "task_arithmetic", "ties", "dare_ties"):
        found.append(_genome(method, TWO, allow_negative_weights=True, layer_granularity=2))
    for method, smooth in product(("linear", "ties", "dare_ties"), (False, True)):
        filters = ["self_attn", "mlp"]
        found.append(_genome(method, TWO, filters=filters, layer_granularity=3, smooth=smooth))
    found.append(_genome("ties", THREE, filters=["mlp"], smooth=True, layer_granularity=6))
    for method in ("linear", "task_arithmetic", "dare_ties"):
        found.append(_genome(method, ["base", *TWO], base_model="base", layer_granularity=3))
    found.append(_genome("ties", ["model_a", "base"], base_model="base", smooth=True))
    found.append(_genome("linear", TWO, layer_granularity=1))
    for models, step in product((TWO, THREE), (0, 3)):
        found.append(_genome("slerp", models, layer_granularity=step))
    found.append(_genome("slerp", ["base", *TWO], base_model="base", layer_granularity=2))
    found.append(_genome("slerp", TWO, tokenizer_source="base", base_model="model_b"))
    found.append(_genome("ties", TWO, tokenizer_source="model_a"))
    return found


def _genome(method: str, models: list[str], **changes: Any) -> dict[str, Any]:
    base = {} if method in ("linear", "slerp") else {"base_model": "base"}
    return {"merge_method": method, "models": models, **base, **changes}


def fixture(definition: dict[str, Any], draws: np.random.Generator) -> dict[str, Any]:
    """Its start and three random genomes, in part negative and above one."""
    genome = ModelGenome(ModelGenomeDefinition.model_validate(definition))
    start = genome.initial_genotype().view(-1).numpy().astype(np.float64)
    vectors = [start, *(draws.normal(0.5, 0.8, start.size).round(6) for _ in range(3))]
    configs = [genome.genotype_merge_config(vector) for vector in vectors]
    return {
        "genome": definition,
        "layers": LAYERS,
        "cases": [
            {
                "vector": vector.tolist(),
                "config": config.model_dump(mode="json", exclude_none=True),
            }
            for vector, config in zip(vectors, configs, strict=True)
        ],
    }


if __name__ == "__main__":
    main()
