"""The packaged sentences: intact, small, attributed, and tasks that lm-eval loads."""

from importlib.resources import files
from pathlib import Path

import pytest

from search_spaces.messages import TaskSpec
from workers.demo.data import SKILLS, choices, sentences, write_tasks
from workers.demo.recipes import BASE, SPECIALISTS
from workers.tasks import load_tasks


def test_the_data_is_small_and_says_where_it_comes_from() -> None:
    folder = files("workers.demo") / "data"
    assert sum(len(f.read_bytes()) for f in folder.iterdir() if f.is_file()) < 1_000_000
    text = (folder / "ATTRIBUTION.md").read_text()
    for word in ("MultiEmo", "CC BY 4.0", "Apache-2.0", "canary GUID"):
        assert word in text


@pytest.mark.parametrize("skill", SKILLS)
def test_no_query_is_both_scored_and_trained_on(skill: str) -> None:
    items, train = sentences(skill, "items"), sentences(skill, "train")
    assert not {s.query for s in items} & {s.query for s in train}
    assert {s.gold for s in items} == set(range(len(choices()[skill])))
    assert len(items) == (300 if skill == "intent" else 2400)


def test_the_family_is_uneven() -> None:
    steps = [SPECIALISTS[skill].steps for skill in ("language", "topic", "sentiment")]
    assert max(steps) > 3 * min(steps)
    assert not SPECIALISTS["polish"].skills
    assert set(BASE.skills) == set(SKILLS)


def test_lm_eval_loads_the_tasks_and_asks_what_was_trained(tmp_path: Path) -> None:
    write_tasks(tmp_path / "tasks")
    (task,) = load_tasks([TaskSpec("intent", str(tmp_path / "tasks" / "intent.yaml"))])
    assert len(task.items) == 300
    first, sentence = task.items[0], sentences("intent", "items")[0]
    assert [r.context for r in first] == [sentence.query] * 7
    assert [r.continuation for r in first] == choices()["intent"]
    assert task.metrics == ("acc", "acc_norm")
