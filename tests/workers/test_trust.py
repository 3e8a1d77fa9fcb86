"""A checkpoint runs nothing: pickles are not opened, its Python is not imported, and what is said
instead works.
"""

import json
import pickle
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from evolve.cli.searches import open_search
from search_spaces.errors import ConfigError, ParentError
from search_spaces.messages import TaskSpec
from workers.parents import open_parent, problems_between
from workers.tasks import load_tasks
from workers.tokenizer_files import open_tokenizer
from workers.trust import code_remarks


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.write_text, (self.file, "was run"))


@pytest.fixture
def copy(family: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(family / "a", tmp_path / "it's a copy"))


def pickled(folder: Path, files: int) -> None:
    """Its weights as several pytorch_model-N.bin."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    head = tensors["model.embed_tokens.weight"]
    tensors["lm_head.weight"] = head  # shared, as torch saves a tied model
    names = sorted(tensors)
    for n in range(files):
        torch.save({k: tensors[k] for k in names[n::files]}, folder / f"pytorch_model-{n}.bin")


def command_in(error: pytest.ExceptionInfo[ParentError]) -> list[str]:
    """The command that a refusal ends with, for this Python."""
    words = shlex.split(str(error.value).splitlines()[-1])
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


def test_pickled_weights_are_refused_with_a_command_that_converts_them(copy: Path) -> None:
    before = open_parent(str(copy)).fingerprint
    pickled(copy, 2)
    with pytest.raises(ParentError, match="has pickled weights only") as refused:
        open_parent(str(copy))
    subprocess.run(command_in(refused), check=True, timeout=120)
    assert open_parent(str(copy)).fingerprint == before


def test_a_pickled_adapter_is_refused_with_a_command_that_converts_it(
    family: Path, tmp_path: Path
) -> None:
    config = LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj"])
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(family / "base"), config)
    adapted.save_pretrained(tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    torch.save(load_file(file), tmp_path / "adapter_model.bin")
    content = load_file(file)
    file.unlink()
    with pytest.raises(ParentError, match="has pickled weights only") as refused:
        open_parent(f"{family / 'base'}+{tmp_path}")
    subprocess.run(command_in(refused), check=True, timeout=120)
    found = load_file(file)
    assert found.keys() == content.keys()
    assert all(torch.equal(found[name], content[name]) for name in found)
    open_parent(f"{family / 'base'}+{tmp_path}")


def test_the_command_runs_no_pickle_either(copy: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (copy / "model.safetensors").unlink()
    torch.save({"a": Trap(mark)}, copy / "pytorch_model.bin")
    with pytest.raises(ParentError) as refused:
        open_parent(str(copy))
    done = subprocess.run(command_in(refused), capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "weights_only" in done.stderr
    assert not mark.exists()
    assert not (copy / "model.safetensors").exists()


@pytest.mark.parametrize("name", ["consolidated.00.pth", "weights.pt", "model.ckpt", "m.pkl"])
def test_other_names_of_pickles_are_known(copy: Path, name: str) -> None:
    (copy / "model.safetensors").rename(copy / name)
    with pytest.raises(ParentError, match="has pickled weights only") as refused:
        open_parent(str(copy))
    assert name in command_in(refused)


def test_what_a_training_leaves_is_not_taken_for_weights(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "training_args.bin")
    with pytest.raises(ParentError, match=r"no model\.safetensors and no"):
        open_parent(str(copy))


def test_no_pickle_in_a_parents_folder_is_opened(
    copy: Path, tmp_path: Path, search_file: Callable[..., Path]
) -> None:
    mark = tmp_path / "mark"
    trap = pickle.dumps(Trap(mark))
    pickle.loads(trap)  # noqa: S301 - it would do it
    mark.unlink()
    names = ["pytorch_model.bin", "training_args.bin", "optimizer.pt", "tokenizer.pkl"]
    names += ["adapter_model.bin", "model.pkl", "vocab.pkl", "cache.pickle", "rng_state.pth"]
    for name in names:
        (copy / name).write_bytes(trap)
    parent = open_parent(str(copy))
    assert len(parent.fingerprint) == 32
    assert open_tokenizer(copy).encode("a b")
    file = search_file(parents={"a": str(copy)})
    folder = Path(yaml.safe_load(file.read_text())["task_folders"][0])
    planted = [folder / "letters.pkl", folder / "cache.pickle"]
    try:
        for path in planted:
            path.write_bytes(trap)
        opened = open_search(file)
        load_tasks(opened.tasks, opened.base.folder)
    finally:
        for path in planted:
            path.unlink()
    assert not mark.exists()


def test_task_data_in_pickles_is_refused_by_its_key(family: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "letters.pkl").write_bytes(pickle.dumps(Trap(mark)))
    data = yaml.safe_load((family / "tasks" / "letters.yaml").read_text())
    data |= {"dataset_path": "pandas", "dataset_kwargs": {"data_files": {"test": "letters.pkl"}}}
    (tmp_path / "letters.yaml").write_text(yaml.safe_dump(data))
    spec = TaskSpec("letters", str(tmp_path / "letters.yaml"))
    with pytest.raises(ConfigError, match=r"reads pickles.*allow_task_code: true"):
        load_tasks([spec], family / "base")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"doc_to_text": "!function"}, "!function code.run"),
        ({"generation_kwargs": {"custom_generate": "x/y"}}, "generation_kwargs.custom_generate"),
        ({"generation_kwargs": {"trust_remote_code": True}}, "generation_kwargs.trust_remote"),
        ({"unsafe_code": True}, "unsafe_code"),
    ],
)
def test_tasks_that_need_code_are_refused_by_the_key_that_allows_it(
    family: Path, tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "code.py").write_text(f"open({str(mark)!r}, 'w')\ndef run(doc): return ''\n")
    shutil.copy(family / "tasks" / "letters.jsonl", tmp_path)
    data = yaml.safe_load((family / "tasks" / "letters.yaml").read_text()) | changes
    text = yaml.safe_dump(data).replace(
        "doc_to_text: '!function'", "doc_to_text: !function code.run"
    )
    (tmp_path / "letters.yaml").write_text(text)
    spec = TaskSpec("letters", str(tmp_path / "letters.yaml"))
    with pytest.raises(ConfigError, match="allow_task_code: true") as refused:
        load_tasks([spec], family / "base")
    assert named in str(refused.value)
    assert str(tmp_path / "letters.yaml") in str(refused.value)
    assert not mark.exists()


def changed(folder: Path, name: str, **changes: Any) -> None:
    file = folder / name
    data = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({k: v for k, v in data.items() if v is not None}))


def with_code(folder: Path, mark: Path) -> None:
    """Python files that leave a mark when they are imported, as a checkpoint brings them."""
    for name in ("configuration_mine.py", "modeling_mine.py", "tokenization_mine.py"):
        (folder / name).write_text(f"open({str(mark)!r}, 'w')\n")


MAP = {"AutoConfig": "configuration_mine.Mine", "AutoModelForCausalLM": "modeling_mine.Mine"}


def test_a_model_that_needs_its_own_code_is_refused_by_file_and_key(
    copy: Path, tmp_path: Path
) -> None:
    with_code(copy, tmp_path / "mark")
    changed(copy, "config.json", model_type="mine", auto_map=MAP)
    with pytest.raises(ParentError, match=r"config\.json: 'auto_map'.*model_type 'mine'") as error:
        open_parent(str(copy))
    assert "trust_remote_code" in str(error.value)
    assert "an architecture that transformers has" in str(error.value)
    assert not (tmp_path / "mark").exists()


def test_a_leftover_auto_map_is_remarked_and_not_run(
    copy: Path, family: Path, tmp_path: Path
) -> None:
    with_code(copy, tmp_path / "mark")
    changed(copy, "config.json", auto_map=MAP)
    parent, base = open_parent(str(copy)), open_parent(str(family / "base"))
    assert problems_between(base, [parent]) == []
    assert parent.fingerprint == open_parent(str(family / "a")).fingerprint
    (remark,) = code_remarks((p.folder, p.config) for p in (base, parent))
    assert remark == (
        f"{copy / 'config.json'}: 'auto_map' names Python files of the checkpoint; they are not "
        "run: transformers' own llama is used."
    )
    from workers.candidate import build_model

    build_model(parent, "float32", torch.device("cpu"))
    assert not (tmp_path / "mark").exists()


def test_a_tokenizer_that_needs_its_own_code_is_refused_by_file_and_key(
    copy: Path, family: Path, tmp_path: Path
) -> None:
    with_code(copy, tmp_path / "mark")
    own = {"AutoTokenizer": ["tokenization_mine.Mine", None]}
    changed(copy, "tokenizer_config.json", tokenizer_class="MineTokenizer", auto_map=own)
    with pytest.raises(ParentError, match=r"tokenizer_config\.json: 'auto_map'") as refused:
        open_tokenizer(copy)
    assert "tokenizer_class to PreTrainedTokenizerFast" in str(refused.value)
    changed(
        copy, "tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast", auto_map=None
    )
    assert open_tokenizer(copy).encode("a b") == open_tokenizer(family / "a").encode("a b")
    assert not (tmp_path / "mark").exists()


def test_a_kernel_of_the_hub_is_refused(copy: Path) -> None:
    changed(copy, "config.json", attn_implementation="somebody/kernel")
    with pytest.raises(ParentError, match="'attn_implementation' is somebody/kernel, a program"):
        open_parent(str(copy))


def test_nothing_in_the_source_unpickles_or_trusts_code() -> None:
    root = Path(__file__).parents[2]
    for room in ("evolve", "workers", "search_spaces", "ui"):
        for file in (root / room).rglob("*.py"):
            text = file.read_text()
            assert "trust_remote_code=True" not in text, file
            for word in ("import pickle", "pickle.load", "torch.load(", "joblib", "dill"):
                found = [line for line in text.splitlines() if word in line]
                assert file.name == "trust.py" or not found, (file, found)
