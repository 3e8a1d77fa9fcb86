"""Tasks found, read and built: what is refused, what a digest holds, what is kept apart."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from search_spaces.errors import ConfigError
from search_spaces.messages import TaskSpec
from workers.task_files import Function, decoded, encoded, read_task, task_digest
from workers.task_groups import GroupEntry, TaskEntry, find_entries, tasks_of
from workers.task_index import TaskIndex, index_folders, index_shipped
from workers.tasks import LoadedTask, load_tasks

Write = Callable[..., Path]
ROWS = [{"query": f"{a} {b} is", "gold": (i + j) % 2, "word": a} for i, a in enumerate("abcdef")
        for j, b in enumerate("xyz")]  # fmt: skip
CHOICE = {
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": "rows.jsonl"}},
    "test_split": "test",
    "output_type": "multiple_choice",
    "doc_to_text": "{{query}}",
    "doc_to_choice": ["a", "b"],
    "doc_to_target": "gold",
}
TEXT = CHOICE | {
    "output_type": "generate_until",
    "doc_to_choice": None,
    "doc_to_target": "{{word}}",
    "generation_kwargs": {"until": ["e"], "max_gen_toks": 4},
    "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes `NAME.yaml` beside its data; `!function` may stand in a string."""

    def write(name: str, config: dict[str, Any], folder: Path = tmp_path) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
        data = {k: v for k, v in ({"task": name} | config).items() if v is not None}
        lines = yaml.safe_dump(data).replace("'!function ", "!function ").splitlines()
        lines = [line.rstrip("'") if "!function" in line else line for line in lines]
        (folder / f"{name}.yaml").write_text("\n".join(lines))
        return folder / f"{name}.yaml"

    return write


def load(file: Path, **changes: Any) -> LoadedTask:
    (task,) = load_tasks([TaskSpec(file.stem, str(file), **changes)])
    return task


def test_shipped_names_are_found_without_lm_eval() -> None:
    index = index_shipped()
    assert len(index.files) > 10_000
    (task,) = find_entries("arc_easy", TaskIndex())
    assert task == TaskEntry("arc_easy", None, {})
    (group,) = find_entries("mmlu", TaskIndex())
    assert isinstance(group, GroupEntry)
    assert len(tasks_of([group])) == 57
    assert {"arc_easy", "arc_challenge"} == {t.name for t in find_entries("ai2_arc", TaskIndex())}
    with pytest.raises(ConfigError, match="unknown task 'arc_eazy'; did you mean 'arc_easy'"):
        find_entries("arc_eazy", TaskIndex())


@pytest.mark.slow
def test_shipped_names_are_those_of_lm_eval() -> None:
    from lm_eval.tasks import TaskManager
    from lm_eval.tasks._index import Kind

    found, entries = index_shipped(), TaskManager().task_index
    tags = {n: tuple(sorted(e.tags)) for n, e in entries.items() if e.kind is Kind.TAG}
    assert found.tags == tags
    assert found.files == {n: e.yaml_path for n, e in entries.items() if n not in tags}


def test_the_users_folders_come_first_with_their_subfolders(write: Write, tmp_path: Path) -> None:
    inner = write("arc_easy", CHOICE | {"tag": ["mine", "other"]}, tmp_path / "inner")
    write("second", CHOICE | {"tag": "mine"})
    index = index_folders([tmp_path])
    assert find_entries("arc_easy", index) == [TaskEntry("arc_easy", inner, {})]
    assert [t.name for t in find_entries("mine", index)] == ["arc_easy", "second"]
    with pytest.raises(ConfigError, match="no folder"):
        index_folders([tmp_path / "none"])


def test_groups_change_their_tasks(write: Write, tmp_path: Path) -> None:
    write("one", CHOICE)
    config = {
        "group": "all",
        "task": [
            {"task": "one", "num_fewshot": 3, "doc_to_text": "!function utils.text"},
            {"task": "own", **CHOICE},
            {"group": "deep", "task": ["arc_easy"], "repeats": 2},
        ],
        "target_delimiter": "",
    }
    file = write("all", config | {"task": None})
    text = yaml.safe_dump(config).replace("'!function utils.text'", "!function utils.text")
    file.write_text(text)
    (group,) = find_entries("all", index_folders([tmp_path]))
    assert isinstance(group, GroupEntry)
    one, own, arc = tasks_of([group])
    function = Function("utils.text", str(tmp_path))
    assert one.changes == {"target_delimiter": "", "num_fewshot": 3, "doc_to_text": function}
    assert decoded(encoded(one.changes)) == one.changes
    assert (own.name, own.file, arc.name) == ("all::own", file, "arc_easy")
    assert arc.changes == {"target_delimiter": "", "repeats": 2}
    assert isinstance(group.members[2], GroupEntry)
    assert group.members[2].name == "all::deep"
    spec = TaskSpec(own.name, str(own.file), changes=encoded(own.changes))
    (task,) = load_tasks([spec])
    assert task.items[0][0].continuation == "a"
    file.write_text("group: all\ntask: [one, all]\n")
    with pytest.raises(ConfigError, match="group 'all' is part of itself"):
        find_entries("all", index_folders([tmp_path]))


