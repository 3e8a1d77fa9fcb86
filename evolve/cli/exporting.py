"""Trials of a search to model folders."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from evolve.cli.merging import licenses_of
from evolve.export import RECIPE_FILE, model_card
from evolve.objective_words import natural
from evolve.report import summary
from evolve.store import Reader, SearchRow, TrialRow, open_engine
from evolve.store.writing import record_export
from search_spaces.errors import ConfigError
from search_spaces.recipe import Recipe, parse_recipe

FRONT_FILE = "front.json"


def export_trial(
    engine: Engine, search: SearchRow, number: int | None, folder: Path, report: Any
) -> dict[str, Any]:
    """number: of the trial; the chosen one if None.

    Raises: ConfigError for a trial that does not exist, and a folder that is not empty.
    """
    reader = Reader(engine)
    trial = pick_trial(reader, search, number)
    folder = folder.expanduser().absolute()
    recipe = parse_recipe(trial.recipe)
    extra = _texts(folder.name, recipe, search, trial, summary(reader, search))
    _write(engine, trial, recipe, folder, extra, report)
    return {
        "search": search.digest,
        "trial": trial.number,
        "folder": str(folder),
        "recipe": str(folder / RECIPE_FILE),
        "files": sorted(p.name for p in folder.iterdir()),
    }


def export_front(
    engine: Engine, search: SearchRow, folder: Path, report: Any, *, weights: bool = True
) -> dict[str, Any]:
    """Every point of the front into `folder`/trial-N, and what they scored into front.json.
    weights: else recipes and cards alone.

    Raises: ConfigError where there is no front, and for a folder that is not empty.
    """
    reader = Reader(engine)
    known = summary(reader, search)
    if known["front"] is None:
        raise ConfigError(
            f"search '{search.name}' has no front: it has one objective, or no trial has been "
            "scored yet; without --front the chosen trial is written"
        )
    folder = folder.expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: exists and is not empty; give a new folder with --to")
    points = []
    for row in known["front"]["rows"]:
        trial = pick_trial(reader, search, row["trial"])
        recipe = parse_recipe(trial.recipe)
        place = folder / f"trial-{trial.number}"
        extra = _texts(f"{folder.name}-{place.name}", recipe, search, trial, known)
        if weights:
            _write(engine, trial, recipe, place, extra, report)
        else:
            _write_texts(place, extra)
        points.append(_point(row, known["front"]["objectives"], place))
    found = {
        "search": search.digest,
        "folder": str(folder),
        "objectives": known["front"]["objectives"],
        "chosen": None if known["chosen"] is None else known["chosen"]["trial"],
        "points": points,
    }
    text = json.dumps(
        found | {"points": [p | {"folder": Path(p["folder"]).name} for p in points]}, indent=2
    )
    _write_texts(folder, {FRONT_FILE: text + "\n"})
    return found


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


def _write(
    engine: Engine,
    trial: TrialRow,
    recipe: Recipe,
    folder: Path,
    extra: Mapping[str, str],
    report: Any,
) -> None:
    """A model folder, which the store then knows as the trial's."""
    from workers.parents import open_parent
    from workers.writer import write_merge

    write_merge(recipe, folder, extra=extra, report=report)
    fingerprint = open_parent(str(folder)).fingerprint
    record_export(engine, trial.model_id, fingerprint, str(folder), folder.name)


def _write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _texts(
    name: str, recipe: Recipe, search: SearchRow, trial: TrialRow, known: Mapping[str, Any]
) -> dict[str, str]:
    """Recipe and model card. known: of `evolve.report.summary`."""
    licenses = licenses_of(recipe)
    card = model_card(name, recipe, licenses=licenses, search=search, trial=trial, summary=known)
    return {RECIPE_FILE: recipe.to_yaml(), "README.md": card}


def _point(row: Mapping[str, Any], objectives: list[str], folder: Path) -> dict[str, Any]:
    scores = zip(objectives, row["scores"], strict=True)
    return {
        "trial": row["trial"],
        "name": row["name"],
        "folder": str(folder),
        "average": row["average"],
        "scores": {objective: natural(objective, score) for objective, score in scores},
        "chosen": row["chosen"],
    }
