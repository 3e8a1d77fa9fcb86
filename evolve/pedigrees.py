"""Pedigrees from the store: models with their part in the searches, and the edges between them."""

from collections.abc import Iterable, Mapping

from evolve.ancestry.pedigree import Edge, Node, Pedigree
from evolve.store import ModelRow, Reader
from evolve.store.family import FamilyReader, Scored
from search_spaces.errors import ConfigError

MOST = 10_000  # models


def role_of(model: ModelRow, chosen: Iterable[int] = (), best: Iterable[int] = ()) -> str:
    """base, parent, imported, exported, chosen, best or candidate."""
    if model.kind != "candidate":
        return model.kind
    if model.reference is not None:
        return "exported"
    return "chosen" if model.id in chosen else "best" if model.id in best else "candidate"


def node(model: ModelRow, trial: Scored | None, searches: Mapping[int, str], role: str) -> Node:
    """searches: id -> name."""
    return Node(
        id=model.id,
        name=model.name,
        role=role,
        digest=model.digest,
        reference=model.reference,
        license=model.license,
        search=None if trial is None else searches.get(trial.search_id),
        search_id=None if trial is None else trial.search_id,
        trial=None if trial is None else trial.trial,
        score=None if trial is None else trial.fitness,
    )


def between(family: FamilyReader, ids: Iterable[int]) -> tuple[Edge, ...]:
    """The edges from one of these models to another."""
    mine = set(ids)
    return tuple(Edge(p, c, r, w) for c, p, r, w in family.edges_into(mine) if p in mine)


def of_models(reader: Reader, ids: Iterable[int], of: int | None = None) -> Pedigree:
    """These models and the edges between them. of: whose family it is."""
    family, mine = reader.family, set(ids)
    searches = family.search_names()
    chosen, trials = family.chosen(), family.trials_of(mine)
    nodes = {
        m.id: node(m, chosen.get(m.id, trials.get(m.id)), searches, role_of(m, chosen))
        for m in family.models(mine)
    }
    return Pedigree(nodes, between(family, nodes), of)


def family_of(
    reader: Reader, model_id: int, *, descendants: bool = False, generations: int | None = None
) -> Pedigree:
    """A model with its ancestors or, instead, its descendants; at most so many generations away,
    and at most 10,000 models.
    """
    family = reader.family
    if generations is not None:
        ids = _near(family, model_id, generations, descendants=descendants)
    else:
        reach = family.descendants if descendants else family.ancestors
        ids = set(reach([model_id], MOST))
    return of_models(reader, ids | {model_id}, of=model_id)


def _near(family: FamilyReader, model_id: int, steps: int, *, descendants: bool) -> set[int]:
    found, edge = {model_id}, {model_id}
    for _ in range(steps):
        if descendants:
            reached = {c for i in edge for c in family.children_of(i, MOST)}
        else:
            reached = {p for _, p, _, _ in family.edges_into(edge)}
        edge = reached - found
        found |= edge
        if not edge or len(found) > MOST:
            break
    return set(sorted(found)[:MOST])


def find_model(reader: Reader, word: str) -> ModelRow:
    """A model by its name or reference, by the beginning of its digest (4 digits or more), or the
    chosen one of a search.

    Raises: ConfigError where there is none, or several.
    """
    found = [m for m in reader.family.find(word) if word in (m.name, m.reference)]
    if len(found) > 1:  # candidates of several searches have the same names
        found = [m for m in found if m.kind != "candidate"] or found
    if not found and len(word) >= 4:
        found = reader.family.of_digest(word.lower())
    if not found:
        found = _chosen_of(reader, word)
    if len(found) == 1:
        return found[0]
    if found:
        known = ", ".join(f"{m.name} ({m.digest[:12]})" for m in found[:10])
        raise ConfigError(f"'{word}' fits several models: {known}; give a digest's beginning")
    like = reader.family.find(word, 5)
    hint = "; did you mean " + ", ".join(m.name for m in like) + "?" if like else ""
    raise ConfigError(
        f"'{word}' is no model of this database (by name, beginning of the digest, or search)"
        f"{hint}"
    )


def _chosen_of(reader: Reader, word: str) -> list[ModelRow]:
    family = reader.family
    try:
        search = reader.find(word)
    except ConfigError:
        return []
    if search.chosen_trial_id is None:
        raise ConfigError(
            f"search '{search.name}' has not chosen a trial yet ({search.state}); name a model"
        )
    found: list[ModelRow] = family.models([reader.trial(search.chosen_trial_id).model_id])
    return found