def test_includes_are_merged_and_data_lies_beside_the_yaml(write: Write, tmp_path: Path) -> None:
    write("base", CHOICE | {"target_delimiter": "x"}, tmp_path / "base")
    file = write("child", {"include": ["base/base.yaml"], "doc_to_choice": ["c", "d"]})
    config = read_task(file)
    assert config["task"] == "child"
    assert config["target_delimiter"] == "x"
    assert config["dataset_kwargs"]["data_files"]["test"] == str(tmp_path / "base" / "rows.jsonl")
    assert [r.continuation for r in load(file).items[0]] == ["xc", "xd"]
    pattern = CHOICE | {"dataset_kwargs": {"data_files": {"test": "row*.jsonl"}}}
    assert len(load(write("pattern", pattern)).items) == len(ROWS)
    write("loop", {"include": "loop.yaml"})
    with pytest.raises(ConfigError, match="includes itself"):
        read_task(tmp_path / "loop.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"doc_to_text": "!function utils.text"}, r"\(!function utils.text\), which is not allo"),
        ({"class": "!function utils.Own"}, "!function utils.Own"),
        ({"unsafe_code": True}, "what a model writes is run"),
        ({"dataset_path": "pandas"}, "reads pickles"),
        ({"metric_list": [{"metric": "seqeval", "hf_evaluate": True}]}, "a program of the hub"),
        ({"metric_list": [{"metric": "seqeval"}]}, "takes from the hub as a program"),
        ({"doc_to_text": "{{ query.__class__.__mro__ }}"}, "SecurityError"),
        ({"doc_to_text": "{{ quary }}"}, "UndefinedError: 'quary' is undefined"),
        ({"doc_to_text": "{{ gold }}", "doc_to_choice": None}, "expected texts|cannot be loaded"),
    ],
)
def test_what_runs_code_or_makes_no_sense_is_refused(
    write: Write, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        load(write("evil", CHOICE | change))


def test_broken_yaml_is_refused_where_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("task: broken\nmetric_list: [\n")
    assert find_entries("arc_easy", index_folders([tmp_path]))
    with pytest.raises(ConfigError, match=r"broken.yaml: not valid YAML"):
        find_entries("broken", index_folders([tmp_path]))


def test_with_leave_functions_run(write: Write, tmp_path: Path) -> None:
    (tmp_path / "utils.py").write_text("def text(doc):\n    return 'one ' + doc['query']\n")
    file = write("coded", CHOICE | {"doc_to_text": "!function utils.text"})
    assert load(file, allow_code=True).items[0][0].context == "one a x is"


def test_a_class_of_the_users_is_a_task(write: Write, tmp_path: Path) -> None:
    (tmp_path / "utils.py").write_text(
        "from lm_eval.api.task import ConfigurableTask\n\n"
        "class Own(ConfigurableTask):\n"
        "    def __init__(self, config):\n"
        "        super().__init__(config={k: v for k, v in config.items() if k != 'class'})\n\n"
        "    def process_results(self, doc, results):\n"
        "        return {'right': float(results[doc['gold']][1])}\n\n"
        "    def aggregation(self):\n"
        "        return {'right': lambda items: sum(items) / len(items)}\n\n"
        "    def higher_is_better(self):\n"
        "        return {'right': True}\n"
    )
    task = load(write("own", CHOICE | {"class": "!function utils.Own"}), allow_code=True)
    assert task.results(1, [(-1.0, False), (-2.0, True)]) == {("right", "none"): 1.0}
    assert task.metrics == ()  # nobody knows that its aggregation is a mean


def test_a_digest_holds_content_and_no_paths(write: Write, tmp_path: Path) -> None:
    (tmp_path / "utils.py").write_text("def text(doc):\n    return doc['query']\n")
    file = write("one", CHOICE | {"doc_to_text": "!function utils.text"})
    spec = TaskSpec("one", str(file))
    known = task_digest(spec)
    copied = Path(shutil.copytree(tmp_path, tmp_path.with_name(tmp_path.name + "-copy")))
    assert task_digest(TaskSpec("one", str(copied / "one.yaml"))) == known
    (copied / "utils.py").write_text("def text(doc):\n    return 'b'\n")
    assert task_digest(TaskSpec("one", str(copied / "one.yaml"))) != known
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROWS[0]))
    assert task_digest(spec) != known
    assert task_digest(TaskSpec("one", str(file), changes='{"repeats": 2}')) != task_digest(spec)
    assert task_digest(TaskSpec("arc_easy")) != task_digest(TaskSpec("arc_challenge"))


