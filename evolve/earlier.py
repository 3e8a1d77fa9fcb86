"""Winners of earlier searches of the same store on the same parents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import isclose

from evolve.rounds import Rounds
from evolve.store import SearchRow
from search_spaces.recipe import Recipe, stored_recipe
from search_spaces.sameness import same_merge
from search_spaces.space import GeneValue, Genome

MOST = 5
_CLOSE = 1e-9


@dataclass(frozen=True)
class Winner:
    """genome: in the present space, None where that space does not hold the recipe."""

    name: str
    recipe: Recipe
    genome: Genome | None


def winners(rounds: Rounds) -> list[Winner]:
    """The newest `MOST`, of searches whose base and parents have the contents of this one's."""
    found: dict[str, Winner] = {}
    for search in rounds.reader.searches():
        if len(found) == MOST:
            break
        if search.id == rounds.ledger.search_id or search.chosen_trial_id is None:
            continue
        names = _same_models(rounds, search)
        chosen = rounds.reader.trial(search.chosen_trial_id)
        if names is None or chosen.genome is None:
            continue
        recipe = stored_recipe(chosen.recipe).renamed(lambda m, names=names: names[m])  # type: ignore[misc]
        recipe = _computed_in(recipe, rounds.setup.config.dtype)
        digest = recipe.digest(rounds.setup.fingerprints)
        name = f"{chosen.name} of {search.name} ({search.digest[:8]})"
        genome = _genome(rounds, recipe, _renamed(rounds, search, names, chosen.genome))
        found.setdefault(digest, Winner(name, recipe, genome))
    return list(found.values())


def _computed_in(recipe: Recipe, dtype: str) -> Recipe:
    """The same merge in this search's dtype."""
    nested = {name: _computed_in(inner, dtype) for name, inner in recipe.nested.items()}
    return recipe.model_copy(update={"dtype": dtype, "nested": nested})


def _same_models(rounds: Rounds, search: SearchRow) -> dict[str, str] | None:
    """That search's model references -> this one's; None where it had other models."""
    ours = {model: reference for reference, model in rounds.setup.model_ids.items()}
    theirs: dict[str, int] = {}
    references: Mapping[str, str] = {"base": search.config["base"], **search.config["parents"]}
    for trial in rounds.reader.trials(search.id):
        if trial.origin in ("base", "parent"):
            theirs[references[trial.name]] = trial.model_id
    if set(theirs.values()) != set(ours):
        return None
    return {reference: ours[model] for reference, model in theirs.items()}


def _renamed(
    rounds: Rounds, search: SearchRow, names: Mapping[str, str], genome: Genome
) -> Genome:
    """Its genes by this search's names of the parents."""
    ours = {reference: name for name, reference in rounds.setup.config.parents.items()}
    theirs = {
        name: ours.get(names[reference], name)
        for name, reference in search.config["parents"].items()
    }
    return {
        ".".join(theirs.get(part, part) if place == 1 else part for place, part in enumerate(p)): v
        for p, v in ((gene.split("."), value) for gene, value in genome.items())
    }


def _genome(rounds: Rounds, recipe: Recipe, genome: Genome) -> Genome | None:
    """A genome of this search's space that makes the same merge, None where there is none: its
    own, or with its genes for every group of layers and filter that this space has.
    """
    space = rounds.setup.space
    found: dict[str, GeneValue] = {}
    for gene in space.space.genes:
        if gene.when is not None and found.get(gene.when[0]) not in gene.when[1]:
            continue
        value = next((genome[name] for name in _coarser(gene.name) if name in genome), None)
        if value is None:
            return None
        found[gene.name] = value
    try:
        held = space.space.decode(space.space.encode(found))
        made = space.recipe(found)
    except (KeyError, ValueError):
        return None
    prints = rounds.setup.fingerprints
    same = made.digest(prints) == recipe.digest(prints) or same_merge(made, recipe, space.layers)
    return found if same and _equal(held, found) else None


def _coarser(gene: str) -> Iterator[str]:
    """The gene itself, then what it may be a part of: without its filter, its group, both."""
    first, *rest = gene.split(".")
    for count in range(len(rest), -1, -1):
        for kept in combinations(rest, count):
            yield ".".join((first, *kept))


def _equal(held: Genome, genome: Genome) -> bool:
    """But for the rounding of another range: is nothing clipped, and no gene left over?"""
    return held.keys() == genome.keys() and all(
        isclose(value, found, rel_tol=_CLOSE, abs_tol=_CLOSE)
        if isinstance(value, float) and isinstance(found, float)
        else value == found
        for value, found in ((held[name], genome[name]) for name in held)
    )
