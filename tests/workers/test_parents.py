"""Checkpoints on disk: opened, compared, refused with file and tensor."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from search_spaces.errors import ParentError
from workers.parents import open_parent, problems_between
from workers.weights import OnDisk, Resident


@pytest.fixture
def copy(family: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(family / "a", tmp_path / "copy"))


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> Path:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def shard(folder: Path) -> Path:
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    halves = [names[::2], names[1::2]]
    weight_map = {}
    for index, half in enumerate(halves):
        file = f"model-{index}.safetensors"
        save_file({n: tensors[n] for n in half}, folder / file)
        weight_map |= dict.fromkeys(half, file)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder


def test_the_fingerprint_is_of_the_content_wherever_it_lies_and_however_it_is_sharded(
    family: Path, copy: Path
) -> None:
    original = open_parent(str(family / "a")).fingerprint
    assert open_parent(str(copy)).fingerprint == original
    assert open_parent(str(shard(copy))).fingerprint == original
    assert open_parent(str(family / "b")).fingerprint != original


def test_one_changed_number_changes_the_fingerprint(family: Path, copy: Path) -> None:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors["model.norm.weight"][3] += 1e-3

    assert (
        open_parent(str(rewrite(copy, change))).fingerprint
        != open_parent(str(family / "a")).fingerprint
    )


def test_equal_parents_have_no_problems(family: Path) -> None:
    base, a, b = (open_parent(str(family / n)) for n in ("base", "a", "b"))
    assert problems_between(base, [a, b]) == []
    assert base.layers == 4


def test_shards_and_single_files_hold_the_same_tensors(family: Path, copy: Path) -> None:
    whole, sharded = (
        Resident(open_parent(str(family / "a")), "cpu", "float32"),
        Resident(open_parent(str(shard(copy))), "cpu", "float32"),
    )
    assert all(torch.equal(whole.get(n), sharded.get(n)) for n in whole.tensors)


def drop_norm(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["model.norm.weight"]


def add_one(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.extra.weight"] = torch.zeros(2)


def widen(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.norm.weight"] = torch.zeros(17)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_norm, "lacks tensor 'model.norm.weight'"),
        (add_one, "has tensor 'model.extra.weight' that the base lacks"),
        (widen, r"'model.norm.weight' has shape \[17\]; the base's is \[16\]"),
    ],
)
def test_other_tensors_than_the_bases_are_named(
    family: Path, copy: Path, change: Callable[[dict[str, torch.Tensor]], None], message: str
) -> None:
    problems = problems_between(
        open_parent(str(family / "base")), [open_parent(str(rewrite(copy, change)))]
    )
    assert len(problems) == 1
    with pytest.raises(ParentError, match=message):
        raise ParentError(problems[0])


def test_another_vocabulary_or_architecture_is_named(family: Path, copy: Path) -> None:
    base = open_parent(str(family / "base"))
    tokenizer = json.loads((copy / "tokenizer.json").read_text())
    tokenizer["model"]["vocab"]["zero"] = tokenizer["model"]["vocab"].pop("one")
    (copy / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert "another vocabulary" in problems_between(base, [open_parent(str(copy))])[0]
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"model_type": "mistral"}))
    assert "model_type is mistral" in problems_between(base, [open_parent(str(copy))])[0]


def cut_off(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def cut_header(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:50])


def damage_header(folder: Path) -> None:
    file = folder / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[20:40] = b"\xff" * 20
    file.write_bytes(bytes(data))


def lose_shard(folder: Path) -> None:
    shard(folder)
    (folder / "model-1.safetensors").unlink()


def lose_a_tensor_of_a_shard(folder: Path) -> None:
    shard(folder)
    index = folder / "model.safetensors.index.json"
    table = json.loads(index.read_text())
    table["weight_map"]["model.lost.weight"] = "model-1.safetensors"
    index.write_text(json.dumps(table))


def pickled_only(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def quantized(folder: Path) -> None:
    rewrite(folder, lambda t: t.update({"model.norm.weight": torch.zeros(16, dtype=torch.int8)}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut_off, "cut off: tensor"),
        (cut_header, "cut off in its header"),
        (damage_header, "header cannot be read"),
        (lose_shard, "model-1.safetensors: missing shard"),
        (lose_a_tensor_of_a_shard, "model-1.safetensors: lacks tensor 'model.lost.weight'"),
        (pickled_only, "pickled weights"),
        (quantized, "'model.norm.weight' has dtype I8"),
        (lambda f: (f / "config.json").unlink(), "config.json: missing"),
        (lambda f: (f / "config.json").write_text("{"), "cannot be read as JSON"),
        (lambda f: shutil.rmtree(f), "no folder"),
    ],
)
def test_a_damaged_checkpoint_is_refused_by_file(
    copy: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(copy)
    with pytest.raises(ParentError, match=message):
        open_parent(str(copy))


def test_nan_in_a_parent_is_found_when_it_is_loaded(copy: Path) -> None:
    def poison(tensors: dict[str, torch.Tensor]) -> None:
        tensors["model.norm.weight"][2] = torch.nan

    with pytest.raises(ParentError, match=r"model.safetensors: tensor 'model.norm.weight'.*NaN"):
        Resident(open_parent(str(rewrite(copy, poison))), "cpu", "float32")


@pytest.fixture(scope="module")
def adapter(family: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter of the base, written by peft, and the model that peft merges it into."""
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_pretrained(family / "base", dtype=torch.float32)
    adapted = get_peft_model(
        model,
        LoraConfig(
            r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"
        ),
    )
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn_like(parameter) * 0.1
    adapted.save_pretrained(folder / "lora")
    adapted.merge_and_unload().save_pretrained(folder / "merged")
    return folder


