"""Vocabularies: joined, padded, written; embeddings aligned as mergekit aligns them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from search_spaces.errors import ParentError, RecipeError
from search_spaces.tokenizer import TokenizerConfig
from tests.workers.vocabulary.cases import (
    CASES,
    MODELS,
    TOKENS,
    embedding,
    with_folders,
    write_model,
)
from workers.alignment import Alignment
from workers.parents import Parent, open_parent
from workers.vocabulary import Vocabulary, is_vocabulary_tensor, plan_vocabulary

FOUND = json.loads((Path(__file__).parent / "vocabulary" / "mergekit.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("vocabularies")
    for name in (*MODELS, "base2"):
        write_model(found / name, name)
    return found


def planned(
    folder: Path, names: list[str], block: dict[str, Any], *, based: bool = True
) -> Vocabulary:
    config = TokenizerConfig.model_validate(with_folders(block, folder))
    models = {str(folder / n): open_parent(str(folder / n)) for n in names}
    base = models[str(folder / names[0])] if based else None
    return plan_vocabulary(config.source, config, base, models)


def aligned(vocabulary: Vocabulary, names: list[str], folder: Path) -> dict[str, torch.Tensor]:
    found = vocabulary.align({str(folder / n): embedding(n) for n in names})
    return {Path(reference).name: tensor for reference, tensor in found.items()}


@pytest.mark.parametrize("case", CASES)
def test_every_models_rows_are_those_that_mergekit_aligns(case: str, folder: Path) -> None:
    names, based, block = CASES[case]
    vocabulary = planned(folder, names, block, based=based)
    expected = FOUND[case]
    assert vocabulary.size == expected["size"] == expected["merged"]["vocab_size"]
    for name, tensor in aligned(vocabulary, names, folder).items():
        rows = expected["rows"][name]
        assert vocabulary.tokens.keys() == rows.keys() - {""}
        for token, row in rows.items():
            place = vocabulary.tokens[token] if token else -1
            torch.testing.assert_close(tensor[place], torch.tensor(row), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_the_average_of_the_models_is_the_one_in_the_files_mergekit_writes(
    case: str, folder: Path
) -> None:
    names, based, block = CASES[case]
    vocabulary = planned(folder, names, block, based=based)
    average = torch.stack(list(aligned(vocabulary, names, folder).values())).mean(0)
    for token, row in FOUND[case]["merged"]["rows"].items():
        found = average[vocabulary.tokens[token]]
        torch.testing.assert_close(found, torch.tensor(row), rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_transformers_reads_the_written_tokenizer_with_these_rows(
    case: str, folder: Path, tmp_path: Path
) -> None:
    names, based, block = CASES[case]
    vocabulary = planned(folder, names, block, based=based)
    vocabulary.write(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.get_vocab() == vocabulary.tokens
    if based:  # without a base, mergekit takes the tokenizer of any model
        added = loaded.added_tokens_decoder.values()
        assert {t.content: [t.special, t.normalized] for t in added} == FOUND[case]["added"]


def test_the_union_has_every_token_and_every_model_keeps_its_own_rows(folder: Path) -> None:
    names = ["base", "left", "right"]
    vocabulary = planned(folder, names, {"source": "union"})
    assert sorted(vocabulary.tokens.values()) == list(range(vocabulary.size))
    rows = aligned(vocabulary, names, folder)
    for name in names:
        known, _, added, _ = MODELS[name]
        own = {t: i for i, t in enumerate([*known, *(a for a in added if a not in known)])}
        assert own.keys() <= vocabulary.tokens.keys()
        for token, row in own.items():
            assert torch.equal(rows[name][vocabulary.tokens[token]], embedding(name)[row])
        if name == "base":
            assert own.items() <= vocabulary.tokens.items()


def test_the_union_is_the_same_whatever_the_hash_seed(folder: Path) -> None:
    """mergekit numbers the tokens that the base lacks in the order of a hash table."""
    vocabulary = planned(folder, ["base", "left", "right"], {"source": "union"})
    late = [t for t, row in sorted(vocabulary.tokens.items(), key=lambda i: i[1]) if row >= 7]
    assert late == ["d", "e", "abc", "<|im|>", "_"]


@pytest.mark.parametrize("source", ["base", "union"])
def test_models_of_one_vocabulary_come_back_as_they_are(folder: Path, source: str) -> None:
    vocabulary = planned(folder, ["base", "base2"], {"source": source})
    tensors = {str(folder / n): embedding(n) for n in ("base", "base2")}
    found = vocabulary.align(tensors)
    assert all(found[n] is tensors[n] for n in tensors)
    assert vocabulary.config_changes() == {"vocab_size": 7}


@given(st.integers(1, 40))
def test_padding_rounds_up_and_is_filled_with_the_average(multiple: int) -> None:
    size = -(-5 // multiple) * multiple
    used = torch.arange(size) < 5
    rows = torch.where(used, torch.arange(size), -1)
    found = Alignment(used, {"m": rows}, (), None).align({"m": torch.arange(5.0).view(5, 1)})["m"]
    assert found.flatten().tolist() == [0, 1, 2, 3, 4, *[2.0] * (size - 5)]


@pytest.mark.parametrize("multiple", [1, 4, 7, 8])
def test_the_size_is_the_next_multiple(folder: Path, multiple: int) -> None:
    block = {"source": "base", "pad_to_multiple_of": multiple}
    assert planned(folder, ["base", "left"], block).size == {1: 7, 4: 8, 7: 7, 8: 8}[multiple]


def test_new_tokens_of_source_base_get_the_rows_they_are_given(folder: Path) -> None:
    """mergekit ends with a KeyError here."""
    names = ["base", "left", "right"]
    vocabulary = planned(folder, names, {"source": "base", "tokens": TOKENS})
    for name, rows in aligned(vocabulary, names, folder).items():
        assert torch.equal(rows[vocabulary.tokens["nil"]], torch.zeros(2)), name
        assert torch.equal(rows[vocabulary.tokens["new"]], embedding("right")[9]), name
        assert torch.equal(rows[vocabulary.tokens["b"]], embedding("left")[1]), name
    assert sorted(vocabulary.tokens.values()) == list(range(vocabulary.size))


def test_a_bias_and_a_subset_of_the_models_are_aligned_alike(folder: Path) -> None:
    vocabulary = planned(folder, ["base", "left", "right"], {"source": "union"})
    left = str(folder / "left")
    whole = vocabulary.align({left: embedding("left")})[left]
    bias = vocabulary.align({left: embedding("left")[:, 0]})[left]
    assert torch.equal(whole[:, 0], bias)
    assert torch.equal(whole[vocabulary.tokens["abc"]], torch.zeros(2))


def test_half_precision_comes_back_in_half_and_averages_are_made_in_fp32(folder: Path) -> None:
    vocabulary = planned(folder, ["base", "left", "right"], {"source": "union"})
    tensors = {str(folder / n): (embedding(n) / 64).bfloat16() for n in ("base", "left", "right")}
    found = vocabulary.align(tensors)[str(folder / "base")]
    assert found.dtype == torch.bfloat16
    both = [tensors[str(folder / n)][row].float() for n, row in (("left", 2), ("right", 5))]
    assert torch.equal(found[vocabulary.tokens["d"]], (sum(both) / 2).bfloat16())


def test_the_special_ids_are_those_of_the_model_whose_tokenizer_is_taken(folder: Path) -> None:
    names = ["base", "left", "right"]
    assert planned(folder, names, {"source": "left"}).config_changes() == {
        "vocab_size": 8,
        "bos_token_id": 6,
        "eos_token_id": 5,
    }
    assert planned(folder, names, {"source": "union"}).config_changes() == {"vocab_size": 12}


def test_a_tokenizer_that_is_taken_as_it_is_is_copied(folder: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(folder / "base", tmp_path / "base"))
    (model / "tokenizer.model").write_bytes(b"sentences")
    out = tmp_path / "out"
    out.mkdir()
    models = {str(model): open_parent(str(model))}
    plan_vocabulary("base", None, models[str(model)], models).write(out)
    for name in ("tokenizer.json", "tokenizer_config.json", "tokenizer.model"):
        assert (out / name).read_bytes() == (model / name).read_bytes()


def test_a_changed_tokenizer_leaves_no_other_spelling_of_it(folder: Path, tmp_path: Path) -> None:
    base = Path(shutil.copytree(folder / "base", tmp_path / "base"))
    (base / "tokenizer.model").write_bytes(b"sentences")
    config = json.loads((base / "tokenizer_config.json").read_text())
    config["added_tokens_decoder"] = {
        "5": {"content": "<s>", "special": True, "normalized": False},
        "6": {"content": "</s>", "special": True, "normalized": False},
    }
    (base / "tokenizer_config.json").write_text(json.dumps(config))
    out = tmp_path / "out"
    out.mkdir()
    models = {str(m): open_parent(str(m)) for m in (base, folder / "right")}
    vocabulary = plan_vocabulary("union", None, models[str(base)], models)
    vocabulary.write(out)
    assert not (out / "tokenizer.model").exists()
    written = json.loads((out / "tokenizer_config.json").read_text())["added_tokens_decoder"]
    assert {int(i) for i in written} >= {vocabulary.tokens[t] for t in ("e", "d", "abc", "_")}
    assert AutoTokenizer.from_pretrained(out).get_vocab() == vocabulary.tokens


def test_tokens_that_only_the_tokenizer_config_names_count(folder: Path, tmp_path: Path) -> None:
    left = Path(shutil.copytree(folder / "left", tmp_path / "left"))
    config = json.loads((left / "tokenizer_config.json").read_text())
    (left / "tokenizer_config.json").write_text(json.dumps(config | {"pad_token": "<pad>"}))
    models = {str(m): open_parent(str(m)) for m in (folder / "base", left)}
    vocabulary = plan_vocabulary("union", None, models[str(folder / "base")], models)
    assert AutoTokenizer.from_pretrained(left).get_vocab()["<pad>"] == 8
    rows = vocabulary.align({str(left): embedding("left")})[str(left)]
    assert torch.equal(rows[vocabulary.tokens["<pad>"]], embedding("left")[8])


def bad(token: str, **row: Any) -> dict[str, Any]:
    return {"source": "base", "tokens": {token: row}}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (bad("a", source="rihgt"), "did you mean"),
        (bad("a", source="short"), "expected the source to be a model of the recipe"),
        (bad("zz", source="left"), "has no token 'zz'"),
        (bad("zz"), "no model has this token"),
        (
            bad("a", source={"kind": "model_token", "model": "left", "token": "zz"}),
            "has no token 'zz'",
        ),
        (
            bad("a", source={"kind": "model_token", "model": "left", "token_id": 12}),
            "token_id must lie below the 12 rows",
        ),
        ({"source": "nowhere"}, "expected base, union, a model of the recipe"),
    ],
)
def test_a_reference_to_nothing_is_refused(folder: Path, block: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        planned(folder, ["base", "left", "right"], block)


def test_a_row_of_a_model_without_that_tensor_is_refused(folder: Path) -> None:
    block = {"source": "base", "tokens": {"a": {"source": "right", "force": True}}}
    vocabulary = planned(folder, ["base", "left", "right"], block)
    with pytest.raises(RecipeError, match="not among the models merged here"):
        vocabulary.align({str(folder / "base"): embedding("base")})


def test_an_embedding_that_does_not_fit_its_tokenizer_is_refused(folder: Path) -> None:
    vocabulary = planned(folder, ["base", "left"], {"source": "union"})
    base, left = str(folder / "base"), str(folder / "left")
    with pytest.raises(ParentError, match=r"expected \[8, 2\] or more rows"):
        vocabulary.align({base: embedding("base"), left: embedding("left")[:7]})
    with pytest.raises(ParentError, match="width"):
        vocabulary.align({base: embedding("base"), left: embedding("left")[:, :1]})


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_model_without_a_tokenizer_is_refused(folder: Path, tmp_path: Path, damage: str) -> None:
    left = Path(shutil.copytree(folder / "left", tmp_path / "left"))
    file = left / "tokenizer.json"
    file.unlink() if damage == "missing" else file.write_text(file.read_text()[:50])
    models = {str(m): open_parent(str(m)) for m in (folder / "base", left)}
    with pytest.raises(ParentError, match=r"tokenizer\.json"):
        plan_vocabulary("union", None, None, models)


def test_embeddings_and_heads_are_told_from_the_rest(
    make_model: Callable[..., Path], tmp_path: Path
) -> None:
    model: Parent = open_parent(
        str(make_model(tmp_path / "m", 0, layers=1, tie_word_embeddings=False))
    )
    names = [n for n, h in model.tensors.items() if is_vocabulary_tensor(n, h.shape, model.config)]
    assert sorted(names) == ["lm_head.weight", "model.embed_tokens.weight"]
    config = {"vocab_size": 50}
    assert is_vocabulary_tensor("lm_head.bias", (50,), config)
    assert is_vocabulary_tensor("transformer.wte.weight", (50, 4), config)
    assert is_vocabulary_tensor("wte.weight", (50, 4), config)
    assert is_vocabulary_tensor("gpt_neox.embed_in.weight", (50, 4), {})
    assert not is_vocabulary_tensor("transformer.wpe.weight", (50, 4), config)
    assert not is_vocabulary_tensor("lm_head.weight", (49, 4), config)
    assert not is_vocabulary_tensor("model.layers.0.mlp.up_proj.weight", (50, 4), config)
