"""The model card of an exported model, in the format of the Hugging Face hub."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from evolve.attribution import change, label, told_once
from evolve.signed import signed
from search_spaces.moe import MoeRecipe
from search_spaces.recipe import Recipe
from search_spaces.resolve import mean_weights

if TYPE_CHECKING:
    from evolve.store import SearchRow, TrialRow

RECIPE_FILE = "mergekit_config.yml"
MOE_FILE = "mergekit_moe_config.yml"


def model_card(
    name: str,
    recipe: Recipe | MoeRecipe,
    *,
    licenses: Sequence[str] = (),
    search: "SearchRow | None" = None,
    trial: "TrialRow | None" = None,
    summary: Mapping[str, Any] | None = None,
) -> str:
    """README.md: front matter (base_model, tags, licence), recipe, scores, seeds, how it was
    found.

    licenses: of the parents; named only where they all agree.
    """
    models = [_short(model) for model in recipe.references()]
    front: dict[str, Any] = {
        "base_model": models,
        "base_model_relation": "merge",
        "library_name": "transformers",
        "tags": ["merge", "mergekit", "evolve"],
    }
    if licenses and len(set(licenses)) == 1:
        front["license"] = licenses[0]
    parts = [f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n# {_plain(name)}\n"]
    parts.append(
        f"{_what(recipe)}, made with Evolve.\n\n"
        + "\n".join(f"- {_plain(model)}" for model in models)
        + "\n"
    )
    if search is not None and trial is not None and summary is not None:
        parts.append(_found(search, trial, summary))
    moe = isinstance(recipe, MoeRecipe)
    file, rival = (MOE_FILE, "mergekit-moe") if moe else (RECIPE_FILE, "mergekit-yaml")
    parts.append(
        f"## Recipe\n\nAlso in `{file}`; `evolve merge {file} --to FOLDER` makes the same "
        f"tensors, `{rival} {file} FOLDER` the same to rounding, but for random masks and noise."
        f"\n\n```yaml\n{recipe.renamed(_short).to_yaml()}```\n"
    )
    return "\n".join(parts)


def _what(recipe: Recipe | MoeRecipe) -> str:
    if isinstance(recipe, MoeRecipe):
        return f"A mixture of {len(recipe.experts)} experts, Mixtral's architecture"
    return f"A merge of {len(mean_weights(recipe))} models by `{recipe.merge_method}`"


def license_of(folder: Path) -> str | None:
    """The licence that a model folder's README.md names in its front matter."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8")
        _, front, _ = text.split("---", 2)
        found = yaml.safe_load(front)
    except (OSError, ValueError, yaml.YAMLError):
        return None
    value = found.get("license") if isinstance(found, dict) else None
    return value if isinstance(value, str) and 0 < len(value) < 100 else None


def _found(search: "SearchRow", trial: "TrialRow", summary: Mapping[str, Any]) -> str:
    seed = search.config["seed"]
    lines = [
        "## How it was found\n",
        f"Search `{_plain(search.name)}` (`{search.digest}`), trial {trial.number}, seed {seed}; "
        f"{summary['progress']['trials']} trials.\n",
    ]
    chosen = search.chosen_trial_id == trial.id
    if chosen and search.verdict is not None:
        lines.append(f"{_plain(search.verdict['sentence'])}\n")
        lines.append(_scores(summary))
        if summary["attribution"] is not None:
            lines.append(_gave(summary["attribution"]["rows"]))
    else:
        lines.append(
            f"{_scored(trial)}: it is not the recipe that the search chose.\n"
            if trial.fitness is not None
            else "It has no score yet.\n"
        )
    return "\n".join(lines)


def _scored(trial: "TrialRow") -> str:
    if trial.state == "pruned":
        error = "" if trial.error is None else f" (standard error {trial.error:.4f})"
        return (
            f"Its score on search items is estimated at {trial.fitness:.4f}{error} from "
            f"{trial.items} of them, after which it was stopped"
        )
    return f"It scored {trial.fitness:.4f} on search items, which is optimistic"


def _scores(summary: Mapping[str, Any]) -> str:
    rows = [row for row in summary["rows"] if row["average"] is not None]
    tasks = list(rows[0]["tasks"])
    unit = summary["search"]["unit"]
    average = "average" if unit == "metric" else f"average of the {unit}"
    lines = [
        "Scores on report items, which the search never saw, with 95 % intervals:\n",
        "| model | " + " | ".join([*map(_plain, tasks), average]) + " |",
        "|---" * (len(tasks) + 2) + "|",
    ]
    for row in rows:
        cells = [_cell(row["tasks"][task]) for task in tasks] + [_cell(row["average"])]
        lines.append(f"| {_plain(row['name'])} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _gave(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "What each parent and each gene gave it: its gain over the same recipe without, on "
        "validation items, by which it was chosen, with 95 % intervals:\n",
        "| parent or gene | value → without | gain |",
        "|---|---|---|",
    ]
    for row in told_once(rows):
        gain = _plain(row["reason"] or "") if row["gain"] is None else signed(row["gain"])
        lines.append(f"| {_plain(label(row))} | {_plain(change(row))} | {gain} |")
    return "\n".join(lines) + "\n"


def _cell(interval: Mapping[str, float]) -> str:
    return f"{interval['mean']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]"


def _short(reference: str) -> str:
    """Folder names, without the machine's paths."""
    return "+".join(Path(part).name for part in reference.split("+"))


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*<>[]|#" else c for c in text.replace("\n", " "))
