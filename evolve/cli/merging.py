"""A recipe file to a model folder; imports no more than that needs."""

from pathlib import Path
from typing import Any

from evolve.export import MOE_FILE, RECIPE_FILE, license_of, model_card
from search_spaces.files import read_text
from search_spaces.moe import MoeRecipe, is_moe, read_moe
from search_spaces.recipe import Recipe, read_recipe


def merge_file(file: Path, folder: Path, report: Any) -> dict[str, Any]:
    """Writes what a recipe file asks for: a merge, or a mixture of experts.

    Raises: ConfigError, ParentError, CandidateError; nothing is left in `folder` then.
    """
    from workers.moe import write_moe
    from workers.writer import write_merge

    folder = folder.expanduser().absolute()
    remarks: tuple[str, ...] = ()
    if is_moe(read_text(file)):
        mixture = read_moe(file)
        card = model_card(folder.name, mixture, licenses=licenses_of(mixture))
        extra = {MOE_FILE: mixture.to_yaml(), "README.md": card}
        remarks = write_moe(mixture, folder, extra=extra, report=report)
    else:
        recipe = read_recipe(file)
        card = model_card(folder.name, recipe, licenses=licenses_of(recipe))
        extra = {RECIPE_FILE: recipe.to_yaml(), "README.md": card}
        write_merge(recipe, folder, extra=extra, report=report)
    return {
        "folder": str(folder),
        "files": sorted(p.name for p in folder.iterdir()),
        "remarks": list(remarks),
    }


def licenses_of(recipe: Recipe | MoeRecipe) -> list[str]:
    """The licences of a recipe's models, where all of them name one."""
    folders = [Path(model.split("+")[0]) for model in recipe.references()]
    found = [license_of(folder) for folder in folders]
    return [f for f in found if f is not None] if all(found) else []
