"""The report as one file: what it says, that nothing in it is markup of others or asks a network,
and that it is written whole or not at all.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evolve.cli.app import app
from evolve.store import Reader, open_engine
from search_spaces.errors import ConfigError
from tests.ui.test_names import HIDDEN, figure_problems, nasty_url, strings
from ui import html_report
from ui.html_report import Found
from ui.html_report.sections import SECTIONS

__all__ = ["nasty_url"]  # a fixture
_OWN = (
    "html head meta link title style body header p h1 h2 h3 span div nav ol ul li a main section "
)
_OWN += "script dl dt dd table thead tbody tr th td figure pre code details summary"
TAGS = set(re.findall(r"\w+", _OWN))
HOLE = re.compile(r"%\{customdata(:[^}]*)?\}")
FINISHED = [
    *("Verdict", "In numbers", "On report items", "What the chosen recipe gains"),
    *("What each parent and gene gave it", "The search, trial by trial", "Why trials failed"),
    *(
        "Contamination",
        "The recipe",
        "Layer by layer",
        "To make the model again",
        "How it was searched",
    ),
    *("Tasks, items and seeds", "Time and cost", "Workers", "Versions"),
]


class Seen(HTMLParser):
    """Elements, attributes and text of a page, and what its scripts and styles hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.held: list[tuple[str, str]] = []
        self.words = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.held.append((self._inside, data))
        else:
            self.words += data

    def titles(self, page: str) -> list[str]:
        return re.findall(r"<h2>(.*?)</h2>", page)


def found_of(url: str, name: str) -> Found:
    engine = open_engine(url, create=False)
    reader = Reader(engine)
    search = next(s for s in reader.searches() if s.name.split(" ")[0] == name)
    found = html_report.read(reader, search)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def finished(filled_url: str) -> Found:
    return found_of(filled_url, "reasoning")


def charts(seen: Seen) -> list[dict[str, object]]:
    """What page.js draws."""
    found: list[dict[str, object]] = json.loads(next(data for _, data in seen.held[1:2]))
    return found


def test_a_finished_search_says_all_there_is(finished: Found) -> None:
    page = html_report.page(finished)
    seen = Seen(page)
    assert seen.titles(page) == FINISHED
    for words in (
        "answers about",
        "What to do with it",
        "Overfitting: ",
        "that hold for all 6 comparisons",
        "not scored: 5 others went first",
        "merge_method: task_arithmetic",
        "evolve export",
        "mergekit-yaml",
        "Every random draw comes from seed 1.",
        "the merged model gives NaN",
        "/models/small-maths",
        "layer_groups: 2",
    ):
        assert words in seen.words, words
    assert "still running" not in seen.words
    assert len(charts(seen)) == seen.tags.count("figure") >= 5
    assert page.count('<th scope="row">') > 20
    assert len(page.encode()) < 8e6


def test_a_running_search_says_as_of_when(filled_url: str) -> None:
    found = found_of(filled_url, "night")
    page = html_report.page(found)
    titles = Seen(page).titles(page)
    assert f"As of {found.made_at:%H:%M} UTC. It is still running" in page
    assert "There is no verdict yet." in page
    assert {"What the recipes have to beat", "Trials that were stopped early"} <= set(titles)
    assert not {"The recipe", "On report items", "Contamination"} & set(titles)


def test_a_search_before_its_first_trial_has_a_report(finished: Found, filled_url: str) -> None:
    from ui.columns import of_rows

    summary = {**found_of(filled_url, "night").summary, "rows": []}
    summary["progress"] = {
        **summary["progress"],
        **dict.fromkeys(("best", "trials_per_hour", "seconds_left")),
        **dict.fromkeys(("trials", "items_full", "items_spent", "pruned", "failed"), 0),
    }
    search = replace(finished.search, state="running", verdict=None, chosen_trial_id=None)
    empty = replace(
        finished, search=search, summary=summary, trials=of_rows([]), others=[], attempts=[]
    )
    page = html_report.page(replace(empty, items={}, reasons=[]))
    assert "No recipe has been scored yet" in page
    assert "No recipe has been tried yet" in page


