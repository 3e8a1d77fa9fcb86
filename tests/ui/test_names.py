"""Names that somebody made to be more than names are shown as text everywhere: on the pages, in
figures, on the terminal, in model cards.
"""

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
import yaml
from hypothesis import given
from hypothesis import strategies as hs
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from evolve.cli.printing import print_lines
from evolve.cli.tables import make_console, pairs_table
from evolve.cli.telling import closing
from evolve.export import model_card
from evolve.report import summary
from evolve.store import Reader, open_engine
from evolve.visible import visible
from search_spaces.recipe import parse_recipe
from tests.ui import conftest
from ui.commands import shown
from ui.formats import file_name, for_plotly, plain

APP = Path(__file__).parents[2] / "ui" / "app.py"
NASTY = (
    "<img src=x onerror=alert(1)> [red]r[/red] [l](javascript:alert(1)) ![i](http://e.vil/i) |c| "
    "`k` **b** _e_ ~~s~~ {{x}} %{y} $x^2$ :red[r] :smile: :material/bug: www.e.vil a@e.vil "
    "&lt;b&gt; \u202egnp.exe \x1b[31mesc \x1b]0;t\x07 \u200bz \u2066i \ud83d\ude00".encode(
        "utf-16", "surrogatepass"
    ).decode("utf-16")
    + " ---\n# head\n```\nend"
)
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
TAGS = {"<br>", "<b>", "</b>", "<extra>", "</extra>"}
HOLES = re.compile(r"%\{(x|y|z|text|hovertext|customdata(\[\d\])?)(:[^}]*)?\}")
OWN = re.compile(r"^:[a-z]+-badge\[:material/[a-z_]+: ")  # what st.badge puts before a state
TEXT = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ONLY_TEXT = {"text", "softbreak", "text_special", "code_inline"}
BLOCKS = {"paragraph", "heading", "inline", "bullet_list", "list_item", "fence", "table", "thead"}
BLOCKS |= {"tbody", "tr", "th", "td"}


