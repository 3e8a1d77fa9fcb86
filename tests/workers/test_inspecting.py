"""What `evolve inspect` measures, held against torch and against matrices of known make."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from search_spaces.errors import ParentError
from search_spaces.profile import Inspection, as_data, kind_of, total
from workers.inspecting import dtype_of, inspect_parents, profile_of
from workers.parents import open_parent
from workers.spectrum import signal_square, singular_values, spectrum_snr


def _inspected(family: Path, *names: str) -> Inspection:
    parents = {name: open_parent(str(family / name)) for name in names}
    return inspect_parents(open_parent(str(family / "base")), parents)


def _deltas(family: Path, name: str) -> dict[str, torch.Tensor]:
    base = load_file(family / "base" / "model.safetensors")
    parent = load_file(family / name / "model.safetensors")
    return {n: (parent[n].double() - base[n].double()) for n in base}


def _noise(n: int, m: int, seed: int = 0) -> torch.Tensor:
    return 0.02 * torch.randn(n, m, generator=torch.Generator().manual_seed(seed))


def _signal_share(matrix: torch.Tensor) -> float:
    values = singular_values(matrix)
    shape = (matrix.shape[0], matrix.shape[1])
    return signal_square(values, shape) / float(values.square().sum())


def test_norms_and_cosines_are_those_of_the_concatenated_tensors(family: Path) -> None:
    found = _inspected(family, "a", "b")
    a, b = _deltas(family, "a"), _deltas(family, "b")
    base = load_file(family / "base" / "model.safetensors")
    groups = {
        "whole": (found.whole(), list(a)),
        "layer": (found.by_layer()[2], [n for n in a if ".layers.2." in n]),
        "kind": (found.by_kind()["self_attn.q_proj"], [n for n in a if "q_proj" in n]),
    }
    for profile, names in groups.values():
        assert names
        x, y, w = (torch.cat([t[n].flatten().double() for n in names]) for t in (a, b, base))
        assert profile.norms.tolist() == pytest.approx(
            [float(x.norm()), float(y.norm())], rel=1e-5
        )
        relative = [float(v.norm() / w.norm()) for v in (x, y)]
        assert profile.relative.tolist() == pytest.approx(relative, rel=1e-5)
        cosine = torch.nn.functional.cosine_similarity(x, y, dim=0)
        assert profile.cosines[0, 1] == pytest.approx(float(cosine), abs=1e-5)
        assert profile.cosines[0, 0] == pytest.approx(1.0)


def test_layers_and_what_is_outside_add_up_to_the_whole(family: Path) -> None:
    found = _inspected(family, "a", "b")
    assert list(found.by_layer()) == [0, 1, 2, 3]
    assert total(found.by_kind().values()).norms == pytest.approx(found.whole().norms)
    outside = [p for n, p in found.tensors.items() if ".layers." not in n]
    assert len(outside) == 2  # embeddings and final norm
    together = total([*found.by_layer().values(), *outside])
    assert together.norms == pytest.approx(found.whole().norms)
    assert together.conflicts[0, 1] == pytest.approx(found.whole().conflicts[0, 1])


def test_a_change_agrees_with_itself_and_opposes_its_reverse() -> None:
    base, delta = _noise(20, 30), _noise(20, 30, 1)
    profile = profile_of(base, [base + delta, base + delta, base - delta])
    assert profile.cosines[0, 1] == pytest.approx(1.0)
    assert profile.conflicts[0, 1] == 0.0
    assert profile.cosines[0, 2] == pytest.approx(-1.0, abs=1e-6)
    assert profile.conflicts[0, 2] == 1.0
    assert profile.both[0, 1] == math.ceil(0.2 * 600)


def test_signs_count_only_where_both_changes_are_large() -> None:
    base = torch.zeros(10)
    one = torch.tensor([9.0, 8.0, 1, 1, 1, 1, 1, 1, 1, 1])
    two = torch.tensor([9.0, -8.0, -1, -1, -1, -1, -1, -1, -1, -1])
    assert profile_of(base, [one, two]).conflicts[0, 1] == 0.5
    apart = torch.tensor([1.0, 1.0, 1, 1, 1, 1, 1, 1, 9, 8])
    assert math.isnan(profile_of(base, [one, apart]).conflicts[0, 1])


def test_unrelated_changes_have_opposite_signs_by_chance() -> None:
    base = torch.zeros(300, 300)
    profile = profile_of(base, [_noise(300, 300, 1), _noise(300, 300, 2)], spectrum=False)
    assert profile.conflicts[0, 1] == pytest.approx(0.5, abs=0.05)
    assert profile.cosines[0, 1] == pytest.approx(0.0, abs=0.02)


def test_a_parent_that_changed_nothing_has_no_direction() -> None:
    base = _noise(12, 12)
    profile = profile_of(base, [base.clone(), base + _noise(12, 12, 1)])
    assert profile.norms[0] == 0.0
    assert math.isnan(profile.cosines[0, 1]) and math.isnan(profile.conflicts[0, 1])
    assert math.isnan(profile.signals[0]) and profile.signals[1] >= 0


@pytest.mark.parametrize("shape", [(256, 256), (96, 288), (100, 1000), (1000, 100)])
def test_noise_has_no_signal_and_a_spike_is_all_of_it(shape: tuple[int, int]) -> None:
    noise = _noise(*shape)
    assert _signal_share(noise) < 0.05
    spike = _noise(shape[0], 2, 1) @ _noise(2, shape[1], 2) * 2000
    share = float(spike.square().sum() / (spike + noise).square().sum())
    assert share > 0.9
    assert _signal_share(spike + noise) == pytest.approx(share, abs=0.02)
    assert _signal_share(spike) == pytest.approx(1.0)  # low rank without any noise


@pytest.mark.parametrize("shape", [(40, 40), (30, 70), (70, 30)])
def test_singular_values_are_those_of_an_svd(shape: tuple[int, int]) -> None:
    matrix = _noise(*shape)
    wanted = torch.linalg.svdvals(matrix.double()).flip(0)
    torch.testing.assert_close(singular_values(matrix), wanted, rtol=1e-9, atol=1e-12)


def test_spectrums_ratio_is_its_formula() -> None:
    # Quartiles 2 and 4: sigma = 2 / 1.349, threshold 2 sigma = 2.965 for a square matrix.
    values = torch.tensor([1.0, 2, 3, 4, 8], dtype=torch.float64)
    assert spectrum_snr(values, (5, 5)) == pytest.approx((3 + 4 + 8) / (1 + 2) / 8)
    # Threshold 1.25 sigma = 1.853 where one side is 16 times the other: 2 is above it.
    assert spectrum_snr(values, (5, 80)) == pytest.approx((2 + 3 + 4 + 8) / 1 / 8)
    assert math.isnan(spectrum_snr(torch.ones(5, dtype=torch.float64), (5, 5)))


def test_an_adapter_changes_only_what_it_adapts(
    family: Path, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    model = AutoModelForCausalLM.from_pretrained(family / "base")
    config = LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj"], init_lora_weights=False)
    get_peft_model(model, config).save_pretrained(tmp_path / "adapter")
    reference = f"{family / 'base'}+{tmp_path / 'adapter'}"
    base = open_parent(str(family / "base"))
    found = inspect_parents(base, {"lora": open_parent(reference)})
    moved = {kind for kind, p in found.by_kind().items() if p.norms[0] > 0}
    assert moved == {"self_attn.q_proj"}
    assert found.whole().signals[0] == pytest.approx(1.0, abs=1e-3)  # rank 2 of 16
    assert found.parents == {"lora": reference}


def test_a_parent_of_another_vocabulary_or_shape_is_refused(
    family: Path, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    base = open_parent(str(family / "base"))
    make_model(tmp_path / "deep", 5, layers=3)
    with pytest.raises(ParentError, match="num_hidden_layers"):
        inspect_parents(base, {"deep": open_parent(str(tmp_path / "deep"))})
    other = make_model(tmp_path / "other", 5)
    table = json.loads((other / "tokenizer.json").read_text())
    table["model"]["vocab"]["three"] = table["model"]["vocab"].pop("two")
    (other / "tokenizer.json").write_text(json.dumps(table))
    with pytest.raises(ParentError, match="another vocabulary"):
        inspect_parents(base, {"other": open_parent(str(other))})


def test_a_parent_with_nan_is_refused_by_tensor(
    family: Path, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    bad = make_model(tmp_path / "bad", 5)
    tensors = load_file(bad / "model.safetensors")
    name = "model.layers.1.mlp.up_proj.weight"
    tensors[name][0, 0] = math.nan
    save_file(tensors, bad / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ParentError, match=re.escape(name)):
        inspect_parents(open_parent(str(family / "base")), {"bad": open_parent(str(bad))})


def test_without_the_spectrum_the_rest_is_the_same(family: Path) -> None:
    base = open_parent(str(family / "base"))
    parents = {n: open_parent(str(family / n)) for n in ("a", "b")}
    told: list[tuple[int, int]] = []
    found = inspect_parents(
        base, parents, spectrum=False, report=lambda done, total: told.append((done, total))
    )
    assert (found.whole().dots == _inspected(family, "a", "b").whole().dots).all()
    assert all(math.isnan(s) for s in found.whole().signals)
    assert told[0] == (0, base.parameters) and told == sorted(told)
    assert dtype_of(base) == found.dtype == "float32"


def test_all_of_it_is_plain_data(family: Path) -> None:
    found = as_data(_inspected(family, "a", "b", "c"))
    again = json.loads(json.dumps(found, allow_nan=False))
    assert list(again) == ["base", "parents", "dtype", "whole", "layers", "kinds", "tensors"]
    assert [row["layer"] for row in again["layers"]] == [0, 1, 2, 3]
    row = again["layers"][1]
    assert list(row["parents"]) == ["a", "b", "c"]
    assert set(row["parents"]["a"]) == {"norm", "relative", "snr", "signal"}
    assert [p["between"] for p in row["pairs"]] == [["a", "b"], ["a", "c"], ["b", "c"]]
    norm = again["tensors"]["model.norm.weight"]
    assert norm["parents"]["a"]["signal"] is None  # no matrix


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        ("model.layers.11.self_attn.q_proj.weight", "self_attn.q_proj"),
        ("model.layers.0.mlp.experts.3.up_proj.weight", "mlp.experts.*.up_proj"),
        ("transformer.h.2.attn.c_attn.bias", "attn.c_attn.bias"),
        ("model.embed_tokens.weight", "embed_tokens"),
        ("lm_head.weight", "lm_head"),
    ],
)
def test_a_kind_is_the_name_without_numbers(tensor: str, kind: str) -> None:
    assert kind_of(tensor) == kind
