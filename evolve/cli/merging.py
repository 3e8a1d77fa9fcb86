"""A recipe file to a model folder; imports no more than that needs."""

from pathlib import Path
from typing import Any

from evolve.cli.hub_names import pinned_recipe
from evolve.cli.places import written_to
from evolve.export import MOE_FILE, RECIPE_FILE, license_of, model_card
from search_spaces.files import read_text
from search_spaces.moe import MoeRecipe, is_moe, read_moe
from search_spaces.recipe import Recipe, read_recipe


def merge_file(
    file: Path, to: Path | str, report: Any, *, replace: bool = False
) -> dict[str, Any]:
    """Writes what a recipe file asks for: a merge, or a mixture of experts.

    to: a folder or a URL; replace: an older export there goes when the new one is whole.

    Raises: ConfigError, ParentError, CandidateError; nothing is left in a folder then.
    """
    from workers.moe import write_moe
    from workers.writer import write_merge

    remarks: tuple[str, ...] = ()
    mixture = is_moe(read_text(file))
    recipe = read_moe(file) if mixture else read_recipe(file)
    with written_to(to, replace=replace) as place:
        recipe = pinned_recipe(recipe)
        card = model_card(place.folder.name, recipe, licenses=licenses_of(recipe))
        name = MOE_FILE if mixture else RECIPE_FILE
        extra = {name: recipe.to_yaml(), "README.md": card}
        how: dict[str, Any] = {"extra": extra, "replace": place.replace, "report": report}
        if isinstance(recipe, MoeRecipe):
            remarks = write_moe(recipe, place.folder, **how)
        else:
            write_merge(recipe, place.folder, **how)
        files = sorted(p.name for p in place.folder.iterdir())
    return {"folder": place.shown, "files": files, "remarks": list(remarks)}


def licenses_of(recipe: Recipe | MoeRecipe) -> list[str]:
    """The licences of a recipe's models, where all of them name one."""
    from workers.hub import model_folder

    folders = [model_folder(model.split("+")[0]) for model in recipe.references()]
    found = [license_of(folder) for folder in folders]
    return [f for f in found if f is not None] if all(found) else []
