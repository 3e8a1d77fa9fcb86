"""Recipes merged as mergekit merges them in float64; the whole suite is `make parity`."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file

from search_spaces.methods import METHODS, RANDOM
from search_spaces.recipe import parse_recipe
from tests.parity.compare import ulp
from tests.parity.fixtures import FOLDER, STORED, cases_of, kept, kind, read_results, sizes_by_kind
from tests.parity.grid import Case
from tests.parity.models import DTYPES, NAMES, copy_with
from workers.writer import write_merge

RESULTS = read_results()
CASES = [(dtype, case) for dtype in STORED for case in cases_of(dtype)]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors this small are slower on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """dtype -> the folder with the models base, a, b and c."""
    folder = tmp_path_factory.mktemp("parity")
    file = FOLDER / "models.safetensors"
    with safe_open(file, "pt") as opened:
        config = opened.metadata()["config"]
    stored = load_file(file)
    source = folder / "source"
    source.mkdir()
    (source / "config.json").write_text(config)
    (source / "generation_config.json").write_text("{}")
    for dtype in STORED:
        for name in NAMES:
            tensors = {
                key.partition("|")[2]: tensor.to(DTYPES[dtype])
                for key, tensor in stored.items()
                if key.startswith(f"{name}|")
            }
            copy_with(source, folder / dtype / name, tensors)
    return lambda dtype: folder / dtype


@pytest.mark.parametrize(("dtype", "case"), CASES, ids=[f"{d}, {c.key}" for d, c in CASES])
def test_a_recipe_gives_what_mergekit_gives(
    dtype: str, case: Case, family: Callable[[str], Path], tmp_path: Path
) -> None:
    models = family(dtype)
    recipe = parse_recipe(yaml.safe_dump(case.with_models(models)))
    write_merge(recipe, tmp_path / "merged", extra={})
    found = load_file(tmp_path / "merged" / "model.safetensors")
    sizes = sizes_by_kind(models)
    names = kept(found)
    wanted = RESULTS[f"{dtype}|{case.key}"].split([found[name].numel() for name in names])
    for name, flat in zip(names, wanted, strict=True):
        result = flat.view(found[name].shape)
        apart = (found[name].double() - result.double()).abs()
        size = sizes[kind(name)].maximum(result.double().abs().nan_to_num())
        over = (apart / ulp(size, found[name].dtype) > 1) & ~result.isnan()
        assert not over.any(), f"{name}: {int(over.sum())} of {over.numel()} entries"


def test_every_method_has_stored_results() -> None:
    assert {case.method for _, case in CASES} == set(METHODS) >= RANDOM
    assert {f"{dtype}|{case.key}" for dtype, case in CASES} == set(RESULTS)


def test_configurations_say_how_many_layers_there_are(
    family: Callable[[str], Path], tmp_path: Path
) -> None:
    (case,) = (c for _, c in CASES if c.key == "passthrough: layers dropped")
    recipe = parse_recipe(yaml.safe_dump(case.with_models(family("float32"))))
    write_merge(recipe, tmp_path / "merged", extra={})
    assert json.loads((tmp_path / "merged" / "config.json").read_text())["num_hidden_layers"] == 2
