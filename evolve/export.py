"""The model card of an exported model, in the format of the Hugging Face hub."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from evolve.attribution import change, label, told_once
from evolve.objective_words import heading, shown
from evolve.recipe_words import described, short, stretches
from evolve.signed import signed
from evolve.visible import visible
from search_spaces.errors import ConfigError
from search_spaces.model_names import hub_model
from search_spaces.moe import MoeRecipe
from search_spaces.reading import CARD, load_yaml, read_bytes
from search_spaces.recipe import Recipe
from search_spaces.resolve import mean_weights

if TYPE_CHECKING:
    from evolve.store import SearchRow, TrialRow

# `_` stresses only at the edge of a word; `$`, `:` and `&` mean something to some readers.
_MARKDOWN = re.compile(r"[\\`*<>\[\]|#~$&]|(?<![^\W_])_|_(?![^\W_])|:(?=\w+:)|^[-+]")
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
    # The hub knows a model by its name; that of a LoRA pair is said as both.
    models = [part for model in recipe.references() for part in _base_models(model)]
    front: dict[str, Any] = {
        "base_model": list(dict.fromkeys(models)),
        "base_model_relation": "merge",
        "library_name": "transformers",
        "tags": ["merge", "mergekit", "evolve"],
    }
    if licenses and len(set(licenses)) == 1:
        front["license"] = licenses[0]
    parts = [f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n# {_plain(name)}\n"]
    parts.append(f"{_what(recipe)}, made with Evolve.\n\n" + _parents(recipe))
    if search is not None and trial is not None and summary is not None:
        parts.append(_found(search, trial, summary))
    if isinstance(recipe, Recipe) and stretches(recipe):
        parts.append(_layers(recipe))
    text = visible(recipe.renamed(_findable).to_yaml())
    fence = _fence(text)
    parts.append(f"## Recipe\n\n{_how_again(recipe)}\n\n{fence}yaml\n{text}{fence}\n")
    return "\n".join(parts)


def _base_models(reference: str) -> list[str]:
    """As the hub's own cards have it: hub names, without a commit; else folder names."""
    base, plus, adapter = reference.rpartition("+")
    halves = [base, adapter] if plus else [reference]
    on_hub = [found.repo for half in halves if (found := hub_model(half)) is not None]
    return on_hub if len(on_hub) == len(halves) else [short(reference)]


def _findable(reference: str) -> str:
    """What somebody else can open: hub names at their commit; folders without their path."""
    parts = [p if hub_model(p) is not None else short(p) for p in reference.split("+")]
    return "+".join(parts)


def _what(recipe: Recipe | MoeRecipe) -> str:
    if isinstance(recipe, MoeRecipe):
        return f"A mixture of {len(recipe.experts)} experts, Mixtral's architecture"
    return described(recipe)


def _parents(recipe: Recipe | MoeRecipe) -> str:
    """A line per model, with its mean weight in the merge where that says something."""
    weights = {} if isinstance(recipe, MoeRecipe) else mean_weights(recipe)
    share = "share of the layers" if isinstance(recipe, Recipe) and stretches(recipe) else ""
    lines = []
    for model in recipe.references():
        line = f"- {_plain(short(model))}"
        if len(weights) > 1 and model in weights:
            line += f" ({share or 'mean weight'} {weights[model]:.2f})"
        elif weights and model not in weights:
            line += " (base)"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _layers(recipe: Recipe) -> str:
    """What runs after what; a factor is on what a layer adds to the residual stream."""
    lines = [
        "## Layers\n",
        "| layers | taken from | scale |",
        "|---|---|---|",
    ]
    for found in stretches(recipe):
        source = _plain(short(found.source))
        if found.merged:
            simple = re.fullmatch(r"[\w.-]+", found.source)
            source = f"the merge `{found.source}`" if simple else f"the merge {source}"
        scale = "" if found.scale is None else f"{found.scale:.3g}"
        layers = "layers" if found.end - found.start > 1 else "layer"
        lines.append(f"| {found.layers} | {layers} {found.taken} of {source} | {scale} |")
    return "\n".join(lines) + "\n"


def _how_again(recipe: Recipe | MoeRecipe) -> str:
    """The commands that make the same model of the file beside the card."""
    file, rival = RECIPE_FILE, f"mergekit-yaml {RECIPE_FILE} FOLDER"
    if isinstance(recipe, MoeRecipe):
        file, rival = MOE_FILE, f"mergekit-moe {MOE_FILE} FOLDER"
    elif recipe.nested:
        rival = f"mergekit-multi {RECIPE_FILE} --intermediate-dir OTHER --out-path FOLDER"
    return (
        f"Also in `{file}`; `evolve merge {file} --to FOLDER` makes the same tensors, `{rival}` "
        "the same to rounding, but for random masks and noise."
    )


def license_of(folder: Path) -> str | None:
    """The licence that a model folder's README.md names in its front matter."""
    try:
        text = read_bytes(folder / "README.md", CARD).decode("utf-8")
        _, front, _ = text.split("---", 2)
        found = load_yaml(front, "README.md", CARD)[0]
    except (OSError, ValueError, LookupError, ConfigError):
        return None
    value = found.get("license") if isinstance(found, dict) else None
    return value if isinstance(value, str) and 0 < len(value) < 100 else None


def _found(search: "SearchRow", trial: "TrialRow", summary: Mapping[str, Any]) -> str:
    seed = search.config["seed"]
    lines = [
        "## How it was found\n",
        f"Search {_plain(search.name)} (`{search.digest}`), trial {trial.number}, seed {seed}; "
        f"{summary['progress']['trials']} trials.\n",
    ]
    lines += _on_front(trial, summary)
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


def _on_front(trial: "TrialRow", summary: Mapping[str, Any]) -> list[str]:
    """What it scored in each objective, where it is a point of the front."""
    front = summary["front"]
    row = next((r for r in (front or {}).get("rows", ()) if r["trial"] == trial.number), None)
    if front is None or row is None:
        return []
    scores = ", ".join(
        f"{_plain(heading(name))} {shown(name, value)}"
        for name, value in zip(front["objectives"], row["scores"], strict=True)
    )
    count = len(front["rows"])
    return [
        f"It is {'one of ' + str(count) if count > 1 else 'the only'} "
        f"point{'s' if count > 1 else ''} of the Pareto front on search items: {scores}.\n"
    ]


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


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return _MARKDOWN.sub(r"\\\g<0>", visible(" ".join(text.split())))


def _fence(text: str) -> str:
    """What ends no code block early: more backticks than the text has in a row."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
