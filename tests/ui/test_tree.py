"""The family tree: what is shown and what is folded, and how it is drawn."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import streamlit as st

from evolve.ancestry.layout import places
from evolve.ancestry.pedigree import FOLDED, Edge, Node, Pedigree, generations
from evolve.store import Reader
from ui import family, tree_table
from ui.charts.kin import Kin, kin_chart
from ui.charts.tree import BY, Look, crowds_of, tree_chart
from ui.queries import Store
from ui.tree import MOST_NAMED, Known, Tree, Wish, grown, is_rest, search_fold

NASTY = "<img src=x> %{y} $x$ \u202e"


@pytest.fixture
def opened(filled_url: str, reader: Reader) -> Iterator[Store]:
    yield Store(filled_url, None, reader)
    st.cache_resource.clear()


def tree(store: Store, **wish: Any) -> Tree:
    return family.tree_of(store, store.reader.searches(), Wish(**wish))


def id_of(store: Store, name: str) -> int:
    return next(m.id for m in store.reader.family.named() if m.name == name)


def names(found: Tree) -> set[str]:
    return {n.name for n in found.shown.nodes.values()}


def crowd(count: int) -> Pedigree:
    """A base, a nasty parent, and `count` candidates of both."""
    nodes = {1: Node(1, "base", "base", license="mit"), 2: Node(2, NASTY, "parent")}
    nodes |= {
        i: Node(i, f"trial {i}", "candidate", search="s", search_id=7, trial=i, score=i / 1e4)
        for i in range(3, count + 3)
    }
    edges = [Edge(1, i, "base") for i in range(3, count + 3)]
    edges += [Edge(2, i, "parent", -0.5) for i in range(3, count + 3)]
    return Pedigree(nodes, tuple(edges))


def test_at_first_only_models_that_matter_are_shown_and_the_rest_is_counted(opened: Store) -> None:
    found = tree(opened)
    roles = {n.role for n in found.shown.nodes.values()}
    assert roles == {"base", "parent", "exported", "chosen", "best", FOLDED}
    assert found.near is None
    totals = {f.id: f.total for f in found.folds}
    for search in opened.reader.searches():
        fold = search_fold(search.id)
        shown = [n for n in found.shown.nodes.values() if n.search_id == search.id]
        merges = [n for n in shown if n.role not in ("base", "parent", FOLDED)]
        others = [t for t in opened.reader.trials(search.id) if t.origin not in ("base", "parent")]
        assert found.shown.nodes[fold].count + len(merges) == totals[fold] == len(others)


def test_both_generations_are_there_and_folds_stand_right_of_their_parents(opened: Store) -> None:
    shown = tree(opened).shown
    exported = id_of(opened, "reasoning-merged")
    assert shown.depths[exported] == 1
    children = {e.child for e in shown.edges if e.parent == exported}
    assert children
    assert all(shown.depths[child] == 2 for child in children)
    at = places(shown)
    assert all(at[e.parent][0] < at[e.child][0] for e in shown.edges)
    assert len(set(at.values())) == len(at)


def test_a_fold_opens_from_the_best_down(opened: Store) -> None:
    night = next(s for s in opened.reader.searches() if s.name == "night")
    fold = search_fold(night.id)
    before = tree(opened).shown.nodes[fold].count
    some = tree(opened, unfolded={fold: 5}).shown
    candidates = [n for n in some.nodes.values() if n.role == "candidate"]
    assert some.nodes[fold].count == before - len(candidates)
    best = sorted((t.fitness for t in opened.reader.trials(night.id) if t.fitness), reverse=True)
    assert {n.score for n in candidates} <= set(best[:6])
    whole = tree(opened, unfolded={fold: 10_000}).shown
    assert fold not in whole.nodes
    assert {e.parent for e in whole.edges if e.child == candidates[0].id}


def names_of_rest(found: Tree) -> set[str]:
    return {n.name for i, n in found.shown.nodes.items() if is_rest(i)}


def test_of_a_selected_model_ancestors_and_descendants_can_be_seen_alone(opened: Store) -> None:
    exported = id_of(opened, "reasoning-merged")
    up = tree(opened, selected=exported, view="ancestors")
    alone = names(up) - names_of_rest(up)
    assert alone == {"reasoning-merged", "maths", "code", "small-base"}
    down = tree(opened, selected=exported, view="descendants")
    assert "maths" not in names(down)
    again = next(s for s in opened.reader.searches() if s.name == "reasoning-again")
    others = {n.search_id for n in down.shown.nodes.values() if n.id != exported}
    assert others == {again.id}
    both = tree(opened, selected=exported, view="family")
    assert names(both) == alone | names(down)
    everything = tree(opened, selected=exported)
    assert everything.near is not None
    assert names(everything) == names(tree(opened))
    near = {everything.shown.nodes[i].name for i in everything.near & set(everything.shown.nodes)}
    assert near == names(both)


def test_what_is_not_an_ancestor_is_one_node_per_generation(opened: Store) -> None:
    exported = id_of(opened, "reasoning-merged")
    everything, up = (
        tree(opened, selected=exported),
        tree(opened, selected=exported, view="ancestors"),
    )
    rest = {i: n for i, n in up.shown.nodes.items() if is_rest(i)}
    kept = set(up.shown.nodes) - set(rest)
    assert up.near == kept
    others = {i: n for i, n in everything.shown.nodes.items() if i not in kept}
    assert sum(n.count for n in rest.values()) == sum(n.count for n in others.values())
    ends = [(e.parent, e.child) for e in everything.shown.edges]
    depth = generations(everything.shown.nodes, ends)
    assert len(rest) == len({depth[i] for i in others})
    assert {e.parent for e in up.shown.edges if e.child in rest} <= kept | set(rest)


def test_a_plain_candidate_can_be_selected(opened: Store) -> None:
    search = opened.reader.searches()[0]
    trial = next(t for t in opened.reader.trials(search.id) if t.state == "failed")
    found = tree(opened, selected=trial.model_id, view="ancestors")
    assert {n.role for n in found.shown.nodes.values()} >= {"base", "parent", "candidate"}


def test_of_very_many_models_generations_are_folded_and_ancestors_shown() -> None:
    count = MOST_NAMED + 100
    nodes = {i: Node(i, f"m{i:04}", "imported") for i in range(1, count)}
    edges = tuple(Edge(i, i + 3, "finetune") for i in range(1, count - 3))
    known = Known(nodes, edges, {}, {}, {})
    found = grown(known, Wish()).shown
    assert all(n.role == FOLDED for n in found.nodes.values())
    assert sum(n.count for n in found.nodes.values()) == len(nodes)
    assert all(found.depths[e.parent] < found.depths[e.child] for e in found.edges)
    last = count - 1
    up = frozenset(range(last - 3, 0, -3))
    mine = grown(known, Wish(last, ancestors=up)).shown
    assert {i for i in mine.nodes if i > 0} == {last, *up}
    first = next(iter(found.nodes))
    assert len(grown(known, Wish(unfolded={first: 10})).shown.nodes) >= len(found.nodes)
    alone = grown(known, Wish(last - 9, "descendants")).shown
    assert set(alone.nodes) == {last - 9, last - 6, last - 3, last}


def test_edges_of_what_is_folded_become_edges_of_the_fold() -> None:
    nodes = {1: Node(1, "p", "parent"), 9: Node(9, "chosen", "chosen", search_id=4)}
    edges = (Edge(5, 9, "parent", 0.7), Edge(1, 9, "parent", 0.3))
    known = Known(nodes, edges, {4: "bred"}, {4: 50}, {4: (1,)}, home={5: 4})
    found = grown(known, Wish())
    assert {(e.parent, e.child, e.weight) for e in found.shown.edges} == {
        (1, 9, 0.3),
        (search_fold(4), 9, None),
        (1, search_fold(4), None),
    }
    alone = grown(known, Wish(1, "descendants"))
    assert set(alone.shown.nodes) == {1, 9, search_fold(4)}


def test_a_click_means_a_model_a_fold_or_nothing(opened: Store) -> None:
    exported = id_of(opened, "reasoning-merged")
    digest = opened.reader.model(exported).digest  # type: ignore[union-attr]
    assert family.meant(opened, [{"customdata": f"m{exported}"}], {}) == digest
    assert family.meant(opened, [{"customdata": ["f-3"]}], {}) == -3
    search = opened.reader.searches()[0]
    trial = opened.reader.trials(search.id)[-1]
    point = {"customdata": trial.number, "curve_number": 2}
    model = opened.reader.model(trial.model_id)
    assert family.meant(opened, [point], {2: search.id}) == model.digest  # type: ignore[union-attr]
    assert family.meant(opened, [{"x": 1.0}], {}) is None
    assert family.meant(opened, [{"customdata": "m1"}], {}) is None
    assert family.meant(opened, [], {}) is None


def lines(figure: Any) -> list[Any]:
    return [t for t in figure.data if t.mode == "lines" and not t.name]


def test_an_edge_is_as_thick_as_its_weight(opened: Store) -> None:
    figure = tree_chart(tree(opened).shown)
    assert len({t.line.width for t in lines(figure)}) > 2
    known = {t.name for t in figure.data if t.mode and "markers" in t.mode}
    assert {"base", "parent", "chosen", "exported", "best search score"} <= known
    legend = [t.name for t in figure.data if t.showlegend is not False and t.name]
    assert len(legend) == len(set(legend))


def test_relations_differ_by_their_dash_and_cycles_by_their_colour() -> None:
    nodes = {i: Node(i, f"m{i}", "imported") for i in range(6)}
    roles = ("base", "finetune", "adapter", "quantized")
    edges = [Edge(0, i + 1, role) for i, role in enumerate(roles)]
    edges += [Edge(0, 5, "parent", -0.4), Edge(4, 5, "parent", 0.4)]
    plain = tree_chart(Pedigree(nodes, tuple(edges)))
    assert len({t.line.dash for t in lines(plain)}) == 6
    legend = {t.name for t in plain.data if t.mode == "lines" and t.name}
    assert legend >= {"from the base", "fine-tuned", "quantized", "negative weight"}
    ring = tree_chart(Pedigree(nodes, (*edges, Edge(5, 4, "merge"), Edge(3, 3, "merge"))))
    assert "cycle" in {t.name for t in ring.data}
    colours = {t.line.color for t in lines(ring)}
    assert len(colours) == 2


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("count", [3, 700])
def test_names_reach_the_chart_escaped(by: str, count: int) -> None:
    text = tree_chart(crowd(count), Look(by)).to_json().replace("\\u003c", "<")
    assert "<img" not in text
    assert "%{y}" not in text
    assert "\\u202e" not in text


def test_shapes_stay_whatever_colours_mean() -> None:
    shown = crowd(3)
    shapes = {
        by: {t.name: t.marker.symbol for t in tree_chart(shown, Look(by)).data if t.customdata}
        for by in BY
    }
    for by in ("licence", "search"):
        assert shapes[by] == shapes[BY[0]]
    scored = next(t for t in tree_chart(shown, Look("score")).data if t.name == "candidate")
    assert len(set(scored.marker.color)) == 3
    assert "mit" in {t.name for t in tree_chart(shown, Look("licence")).data}


def test_the_selected_model_has_a_ring_and_others_fade() -> None:
    shown = crowd(3)
    figure = tree_chart(shown, Look(selected=3, near=frozenset({1, 2, 3})))
    faded = next(t for t in figure.data if t.name == "candidate").marker.opacity
    assert tuple(faded) == (1.0, 0.25, 0.25)
    assert any(t.marker.size == 27 for t in figure.data)


def test_ten_thousand_models_are_few_bytes_and_no_svg() -> None:
    figure = tree_chart(crowd(10_000), Look("score"))
    points = [t for t in figure.data if t.name == "candidate" and t.showlegend is False]
    assert [t.type for t in points] == ["scattergl"]
    assert len(points[0].x) == 10_000
    assert list(crowds_of(figure).values()) == [7]
    assert np.array(points[0].marker.color)[:2] == pytest.approx([3e-4, 4e-4])
    assert len(figure.to_json()) < 300_000
    assert all(len(t.x) <= 3_000 for t in figure.data if t.type == "scatter")
    assert figure.layout.height <= 1000


def test_an_empty_tree_is_an_empty_chart() -> None:
    assert len(tree_chart(Pedigree({})).data) == 0


def test_the_table_says_what_a_model_was_made_from(opened: Store) -> None:
    frame = tree_table.models(tree(opened).shown)
    line = frame[frame["model"] == "reasoning-merged"].iloc[0]
    assert "maths" in line["made from"]
    assert "small-base (base)" in line["made from"]
    assert not frame["model"].str.contains("candidates").any()
    assert tree_table.models(Pedigree({})).empty


def test_a_model_stands_out_among_its_parents() -> None:
    rows = [
        Kin(NASTY, "chosen", {"t": 0.7, NASTY: 0.5}, mine=True),
        Kin("maths", "parent", {"t": 0.6}),
    ]
    figure = kin_chart(rows)
    assert list(figure.data[-1].x) == [0.7, 0.5]
    assert list(figure.data[0].x) == [0.6, None]
    assert figure.data[-1].marker.size > figure.data[0].marker.size
    assert "<img" not in json.dumps(figure.to_plotly_json(), default=str)