def test_a_lora_parent_is_what_peft_makes_of_it(family: Path, adapter: Path) -> None:
    base = open_parent(str(family / "base"))
    parent = open_parent(f"{family / 'base'}+{adapter / 'lora'}")
    assert parent.fingerprint != base.fingerprint
    assert problems_between(base, [parent]) == []
    resident = Resident(base, "cpu", "float32")
    ours, theirs = (
        Resident(parent, "cpu", "float32", resident),
        load_file(adapter / "merged" / "model.safetensors"),
    )
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours.get(name), tensor)
        torch.testing.assert_close(OnDisk(parent).get(name), tensor)
    assert ours.get("model.norm.weight") is resident.get("model.norm.weight")  # shared, not copied


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("use_dora", True, "more than plain LoRA"),
        ("peft_type", "IA3", "expected 'LORA'"),
        ("r", 5, "needs"),
        ("r", None, "expected numbers 'r' and 'lora_alpha'"),
    ],
)
def test_adapters_that_are_not_plain_lora_are_refused(
    family: Path, adapter: Path, tmp_path: Path, key: str, value: object, message: str
) -> None:
    folder = Path(shutil.copytree(adapter / "lora", tmp_path / "lora"))
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {key: value}))
    with pytest.raises(ParentError, match=message):
        open_parent(f"{family / 'base'}+{folder}")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda t, name: t.pop(name), "lora_A.weight' is missing beside"),
        (lambda t, name: t[name].fill_(torch.nan), "adapter_model.safetensors: tensor '.*NaN"),
    ],
)
def test_a_damaged_adapter_is_named(
    family: Path,
    adapter: Path,
    tmp_path: Path,
    damage: Callable[[dict[str, torch.Tensor], str], object],
    message: str,
) -> None:
    folder = Path(shutil.copytree(adapter / "lora", tmp_path / "lora"))
    file = folder / "adapter_model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    damage(tensors, next(name for name in tensors if "lora_A" in name))
    save_file(tensors, file)
    with pytest.raises(ParentError, match=message):
        Resident(open_parent(f"{family / 'base'}+{folder}"), "cpu", "float32")


def test_a_parent_that_computes_something_else_is_named(family: Path, copy: Path) -> None:
    base = open_parent(str(family / "base"))
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"rms_norm_eps": 0.5}))
    changed = open_parent(str(copy))
    assert "'rms_norm_eps' is 0.5" in problems_between(base, [changed])[0]
    assert changed.fingerprint != open_parent(str(family / "a")).fingerprint


def test_a_stored_copy_of_a_tied_head_is_the_embedding_or_refused(
    family: Path, copy: Path
) -> None:
    def add_copy(tensors: dict[str, torch.Tensor]) -> None:
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()

    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors["lm_head.weight"] += 1

    assert "lm_head.weight" not in open_parent(str(rewrite(copy, add_copy))).tensors
    with pytest.raises(ParentError, match="ties the embeddings"):
        open_parent(str(rewrite(copy, change)))


def test_a_plus_in_a_folder_is_no_adapter(family: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(family / "a", tmp_path / "pl+us")
    assert open_parent(str(folder)).adapter is None
