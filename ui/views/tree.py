"""The family tree: which model came from which, over all searches."""

from dataclasses import replace

import streamlit as st

from evolve.lineage import generations
from evolve.visible import visible
from ui import queries, states, tables
from ui.palette import NAMES
from ui.tree import Family, folded, kept
from ui.tree_figure import tree_chart


def page() -> None:
    st.title("Family tree", anchor=False)
    st.caption(
        "Which model came from which, across all searches: parents on the left, their merges to "
        "the right, a line as thick as the weight. Point at a model or a line for more."
    )
    store = queries.open_store()
    family = queries.family(store)
    if not family.members:
        states.no_searches(queries.shown_url(store.url))
        return
    model_id, every = _controls(family)
    ids = kept(family, every=every, relatives_of=model_id)
    shown = replace(family, graph=folded(family, ids))
    st.plotly_chart(tree_chart(shown), config={"displayModeBar": False}, key="tree")
    hidden = len(kept(family, every=True, relatives_of=model_id)) - len(ids)
    if hidden:
        st.caption(f"{hidden} other candidates are folded away.")
    st.subheader("The models shown", anchor=False)
    st.dataframe(
        tables.models(shown, generations(shown.graph)),
        hide_index=True,
        placeholder="—",
        column_config={
            "search score": st.column_config.NumberColumn(format="%.3f"),
            "merged from": st.column_config.TextColumn(width="large"),
        },
    )


def _controls(family: Family) -> tuple[int | None, bool]:
    """(the model whose relatives are shown or None for all, are all candidates shown?)"""
    named = kept(family, every=False)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    model_id: int | None = left.selectbox(
        "Relatives of",
        sorted(named, key=lambda i: (family.members[i].role, family.members[i].model.name)),
        index=None,
        placeholder="all models",
        format_func=lambda i: _named(family, i),
        key="relatives",
    )
    every = right.toggle(
        "Show every candidate",
        key="every",
        help="also those that are neither chosen, exported nor the best of their search",
    )
    return model_id, every


def _named(family: Family, model_id: int) -> str:
    member = family.members[model_id]
    origin = f" · {member.search}" if member.search and member.model.kind == "candidate" else ""
    return visible(f"{member.model.name}{origin}") + f" · {NAMES.get(member.role, member.role)}"


page()
