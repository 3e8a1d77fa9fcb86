"""The form for a new search: the file it writes says what was typed; and what a check says."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as hs

from evolve.cli.planning import plan
from evolve.cli.searches import open_search
from evolve.config import read_search
from search_spaces.methods import METHODS
from search_spaces.parameters import SpaceConfig
from ui.checking import RefusedError, save, text_of
from ui.new_search import Form, missing, yaml_of
from ui.plan_words import plan_words, problems_of

WHOLE = Form(
    name="night.2",
    base="/models/base",
    parents="maths: /models/m\n\n  org/Code-1.5b \n/models/base2+adapters/x/\n",
    tasks="gsm8k\n arc_easy\n",
    task_folder="tasks",
    methods=("ties", "dare_linear"),
    layer_groups=4,
    trials=50,
    hours=2.5,
    usd=10.0,
    usd_per_hour=2.0,
    search=10,
    validation=20,
    report=30,
    workers=3,
    seed=7,
)


def test_the_file_says_what_was_typed(tmp_path: Path) -> None:
    file = tmp_path / "search.yaml"
    file.write_text(yaml_of(WHOLE), encoding="utf-8")
    found = read_search(file)
    assert (found.name, found.base, found.seed) == ("night.2", "/models/base", 7)
    assert dict(found.parents) == {
        "maths": "/models/m",
        "Code-1-5b": "org/Code-1.5b",
        "x": f"/models/base2+{tmp_path}/adapters/x",
    }
    assert [t.name for t in found.tasks] == ["gsm8k", "arc_easy"]
    assert found.task_folders == (f"{tmp_path}/tasks",)
    assert isinstance(found.space, SpaceConfig)
    assert (found.space.method, found.space.layer_groups) == (("ties", "dare_linear"), 4)
    assert (found.budget.trials, found.budget.hours, found.budget.usd) == (50, 2.5, 10.0)
    assert (found.splits.search, found.splits.validation, found.splits.report) == (10, 20, 30)
    assert (found.workers.count, found.workers.usd_per_hour) == (3, 2.0)


def test_what_is_left_out_is_left_to_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "search.yaml"
    file.write_text(yaml_of(Form(base="/b", parents="/p", tasks="t", trials=None)))
    found = read_search(file)
    assert found.budget.trials is None
    assert (found.workers.count, found.task_folders) == (None, ())


WORDS = hs.text(hs.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


@given(hs.lists(WORDS, min_size=1, max_size=4, unique=True), hs.sampled_from(sorted(METHODS)))
def test_any_line_comes_back_as_it_was_typed(words: list[str], method: str) -> None:
    paths = [f"/m/{number}" for number, _ in enumerate(words)]
    parents = "\n".join(f"p{number}: {path}" for number, path in enumerate(paths))
    form = Form(base=words[0], parents=parents, tasks="\n".join(words), methods=(method,))
    assert not missing(form)
    found = yaml.safe_load(yaml_of(form))
    assert [task["name"] for task in found["tasks"]] == words
    assert list(found["parents"].values()) == paths
    assert (found["base"], found["space"]["method"]) == (words[0], method)


def test_what_is_missing_is_named() -> None:
    assert missing(Form(name=" ", methods=())) == [
        *("a name", "the base model", "a parent or more", "a task or more"),
        "a merge method or more",
    ]
    twice = Form(base="b", parents="/one/x\n/two/x", tasks="t")
    assert missing(twice) == ["another name for one of the two parents 'x'"]
    assert not missing(WHOLE)


def test_a_plan_is_said_in_words(search_file: Callable[..., Path]) -> None:
    found = dict(plan_words(plan(open_search(search_file(budget={"trials": 8, "hours": 2})))))
    assert found["Genes"].startswith("3 numbers of task_arithmetic: weight.a, weight.b")
    assert found["Items"].startswith("24 search (letters 12, words 12); 20 validation")
    assert found["It stops"] == "after 8 trials, or after 2 hours"
    assert "GiB per worker" in found["Memory"]
    assert "the price of a worker is not known" in found["Time and cost"]


def test_problems_are_told_one_by_one_without_the_file_that_was_checked() -> None:
    said = "UserWarning: x\nevolve: /t/c.yaml: base: missing\nevolve: /t/c.yaml: tasks: none\n"
    assert problems_of(said, "/t/c.yaml") == ["base: missing", "tasks: none"]
    assert problems_of("Killed\n", "/t/c.yaml") == ["Killed"]


def test_an_upload_is_text_and_not_too_much_of_it() -> None:
    assert text_of("\ufeffname: ä\r\n".encode()) == "name: ä\n"
    for wrong in (b"\xff\xfe\x00", b"x" * 1_000_001):
        with pytest.raises(RefusedError):
            text_of(wrong)


def test_another_text_is_never_overwritten(tmp_path: Path) -> None:
    file = save("name: a\n", str(tmp_path), "s.yaml")
    assert save("name: a\n", str(tmp_path), "s.yaml") == file
    with pytest.raises(RefusedError, match="is there already, with another text"):
        save("name: b\n", str(tmp_path), "s.yaml")
    assert file.read_text() == "name: a\n"
    for name in ("../s.yaml", "s.txt", "", "/etc/s.yaml"):
        with pytest.raises(RefusedError):
            save("name: b\n", str(tmp_path), name)
    with pytest.raises(RefusedError, match="cannot be written"):
        save("x", str(tmp_path / "nowhere"), "s.yaml")
