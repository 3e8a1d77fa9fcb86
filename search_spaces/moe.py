"""A mixture of experts made of whole models; its YAML is mergekit-moe's.

Every layer of the new model has the MLP of each expert, and a gate that says which of them a token
goes to; all else is the base's. Where something is drawn at random the seed is part of the recipe,
in the comment `# evolve: {"seed": 7}` on the first line, as in other recipes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, field_validator, model_validator

from search_spaces.errors import RecipeError
from search_spaces.files import read_text, seed_in, seed_line, validated
from search_spaces.model_names import absolute
from search_spaces.reading import MOE, load_yaml
from search_spaces.values import Frozen

GateMode = Literal[
    "hidden", "hidden_avg", "hidden_last", "cheap_embed", "random", "uniform_random"
]
DRAWN = ("random", "uniform_random")


class Expert(Frozen):
    """A model whose MLPs become one expert of every layer.

    noise_scale: standard deviation of noise added to its MLPs; residual_scale: factor on what they
    add to the residual stream.
    """

    source_model: str
    positive_prompts: tuple[str, ...] | None = None
    negative_prompts: tuple[str, ...] | None = None
    noise_scale: float | None = None
    residual_scale: float | None = None


class MoeRecipe(Frozen):
    """One complete mixture of experts.

    gate_mode: how the gates come about: from hidden states of the prompts' last tokens (`hidden`,
    `hidden_last`) or of all their tokens (`hidden_avg`), from the embeddings of their tokens
    (`cheap_embed`), or drawn (`random`: normal; `uniform_random`: as torch's Linear).
    """

    base_model: str
    gate_mode: GateMode = "hidden"
    dtype: Literal["float32", "bfloat16", "float16"] | None = None
    experts_per_token: int = Field(default=2, ge=1, strict=True)
    architecture: str | None = None
    experts: tuple[Expert, ...] = Field(min_length=1)
    seed: int = Field(default=0, ge=0, lt=2**63, strict=True)

    @field_validator("base_model", "experts")
    @classmethod
    def _paths(cls, value: Any) -> Any:
        """Prompts may hold any character, paths may not."""
        for name in [value] if isinstance(value, str) else [e.source_model for e in value]:
            if "\0" in name:
                raise ValueError(f"{name[:60]!r}: a path holds no NUL")
        return value

    @model_validator(mode="before")
    @classmethod
    def _no_shared_experts(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "shared_experts" in data:
            if data["shared_experts"]:
                raise ValueError(
                    "'shared_experts' cannot be built: a Mixtral model has none (mergekit-moe "
                    "makes Qwen or DeepSeek models of them); move them to 'experts'"
                )
            return {k: v for k, v in data.items() if k != "shared_experts"}
        return data

    @field_validator("architecture")
    @classmethod
    def _only_mixtral(cls, value: str | None) -> str | None:
        if value is not None and not "mixtral".startswith(value.lower()):
            raise ValueError("only Mixtral models are built; expected 'mixtral'")
        return value

    @model_validator(mode="after")
    def _means_something(self) -> "MoeRecipe":
        if self.experts_per_token > len(self.experts):
            raise ValueError(
                f"experts_per_token is {self.experts_per_token}, more than the "
                f"{len(self.experts)} experts; lower it or add experts"
            )
        if self.gate_mode in DRAWN:
            return self
        for index, expert in enumerate(self.experts):
            if not expert.positive_prompts:
                raise ValueError(
                    f"experts.{index}: gate_mode '{self.gate_mode}' needs 'positive_prompts', "
                    "texts that should go to this expert"
                )
        prompts = {(e.positive_prompts, e.negative_prompts or ()) for e in self.experts}
        if len(prompts) == 1 and len(self.experts) > 1:
            raise ValueError(
                "the prompts of all experts are the same, so every gate would be too; give each "
                "expert prompts of its own"
            )
        return self

    def parents(self) -> tuple[str, ...]:
        """The models that give experts, each once."""
        return tuple(dict.fromkeys(e.source_model for e in self.experts))

    def references(self) -> tuple[str, ...]:
        """Every model that has to be opened, the base first."""
        return tuple(dict.fromkeys((self.base_model, *self.parents())))

    def renamed(self, name: Callable[[str], str]) -> "MoeRecipe":
        """The same recipe with every model reference passed through `name`."""
        data = self.model_dump()
        data["base_model"] = name(data["base_model"])
        for expert in data["experts"]:
            expert["source_model"] = name(expert["source_model"])
        return MoeRecipe.model_validate(data)

    def is_random(self) -> bool:
        """Does the seed decide anything?"""
        return self.gate_mode in DRAWN or any(e.noise_scale for e in self.experts)

    def digest(self, identities: Mapping[str, str] | None = None) -> str:
        """32 hex digits over the canonical form; with `identities`, of contents and not of
        paths.
        """
        recipe = self if identities is None else self.renamed(lambda m: identities[m])
        data = recipe.model_dump(mode="json", exclude_none=True, exclude={"architecture"})
        data["kind"] = "moe"
        if not self.is_random():
            data.pop("seed")
        if self.gate_mode == "hidden_last":
            data["gate_mode"] = "hidden"
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def to_yaml(self) -> str:
        """mergekit-moe's YAML, with the seed in a comment where something is drawn."""
        data = self.model_dump(mode="json", exclude_none=True, exclude={"seed"})
        head = seed_line(self.seed) if self.is_random() else ""
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        if _parsed(text, "recipe") != data:  # a prompt with one of Unicode's rarer line ends
            text = yaml.safe_dump(data, sort_keys=False)
        return head + text


def is_moe(text: str) -> bool:
    """Is this mergekit-moe's YAML, and not a merge's? A mapping with `experts` at its top."""
    try:
        data = _parsed(text, "recipe")
    except RecipeError:
        return False
    return isinstance(data, dict) and "experts" in data


def parse_moe(text: str, where: str = "recipe") -> MoeRecipe:
    """Reads mergekit-moe YAML.

    Raises: RecipeError for what is not YAML, for unknown keys and for contradictions.
    """
    data = _parsed(text, where)
    if not isinstance(data, dict):
        raise RecipeError(f"{where}: expected a mapping with 'experts', found {data!r:.40}")
    data |= seed_in(text, where)
    return validated(MoeRecipe, data, where)


def _parsed(text: str, where: str) -> Any:
    """The one document of a text; None where it is empty."""
    found = load_yaml(text, where, MOE, RecipeError)
    if len(found) > 1:
        raise RecipeError(f"{where}: expected one YAML document, found {len(found)}")
    return found[0] if found else None


def read_moe(path: Path) -> MoeRecipe:
    """A recipe file; relative model paths are relative to the file.

    Raises: RecipeError.
    """
    folder = path.resolve().parent
    return parse_moe(read_text(path), str(path)).renamed(
        lambda reference: absolute(reference, folder)
    )
