"""Trials of a search to model folders."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from evolve.cli.merging import licenses_of
from evolve.cli.places import written_to
from evolve.export import RECIPE_FILE, model_card
from evolve.objective_words import natural
from evolve.report import summary
from evolve.store import Reader, SearchRow, TrialRow, open_engine
from evolve.store.writing import record_export
from search_spaces.errors import ConfigError
from search_spaces.recipe import Recipe, stored_recipe

FRONT_FILE = "front.json"
CARD_FILE = "README.md"


def export_trial(
    engine: Engine,
    search: SearchRow,
    number: int | None,
    to: Path | str,
    report: Any,
    *,
    weights: bool = True,
    replace: bool = False,
) -> dict[str, Any]:
    """number: of the trial; the chosen one if None. to: a folder or a URL; weights: else recipe
    and card alone; replace: an older export there goes when the new one is whole.

    Raises: ConfigError for a trial that does not exist, and a place that is taken.
    """
    from workers.whole_folder import whole_folder

    reader = Reader(engine)
    trial = pick_trial(reader, search, number)
    with written_to(to, replace=replace) as place:
        name = place.folder.name
        texts = texts_of(reader, search, trial, name)
        if weights:
            recipe = stored_recipe(trial.recipe)
            fingerprint = write_model(recipe, place.folder, texts, report, replace=place.replace)
        else:
            with whole_folder(place.folder, replace=place.replace) as partial:
                _write_texts(partial, texts)
        files = sorted(p.name for p in place.folder.iterdir())
    if weights:
        record_export(engine, trial.model_id, fingerprint, place.shown, name)
    return {
        "search": search.digest,
        "trial": trial.number,
        "folder": place.shown,
        "recipe": f"{place.shown}/{RECIPE_FILE}",
        "files": files,
    }


def export_front(
    engine: Engine,
    search: SearchRow,
    to: Path | str,
    report: Any,
    *,
    weights: bool = True,
    replace: bool = False,
) -> dict[str, Any]:
    """Every point of the front into `to`/trial-N, and what they scored into front.json; all of it
    appears at once. weights: else recipes and cards alone; to, replace: as for one trial.

    Raises: ConfigError where there is no front, and for a place that is taken.
    """
    from workers.whole_folder import whole_folder

    reader = Reader(engine)
    known = summary(reader, search)
    if known["front"] is None:
        raise ConfigError(
            f"search '{search.name}' has no front: it has one objective, or no trial has been "
            "scored yet; without --front the chosen trial is written"
        )
    objectives = known["front"]["objectives"]
    found = {
        "search": search.digest,
        "folder": "",
        "objectives": objectives,
        "chosen": None if known["chosen"] is None else known["chosen"]["trial"],
        "points": [],
    }
    written: list[tuple[int, str, str]] = []
    with (
        written_to(to, replace=replace) as place,
        whole_folder(place.folder, replace=place.replace) as partial,
    ):
        points = []
        for row in known["front"]["rows"]:
            trial = pick_trial(reader, search, row["trial"])
            recipe = stored_recipe(trial.recipe)
            inside = f"trial-{trial.number}"
            extra = _texts(f"{place.folder.name}-{inside}", recipe, search, trial, known)
            if weights:
                fingerprint = write_model(recipe, partial / inside, extra, report)
                written.append((trial.model_id, fingerprint, inside))
            else:
                _write_texts(partial / inside, extra)
            points.append(_point(row, objectives, inside))
        text = json.dumps(found | {"folder": place.shown, "points": points}, indent=2)
        _write_texts(partial, {FRONT_FILE: text + "\n"})
    for model_id, fingerprint, inside in written:
        record_export(engine, model_id, fingerprint, f"{place.shown}/{inside}", inside)
    moved = [point | {"folder": f"{place.shown}/{point['folder']}"} for point in points]
    return found | {"folder": place.shown, "points": moved}


def export_chosen(store: str, search: SearchRow, folder: Path) -> None:
    """Exports the chosen trial once; a folder that has it already is left as it is."""
    if not (folder / RECIPE_FILE).exists():
        export_trial(open_engine(store), search, None, folder, lambda done, total: None)


def pick_trial(reader: Reader, search: SearchRow, number: int | None) -> TrialRow:
    """Raises: ConfigError when there is no such trial, or none is chosen yet."""
    if number is None:
        if search.chosen_trial_id is None:
            raise ConfigError(
                f"search '{search.name}' has not chosen a trial yet ({search.state}); name one "
                "with --trial N"
            )
        return reader.trial(search.chosen_trial_id)
    found = reader.numbered(search.id, number)
    if found is None:
        count = len(reader.brief(search.id))
        raise ConfigError(f"search '{search.name}' has no trial {number}; it has {count}, from 0")
    return found


def write_model(
    recipe: Recipe, folder: Path, extra: Mapping[str, str], report: Any, *, replace: bool = False
) -> str:
    """A model folder; returns its fingerprint."""
    from workers.parents import open_parent
    from workers.writer import write_merge

    write_merge(recipe, folder, extra=extra, report=report, replace=replace)
    return open_parent(str(folder)).fingerprint


def texts_of(reader: Reader, search: SearchRow, trial: TrialRow, name: str) -> dict[str, str]:
    """Recipe and model card of a trial, by the names of their files. name: of the model."""
    return _texts(name, stored_recipe(trial.recipe), search, trial, summary(reader, search))


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
    return {RECIPE_FILE: recipe.to_yaml(), CARD_FILE: card}


def _point(row: Mapping[str, Any], objectives: list[str], folder: str) -> dict[str, Any]:
    scores = zip(objectives, row["scores"], strict=True)
    return {
        "trial": row["trial"],
        "name": row["name"],
        "folder": folder,
        "average": row["average"],
        "scores": {objective: natural(objective, score) for objective, score in scores},
        "chosen": row["chosen"],
    }
