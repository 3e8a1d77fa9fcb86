"""The family tree: which model came from which, over all searches and imported model cards."""

from typing import Any

import streamlit as st

from evolve.ancestry.pedigree import Node
from evolve.store import ModelRow
from evolve.visible import visible
from ui import family, model_panel, queries, states, tree_exports, tree_table
from ui.charts.frame import CONFIG
from ui.charts.tree import BY, Look, crowds_of, tree_chart
from ui.formats import plain
from ui.palette import NAMES
from ui.queries import Store
from ui.tree import LIMITS, Fold, Tree, Wish, is_rest

_MODEL, _CHART, _UNFOLDED, _CROWDS, _VIEW = "model", "tree", "unfolded", "crowds", "view"
_VIEWS = {
    "ancestors": "Its ancestors",
    "descendants": "Its descendants",
    "family": "Its whole family",
    "all": "All models",
}
_MOST_FOLDS = 12


def page() -> None:
    st.title("Family tree", anchor=False)
    st.caption(
        "Which model came from which, across all searches and imported model cards: parents on "
        "the left, what was made of them to the right, a line as thick as the weight. Click a "
        "model for its recipe and scores, a folded one to unfold it."
    )
    store = queries.open_store()
    searches = store.reader.searches()
    if not searches and not store.reader.family.named():
        states.no_searches(queries.shown_url(store.url))
        return
    model = _selected(store)
    unfolded: dict[int, int] = st.session_state.setdefault(_UNFOLDED, {})
    by, view, folds = _controls(store, model)
    wish = Wish(None if model is None else model.id, view, dict(unfolded))
    tree = family.tree_of(store, searches, wish)
    with folds:
        _folds(tree)
    left, right = st.container(), None
    if model is not None:
        left, right = st.columns([2.3, 1], gap="medium")
    with left:
        _above(tree)
        look = Look(by, wish.selected, tree.near, 820 if right else 1180)
        figure = tree_chart(tree.shown, look)
        st.session_state[_CROWDS] = crowds_of(figure)
        st.plotly_chart(
            figure,
            config={**CONFIG, "scrollZoom": True},
            key=_CHART,
            on_select=_clicked,
            selection_mode="points",
        )
    if right is not None and model is not None:
        with right:
            model_panel.draw(store, model, tree.shown, _choose)
    _below(tree)


def _selected(store: Store) -> ModelRow | None:
    """The model that the address names."""
    wanted = st.query_params.get(_MODEL)
    if not wanted:
        return None
    found = family.selected(store, wanted)
    if found is None:
        st.warning(
            f"No model of this database has the digest {plain(wanted[:40])}.",
            icon=":material/link_off:",
        )
    return found


def _controls(store: Store, model: ModelRow | None) -> tuple[str, str, Any]:
    """(what colours mean, which models are shown, the place for what is folded)"""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find a model",
            key="find",
            placeholder="name, folder or digest",
            icon=":material/search:",
            width=260,
        ).strip()
        by = st.segmented_control(
            "Colour by", BY, default=BY[0], key="colour_by", help="A shape says what a model is."
        )
        view: str | None = "all"
        if model is not None:
            # What came from nothing has no ancestors to show.
            first = "ancestors" if family.has_parents(store, model.id) else "family"
            view = st.segmented_control(
                "Show",
                list(_VIEWS),
                default=first,
                key=f"{_VIEW}-{first}",
                format_func=_VIEWS.__getitem__,
            )
        folds = st.container(width="content")
    if text:
        _found(store, text)
    return by or BY[0], view or "all", folds


def _found(store: Store, text: str) -> None:
    """What has the text in its name."""
    found = {n.digest: n for n in family.find(store, text)}
    if not found:
        st.caption(f"No model has {plain(text[:60])} in its name, folder or digest.")
        return
    more = " or more" if len(found) == 500 else ""
    count = f"{len(found):,}{more} models" if len(found) != 1 else "1 model"
    st.selectbox(
        f"{count} found",
        list(found),
        index=None,
        key="found",
        placeholder="choose one",
        format_func=lambda digest: _named(found[digest]),
        on_change=_take_found,
    )


def _named(node: Node) -> str:
    words = [node.name, NAMES.get(node.role, node.role)]
    if node.search is not None and node.role not in ("base", "parent", "imported"):
        words.insert(1, node.search)
    return visible(" · ".join([*words, node.digest[:8]]))


def _take_found() -> None:
    digest = st.session_state.get("found")
    if digest:
        _choose(digest)


def _above(tree: Tree) -> None:
    """Cycles, in words."""
    rings = tree.shown.cycles()
    for ring in rings[:3]:
        names = [plain(tree.shown.nodes[i].name) for i in [*ring, ring[0]]]
        one = "lists itself as its parent" if len(ring) == 1 else "name each other as parents"
        st.caption(f":material/sync: A cycle: {' → '.join(names)} {one}.")
    if len(rings) > 3:
        st.caption(f"and {len(rings) - 3:,} more cycles.")


def _folds(tree: Tree) -> None:
    """What can be unfolded, and folded again."""
    if not tree.folds:
        return
    with st.popover("Unfold", icon=":material/unfold_more:"):
        for fold in tree.folds[:_MOST_FOLDS]:
            _unfold(fold)
        if len(tree.folds) > _MOST_FOLDS:
            st.caption(f"and {len(tree.folds) - _MOST_FOLDS:,} more; click them in the tree.")


def _unfold(fold: Fold) -> None:
    """How many of a folded node are shown, the best first."""
    key = f"unfold {fold.id}"
    st.session_state[key] = st.session_state[_UNFOLDED].get(fold.id, 0)
    some = [limit for limit in LIMITS if limit < fold.total]
    last = min([limit for limit in LIMITS if limit >= fold.total], default=0)
    options = [0, *some, *([last] if last else [])]
    if st.session_state[key] not in options:
        st.session_state[key] = options[-1]
    st.segmented_control(
        plain(f"{fold.total:,} {fold.name}"),
        options,
        key=key,
        format_func=lambda n: "folded" if n == 0 else "all" if n >= fold.total else f"best {n:,}",
        on_change=_set_unfolded,
        args=(fold.id, key),
    )


def _set_unfolded(fold_id: int, key: str) -> None:
    st.session_state[_UNFOLDED][fold_id] = st.session_state[key] or 0


def _clicked() -> None:
    """On a model, a folded node, one of a crowd, or beside them all."""
    points = st.session_state[_CHART]["selection"]["points"]
    meant = family.meant(queries.open_store(), points, st.session_state.get(_CROWDS, {}))
    if isinstance(meant, int) and is_rest(meant):
        for first in ("ancestors", "family"):
            st.session_state[f"{_VIEW}-{first}"] = "all"
    elif isinstance(meant, int):
        st.session_state.setdefault(_UNFOLDED, {})[meant] = LIMITS[0]
    else:
        _choose(meant)


def _choose(digest: str | None) -> None:
    """Keeps the selection in the address, so that it can be shared."""
    if digest is None:
        st.query_params.pop(_MODEL, None)
    else:
        st.query_params[_MODEL] = digest[:12]


def _below(tree: Tree) -> None:
    models = [n for n in tree.shown.nodes.values() if n.id > 0]
    tree_exports.draw(tree.shown)
    shown = "The model shown" if len(models) == 1 else f"The {len(models):,} models shown"
    with st.expander(shown, key="table", on_change="rerun") as table:
        if table.open:
            tree_table.draw(tree.shown)


page()
