"""mergekit's and mergekit-moe's files: every model in them, with its mean weight where it has one.

What Evolve itself could not merge (a method it does not know, a LoRA written as a mapping) still
names its models; then their weights stay unknown, and that is said.
"""

from collections.abc import Iterator
from typing import Any

from evolve.ancestry.claims import Claim
from search_spaces.errors import ConfigError, RecipeError
from search_spaces.moe import is_moe, parse_moe
from search_spaces.reading import RECIPE, load_yaml
from search_spaces.recipe import parse_recipe
from search_spaces.resolve import mean_weights

_KEYS = ("model", "base_model", "source_model")


def claims_of(text: str, where: str) -> tuple[list[Claim], str]:
    """(the models that a merge was made of, why their weights are not known or nothing).

    Raises: ConfigError for what is no YAML, or names no model.
    """
    try:
        return (_of_experts if is_moe(text) else _of_merge)(text, where), ""
    except RecipeError as error:
        documents = load_yaml(text, where, RECIPE)
        nested = {str(d["name"]) for d in documents if isinstance(d, dict) and "name" in d}
        found: dict[str, Claim] = {}
        for key, model in _named(documents):
            role = "base" if key == "base_model" else "parent"
            if model not in nested and (model not in found or role == "parent"):
                found[model] = Claim(model, role)
        if not found:
            raise ConfigError(str(error)) from None
        return list(found.values()), f"the weights are not known: {error}"


def _of_merge(text: str, where: str) -> list[Claim]:
    recipe = parse_recipe(text, where)
    weights = mean_weights(recipe)
    return [
        Claim(m, "parent", weights[m]) if m in weights else Claim(m, "base")
        for m in recipe.references()
    ]


def _of_experts(text: str, where: str) -> list[Claim]:
    """Each expert gives an equal part of the MLPs, and the base all else."""
    recipe = parse_moe(text, where)
    given = [expert.source_model for expert in recipe.experts]
    found = [Claim(m, "parent", given.count(m) / len(given)) for m in recipe.parents()]
    base = [] if recipe.base_model in given else [Claim(recipe.base_model, "base")]
    return [*base, *found]


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """(key, model) wherever one is named; the nesting was limited when it was read."""
    if isinstance(value, list):
        for inner in value:
            yield from _named(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            name = _name(inner) if key in _KEYS else None
            if name is not None:
                yield key, name
            else:
                yield from _named(inner)


def _name(value: Any) -> str | None:
    """A model as text, or as mergekit's mapping of a path and a LoRA."""
    if isinstance(value, str):
        return value.strip() or None
    if not isinstance(value, dict):
        return None
    path, lora = (value.get(key) for key in ("model", "lora"))
    path = path.get("path") if isinstance(path, dict) else path
    lora = lora.get("path") if isinstance(lora, dict) else lora
    if not isinstance(path, str):
        return None
    return f"{path}+{lora}" if isinstance(lora, str) and lora else path
