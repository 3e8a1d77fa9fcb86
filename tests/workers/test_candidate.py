"""The resident model: filled from a checkpoint, it computes what from_pretrained loads."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from search_spaces.errors import ParentError
from workers.candidate import build_model, tensors_of
from workers.parents import open_parent
from workers.weights import OnDisk

VOCABULARY = 40
DENSE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": None,
}
MOE = DENSE | {"num_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 20}
KINDS: dict[str, dict[str, Any]] = {
    "Llama": DENSE,
    "Qwen2": DENSE | {"tie_word_embeddings": True},
    "Mistral": DENSE,
    "Gemma": DENSE | {"head_dim": 8},
    "Gemma2": DENSE | {"head_dim": 8},
    "Phi": DENSE,
    "Phi3": DENSE,
    "GPT2": {"vocab_size": VOCABULARY, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64},
    "GPTNeoX": DENSE,
    "OPT": {
        "vocab_size": VOCABULARY,
        "hidden_size": 16,
        "ffn_dim": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "word_embed_proj_dim": 16,
        "max_position_embeddings": 64,
    },
    "Mixtral": DENSE | {"num_local_experts": 3},
    "Qwen2Moe": MOE | {"shared_expert_intermediate_size": 12},
    "Qwen3Moe": MOE | {"head_dim": 8},
    "Olmoe": MOE,
}
IDS = torch.tensor([[3, 5, 8, 13, 21, 34, 2], [1, 1, 2, 3, 5, 8, 13]])


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes a tiny random model of a kind once; returns its folder."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("models") / kind
            write(kind, made[kind])
        return made[kind]

    return make


def write(kind: str, folder: Path, **changes: Any) -> None:
    torch.manual_seed(7)
    config = getattr(transformers, f"{kind}Config")(**KINDS[kind] | changes)
    model = getattr(
        transformers, f"{kind}LMHeadModel" if kind == "GPT2" else f"{kind}ForCausalLM"
    )(config)
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    model.save_pretrained(folder)


def rewrite(
    source: Path, folder: Path, change: Callable[[dict[str, torch.Tensor]], None], **config: Any
) -> Path:
    """A copy with other tensors, and keys of the config replaced (None: removed)."""
    folder.mkdir()
    tensors = load_file(source / "model.safetensors")
    change(tensors)
    save_file(
        {n: t.contiguous() for n, t in tensors.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    found = json.loads((source / "config.json").read_text()) | config
    found = {k: v for k, v in found.items() if v is not None}
    (folder / "config.json").write_text(json.dumps(found))
    return folder


def loaded(folder: Path) -> torch.Tensor:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        logits: torch.Tensor = model(IDS).logits
    return logits


def filled(folder: Path) -> torch.Tensor:
    """Logits of a model whose every storage was first made NaN, then filled from the file."""
    base = open_parent(str(folder))
    model = build_model(base, "float32", torch.device("cpu"))
    with torch.inference_mode():
        for tensor in model.state_dict().values():
            tensor.fill_(torch.nan)
        weights = OnDisk(base)
        for name, place in tensors_of(model, base).items():
            place.copy_(weights.get(name))
        logits: torch.Tensor = model(IDS).logits
    return logits


@pytest.mark.parametrize("kind", KINDS)
def test_filling_the_model_is_loading_the_checkpoint(
    kind: str, checkpoint: Callable[[str], Path]
) -> None:
    folder = checkpoint(kind)
    assert open_parent(str(folder)).layers == 2
    found = filled(folder)
    assert torch.isfinite(found).all()
    assert torch.equal(found, loaded(folder))


def test_the_tensor_of_an_expert_is_a_view_into_the_fused_one(
    checkpoint: Callable[[str], Path],
) -> None:
    base = open_parent(str(checkpoint("Mixtral")))
    model = build_model(base, "float32", torch.device("cpu"))
    places = tensors_of(model, base)
    fused = model.model.layers[1].mlp.experts.gate_up_proj
    storage = fused.untyped_storage().data_ptr()
    names = [n for n in places if ".1.block_sparse_moe.experts." in n and ".w2." not in n]
    assert len(names) == 6
    assert {places[n].untyped_storage().data_ptr() for n in names} == {storage}


def test_names_without_the_models_prefix_are_the_same_tensors(
    checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    source = checkpoint("GPT2")

    def as_on_the_hub(tensors: dict[str, torch.Tensor]) -> None:
        for name in list(tensors):
            tensors[name.removeprefix("transformer.")] = tensors.pop(name)
        for layer in range(2):
            tensors[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 64, 64).tril()

    folder = rewrite(source, tmp_path / "hub", as_on_the_hub)
    assert "h.0.attn.bias" not in open_parent(str(folder)).tensors
    assert torch.equal(filled(folder), loaded(source))


def test_experts_that_are_stored_fused_are_the_same_tensors(
    checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    source = checkpoint("Mixtral")

    def fuse(tensors: dict[str, torch.Tensor]) -> None:
        for layer in range(2):
            old, new = f"model.layers.{layer}.block_sparse_moe", f"model.layers.{layer}.mlp"
            w1, w2, w3 = (
                torch.stack([tensors.pop(f"{old}.experts.{e}.{w}.weight") for e in range(3)])
                for w in ("w1", "w2", "w3")
            )
            tensors[f"{new}.experts.gate_up_proj"] = torch.cat([w1, w3], dim=1)
            tensors[f"{new}.experts.down_proj"] = w2
            tensors[f"{new}.gate.weight"] = tensors.pop(f"{old}.gate.weight")

    folder = rewrite(source, tmp_path / "fused", fuse)
    assert torch.equal(filled(folder), loaded(source))


@pytest.mark.parametrize(
    ("kind", "embedding", "silent"),
    [
        ("Qwen2", "model.embed_tokens.weight", False),
        ("Gemma", "model.embed_tokens.weight", True),
        ("GPT2", "transformer.wte.weight", True),
        ("OPT", "model.decoder.embed_tokens.weight", True),
    ],
)
def test_a_stored_copy_of_a_tied_head_is_dropped(
    kind: str,
    embedding: str,
    silent: bool,
    checkpoint: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """silent: config.json leaves tying to the architecture's default, as on the hub."""
    head = "lm_head.weight"
    source = checkpoint(kind)
    changes: dict[str, Any] = {"tie_word_embeddings": None} if silent else {}
    folder = rewrite(
        source, tmp_path / "copy", lambda t: t.update({head: t[embedding].clone()}), **changes
    )
    assert head not in open_parent(str(folder)).tensors
    assert torch.equal(filled(folder), loaded(source))
    other = rewrite(
        source, tmp_path / "other", lambda t: t.update({head: t[embedding] + 1}), **changes
    )
    with pytest.raises(ParentError, match="differ; set tie_word_embeddings to false"):
        open_parent(str(other))