def test_a_front_is_drawn_and_listed(finished: Found) -> None:
    rows = [
        {"trial": n, "name": f"trial {n}", "origin": "optimizer", "average": 0.5 + n / 1000}
        | {"scores": [0.4 + n / 1000, -float(n)], "chosen": n == 59}
        for n in range(60)
    ]
    front = {"objectives": ["arithmetic", "depth"], "rows": rows, "hypervolume": 1.0}
    page = html_report.page(replace(finished, summary={**finished.summary, "front": front}))
    assert "<h2>The Pareto front</h2>" in page
    assert "depth (layers) ↓" in page and "trial 59 (chosen)" in page
    assert "9 more points are not listed" in page


def test_nothing_is_asked_of_a_network_and_no_other_script_runs(finished: Found) -> None:
    seen = Seen(html_report.page(finished))
    for tag, name, value in seen.attributes:
        if name in ("src", "href", "srcset", "action", "data", "poster"):
            assert value == "data:," or re.fullmatch(r"#s\d+", value), (tag, name, value)
        assert not name.startswith("on"), (tag, name)
    policy = next(v for _, n, v in seen.attributes if n == "content" and "default-src" in v)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    scripts = [data for kind, data in seen.held if kind == "script"][1:]  # the first is data
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert rules["script-src"].split() == [f"'sha256-{digest}'" for digest in digests]
    assert "http" not in policy
    style = next(data for kind, data in seen.held if kind == "style")
    assert "url(" not in style and "@import" not in style
    assert "prefers-color-scheme: dark" in style and "@media print" in style


@pytest.mark.parametrize("name", ["reasoning", "reasoning-again", "night"])
def test_names_of_others_are_text(nasty_url: str, name: str) -> None:
    page = html_report.page(found_of(nasty_url, name))
    seen = Seen(page)
    assert set(seen.tags) <= TAGS
    assert seen.tags.count("script") == 3 and seen.tags.count("style") == 1
    assert "<img src=x onerror=alert(1)>" in seen.words
    assert not HIDDEN.search(seen.words)
    assert not [n for _, n, _ in seen.attributes if n.startswith("on")]
    nasty = 0
    for text in strings(charts(seen)):
        assert not figure_problems(HOLE.sub("", text)), text
        nasty += "onerror" in text
    assert nasty or name == "night"


def test_secrets_in_reasons_and_search_files_stay_out(
    finished: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = [("cannot reach http://me:plantedpass@host/x?token=planted123", 2)]
    config = {**finished.search.config, "store": "postgresql://me:plantedpass@db/evolve"}
    search = replace(finished.search, config=config)
    page = html_report.page(replace(finished, search=search, reasons=reasons))
    assert "planted" not in page and "cannot reach" in page


def test_a_section_is_one_line(finished: Found) -> None:
    assert len({section.title for section in SECTIONS}) == len(SECTIONS)
    for section in SECTIONS:
        section.parts(finished)


@pytest.fixture
def report(filled_url: str) -> Iterator[object]:
    def run(*words: object) -> str:
        line = ["report", "reasoning", *map(str, words), "--store", filled_url]
        return CliRunner().invoke(app, line, catch_exceptions=False).stdout

    yield run


def test_the_file_is_whole_or_not_there(
    report: "object", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(report)
    file = tmp_path / "new" / "report.txt"
    assert str(file) in report("--html", file)
    assert file.read_text().startswith("<!DOCTYPE html>")
    assert file.stat().st_mode & 0o777 == 0o644
    file.write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        report("--html", file)
    assert file.read_text() == "mine"
    found = json.loads(report("--html", file, "--replace", "--json"))
    assert found["bytes"] == file.stat().st_size and found["file"] == str(file)
    with pytest.raises(ConfigError, match="is a folder"):
        report("--html", tmp_path, "--replace")
    with pytest.raises(ConfigError, match="cannot be written"):
        report("--html", file / "below.html")
    with pytest.raises(ConfigError, match="goes with --html"):
        report("--replace")

    def stop(*_: object) -> None:
        raise RuntimeError

    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", stop)
        with pytest.raises(RuntimeError):
            report("--html", file, "--replace")
    assert [f.name for f in file.parent.iterdir()] == ["report.txt"]
    assert file.read_bytes() == before


def test_a_report_needs_no_streamlit_and_no_torch() -> None:
    code = "import sys, ui.html_report; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "ui.html_report.page" in loaded
    assert not {"streamlit", "torch", "ray", "workers"} & set(loaded)
