"""Beside the family tree: one model, what it is, what it was made from, and how it scores."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import streamlit as st

from evolve.ancestry.pedigree import Edge, Node, Pedigree
from evolve.ancestry.words import relation
from evolve.pedigrees import node, role_of
from evolve.store import ModelRow
from evolve.visible import visible
from search_spaces.errors import RecipeError
from search_spaces.model_names import hub_model
from search_spaces.recipe import as_yaml
from ui.charts.frame import CONFIG
from ui.charts.kin import Kin, kin_chart
from ui.formats import plain, score, shortened
from ui.palette import NAMES
from ui.queries import Store

_MOST_PARENTS = 12


def draw(
    store: Store, model: ModelRow, shown: Pedigree, choose: Callable[[str | None], None]
) -> None:
    """choose: takes the digest of another model to look at; None for none."""
    family = store.reader.family
    trial = family.trials_of([model.id]).get(model.id)
    chosen = family.chosen()
    known = shown.nodes.get(model.id) or node(
        model, chosen.get(model.id, trial), family.search_names(), role_of(model, chosen)
    )
    with st.container(border=True):
        left, right = st.columns([5, 1], vertical_alignment="top")
        left.subheader(plain(shortened(model.name, 60)), anchor=False)
        right.button(
            "",
            icon=":material/close:",
            type="tertiary",
            key="close_panel",
            help="Look at no model",
            on_click=choose,
            args=(None,),
        )
        _about(known, model)
        _links(store, known)
        _parents(store, model, choose)
        _scores(store, model, known)
        _recipe(store, model, known)


def _about(known: Node, model: ModelRow) -> None:
    lines = [f"**{NAMES.get(known.role, known.role)}**"]
    if known.search is not None:
        lines[0] += f" · trial {known.trial} of {plain(known.search)}"
        lines.append(f"Search score {score(known.score)}")
    lines.append(f"Licence {plain(model.license)}" if model.license else "Licence not known")
    st.markdown("  \n".join(lines))
    found = (
        None
        if (model.reference or "/").startswith(("/", "."))
        else hub_model(model.reference or "")
    )
    if found is not None:
        st.link_button(
            f"{visible(found.repo)} on the hub".replace("_", r"\_"),
            f"https://huggingface.co/{found.repo}",
            icon=":material/open_in_new:",
            type="tertiary",
        )
    elif model.reference is not None:
        st.code(visible(model.reference), language=None, wrap_lines=True)
    st.caption(f"Digest {model.digest}")


def _links(store: Store, known: Node) -> None:
    search = None if known.search_id is None else store.reader.search_by_id(known.search_id)
    if search is None:
        return
    address = {"search": search.digest}
    with st.container(horizontal=True):
        st.page_link(
            "views/recipe.py",
            label="Recipe",
            icon=":material/tune:",
            query_params={**address, "trial": str(known.trial)},
        )
        st.page_link(
            "views/verdict.py", label="Verdict", icon=":material/gavel:", query_params=address
        )


def _parents(store: Store, model: ModelRow, choose: Callable[[str | None], None]) -> None:
    """What it was made from, the heaviest first; each a way to look at that model."""
    family = store.reader.family
    edges = _edges_into(store, model)
    if not edges:
        st.caption("What it was made from is not known.")
        return
    models = {m.id: m for m in family.models(e.parent for e in edges)}
    st.caption("Made from")
    with st.container(gap=None):
        for edge in edges[:_MOST_PARENTS]:
            parent = models[edge.parent]
            st.button(
                f"{plain(relation(edge))} · {plain(shortened(parent.name, 34))}",
                key=f"parent {parent.id}",
                type="tertiary",
                on_click=choose,
                args=(parent.digest,),
            )
    if len(edges) > _MOST_PARENTS:
        st.caption(f"and {len(edges) - _MOST_PARENTS:,} more")


def _scores(store: Store, model: ModelRow, known: Node) -> None:
    """Per task against its parents, on report items where it was scored on them."""
    rows, split = _kin(store, model, known)
    if not rows:
        st.caption("It has no scores in a search.")
        return
    what = "report items" if split == "report" else "search items"
    st.caption(f"Mean per task on {what}, and its parents'")
    st.plotly_chart(kin_chart(rows), config=CONFIG, key="kin")


def _kin(store: Store, model: ModelRow, known: Node) -> tuple[list[Kin], str]:
    if known.search_id is None or known.trial is None:
        return [], ""
    reader, family = store.reader, store.reader.family
    search = reader.search_by_id(known.search_id)
    parents = [e.parent for e in _edges_into(store, model)][:6]
    numbers = family.trial_numbers(search.id, parents) | {model.id: known.trial}
    trials = {t.number: t for t in reader.numbered_all(search.id, sorted(numbers.values()))}
    ids = {i: trials[n].id for i, n in numbers.items() if n in trials}
    for split in ("report", "search"):
        means = reader.means_of(list(ids.values()), split)
        if model.id not in ids or ids[model.id] not in means:
            continue
        names = {m.id: m for m in family.models(ids)}
        order = [model.id, *(p for p in parents if p in ids)]
        rows = []
        for i in dict.fromkeys(order):
            found = means.get(ids[i], {})
            values = {
                g.task: found[g.task, g.metric]
                for g in search.goals
                if (g.task, g.metric) in found
            }
            role = known.role if i == model.id else role_of(names[i])
            if values:
                rows.append(Kin(names[i].name, role, values, i == model.id))
        return rows, split
    return [], ""


def _edges_into(store: Store, model: ModelRow) -> list[Edge]:
    """The edges into a model, the heaviest first."""
    found = store.reader.family.edges_into([model.id])
    edges = [Edge(p, c, role, weight) for c, p, role, weight in found]
    return sorted(edges, key=lambda e: -abs(e.weight or 0.0))


def _recipe(store: Store, model: ModelRow, known: Node) -> None:
    """The YAML, with a button that copies it."""
    text: Any = None
    if model.kind == "candidate" and known.search_id is not None and known.trial is not None:
        trial = store.reader.numbered(known.search_id, known.trial)
        text = None if trial is None else trial.recipe
    else:
        whole = store.reader.family.whole(model.id)
        text = None if whole is None else whole.recipe
    if not text:
        return
    with suppress(RecipeError):  # of a method that Evolve does not know: as its author wrote it
        text = as_yaml(text)
    with st.expander("Recipe", icon=":material/description:"):
        st.code(visible(text), language="yaml", height=320)
