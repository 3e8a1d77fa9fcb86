"""Names on the Hugging Face hub, each turned into one commit before anything else is done."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar, cast

from search_spaces.moe import MoeRecipe
from search_spaces.recipe import Recipe

if TYPE_CHECKING:
    from evolve.config import SearchConfig

AnyRecipe = TypeVar("AnyRecipe", bound=Recipe | MoeRecipe)


def pinned(references: Iterable[str]) -> dict[str, str]:
    """Reference -> the same at one commit, which is said on standard error.

    Raises: ParentError with all models that cannot be had.
    """
    from workers.hub import pinned as pin

    return pin(references, lambda line: print(f"evolve: {line}", file=sys.stderr))


def pinned_recipe(recipe: AnyRecipe) -> AnyRecipe:
    """Raises: ParentError."""
    known = pinned(recipe.references())
    return cast(AnyRecipe, recipe.renamed(lambda model: known.get(model, model)))


def pinned_search(config: "SearchConfig") -> "SearchConfig":
    """Raises: ParentError."""
    known = pinned([config.base, *config.parents.values()])
    parents = {name: known[reference] for name, reference in config.parents.items()}
    return config.model_copy(update={"base": known[config.base], "parents": parents})
