"""Search files and recipes with anything in them: read, or refused in words; never a traceback,
never long.
"""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evolve.config import read_search
from search_spaces.errors import ConfigError, RecipeError
from search_spaces.evolve_remarks import remarks
from search_spaces.moe import is_moe, parse_moe
from search_spaces.recipe import parse_recipe
from tests.mutating import VALUES, mutated, places, replaced

LONGEST_S = 5.0
SEARCH: dict[str, Any] = {
    "name": "s",
    "base": "base",
    "parents": {"a": "models/a", "b": "models/b+lora"},
    "dtype": "bfloat16",
    "space": {
        "kind": "parameters",
        "method": "ties",
        "layer_groups": 2,
        "filters": ["mlp"],
    },
    "optimizer": {"name": "cma", "sigma": 0.2},
    "starts": {"soup": True, "descent": {"loss": "entropy", "steps": 3}},
    "objectives": ["average"],
    "choose": "average",
    "tasks": [
        {"name": "t", "weight": 2.0, "metric": "acc", "splits": {"search": 10}},
        {"name": "u"},
    ],
    "task_folders": ["tasks"],
    "prompts": {"chat_template": False, "system_instruction": "s"},
    "splits": {"search": 10, "validation": 10, "report": 10},
    "racing": {"method": "paired", "blocks": 4, "error": 0.1},
    "items": "fixed",
    "budget": {"trials": 10, "hours": 1.0},
    "store": "sqlite:///x.db",
    "workers": {"count": 1, "threads": 1},
    "sinks": {"prometheus": 9000},
    "seed": 3,
}
GENOME: dict[str, Any] = {
    "genome": {
        "models": ["models/a", "models/b"],
        "merge_method": "dare_ties",
        "base_model": "models/base",
        "layer_granularity": 2,
        "filters": ["mlp", "attn"],
    },
    "tasks": [{"name": "t", "weight": 1.0, "metric": "acc,none"}, "u"],
    "limit": 100,
    "budget": {"trials": 5},
}
MERGE: dict[str, Any] = {
    "merge_method": "dare_ties",
    "base_model": "base",
    "models": [
        {"model": "a", "parameters": {"weight": [0.1, 0.9], "density": 0.5}},
        {
            "model": "b",
            "parameters": {"weight": [{"filter": "mlp", "value": 0.3}, {"value": 0.1}]},
        },
    ],
    "parameters": {"normalize": True},
    "dtype": "bfloat16",
    "tokenizer": {"source": "union", "tokens": {"<x>": {"source": "a", "force": True}}},
    "chat_template": "auto",
}
SLICES: dict[str, Any] = {
    "merge_method": "slerp",
    "base_model": "a",
    "slices": [
        {
            "sources": [
                {"model": "a", "layer_range": [0, 4]},
                {"model": "b", "layer_range": [0, 4]},
            ],
            "parameters": {"t": [0, 0.5, 1]},
        }
    ],
    "dtype": "float32",
}
MOE: dict[str, Any] = {
    "base_model": "base",
    "gate_mode": "hidden",
    "experts": [
        {"source_model": "a", "positive_prompts": ["x", "y"], "negative_prompts": ["z"]},
        {"source_model": "b", "positive_prompts": ["w"], "noise_scale": 0.1},
    ],
}


def told(read: Callable[[], object], kind: type[ConfigError] = ConfigError) -> bool:
    """Was it read? Refused in words otherwise, in seconds."""
    start = time.process_time()
    try:
        read()
        return True
    except kind as error:
        assert 5 < len(str(error)) < 20_000
        return False
    finally:
        assert time.process_time() - start < LONGEST_S


def whole(file: Path) -> None:
    read_search(file).shown()
    remarks(file)


def both(text: str) -> None:
    """As `evolve merge` reads a file."""
    if is_moe(text):
        mixture = parse_moe(text)
        assert parse_moe(mixture.to_yaml()) == mixture
    else:
        recipe = parse_recipe(text)
        assert parse_recipe(recipe.to_yaml()).digest() == recipe.digest()
        recipe.references()


@pytest.mark.parametrize("data", [SEARCH, GENOME], ids=["search", "genome"])
def test_a_search_file_with_any_value_replaced(data: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    draw = random.Random(0)
    file.write_text(yaml.safe_dump(data))
    assert told(lambda: whole(file))
    read = 0
    every = [(path, value) for path in places(data) for value in VALUES]
    for path, value in draw.sample(every, 200):
        file.write_text(yaml.safe_dump(replaced(data, path, value)))
        read += told(lambda: whole(file))
    assert 0 < read < 200


@pytest.mark.parametrize("data", [MERGE, SLICES, MOE], ids=["merge", "slices", "moe"])
def test_a_recipe_with_any_value_replaced(data: dict[str, Any]) -> None:
    draw = random.Random(1)
    assert told(lambda: both(yaml.safe_dump(data)))
    read = 0
    every = [(path, value) for path in places(data) for value in VALUES]
    for path, value in draw.sample(every, 200):
        text = yaml.safe_dump(replaced(data, path, value))
        read += told(lambda text=text: both(text), RecipeError)  # type: ignore[misc]
    assert 0 < read < 200


@given(st.sampled_from([MERGE, SLICES, MOE]), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_recipe_with_damaged_bytes(data: dict[str, Any], draw: random.Random) -> None:
    text = mutated(yaml.safe_dump(data).encode(), draw).decode(errors="surrogateescape")
    told(lambda: both(text), RecipeError)


@given(st.sampled_from([SEARCH, GENOME]), st.randoms(use_true_random=False))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_search_file_with_damaged_bytes(
    tmp_path: Path, data: dict[str, Any], draw: random.Random
) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(mutated(yaml.safe_dump(data).encode(), draw))
    told(lambda: whole(file))


@given(st.binary(max_size=200))
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(data)
    assert not told(lambda: whole(file))
    assert not told(lambda: both(data.decode(errors="surrogateescape")), RecipeError)


def test_a_recipe_of_very_many_slices_or_models_is_read_or_refused_in_time() -> None:
    piece = SLICES["slices"][0]
    many = yaml.dump(SLICES | {"slices": [piece] * 1000}, Dumper=Unshared)
    told(lambda: parse_recipe(many), RecipeError)
    models = [{"model": f"m{i}", "parameters": {"weight": 0.1}} for i in range(1000)]
    text = yaml.safe_dump(MERGE | {"models": models})
    told(lambda: parse_recipe(text), RecipeError)


class Unshared(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True
