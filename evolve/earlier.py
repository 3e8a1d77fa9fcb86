"""Winners of earlier searches of the same store on the same parents."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

from evolve.rounds import Rounds
from evolve.store import SearchRow, TrialRow
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.space import Genome

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
        if search.id == rounds.ledger.search_id or search.chosen_trial_id is None:
            continue
        names = _same_models(rounds, search)
        chosen = rounds.reader.trial(search.chosen_trial_id)
        if names is None or chosen.genome is None or len(found) == MOST:
            continue
        recipe = parse_recipe(chosen.recipe).renamed(lambda m, names=names: names[m])  # type: ignore[misc]
        recipe = _computed_in(recipe, rounds.setup.config.dtype)
        digest = recipe.digest(rounds.setup.fingerprints)
        name = f"{chosen.name} of {search.name} ({search.digest[:8]})"
        found.setdefault(digest, Winner(name, recipe, _genome(rounds, chosen, digest)))
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


def _genome(rounds: Rounds, chosen: TrialRow, digest: str) -> Genome | None:
    """Its genome, where that means the same recipe in this search's space."""
    genome, space = chosen.genome or {}, rounds.setup.space
    try:
        held = space.space.decode(space.space.encode(genome))
        same = space.recipe(genome).digest(rounds.setup.fingerprints) == digest
    except (KeyError, ValueError):
        return None
    return genome if same and _equal(held, genome) else None


def _equal(held: Genome, genome: Genome) -> bool:
    """But for the rounding of another range: is nothing clipped, and no gene left over?"""
    return held.keys() == genome.keys() and all(
        isclose(value, found, rel_tol=_CLOSE, abs_tol=_CLOSE)
        if isinstance(value, float) and isinstance(found, float)
        else value == found
        for value, found in ((held[name], genome[name]) for name in held)
    )
