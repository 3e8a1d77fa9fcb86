"""Pedigrees as pictures and graphs: every name is text, cycles break nothing."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest

from evolve.ancestry.graphml import as_graphml
from evolve.ancestry.layout import crossings, places
from evolve.ancestry.mermaid import as_mermaid
from evolve.ancestry.pedigree import Edge, Node, Pedigree, cycles, generations
from evolve.ancestry.section import as_section
from evolve.ancestry.svg import as_svg
from evolve.cli.lineage_export import export_family
from evolve.store import Reader, open_engine
from evolve.store.importing import Imported, import_models
from search_spaces.errors import ConfigError

NASTY = '</text><script>alert(1)</script> "q" & | [l](x) `k` ${y} #35; \u202e\x1b end\nnext'


def pedigree(*edges: Edge, count: int = 4, role: str = "parent") -> Pedigree:
    nodes = {i: Node(i, f"model {i}", role, f"{i:032x}") for i in range(count)}
    return Pedigree(nodes, edges, count - 1)


RING = pedigree(
    Edge(0, 1, "finetune"),
    Edge(1, 2, "merge"),
    Edge(2, 1, "merge"),
    Edge(3, 3, "finetune"),
    Edge(2, 3, "parent", -0.5),
)
MADE = Pedigree(
    {
        1: Node(1, "org/base", "base", "1" * 32, "org/base", "mit"),
        2: Node(2, NASTY, "imported", "2" * 32, NASTY, NASTY),
        3: Node(
            3, "trial 7", "chosen", "3" * 32, search="night", search_id=1, trial=7, score=0.61
        ),
    },
    (Edge(1, 3, "base"), Edge(2, 3, "parent", 0.75), Edge(1, 2, "finetune")),
    of=3,
)
WRITERS: list[Callable[[Pedigree], str]] = [as_svg, as_mermaid, as_graphml, as_section]


def test_a_child_is_one_generation_after_its_latest_parent_and_a_ring_is_one() -> None:
    assert generations(range(4), [(0, 1), (1, 2), (0, 2)]) == {0: 0, 1: 1, 2: 2, 3: 0}
    assert RING.depths == {0: 0, 1: 1, 2: 1, 3: 2}
    assert RING.cycles() == [[2, 1], [3]]
    assert cycles([(1, 2), (2, 3)]) == []


def test_parents_stand_left_of_their_children_and_nobody_on_anybody() -> None:
    chain = pedigree(*(Edge(i, i + 1, "parent", 1.0) for i in range(5)), count=6)
    at = places(chain)
    assert [at[i][0] for i in range(6)] == sorted({x for x, _ in at.values()})
    many = {i: Node(i, f"c{i}", "candidate", score=i / 900) for i in range(1, 900)}
    wide = Pedigree({0: Node(0, "base", "base"), **many}, tuple(Edge(0, i, "base") for i in many))
    at = places(wide)
    assert len(set(at.values())) == 900
    assert all(at[0][0] < at[i][0] for i in many)


def test_sweeps_take_crossings_out() -> None:
    # Four pairs whose names are in the opposite order to their parents'.
    nodes = {i: Node(i, f"{9 - i if i > 3 else i}", "parent") for i in range(8)}
    shown = Pedigree(nodes, tuple(Edge(i, i + 4, "parent", 1.0) for i in range(4)))
    at = places(shown)
    column = [sorted(ids, key=lambda i: -at[i][1]) for ids in (range(4), range(4, 8))]
    assert crossings(column, {i: [i + 4] for i in range(4)}) == 0


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("shown", [RING, MADE, Pedigree({})])
def test_every_format_writes_every_tree(write: Callable[[Pedigree], str], shown: Pedigree) -> None:
    assert write(shown).endswith("\n") or write is as_graphml
    assert not re.search(r"(?<!\\)<script", write(shown))
    assert "\u202e" not in write(shown)


def test_the_picture_is_xml_with_every_name_and_weight_and_runs_nothing() -> None:
    root = ElementTree.fromstring(as_svg(MADE))  # noqa: S314 - our own
    words = " ".join(root.itertext())
    assert "trial 7 of night" in words
    assert "0.75" in words
    assert "<script>alert(1)</script>" in words
    assert {tag.tag.rpartition("}")[2] for tag in root.iter()} <= {
        *("svg", "title", "style", "rect", "path", "text", "g", "circle", "polygon")
    }
    style = as_svg(MADE)
    assert "prefers-color-scheme: dark" in style
    thick = [
        float(w) for w in re.findall(r'<path class="edge"[^>]*stroke-width="([\d.]+)"', style)
    ]
    assert len(set(thick)) > 1
    assert "stroke-dasharray" in style
    assert 'class="edge ring"' in as_svg(RING)


def test_mermaid_labels_hold_no_syntax() -> None:
    for line in as_mermaid(MADE).splitlines()[1:-1]:
        labels = re.findall(r'"([^"]*)"', line)
        assert len(labels) == 1
        inside = re.sub(r"<br>|</?i>", "", labels[0])
        assert re.fullmatch(r"(?:[\w .,\-/…\ufffd]|#\d+;)*", inside), inside
        left = line.replace(labels[0], "")
        assert re.fullmatch(r'  m\d[\[({]+""[\])}]+|  m\d (?:-\.->|==>|-->)\|""\| m\d', left), left
    assert as_mermaid(MADE).startswith("flowchart LR\n")
    assert '|"0.75"|' in as_mermaid(MADE)


def test_graphml_is_read_back_whole() -> None:
    graph = nx.read_graphml(io.BytesIO(as_graphml(MADE).encode()))
    known = {"name": "trial 7", "kind": "chosen", "digest": "3" * 32, "search": "night"}
    assert graph.nodes["3"] == known | {"trial": 7, "score": 0.61, "generation": 2, "models": 1}
    assert graph.edges["2", "3"] == {"role": "parent", "weight": 0.75}
    assert graph.edges["1", "3"] == {"role": "base"}
    assert "<script>" in graph.nodes["2"]["name"]


def test_the_section_of_a_card_is_a_table_and_a_diagram() -> None:
    from markdown_it import MarkdownIt

    blocks = MarkdownIt("commonmark").enable("table").parse(as_section(MADE))
    rows = [b for b in blocks if b.type == "tr_open"]
    assert len(rows) == 4
    fences = [b for b in blocks if b.type == "fence"]
    assert [f.info for f in fences] == ["mermaid"]
    inline = {c.type for b in blocks for c in b.children or ()}
    assert inline <= {"text", "text_special", "link_open", "link_close", "softbreak"}
    assert "[org/base](https://huggingface.co/org/base)" in as_section(MADE)
    assert "name each other as parents" in as_section(RING)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = f"sqlite:///{tmp_path_factory.mktemp('tree')}/evolve.db"
    engine = open_engine(found)
    chain = [
        Imported(f"org/m{i}", f"org/m{i}", {f"org/m{i + 1}": ("finetune", None)}) for i in range(4)
    ]
    import_models(engine, [*chain, Imported("org/m4", "org/m4", {"org/m4": ("merge", None)})])
    engine.dispose()
    return found


@pytest.mark.parametrize("ending", ["svg", "mmd", "graphml", "md"])
def test_a_model_is_written_with_its_ancestors(url: str, ending: str, tmp_path: Path) -> None:
    to = tmp_path / "new" / f"f.{ending}"
    found = export_family("org/m1", to, url)
    assert (found["models"], found["edges"]) == (4, 4)
    assert found["cycles"] == [["org/m4"]]
    assert "org/m0" not in to.read_text().replace("#47;", "/")
    assert "m4" in to.read_text()


def test_descendants_and_generations_limit_what_is_written(url: str, tmp_path: Path) -> None:
    def count(**how: object) -> int:
        return int(export_family("org/m2", tmp_path / "f.svg", url, **how)["models"])  # type: ignore[arg-type]

    assert count() == 3
    assert count(generations=1) == 2
    assert count(descendants=True) == 3
    assert count(descendants=True, generations=1) == 2
    assert export_family(None, tmp_path / "f.svg", url)["models"] == 5


def test_a_model_is_found_by_digest_and_what_is_wrong_is_said(url: str, tmp_path: Path) -> None:
    engine = open_engine(url)
    digest = next(m.digest for m in Reader(engine).models() if m.name == "org/m3")
    engine.dispose()
    assert export_family(digest[:10], tmp_path / "f.md", url)["models"] == 2
    with pytest.raises(ConfigError, match="is no model"):
        export_family("org/nobody", tmp_path / "f.md", url)
    with pytest.raises(ConfigError, match="ends in"):
        export_family("org/m1", tmp_path / "f.png", url)
    with pytest.raises(ConfigError, match="name the model"):
        export_family(None, tmp_path / "f.md", url, generations=2)


def test_the_command_line_writes_a_file(url: str, tmp_path: Path) -> None:
    words = ["lineage", "export", "org/m1", "--to", str(tmp_path / "f.svg"), "--store", url]
    done = subprocess.run(
        [sys.executable, "-m", "evolve", *words, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["models"] == 4
    assert (tmp_path / "f.svg").read_text().startswith("<svg")
