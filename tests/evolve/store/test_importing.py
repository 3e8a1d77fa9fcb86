"""Models that files name, into the family tree: once each, all or none, on both databases."""

import pytest
import sqlalchemy as sa

from evolve.store import Ledger, Reader
from evolve.store.importing import Imported, import_models, settle


def edges(engine: sa.Engine) -> set[tuple[str, str, str, float | None]]:
    """(child, parent, role, weight) by name."""
    reader = Reader(engine)
    names = {m.id: m.name for m in reader.models()}
    return {(names[c], names[p], role, weight) for c, p, role, weight in reader.edges()}


def searched(engine: sa.Engine, digest: str, reference: str, name: str = "maths") -> int:
    """A model of a search, as a driver adds it."""
    ledger = Ledger.open(
        engine, digest="5" * 32, name="s", config={}, genes=[], goals=[], holder="h:1"
    )
    found = ledger.add_model(kind="parent", name=name, digest=digest, reference=reference)
    ledger.close()
    return found


CHILD = Imported("child", "org/child", {"org/a": ("parent", 0.5), "org/b": ("base", None)})


def test_what_is_imported_twice_is_there_once(engine: sa.Engine) -> None:
    first = import_models(engine, [CHILD])
    assert (len(first.new), first.new_edges) == (3, 2)
    before = (Reader(engine).models(), edges(engine))
    second = import_models(engine, [CHILD])
    assert (second.new, second.new_edges, second.known_edges) == ([], 0, 2)
    assert (Reader(engine).models(), edges(engine)) == before
    assert {m.kind for m in before[0]} == {"imported"}


def test_a_dry_run_says_the_same_and_writes_nothing(engine: sa.Engine) -> None:
    report = import_models(engine, [CHILD], dry=True)
    assert (len(report.new), report.new_edges) == (3, 2)
    assert Reader(engine).models() == []


def test_cycles_and_models_that_list_themselves_are_kept(engine: sa.Engine) -> None:
    ring = [
        Imported("org/a", "org/a", {"org/b": ("finetune", None)}),
        Imported("org/b", "org/b", {"org/a": ("finetune", None), "org/b": ("merge", None)}),
    ]
    import_models(engine, ring)
    reader = Reader(engine)
    assert len(edges(engine)) == 3
    ids = {m.name: m.id for m in reader.models()}
    assert set(reader.family.ancestors([ids["org/a"]])) == set(ids.values())
    assert set(reader.family.descendants([ids["org/a"]])) == set(ids.values())


def test_a_name_becomes_one_with_its_files(engine: sa.Engine) -> None:
    import_models(engine, [CHILD])
    whole = Imported("a", "org/a", {"org/root": ("finetune", None)}, digest="a" * 32)
    import_models(engine, [whole])
    reader = Reader(engine)
    assert edges(engine) == {
        ("child", "a", "parent", 0.5),
        ("child", "org/b", "base", None),
        ("a", "org/root", "finetune", None),
    }
    assert len(reader.models()) == 4
    assert [m.name for m in reader.models() if m.digest == "a" * 32] == ["a"]


@pytest.mark.parametrize("reference", ["org/a", "org/a@main", "org/a@" + "f" * 40])
def test_a_name_is_the_model_of_a_search_by_that_name(engine: sa.Engine, reference: str) -> None:
    parent = searched(engine, "a" * 32, reference)
    import_models(engine, [CHILD])
    assert ("child", "maths", "parent", 0.5) in edges(engine)
    assert len(Reader(engine).models()) == 3
    assert next(m for m in Reader(engine).models() if m.id == parent).kind == "parent"


def test_a_search_that_comes_later_takes_the_edges_of_the_name(engine: sa.Engine) -> None:
    import_models(engine, [CHILD, Imported("org/a", "org/a", {"org/root": ("finetune", None)})])
    parent = searched(engine, "a" * 32, "org/a@main")
    assert len(Reader(engine).models()) == 5
    settle(engine, {parent: "mit"})
    reader = Reader(engine)
    assert edges(engine) == {
        ("child", "maths", "parent", 0.5),
        ("child", "org/b", "base", None),
        ("maths", "org/root", "finetune", None),
    }
    assert {m.name: m.license for m in reader.models()}["maths"] == "mit"
    settle(engine, {parent: "apache-2.0"})
    assert reader.model(parent).license == "mit"  # type: ignore[union-attr]
    assert import_models(engine, [CHILD]).new == []
    assert len(reader.models()) == 4


def test_an_adapter_is_the_pair_that_a_search_merged(engine: sa.Engine) -> None:
    searched(engine, "a" * 32, "org/base@main+org/lora@main", "tuned")
    import_models(engine, [Imported("org/lora", "org/lora", {"org/base": ("adapter", None)})])
    assert edges(engine) == {("tuned", "org/base", "adapter", None)}


def test_two_revisions_of_searches_stay_two_models(engine: sa.Engine) -> None:
    searched(engine, "a" * 32, "org/a@one", "old")
    searched(engine, "b" * 32, "org/a@two", "new")
    import_models(engine, [CHILD])
    assert {m.name for m in Reader(engine).models()} == {"old", "new", "child", "org/b"}


def test_a_mergekit_file_wins_over_what_a_card_said_before(engine: sa.Engine) -> None:
    by_card = Imported("org/m", "org/m", {"org/a": ("merge", None)})
    by_file = Imported("org/m", "org/m", {"org/a": ("parent", 0.3)})
    for one_ in (by_card, by_file, by_card):
        import_models(engine, [one_])
    assert edges(engine) == {("org/m", "org/a", "parent", 0.3)}


def test_texts_that_no_database_takes_are_kept_as_far_as_they_can_be(engine: sa.Engine) -> None:
    text = "a\x00b\ud800" + "x" * 300
    nasty = Imported(text, text, {text + "!": ("merge", None)}, license=text, recipe=text)
    import_models(engine, [nasty])
    assert len(import_models(engine, [nasty]).new) == 0
    assert len(Reader(engine).models()) == 2


def test_nothing_is_half_written(engine: sa.Engine) -> None:
    broken = Imported("z", "org/z", {"org/y": ("r" * 17, None)})
    if engine.dialect.name == "sqlite":
        broken = Imported("z", "org/z", {"org/y": (["r"], None)})  # type: ignore[dict-item]
    with pytest.raises(sa.exc.DBAPIError):
        import_models(engine, [CHILD, broken])
    assert Reader(engine).models() == []


def test_models_are_found_by_name_folder_and_digest_and_nothing_is_a_wildcard(
    engine: sa.Engine,
) -> None:
    names = ["org/Maths_7B", "org/maths-13b", "org/100%", "org/other"]
    import_models(engine, [Imported(name, name) for name in names])
    family = Reader(engine).family

    def found(text: str) -> set[str]:
        return {m.name for m in family.find(text)}

    assert found("MATHS") == {"org/Maths_7B", "org/maths-13b"}
    assert found("s_7") == {"org/Maths_7B"}
    assert found("%") == {"org/100%"}
    assert found("\\") == set()
    assert len(family.find("org", limit=2)) == 2
    digest = next(m.digest for m in family.named() if m.name == "org/other")
    assert found(digest[:8].upper()) == {"org/other"}
    assert [m.name for m in family.of_digest(digest)] == ["org/other"]
    assert family.of_digest("zz%") == family.of_digest("") == []
