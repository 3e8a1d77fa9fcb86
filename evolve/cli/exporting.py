"""A recipe, or a trial of a search, to a model folder."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from evolve.export import MOE_FILE, RECIPE_FILE, license_of, model_card
from evolve.report import summary
from evolve.store import Reader, SearchRow, TrialRow, open_engine
from evolve.store.writing import record_export
from search_spaces.errors import ConfigError, RecipeError
from search_spaces.moe import MoeRecipe, is_moe, read_moe
from search_spaces.recipe import Recipe, parse_recipe, read_recipe


def export_trial(
    engine: Engine, search: SearchRow, number: int | None, folder: Path, report: Any
) -> dict[str, Any]:
    """number: of the trial; the chosen one if None.

    Raises: ConfigError for a trial that does not exist, and a folder that is not empty.
    """
    from workers.parents import open_parent
    from workers.writer import write_merge

    reader = Reader(engine)
    trial = pick_trial(reader, search, number)
    recipe = parse_recipe(trial.recipe)
    folder = folder.expanduser().absolute()
    card = model_card(
        folder.name,
        recipe,
        licenses=_licenses(recipe),
        search=search,
        trial=trial,
        summary=summary(reader, search),
    )
    write_merge(
        recipe, folder, extra={RECIPE_FILE: recipe.to_yaml(), "README.md": card}, report=report
    )
    record_export(
        engine, trial.model_id, open_parent(str(folder)).fingerprint, str(folder), folder.name
    )
    return {
        "search": search.digest,
        "trial": trial.number,
        "folder": str(folder),
        "recipe": str(folder / RECIPE_FILE),
        "files": sorted(p.name for p in folder.iterdir()),
    }


def export_chosen(store: str, search: SearchRow, folder: Path) -> None:
    """Exports the chosen trial once; a folder that has it already is left as it is."""
    if not (folder / RECIPE_FILE).exists():
        export_trial(open_engine(store), search, None, folder, lambda done, total: None)


def pick_trial(reader: Reader, search: SearchRow, number: int | None) -> TrialRow:
    """Raises: ConfigError when there is no such trial, or none is chosen yet."""
    trials = reader.trials(search.id)
    if number is None:
        if search.chosen_trial_id is None:
            raise ConfigError(
                f"search '{search.name}' has not chosen a trial yet ({search.state}); name one "
                "with --trial N"
            )
        return next(t for t in trials if t.id == search.chosen_trial_id)
    found = next((t for t in trials if t.number == number), None)
    if found is None:
        raise ConfigError(
            f"search '{search.name}' has no trial {number}; it has {len(trials)}, from 0"
        )
    return found


def merge_file(file: Path, folder: Path, report: Any) -> dict[str, Any]:
    """Writes what a recipe file asks for: a merge, or a mixture of experts.

    Raises: ConfigError, ParentError, CandidateError; nothing is left in `folder` then.
    """
    from workers.moe import write_moe
    from workers.writer import write_merge

    folder = folder.expanduser().absolute()
    try:
        moe = is_moe(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{file}: cannot be read: {error}") from None
    remarks: tuple[str, ...] = ()
    if moe:
        mixture = read_moe(file)
        card = model_card(folder.name, mixture, licenses=_licenses(mixture))
        extra = {MOE_FILE: mixture.to_yaml(), "README.md": card}
        remarks = write_moe(mixture, folder, extra=extra, report=report)
    else:
        recipe = read_recipe(file)
        card = model_card(folder.name, recipe, licenses=_licenses(recipe))
        extra = {RECIPE_FILE: recipe.to_yaml(), "README.md": card}
        write_merge(recipe, folder, extra=extra, report=report)
    return {
        "folder": str(folder),
        "files": sorted(p.name for p in folder.iterdir()),
        "remarks": list(remarks),
    }


def _licenses(recipe: Recipe | MoeRecipe) -> list[str]:
    folders = [Path(model.split("+")[0]) for model in recipe.references()]
    found = [license_of(folder) for folder in folders]
    return [f for f in found if f is not None] if all(found) else []
