"""The family tree: what is folded, where things are, and that nothing in a name is markup."""

import pytest

from evolve.lineage import family_tree, generations
from evolve.store import ModelRow, Reader
from ui import queries, tables
from ui.queries import Store
from ui.tree import Family, Member, folded, kept, positions
from ui.tree_figure import tree_chart


@pytest.fixture
def family(filled_url: str, reader: Reader) -> Family:
    return queries.family(Store(filled_url, None, reader))


def invented(count: int) -> Family:
    """A base, a parent and `count` candidates of both."""
    names = ["base", "<img src=x>", *(f"c{i}" for i in range(count))]
    kinds = ["base", "parent", *["candidate"] * count]
    models = [
        ModelRow(i, f"{i:032x}", kind, name, None, None)
        for i, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    edges = [(i, 0, "base", None) for i in range(2, count + 2)]
    edges += [(i, 1, "parent", -0.5) for i in range(2, count + 2)]
    members = {m.id: Member(m, m.kind, "s", m.id, None if m.id == 2 else 0.5) for m in models}
    return Family(family_tree(models, edges), members)


def by_name(family: Family, name: str) -> int:
    return next(i for i, m in family.members.items() if m.model.name == name)


def test_the_tree_shows_both_generations(family: Family) -> None:
    ids = kept(family, every=False)
    shown = generations(folded(family, ids))
    exported = by_name(family, "reasoning-merged")
    assert shown[exported] == 1
    grandchildren = set(family.graph.successors(exported)) & ids
    assert grandchildren
    assert all(shown[i] == 2 for i in grandchildren)


def test_folding_leaves_out_other_candidates_and_keeps_ancestors(family: Family) -> None:
    ids = kept(family, every=False)
    assert all(family.members[i].role != "candidate" for i in ids)
    assert all(set(family.graph.predecessors(i)) <= ids for i in ids)
    assert kept(family, every=True) == set(family.graph.nodes)


def test_relatives_of_a_parent_leave_out_merges_without_it(family: Family) -> None:
    exported = by_name(family, "reasoning-merged")
    ids = kept(family, every=True, relatives_of=exported)
    assert exported in ids
    night = [i for i in ids if family.members[i].search == "night"]
    assert all(family.members[i].model.kind != "candidate" for i in night)


def test_parents_stand_left_of_their_children(family: Family) -> None:
    places = positions(family.graph)
    assert all(places[p][0] < places[c][0] for p, c in family.graph.edges)
    assert len(set(places.values())) == len(places)


@pytest.mark.parametrize("count", [1, 30, 700])
def test_no_two_models_share_a_place(count: int) -> None:
    places = positions(invented(count).graph)
    assert len(set(places.values())) == count + 2


def test_an_edge_is_as_thick_as_its_weight(family: Family) -> None:
    shown = Family(folded(family, kept(family, every=False)), family.members)
    figure = tree_chart(shown)
    widths = {t.line.width for t in figure.data if t.mode == "lines"}
    assert len(widths) > 2
    names = {t.name for t in figure.data if t.mode and "markers" in t.mode}
    assert {"base", "parent", "chosen", "exported", "best search score"} <= names


def test_negative_weights_are_dashed_and_the_base_dotted() -> None:
    dashes = {t.line.dash for t in tree_chart(invented(3)).data if t.mode == "lines"}
    assert dashes == {"dash", "dot"}


def test_names_reach_the_chart_escaped() -> None:
    assert "<img" not in tree_chart(invented(3)).to_json().replace("\\u003c", "<")


def test_a_large_tree_is_drawn_without_labels_or_edge_points() -> None:
    figure = tree_chart(invented(700))
    candidates = next(t for t in figure.data if t.name == "candidate")
    assert candidates.mode == "markers"
    assert figure.layout.height <= 1100
    assert all(t.name is not None or t.mode == "lines" for t in figure.data)


def test_an_empty_tree_is_an_empty_chart() -> None:
    assert len(tree_chart(Family(family_tree([], []), {})).data) == 0


def test_the_table_says_what_a_model_was_merged_from(family: Family) -> None:
    exported = by_name(family, "reasoning-merged")
    frame = tables.models(family, {exported: 1})
    assert "maths" in frame["merged from"][0]
    assert "small-base (base)" in frame["merged from"][0]
