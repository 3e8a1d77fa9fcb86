"""What all tests share: no network, and tiny real checkpoints on disk."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("RAY_AUTH_MODE", "token")  # Ray looks once, at its first import
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads crawl where another process is busy

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.postgres import postgres, store_url

__all__ = ["postgres", "store_url"]  # fixtures for every test

WORDS = ["<s>", "</s>", "<pad>", "<unk>", *"abcdefghijklmnopqrstuvwxyz", "one", "two", "is", "not"]


def write_model(
    folder: Path, seed: int, *, layers: int = 4, dtype: str = "float32", **changes: Any
) -> Path:
    """Writes a random Llama of about 9,000 parameters with its tokenizer; returns the folder."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(seed)
    config = LlamaConfig(
        **{
            "vocab_size": len(WORDS),
            "hidden_size": 16,
            "intermediate_size": 24,
            "num_hidden_layers": layers,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "max_position_embeddings": 64,
            "tie_word_embeddings": True,
            "bos_token_id": 0,
            "eos_token_id": 1,
        }
        | changes
    )
    model = LlamaForCausalLM(config).to(getattr(torch, dtype))
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Path]:
    """`write_model`."""
    return write_model


@pytest.fixture(scope="session")
def family(tmp_path_factory: pytest.TempPathFactory, make_model: Callable[..., Path]) -> Path:
    """A folder with base, three parents a, b, c, and the tasks `letters` and `words`."""
    folder = tmp_path_factory.mktemp("family")
    for seed, name in enumerate(("base", "a", "b", "c")):
        make_model(folder / name, seed)
    write_task(folder / "tasks", "letters", 60, ["a", "b", "c"])
    write_task(folder / "tasks", "words", 40, ["one", "two is", "not one two"])
    return folder


def write_task(folder: Path, name: str, items: int, choices: list[str]) -> None:
    """A multiple-choice task of `items` different items."""
    folder.mkdir(exist_ok=True)
    letters = "defghijklmnopqrstuvwxyz"
    rows = [
        {
            "id": number,
            "query": f"{letters[number % 23]} {letters[number // 23]} {name[0]} is",
            "choices": choices,
            "gold": number * 7 % len(choices),
        }
        for number in range(items)
    ]
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    metric = [
        {"metric": m, "aggregation": "mean", "higher_is_better": True} for m in ("acc", "acc_norm")
    ]
    task = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": f"{name}.jsonl"}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{query}}",
        "doc_to_choice": "choices",
        "doc_to_target": "gold",
        "target_delimiter": " ",
        "metric_list": metric,
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(task))


def tiny_search(family: Path) -> dict[str, Any]:
    """A search file over the family, as data; its store is left to the reader."""
    return {
        "name": "tiny",
        "base": str(family / "base"),
        "parents": {name: str(family / name) for name in ("a", "b", "c")},
        "dtype": "float32",
        "space": {"method": "task_arithmetic"},
        "optimizer": "cma",
        "tasks": [{"name": "letters"}, {"name": "words", "weight": 2.0, "metric": "acc_norm"}],
        "task_folders": [str(family / "tasks")],
        "splits": {"search": 12, "validation": 10, "report": 18},
        "budget": {"trials": 8},
        "finalists": 3,
        "seed": 3,
    }


@pytest.fixture
def search_file(family: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes a search file over the family; keyword arguments replace top-level keys."""

    def write(**changes: Any) -> Path:
        data = tiny_search(family)
        data |= changes
        data = {key: value for key, value in data.items() if value is not None}
        file = tmp_path / "search.yaml"
        file.write_text(yaml.safe_dump(data, sort_keys=False))
        return file

    return write
