"""What items say, told from real lm-eval tasks of every kind."""

import json
from pathlib import Path
from typing import Any

import yaml

from search_spaces.messages import PROMPT_KEPT, TaskSpec
from workers.describing import describe_items
from workers.tasks import LoadedTask, load_tasks

ROWS = [
    {"query": f"{w} is", "word": w, "gold": i % 2} for i, w in enumerate(("ice", "fire", "sea"))
]
CHOICE: dict[str, Any] = {
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": "rows.jsonl"}},
    "test_split": "test",
    "output_type": "multiple_choice",
    "doc_to_text": "{{query}}",
    "doc_to_choice": ["cold", "hot"],
    "doc_to_target": "gold",
}
WORD = [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}]
FREE = CHOICE | {"output_type": "generate_until", "doc_to_target": "{{word}}", "metric_list": WORD}
FREE |= {"generation_kwargs": {"until": ["e"], "max_gen_toks": 4}}
del FREE["doc_to_choice"]
ROLLING = {k: v for k, v in CHOICE.items() if k != "doc_to_choice"} | {
    "output_type": "loglikelihood_rolling",
    "doc_to_text": "",
    "doc_to_target": "{{query}} wet",
    "metric_list": [{"metric": "word_perplexity"}],
}


def load(folder: Path, config: dict[str, Any], code: str = "", **spec: Any) -> LoadedTask:
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    (folder / "utils.py").write_text(code)
    text = yaml.safe_dump({"task": "t"} | config)
    (folder / "t.yaml").write_text(text.replace("'!function utils.f'", "!function utils.f"))
    (task,) = load_tasks([TaskSpec("t", str(folder / "t.yaml"), **spec)])
    return task


def texts(task: LoadedTask, items: tuple[int, ...] = (0, 1, 2)) -> dict[int, tuple[Any, ...]]:
    found = describe_items({"t": task}, {"t": items, "unknown": (0,)})["t"]
    return {n: (t.prompt, t.choices, t.target) for n, t in found.items()}


def test_a_multiple_choice_item_has_its_choices_and_the_right_one(tmp_path: Path) -> None:
    found = texts(load(tmp_path, CHOICE), (2, 1))
    assert found == {
        2: ("sea is", ("cold", "hot"), "cold"),
        1: ("fire is", ("cold", "hot"), "hot"),
    }


def test_a_right_answer_may_be_a_word_or_several(tmp_path: Path) -> None:
    word = load(tmp_path, CHOICE | {"doc_to_target": "{{['cold', 'hot'][gold]}}"})
    assert texts(word)[1][2] == "hot"
    several = load(tmp_path, CHOICE | {"doc_to_target": "{{[0, 1]}}"})
    assert texts(several)[1][2] == "cold | hot"


def test_choices_that_stand_in_the_question_begin_where_they_differ(tmp_path: Path) -> None:
    both = CHOICE | {
        "doc_to_text": "gold",
        "doc_to_choice": "{{['I say ' + word, 'I say no ' + word]}}",
        "doc_to_target": "{{'is wet'}}",
    }
    found = texts(load(tmp_path, both))
    assert found[1] == ("I say ", ("fire is wet", "no fire is wet"), "no fire is wet")


def test_unconditional_requests_are_no_choices(tmp_path: Path) -> None:
    mutual = [{"metric": "acc_mutual_info", "aggregation": "mean", "higher_is_better": True}]
    task = load(tmp_path, CHOICE | {"metric_list": mutual})
    assert len(task.items[0]) == 4
    assert texts(task)[0] == ("ice is", ("cold", "hot"), "cold")


def test_free_answers_and_whole_texts(tmp_path: Path) -> None:
    assert texts(load(tmp_path, FREE))[1] == ("fire is", (), "fire")
    assert texts(load(tmp_path, ROLLING))[1] == ("fire is wet", (), "")
    last = CHOICE | {"output_type": "loglikelihood", "doc_to_target": " {{word}}"}
    metric = [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}]
    del last["doc_to_choice"]
    assert texts(load(tmp_path, last | {"metric_list": metric}))[2] == ("sea is", (), "sea")


def test_of_many_examples_the_question_is_kept(tmp_path: Path) -> None:
    long = CHOICE | {"description": "words " * 400}
    prompt = texts(load(tmp_path, long, num_fewshot=1, own_shots=False))[0][0]
    assert len(prompt) == PROMPT_KEPT
    assert prompt.startswith("…")
    assert prompt.endswith("ice is")


def test_code_that_fails_or_changes_its_document_does_no_harm(tmp_path: Path) -> None:
    code = """
calls = [0]

def f(doc):
    calls[0] += 1
    gold = doc["gold"]
    doc["query"] = "spoilt"
    if calls[0] > 12:
        raise KeyError("no")
    return gold
"""
    task = load(tmp_path, CHOICE | {"doc_to_target": "!function utils.f"}, code, allow_code=True)
    before = [str(doc) for doc in task.docs]
    for _ in range(6):
        found = texts(task)
    assert found[0] == ("ice is", ("cold", "hot"), "")
    assert [str(doc) for doc in task.docs] == before


def test_an_item_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    assert list(texts(load(tmp_path, CHOICE), (7, 0))) == [0]
