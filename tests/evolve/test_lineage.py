"""The family tree: generations, cycles."""

from evolve.lineage import ancestry, family_tree, generations
from evolve.store import ModelRow


def model(number: int) -> ModelRow:
    return ModelRow(number, str(number), "candidate", f"m{number}", None, None)


EDGES = [(3, 1, "parent", 0.4), (3, 2, "parent", 0.6), (4, 3, "parent", 1.0), (4, 1, "base", None)]


def test_a_child_is_one_generation_after_its_latest_parent() -> None:
    tree = family_tree([model(n) for n in range(1, 6)], EDGES)
    assert generations(tree) == {1: 0, 2: 0, 3: 1, 4: 2, 5: 0}
    assert [m.id for m in ancestry(tree, 4)] == [1, 2, 3]
    assert tree.edges[2, 3] == {"role": "parent", "weight": 0.6}


def test_a_cycle_is_one_generation() -> None:
    tree = family_tree(
        [model(n) for n in (1, 2, 3)],
        [(1, 2, "parent", 1.0), (2, 1, "parent", 1.0), (3, 2, "parent", 1.0)],
    )
    found = generations(tree)
    assert found[1] == found[2] == 0
    assert found[3] == 1