def test_examples_of_scored_documents_are_for_evolve_score_only(write: Write) -> None:
    file = write("one", CHOICE)
    with pytest.raises(ConfigError, match="no split of its own for its 2 few-shot examples"):
        load(file, num_fewshot=2)
    task = load(file, num_fewshot=2, own_shots=False)
    assert task.num_fewshot == 2
    assert all(item[0].context.count(" is") == 3 for item in task.items)
    assert task.describe().keys == load(file, num_fewshot=1, own_shots=False).describe().keys
    assert len(set(task.describe().keys)) == len(ROWS)


def test_a_limit_takes_the_first_documents(write: Write) -> None:
    file = write("one", CHOICE)
    assert load(file, limit=4).items == load(file).items[:4]


def test_nothing_is_kept_between_candidates(write: Write) -> None:
    filters = [
        {"name": name, "filter": [{"function": f} for f in functions]}
        for name, functions in {"first": ["take_first"], "vote": ["majority_vote"]}.items()
    ]
    filters[1]["filter"].append({"function": "take_first"})
    task = load(write("text", TEXT | {"filter_list": filters, "repeats": 3}))
    assert task.metrics == ("exact_match,first", "exact_match,vote")
    right, wrong = task.outcome(0, ["a"]), task.outcome(0, ["b"])
    assert (right["exact_match,first"], wrong["exact_match,first"]) == (1.0, 0.0)
    assert task.outcome(0, ["a"]) == right
    assert all(not one.resps and not one.filtered_resps for i in task.instances for one in i)


def test_a_text_that_is_drawn_is_drawn_for_every_repeat(write: Write) -> None:
    drawn = TEXT | {
        "repeats": 3,
        "generation_kwargs": {"until": ["e"], "do_sample": True, "temperature": 0.7},
        "filter_list": [
            {"name": "none", "filter": [{"function": "majority_vote"}, {"function": "take_first"}]}
        ],
    }
    task = load(write("drawn", drawn))
    assert [len(item) for item in task.items] == [3] * len(ROWS)
    assert task.outcome(0, ["b", "a", "a"]) == {"exact_match": 1.0}


def test_metrics_of_a_corpus_are_not_offered_to_a_search(write: Write) -> None:
    metrics = [
        {"metric": "f1", "aggregation": "f1", "higher_is_better": True},
        {"metric": "acc", "aggregation": "mean", "higher_is_better": True},
    ]
    task = load(write("one", CHOICE | {"metric_list": metrics}))
    assert task.metrics == ("acc",)
    assert set(task.results(0, [(-1.0, False), (-2.0, False)])) == {
        ("f1", "none"),
        ("acc", "none"),
    }


def test_the_global_generators_stay_where_they_were(write: Write) -> None:
    file = write("one", CHOICE)
    random.seed(1), np.random.seed(2), torch.manual_seed(3)  # noqa: NPY002
    expected = random.random(), np.random.random(), torch.rand(1).item()  # noqa: NPY002
    random.seed(1), np.random.seed(2), torch.manual_seed(3)  # noqa: NPY002
    load(file, num_fewshot=2, own_shots=False)
    assert (random.random(), np.random.random(), torch.rand(1).item()) == expected  # noqa: NPY002


def test_a_task_whose_data_is_on_the_hub_needs_a_network(write: Write) -> None:
    """Offline, as in all tests."""
    with pytest.raises(
        ConfigError, match=r"'arc_easy' cannot be loaded: .*Without a network only"
    ):
        load_tasks([TaskSpec("arc_easy")])


def test_a_chat_needs_a_template(write: Write, family: Path) -> None:
    from transformers import AutoTokenizer

    spec = TaskSpec("one", str(write("one", CHOICE)), chat_template=True)
    with pytest.raises(ConfigError, match="tokenizer has no chat template"):
        load_tasks([spec], AutoTokenizer.from_pretrained(family / "base"))
