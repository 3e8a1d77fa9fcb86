"""What the page of the family tree reads: what is always shown is kept for a few seconds, what a
visitor asks for is read for him.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import streamlit as st

from evolve.ancestry.pedigree import Edge, Node
from evolve.pedigrees import MOST, node, role_of
from evolve.store import ModelRow, SearchRow
from evolve.store.family import Edge as StoredEdge
from evolve.store.family import FamilyReader, Scored
from ui.queries import Store
from ui.tree import Known, Tree, Wish, grown, search_fold

_KEPT_S = 10.0
_FEW = 1_000


@dataclass(frozen=True)
class Part:
    """Of a search: how many trials of candidates, its base and parents, and its best trial."""

    count: int
    parents: tuple[int, ...]
    best: tuple[int, Scored] | None


def tree_of(store: Store, searches: list[SearchRow], wish: Wish) -> Tree:
    """What a visitor sees of the family tree."""
    stamp = tuple((s.id, s.updated_at) for s in searches)
    known = _known((store.url, store.identity, stamp), store, searches)
    family = store.reader.family
    for search in searches:
        limit = wish.unfolded.get(search_fold(search.id), 0)
        if limit:
            key = (store.url, store.identity, search.id, search.updated_at, limit)
            known = _joined(known, *_unfolded(key, family, search.name))
    if wish.selected is not None:
        up = frozenset(family.ancestors([wish.selected], MOST))
        wish = replace(wish, ancestors=up, descendants=_bred_from(family, known, wish))
    return grown(_with(known, family, wish.ids()), wish)


def _bred_from(family: FamilyReader, known: Known, wish: Wish) -> frozenset[int]:
    """Candidates that were bred from the selected one. What came from a checkpoint is known by the
    searches that merged it, and so needs not be read.
    """
    model = known.nodes.get(wish.selected or 0)
    if wish.view not in ("descendants", "family") or wish.selected is None:
        return frozenset()
    if model is not None and model.role in ("base", "parent", "imported"):
        return frozenset()
    if model is None or model.role != "exported":
        return frozenset(family.descendants([wish.selected], MOST))
    children = family.trials_of(family.children_of(wish.selected, _FEW))
    bred = [i for i, trial in children.items() if trial.search_id == model.search_id]
    return frozenset([*bred, *family.descendants(bred, _FEW)]) if bred else frozenset()


def has_parents(store: Store, model_id: int) -> bool:
    """Is it known what the model came from?"""
    return bool(set(store.reader.family.ancestors([model_id], _FEW)) - {model_id})


def find(store: Store, text: str, limit: int = 500) -> list[Node]:
    """Models by name, folder, or the beginning of the digest."""
    family = store.reader.family
    found = family.find(text, limit)
    trials, names = family.trials_of(m.id for m in found), family.search_names()
    chosen = family.chosen()
    return [node(m, trials.get(m.id), names, role_of(m, chosen)) for m in found]


def selected(store: Store, digest: str) -> ModelRow | None:
    """The model whose digest begins so, if it is one."""
    found = store.reader.family.of_digest(digest.lower())
    return found[0] if len(found) == 1 else None


def meant(
    store: Store, points: Sequence[Mapping[str, Any]], crowds: Mapping[int, int]
) -> int | str | None:
    """What a click in the chart is on: the id of a folded node, the digest of a model, or None.

    points: of Streamlit's selection; crowds: `ui.charts.tree.crowds_of` the chart.
    """
    if not points:
        return None
    data, search = points[0].get("customdata"), crowds.get(points[0].get("curve_number", -1))
    data = data[0] if isinstance(data, list) and data else data
    if isinstance(data, str) and data[:1] == "f":
        return int(data[1:])
    if isinstance(data, str) and data[:1] == "m":
        model = store.reader.model(int(data[1:]))
    elif isinstance(data, int | float) and search is not None:
        trial = store.reader.numbered(search, int(data))
        model = None if trial is None else store.reader.model(trial.model_id)
    else:
        return None
    return None if model is None else model.digest


def _with(known: Known, family: FamilyReader, ids: set[int]) -> Known:
    """With further models."""
    new = ids - set(known.nodes)
    if not new:
        return known
    trials = family.trials_of(new)
    return _joined(known, *_read(family, new, trials, known.searches))


def _read(
    family: FamilyReader, ids: Iterable[int], trials: dict[int, Scored], names: dict[int, str]
) -> tuple[dict[int, Node], tuple[Edge, ...]]:
    nodes = {m.id: node(m, trials.get(m.id), names, role_of(m)) for m in family.models(ids)}
    return nodes, _edges(family.edges_into(ids))


def _joined(known: Known, nodes: dict[int, Node], edges: tuple[Edge, ...]) -> Known:
    """Models that are known already stay as they are."""
    new = tuple(e for e in edges if e.child not in known.nodes)
    return replace(known, nodes=nodes | known.nodes, edges=(*known.edges, *new))


@st.cache_resource(show_spinner=False, max_entries=8)
def _unfolded(
    key: tuple[str, tuple[int, int] | None, int, datetime, int], _family: FamilyReader, _name: str
) -> tuple[dict[int, Node], tuple[Edge, ...]]:
    """The best so many candidates of a search."""
    search_id, limit = key[2], key[4]
    best = dict(_family.best_of(search_id, limit))
    return _read(_family, list(best), best, {search_id: _name})


# The key holds `updated_at` of all searches; imports are seen when this has grown old.
@st.cache_resource(show_spinner=False, max_entries=4, ttl=_KEPT_S)
def _known(
    key: tuple[str, tuple[int, int] | None, tuple[tuple[int, datetime], ...]],
    _store: Store,
    _searches: list[SearchRow],
) -> Known:
    family = _store.reader.family
    parts = {
        s.id: _part((_store.url, _store.identity, s.id, s.updated_at), family) for s in _searches
    }
    chosen = family.chosen()
    best = dict(part.best for part in parts.values() if part.best is not None)
    models = {m.id: m for m in family.named()}
    models |= {m.id: m for m in family.models({*chosen, *best} - set(models))}
    trials = family.trials_of(models) | best | chosen
    names = {s.id: s.name for s in _searches}
    edges = _edges(family.edges_into(models))
    hidden = {e.parent for e in edges} - set(models)
    roles = {i: role_of(m, chosen, best) for i, m in models.items()}
    return Known(
        nodes={i: node(m, trials.get(i), names, roles[i]) for i, m in models.items()},
        edges=edges,
        searches=names,
        counts={i: part.count for i, part in parts.items()},
        parents={i: part.parents for i, part in parts.items()},
        home={m: t.search_id for m, t in family.trials_of(hidden).items()},
    )


@st.cache_resource(show_spinner=False, max_entries=512)
def _part(key: tuple[str, tuple[int, int] | None, int, datetime], _family: FamilyReader) -> Part:
    search_id = key[2]
    parents = tuple(_family.parents_of(search_id))
    return Part(_family.count_of(search_id), parents, _family.best_trial(search_id))


def _edges(found: list[StoredEdge]) -> tuple[Edge, ...]:
    return tuple(Edge(parent, child, role, weight) for child, parent, role, weight in found)