@pytest.fixture(scope="module")
def nasty_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The filled store with nasty names of all that has one."""
    url = f"sqlite:///{tmp_path_factory.mktemp('nasty') / 'evolve.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conftest, "TASKS", (f"t1 {NASTY}", f"t2 {NASTY}"))
        patch.setattr(conftest, "OOM", f"reason {NASTY}")
        conftest.fill(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table, column in (("searches", "name"), ("searches", "holder"), ("trials", "name")):
            _prefix(connection, table, column)
        for column in ("name", "reference"):
            _prefix(connection, "models", column)
    engine.dispose()
    yield url
    st.cache_resource.clear()


def _prefix(connection: sa.Connection, table: str, column: str) -> None:
    rows = connection.execute(sa.text(f"select id, {column} from {table}")).all()
    for row, text in rows:
        values = {"text": f"{text} {NASTY}", "id": row}
        update = f"update {table} set {column} = :text where id = :id and {column} is not null"
        connection.execute(sa.text(update), values)


def pages(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, AppTest]]:
    monkeypatch.setenv("EVOLVE_STORE", url)
    engine = open_engine(url)
    digests = [s.digest for s in Reader(engine).searches()]
    engine.dispose()
    about_one = ("live", "recipe", "verdict", "trials", "export")
    wanted = [("searches", digests[0]), ("tree", digests[0])]
    wanted += [(page, digest) for page in about_one for digest in digests[:2]]
    for page, digest in wanted:
        app = AppTest.from_file(str(APP), default_timeout=60).run()
        app.query_params["search"] = digest
        app.switch_page(f"views/{page}.py").run()
        assert not app.exception
        yield f"{page} {digest[:6]}", app
        parts = ("Importance", "Slices", "Two genes", "Workers", "Failures")
        for part in parts * (page == "trials"):
            app.button_group(key="trial_part").set_value(part).run()
            assert not app.exception
            yield f"{page}, {part} {digest[:6]}", app
        for part in ("Task by task", "Item by item", "Who gave what") * (page == "recipe"):
            app.button_group(key="recipe_part").set_value(part).run()
            assert not app.exception
            yield f"{page}, {part} {digest[:6]}", app


def markdown_problems(text: str) -> list[str]:
    """What in it is more than text, to CommonMark and to Streamlit."""
    text = OWN.sub("", text)
    found = []
    for block in TEXT.parse(text):
        kind = block.type.removesuffix("_open").removesuffix("_close")
        if kind not in BLOCKS:
            found.append(block.type)
        inside = [c.type for c in block.children or ()]
        found += [kind for kind in inside if kind not in ONLY_TEXT]
    found += re.findall(r"(?<!\\)\$", text)
    found += re.findall(r":[a-z]+\[|:[\w/+-]+:|www\.|[\w]@[\w]", text)
    return found + HIDDEN.findall(text)


def figure_problems(text: str) -> list[str]:
    """What in a figure's text is more than text to Plotly."""
    tags = [tag for tag in re.findall(r"<[^>]*>?", text) if tag not in TAGS]
    return tags + re.findall(r"%\{|\$", HOLES.sub("", text)) + HIDDEN.findall(text)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def test_the_pages_show_nasty_names_as_text(
    nasty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = dict.fromkeys(("markdown", "figure", "cell", "option", "code"), 0)
    for page, app in pages(nasty_url, monkeypatch):
        kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning")
        for kind in (*kinds, "error", "success"):
            for element in app.get(kind):
                assert not markdown_problems(element.value), (page, kind, element.value)
                seen["markdown"] += "onerror" in element.value
        for box in app.expander:
            assert not markdown_problems(box.label), (page, box.label)
        for chart in app.get("plotly_chart"):
            for text in strings(json.loads(chart.proto.spec or chart.proto.figure.spec)):
                assert not figure_problems(text), (page, text)
                seen["figure"] += "onerror" in text
        for frame in app.dataframe:
            table = frame.value
            for text in [*map(str, table.columns), *strings(table.astype(str).values.tolist())]:
                assert not HIDDEN.search(text), (page, text)
                seen["cell"] += "onerror" in text
        for box in app.selectbox:
            for text in box.options:
                assert not HIDDEN.search(text), (page, text)
                seen["option"] += "onerror" in text
        for element in (*app.code, *app.text):
            assert not HIDDEN.search(element.value), (page, element.value)
            seen["code"] += "onerror" in element.value
    assert all(seen.values()), seen


@given(hs.text(max_size=60) | hs.text(alphabet=sorted(set(NASTY)), max_size=60))
def test_any_name_is_text_to_markdown_and_to_plotly(name: str) -> None:
    assert not markdown_problems(f"Recipe of {plain(name)}")
    assert not figure_problems(for_plotly(name))
    assert re.fullmatch(r"[\w-][\w.-]*", file_name(name))
    command = shown(name, 1, "./x", None).split("\nevolve merge")[0]
    assert shlex.split(command)[:3] == ["evolve", "export", name]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_the_terminal_is_told_nothing_by_names(
    nasty_url: str, stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    from evolve.cli.front_table import front_lines
    from evolve.cli.tables import (
        attribution_table,
        gains_table,
        report_table,
        searches_table,
    )

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "4000")
    engine = open_engine(nasty_url)
    reader = Reader(engine)
    found = [summary(reader, search) for search in reader.searches()]
    engine.dispose()
    out = stream()
    console = make_console(out)
    console.print(searches_table(found))
    for one in found:
        console.print(report_table(one))
        console.print(pairs_table(f"Search '{one['search']['name']}'", [(NASTY, NASTY)]))
        gains = gains_table(one)
        if gains is not None:
            console.print(gains)
        if one["front"] is not None:
            print_lines(console, front_lines(one))
        if one["attribution"] is not None:
            console.print(attribution_table(one["attribution"]["rows"]))
        print_lines(console, closing(one))
    text = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert not HIDDEN.search(text)
    assert "[red]r[/red]" in text
    assert ":smile:" in text
    assert "<img src=x onerror=alert(1)>" in text


def test_commands_print_names_as_text_and_json_whole(nasty_url: str) -> None:
    def said(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "evolve", *words, "--store", nasty_url],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert not HIDDEN.search(said("list"))
    found = json.loads(said("list", "--json"))
    assert all(NASTY in s["search"]["name"] for s in found["searches"])


def test_a_model_card_shows_nasty_names_as_text_and_nothing_ends_its_blocks_early(
    nasty_url: str,
) -> None:
    engine = open_engine(nasty_url)
    reader = Reader(engine)
    search = next(s for s in reader.searches() if s.chosen_trial_id is not None)
    trial = reader.trial(search.chosen_trial_id or 0)
    found = summary(reader, search)
    engine.dispose()
    path = f"/models/{NASTY}"
    recipe = parse_recipe(
        yaml.safe_dump(
            {
                "merge_method": "linear",
                "models": [
                    {"model": path, "parameters": {"weight": 1}},
                    {"model": f"{path}2", "parameters": {"weight": 2}},
                ],
                "chat_template": f"{{{{ x }}}}\n```\n\n<script>alert(1)</script>\n{NASTY}",
            }
        )
    )
    card = model_card(NASTY, recipe, licenses=["mit"], search=search, trial=trial, summary=found)
    _, front, body = re.split(r"^---$", card, maxsplit=2, flags=re.MULTILINE)
    assert set(yaml.safe_load(front)) <= {
        *("base_model", "base_model_relation", "library_name", "tags", "license")
    }
    assert not HIDDEN.search(body)
    blocks = TEXT.parse(body)
    assert {b.type.removesuffix("_open").removesuffix("_close") for b in blocks} <= BLOCKS
    inline = {c.type for b in blocks for c in b.children or ()}
    assert inline <= ONLY_TEXT
    fences = [b for b in blocks if b.type == "fence"]
    assert len(fences) == 1
    assert len(parse_recipe(fences[0].content).models) == 2
    assert "<script>" in fences[0].content
    heads = [b for b in blocks if b.type == "heading_open" and b.tag == "h1"]
    assert len(heads) == 1


def test_visible_keeps_all_other_text() -> None:
    for text in ("plain", "é ß 模型 موديل 😀 👩🏽‍🚀", "a\tb\nc", ""):
        assert visible(text) == text
    assert visible("a\u202eb\x1b[0m") == "a\ufffdb\ufffd[0m"
