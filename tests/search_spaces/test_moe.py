"""Recipes of mixtures of experts: mergekit-moe's YAML in and out, digests, what is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.errors import RecipeError
from search_spaces.moe import MoeRecipe, is_moe, parse_moe, read_moe

TEXT = """
base_model: /models/base
gate_mode: hidden
dtype: bfloat16
experts:
  - source_model: /models/code
    positive_prompts: ["write a program", "def main():"]
    negative_prompts: ["tell a story"]
  - source_model: /models/prose
    positive_prompts:
      - tell a story
    residual_scale: 0.5
"""


def changed(**changes: Any) -> str:
    data = yaml.safe_load(TEXT) | changes
    return yaml.safe_dump({k: v for k, v in data.items() if v is not None})


def refused(text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        parse_moe(text, "moe.yml")
    return str(caught.value)


names = st.text("abc/+-. ", min_size=1, max_size=8)


@given(
    st.lists(
        st.tuples(names, st.text(min_size=1)), min_size=2, max_size=5, unique_by=lambda e: e[1]
    ),
    st.sampled_from(["hidden", "hidden_avg", "cheap_embed", "random", "uniform_random"]),
    st.integers(0, 2**63 - 1),
)
@settings(max_examples=50, deadline=None)
def test_writing_and_reading_is_the_identity(
    experts: list[tuple[str, str]], mode: str, seed: int
) -> None:
    recipe = MoeRecipe.model_validate(
        {
            "base_model": "base",
            "gate_mode": mode,
            "experts": [{"source_model": m, "positive_prompts": [p]} for m, p in experts],
            "seed": seed if mode.endswith("random") else 0,
        }
    )
    again = parse_moe(recipe.to_yaml())
    assert again == recipe
    assert again.digest() == recipe.digest()
    assert is_moe(recipe.to_yaml())


def test_defaults_are_mergekits() -> None:
    recipe = parse_moe(changed(gate_mode=None, dtype=None))
    assert (recipe.gate_mode, recipe.experts_per_token, recipe.dtype) == ("hidden", 2, None)
    assert recipe.references() == ("/models/base", "/models/code", "/models/prose")
    assert parse_moe(changed(shared_experts=[], architecture="Mixtral")) == parse_moe(
        changed(architecture="Mixtral")
    )


def test_a_mixture_is_known_by_its_experts() -> None:
    assert is_moe(TEXT)
    for other in ("merge_method: linear\nmodels: []\n", "- experts\n", "experts: [", "", "a: 1"):
        assert not is_moe(other)


def test_the_seed_travels_in_a_comment_and_counts_only_where_something_is_drawn() -> None:
    recipe = parse_moe(TEXT)
    assert "evolve" not in recipe.to_yaml()
    assert recipe.model_copy(update={"seed": 5}).digest() == recipe.digest()
    drawn = recipe.model_copy(update={"gate_mode": "random", "seed": 5})
    assert drawn.to_yaml().startswith('# evolve: {"seed": 5}\n')
    assert drawn.digest() != drawn.model_copy(update={"seed": 6}).digest()
    noisy = parse_moe(TEXT.replace("residual_scale", "noise_scale"))
    assert noisy.model_copy(update={"seed": 5}).digest() != noisy.digest()


def test_digests_are_of_contents_not_of_paths_or_spelling() -> None:
    recipe = parse_moe(TEXT)
    identities = {"/models/base": "0", "/models/code": "1", "/models/prose": "2"}
    moved = recipe.renamed(lambda name: name.replace("/models", "/elsewhere"))
    there = {name.replace("/models", "/elsewhere"): value for name, value in identities.items()}
    assert moved.digest() != recipe.digest()
    assert moved.digest(there) == recipe.digest(identities)
    assert parse_moe(changed(gate_mode="hidden_last")).digest() == recipe.digest()
    assert parse_moe(changed(experts_per_token=1)).digest() != recipe.digest()


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "moe.yml"
    (tmp_path / "models").mkdir()  # else these would be names on the hub
    file.write_text(TEXT.replace("/models/", "models/").replace("models/prose", "base+lora"))
    recipe = read_moe(file)
    assert recipe.base_model == str(tmp_path / "models" / "base")
    assert recipe.experts[1].source_model == f"{tmp_path / 'base'}+{tmp_path / 'lora'}"
    with pytest.raises(RecipeError, match="cannot be read"):
        read_moe(tmp_path / "gone.yml")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gate_mod": "hidden"}, "unknown key 'gate_mod'; did you mean 'gate_mode'?"),
        ({"gate_mode": "cheap"}, "gate_mode: expected 'hidden', "),
        ({"base_model": None}, "'base_model' is missing"),
        ({"experts": []}, "experts: "),
        ({"experts_per_token": 3}, "experts_per_token is 3, more than the 2 experts"),
        ({"experts_per_token": 0}, "experts_per_token: expected a number greater than"),
        ({"experts_per_token": True}, "experts_per_token: expected a valid integer"),
        ({"architecture": "qwen"}, "only Mixtral models are built"),
        ({"shared_experts": [{"source_model": "a"}]}, "a Mixtral model has none"),
        ({"experts": [{"source_model": "a"}] * 2}, "needs 'positive_prompts'"),
        (
            {"experts": [{"source_model": m, "positive_prompts": ["a"]} for m in "ab"]},
            "the prompts of all experts are the same",
        ),
        (
            {"experts": [{"source_model": "a", "positive_promts": ["a"]}]},
            "unknown key 'experts.0.positive_promts'; did you mean 'positive_prompts'?",
        ),
    ],
)
def test_what_means_nothing_is_refused(changes: dict[str, Any], expected: str) -> None:
    assert expected in refused(changed(**changes))


def test_what_is_not_a_mapping_is_refused() -> None:
    assert "moe.yml: not valid YAML" in refused("experts: [")
    assert "expected a mapping with 'experts'" in refused("- a\n- b\n")
    assert "holds no seed" in refused('# evolve: {"sed": 1}\n' + TEXT)
