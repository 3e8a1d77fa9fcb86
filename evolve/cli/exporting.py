"""A trial of a search to a model folder."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from evolve.cli.merging import licenses_of
from evolve.export import RECIPE_FILE, model_card
from evolve.report import summary
from evolve.store import Reader, SearchRow, TrialRow, open_engine
from evolve.store.writing import record_export
from search_spaces.errors import ConfigError
from search_spaces.recipe import parse_recipe


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
        licenses=licenses_of(recipe),
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
