"""What a search adds to a mergekit-evolve file, and what it does instead, in plain sentences."""

from pathlib import Path
from typing import Any

from search_spaces.evolve_config import EvolveFile, is_evolve_file, read_evolve
from search_spaces.genome_config import BASE, BASELESS, GENES, GenomeConfig
from search_spaces.reading import read_search_yaml


def remarks(path: Path) -> list[str]:
    """Sentences about a mergekit-evolve file that read_search has read; none about any other file.

    Raises: ConfigError where it cannot be read as one.
    """
    data = read_search_yaml(path)
    if not is_evolve_file(data):
        return []
    read = read_evolve(data, path.stem, data.keys(), str(path))
    space = GenomeConfig.model_validate(read.search["space"])
    return [
        *_of_models(read.file, read.search, space, named="base" in data),
        *_of_items(read.file, read.search),
        *_of_the_search(read.file, read.search),
    ]


def _of_models(
    file: EvolveFile, search: dict[str, Any], space: GenomeConfig, *, named: bool
) -> list[str]:
    """named: does the file have a `base:`?"""
    genome, base = file.genome, search["base"]
    bounds = [
        f"{name} [{low:g}, {high:g}]"
        for name in GENES[genome.merge_method]
        for low, high in [getattr(space, name)]
    ]
    found = [
        "genome: the genes of mergekit-evolve in its order; bounds, which it has none of, are "
        f"{', '.join(bounds)}."
    ]
    if genome.merge_method == "slerp":
        found.append(
            "genome: the two models with the largest preferences of a layer group are merged, as "
            "there; no model alone is a point of this space, but each is scored as a reference."
        )
    where = "base_model" if genome.base_model is not None else "base"
    if genome.base_model is None and not named:
        found.append(
            f"base: every search compares with a base model; without base_model, the first of the "
            f"models, '{base}', is taken. The plain merges among the references are of the "
            "others. To compare with another one add `base: PATH`."
        )
    elif genome.merge_method in BASELESS and base not in genome.models:
        found.append(
            f"{where}: '{base}' is none of the models, so {genome.merge_method} does not merge "
            "it; the others are compared with it."
        )
    if genome.merge_method not in BASELESS and BASE in space.models:
        found.append(
            f"genome: the genes of '{BASE}' are kept for the layout, but {genome.merge_method} "
            "has no use for a weight of the base."
        )
    if genome.tokenizer_source is not None:
        found.append(
            f"tokenizer_source: {genome.tokenizer_source}: left out of the recipes; the models of "
            "a search need one vocabulary, and then it changes no weights. Models with others "
            "are refused; bring them to one with `evolve merge` first."
        )
    return found


def _of_items(file: EvolveFile, search: dict[str, Any]) -> list[str]:
    sizes = search["splits"]
    which = "" if file.limit is None else f", not the first {file.limit}"
    found = [
        f"items: of each task {sizes['search']} for searching, {sizes['validation']} others for "
        f"choosing the recipe, {sizes['report']} others for the verdict, drawn from all{which}; "
        "`splits:` changes that."
    ]
    if file.shuffle:
        found.append(
            "shuffle: items are always drawn in an order that depends on the task alone; all "
            "candidates answer the same ones."
        )
    found.append(
        "score: the mean of the metrics by the tasks' weights; where lower is better, the "
        "negative; perplexities by their logarithm."
    )
    return found


def _of_the_search(file: EvolveFile, search: dict[str, Any]) -> list[str]:
    found = [
        "references: the base, each model and plain merges are scored first; the optimizer "
        "begins at the best of them that is in the space. It is the one that `auto` takes; "
        "mergekit-evolve's is `optimizer: cma`."
    ]
    if file.random_init:
        found.append("random_init: not used; the beginning is the best reference.")
    trials = search["budget"].get("trials", 100) if isinstance(search["budget"], dict) else 100
    raced = (
        "; those that are clearly worse are stopped before they have answered all items (`racing: "
        "off` to answer all)"
    )
    found += [
        f"budget: {trials} trials{'' if 'racing' in search else raced}.",
        f"seed: {search.get('seed', 0)}, of all draws, those of drop masks too. Every trial is "
        "kept in the store, and the same command goes on where a search was stopped.",
        "Any other key of a search file (budget, splits, workers, seed ...) may be added to this "
        "file; mergekit-evolve ignores them.",
    ]
    return found
