"""Checkpoints with anything in their files: opened, or refused by file and in words."""

import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from search_spaces.errors import EvolveError
from tests.mutating import VALUES, mutated, places, replaced
from workers.parents import open_parent, problems_between
from workers.tokenizer_files import read_tokenizer

LONGEST_S = 5.0


@pytest.fixture(scope="module")
def whole(family: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sharded parent and an adapter beside it."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(family / "a", folder / "model")
    tensors = load_file(folder / "model" / "model.safetensors")
    (folder / "model" / "model.safetensors").unlink()
    names = sorted(tensors)
    weight_map = {}
    for index, half in enumerate((names[::2], names[1::2])):
        file = f"model-{index}.safetensors"
        save_file({n: tensors[n] for n in half}, folder / "model" / file)
        weight_map |= dict.fromkeys(half, file)
    (folder / "model" / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": weight_map})
    )
    config = LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj"])
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(family / "a"), config)
    adapted.save_pretrained(folder / "adapter")
    return folder


def opened(folder: Path) -> bool:
    """All that is read of a parent before its weights. Refused in words otherwise, in seconds."""
    start = time.process_time()
    try:
        parent = open_parent(f"{folder / 'model'}+{folder / 'adapter'}")
        problems_between(parent, [parent])
        problems_between(open_parent(str(folder / "model")), [parent])
        assert parent.layers > 0
        assert len(parent.fingerprint) == len(parent.vocabulary) == 32
        read_tokenizer(parent.folder, 30)
        return True
    except EvolveError as error:
        assert str(folder) in str(error)
        assert 5 < len(str(error)) < 2_000
        return False
    finally:
        assert time.process_time() - start < LONGEST_S


@pytest.mark.parametrize(
    "name",
    [
        "model/config.json",
        "model/model.safetensors.index.json",
        "model/tokenizer.json",
        "model/tokenizer_config.json",
        "adapter/adapter_config.json",
    ],
)
def test_json_with_values_replaced_and_bytes_damaged(whole: Path, name: str) -> None:
    before = (whole / name).read_bytes()
    data, draw, read = json.loads(before), random.Random(name), 0
    every = [(path, value) for path in places(data) for value in VALUES]
    try:
        assert opened(whole)
        for path, value in draw.sample(every, 60):
            (whole / name).write_text(json.dumps(replaced(data, path, value)))
            read += opened(whole)
        for _ in range(40):
            (whole / name).write_bytes(mutated(before, draw))
            read += opened(whole)
    finally:
        (whole / name).write_bytes(before)
    assert read < 100


@pytest.mark.parametrize(
    "name", ["model/model-0.safetensors", "adapter/adapter_model.safetensors"]
)
def test_safetensors_headers_with_anything_in_them(whole: Path, name: str) -> None:
    before = (whole / name).read_bytes()
    length = int.from_bytes(before[:8], "little")
    header, rest = before[8 : 8 + length], before[8 + length :]
    data, draw, read = json.loads(header), random.Random(name), 0
    every = [(path, value) for path in places(data) for value in VALUES]

    def write(text: bytes) -> None:
        (whole / name).write_bytes(len(text).to_bytes(8, "little") + text + rest)

    try:
        assert opened(whole)
        for path, value in draw.sample(every, 80):
            write(json.dumps(replaced(data, path, value)).encode())
            read += opened(whole)
        for _ in range(40):
            write(mutated(header, draw))
            read += opened(whole)
        for _ in range(40):
            (whole / name).write_bytes(mutated(before, draw))
            read += opened(whole)
    finally:
        (whole / name).write_bytes(before)
    assert read < 160


HOSTILE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a negative offset": lambda e: e | {"data_offsets": [-16, 0]},
    "offsets the wrong way round": lambda e: e | {"data_offsets": e["data_offsets"][::-1]},
    "a shape of astronomers": lambda e: e | {"shape": [2**62, 2**62]},
    "a negative shape": lambda e: e | {"shape": [-1, -1]},
    "true as a side": lambda e: e | {"shape": [True]},
    "a list as dtype": lambda e: e | {"dtype": ["F32"]},
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_headers_are_refused_by_file_and_tensor(whole: Path, what: str) -> None:
    file = whole / "model" / "model-0.safetensors"
    before = file.read_bytes()
    length = int.from_bytes(before[:8], "little")
    data = json.loads(before[8 : 8 + length])
    name = next(n for n in data if n != "__metadata__" and len(data[n]["shape"]) == 2)
    text = json.dumps(data | {name: HOSTILE[what](data[name])}).encode()
    try:
        file.write_bytes(len(text).to_bytes(8, "little") + text + before[8 + length :])
        with pytest.raises(EvolveError, match=f"model-0.safetensors.*'{name}'"):
            open_parent(str(whole / "model"))
    finally:
        file.write_bytes(before)


def test_an_index_reaches_no_file_outside_of_the_folder(whole: Path) -> None:
    index = whole / "model" / "model.safetensors.index.json"
    before = index.read_text()
    try:
        index.write_text(before.replace("model-0.", "../model/model-0."))
        with pytest.raises(EvolveError, match="expected the name of a file beside it"):
            open_parent(str(whole / "model"))
    finally:
        index.write_text(before)