def refused(folder: Path) -> str:
    base = open_parent(str(folder))
    with pytest.raises(ParentError) as caught:
        tensors_of(build_model(base, "float32", torch.device("cpu")), base)
    return str(caught.value)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["model.norm.weight"], "no tensor for 'model.norm.weight'"),
        (
            ["model.layers.0.block_sparse_moe.experts.2.w3.weight"],
            "a part of 'model.layers.0.mlp.experts.gate_up_proj'",
        ),
    ],
)
def test_a_checkpoint_that_leaves_a_part_unfilled_is_refused(
    names: Iterable[str], expected: str, checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    def drop(tensors: dict[str, torch.Tensor]) -> None:
        for name in names:
            del tensors[name]

    assert expected in refused(rewrite(checkpoint("Mixtral"), tmp_path / "copy", drop))


def test_a_tensor_without_a_place_or_of_another_shape_is_refused(
    checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    source = checkpoint("Mixtral")
    name = "model.layers.0.block_sparse_moe.experts.{}.w1.weight"
    more = rewrite(
        source, tmp_path / "more", lambda t: t.update({name.format(3): t[name.format(0)].clone()})
    )
    assert "experts.3.w1.weight' has no place in a mixtral model" in refused(more)
    wide = rewrite(
        source, tmp_path / "wide", lambda t: t.update({name.format(0): torch.ones(5, 16)})
    )
    assert "has shape [5, 16]" in refused(wide)
