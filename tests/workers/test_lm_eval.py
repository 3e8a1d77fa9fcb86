"""Every kind of task gives what lm_eval.simple_evaluate gives: answers, items, metrics."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from search_spaces.messages import TaskSpec
from workers.measure import Setting, measure
from workers.scoring import Scorer
from workers.task_files import encoded
from workers.task_groups import GroupEntry, find_entries, tasks_of
from workers.task_index import index_folders
from workers.tasks import LoadedTask, load_tasks

pytestmark = pytest.mark.filterwarnings("ignore")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MEAN = {"aggregation": "mean", "higher_is_better": True}
CHAT = (
    "{% for m in messages %}{% if m.role == 'system' %}s {{ m.content }} z{% else %}"
    "{{ m.role[0] }} {{ m.content }}{% if not loop.last %} y {% endif %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %} a is {% endif %}"
)
UTILS = """
def query(doc):
    return "not " + doc["query"]

def judge(doc, results):
    doc["query"] += " x"
    (text,) = results
    return {"first": float(text.strip().startswith("a")), "letters": (len(text), doc["gold"])}

def ratio(items):
    return sum(n for n, _ in items) / (1 + sum(g for _, g in items))
"""


@dataclass(frozen=True)
class Prompts:
    """What simple_evaluate is told beside the task."""

    num_fewshot: int | None = None
    chat_template: bool = False
    fewshot_as_multiturn: bool = True
    system_instruction: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Case:
    names: tuple[str, ...]
    prompts: Prompts = field(default_factory=Prompts)


def words(draw: random.Random, least: int, most: int) -> str:
    return " ".join(draw.choices(LETTERS + LETTERS, k=draw.randint(least, most)))


def rows(name: str, count: int) -> list[dict[str, Any]]:
    draw = random.Random(name)
    return [
        {
            "query": f"{words(draw, 2, 6)} is",
            "long": [words(draw, 1, 5) for _ in range(4)],
            "gold": draw.randrange(3),
            "word": draw.choice(LETTERS),
            "text": words(draw, 3, 150 if number == 4 else 12),
        }
        for number in range(count)
    ]


def metrics(*names: str) -> list[dict[str, Any]]:
    return [{"metric": name, **MEAN} for name in names]


def configs(folder: Path) -> list[dict[str, Any]]:
    choice = {
        "output_type": "multiple_choice",
        "doc_to_text": "{{query}}",
        "doc_to_choice": ["a", "b", "c"],
        "doc_to_target": "gold",
        "metric_list": metrics("acc", "acc_norm"),
    }
    text = {
        "output_type": "generate_until",
        "doc_to_text": "{{query}}",
        "doc_to_target": "{{word}}",
        "generation_kwargs": {"until": ["e", "two"], "max_gen_toks": 9, "do_sample": False},
        "metric_list": metrics("exact_match"),
    }
    first = {"function": "take_first"}
    corpus = [
        {"metric": "mcc", "aggregation": "matthews_corrcoef", "higher_is_better": True},
        {"metric": "brier_score", "aggregation": "brier_score", "higher_is_better": False},
    ]
    tasks: dict[str, dict[str, Any]] = {
        "one_token": choice | {"metric_list": [*metrics("acc", "acc_norm", "acc_bytes"), *corpus]},
        "long_choices": choice
        | {
            "doc_to_choice": "long",
            "training_split": "train",
            "fewshot_config": {"sampler": "first_n"},
            "num_fewshot": 1,
            "description": "one two\n",
            "tag": "tagged",
        },
        "own_shots": choice | {"training_split": "train", "tag": ["tagged", "else"]},
        "shots_of_scored": choice | {"doc_to_choice": "{{long}}"},
        "zero_shots": choice | {"num_fewshot": 0, "training_split": "train"},
        "blanks": choice
        | {
            "doc_to_text": "{{gold % 2}}",
            "doc_to_choice": "{{[query + ' one', query + ' two']}}",
            "doc_to_target": "{{word}} is {{text[:5]}}",
            "metric_list": metrics("acc"),
        },
        "mutual": choice
        | {"doc_to_choice": "long", "metric_list": metrics("acc", "acc_mutual_info")},
        "last_word": {
            "output_type": "loglikelihood",
            "doc_to_text": "{{query}}",
            "doc_to_target": "{{' ' + word}}",
            "metric_list": [
                {"metric": "perplexity", "aggregation": "perplexity", "higher_is_better": False},
                *metrics("acc"),
            ],
        },
        "rolling": {
            "output_type": "loglikelihood_rolling",
            "doc_to_text": "",
            "doc_to_target": "{{text}}",
            "metric_list": [
                {"metric": name}
                for name in ("word_perplexity", "byte_perplexity", "bits_per_byte")
            ],
        },
        "filtered": text
        | {
            "metric_list": [
                {
                    "metric": "exact_match",
                    "regexes_to_ignore": ["[aeiou]", " "],
                    "ignore_case": True,
                    **MEAN,
                }
            ],
            "filter_list": [
                {
                    "name": "strict-match",
                    "filter": [{"function": "regex", "regex_pattern": "([a-g])"}, first],
                },
                {
                    "name": "last",
                    "filter": [
                        {"function": "regex", "group_select": -1, "regex_pattern": "([a-z])"},
                        first,
                    ],
                },
            ],
        },
        "voted": text
        | {
            "repeats": 3,
            "doc_to_target": "{{long}}",
            "filter_list": [
                {"name": "none", "filter": [{"function": "majority_vote"}, first]},
                {"name": "lower", "filter": [{"function": "lowercase"}, first]},
            ],
        },
        "judged": text
        | {
            "doc_to_text": "!function utils.query",
            "process_results": "!function utils.judge",
            "metric_list": [
                {"metric": "first", **MEAN},
                {
                    "metric": "letters",
                    "aggregation": "!function utils.ratio",
                    "higher_is_better": True,
                },
            ],
        },
        "answered": text | {"gen_prefix": "not", "training_split": "train"},
    }
    found = []
    for name, config in tasks.items():
        files = {s: str(folder / "data" / f"{name}-{s}.jsonl") for s in ("test", "train")}
        data = {"dataset_path": "json", "dataset_kwargs": {"data_files": files}}
        found.append({"task": name, "test_split": "test", **data, **config})
    found.append(
        {
            "group": "both",
            "task": [{"group": "inner", "task": ["own_shots"]}, "long_choices"],
            "num_fewshot": 2,
            "aggregate_metric_list": [{"metric": "acc", "weight_by_size": True}],
        }
    )
    return found


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """More would wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tasks; their YAML lies in a subfolder."""
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "data").mkdir()
    (folder / "yaml").mkdir()
    for config in configs(folder):
        name = config.get("task") if "group" not in config else config["group"]
        for number, file in enumerate(
            config.get("dataset_kwargs", {}).get("data_files", {}).values()
        ):
            lines = [json.dumps(row) for row in rows(f"{name}{number}", 12 + len(str(name)))]
            Path(file).write_text("\n".join(lines))
        written = yaml.safe_dump(config, sort_keys=False).replace("'!function utils.", "'!f ")
        for function in ("query", "judge", "ratio"):
            written = written.replace(f"'!f {function}'", f"!function utils.{function}")
        (folder / "yaml" / f"{name}.yaml").write_text(written)
    (folder / "yaml" / "utils.py").write_text(UTILS)
    return folder


@pytest.fixture(scope="module")
def model(make_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = make_model(tmp_path_factory.mktemp("model") / "m", 5)
    (model / "chat_template.jinja").write_text(CHAT)
    return model


@pytest.fixture(scope="module")
def reference(model: Path) -> Any:
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=str(model), batch_size=5, device="cpu", dtype="float32")


def specs_of(
    folder: Path, names: Sequence[str], prompts: Prompts
) -> tuple[list[TaskSpec], list[GroupEntry]]:
    index = index_folders([folder])
    entries = [entry for name in names for entry in find_entries(name, index)]
    specs = [
        TaskSpec(
            task.name,
            str(task.file),
            **vars(prompts),
            allow_code=True,
            own_shots=False,
            changes=encoded(task.changes),
        )
        for task in tasks_of(entries)
    ]
    return specs, [entry for entry in entries if isinstance(entry, GroupEntry)]


def by_lm_eval(
    reference: Any, folder: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    import lm_eval
    from lm_eval.tasks import TaskManager

    monkeypatch.setenv("DISABLE_MULTIPROC", "1")
    monkeypatch.setattr("lm_eval.evaluator.add_env_info", lambda results: None)
    found: dict[str, Any] = lm_eval.simple_evaluate(
        reference,
        tasks=list(case.names),
        num_fewshot=case.prompts.num_fewshot,
        limit=case.prompts.limit,
        apply_chat_template=case.prompts.chat_template,
        fewshot_as_multiturn=case.prompts.fewshot_as_multiturn,
        system_instruction=case.prompts.system_instruction,
        task_manager=TaskManager(include_path=[str(folder)], include_defaults=False),
        bootstrap_iters=2,
    )
    return found


def answers_of(scorer: Scorer, task: LoadedTask) -> list[list[Any]]:
    """Per item and request; pairs as lists."""
    answers = iter(scorer.answers(scorer.plan([r for item in task.items for r in item])))
    plain = ([next(answers) for _ in item] for item in task.items)
    return [[list(a) if isinstance(a, tuple) else a for a in item] for item in plain]


def name_of(metric: str, pipeline: str) -> str:
    return metric if pipeline == "none" else f"{metric},{pipeline}"


def near(expected: Any) -> Any:
    if isinstance(expected, list | tuple | np.ndarray):
        return [near(value) for value in expected]
    if isinstance(expected, str | bool):
        return expected
    return pytest.approx(float(expected), abs=1e-4)


CASES = {
    "one-token choices": Case(("one_token",)),
    "long choices, first_n": Case(("long_choices",)),
    "random shots": Case(("own_shots",), Prompts(num_fewshot=2)),
    "shots of what is scored": Case(("shots_of_scored",), Prompts(num_fewshot=1, limit=7)),
    "zero shots stay": Case(("zero_shots",), Prompts(num_fewshot=3)),
    "several inputs": Case(("blanks",)),
    "mutual information": Case(("mutual",)),
    "loglikelihood": Case(("last_word",)),
    "rolling": Case(("rolling",)),
    "filters": Case(("filtered",)),
    "repeats": Case(("voted",)),
    "functions": Case(("judged",)),
    "generation in chat": Case(
        ("answered",), Prompts(num_fewshot=1, chat_template=True, system_instruction="c d")
    ),
    "choices in chat": Case(
        ("own_shots", "last_word"),
        Prompts(num_fewshot=2, chat_template=True, fewshot_as_multiturn=False),
    ),
    "instruction without chat": Case(
        ("long_choices",), Prompts(num_fewshot=2, system_instruction="two one")
    ),
    "group": Case(("both",)),
    "tag": Case(("tagged",)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_answers_items_and_metrics_are_lm_evals(
    case: Case, folder: Path, model: Path, reference: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = by_lm_eval(reference, folder, case, monkeypatch)
    specs, groups = specs_of(folder, case.names, case.prompts)
    ours = measure(str(model), specs, groups, Setting("float32", "cpu", batch_tokens=400))

    tasks = load_tasks(specs, reference.tokenizer)
    assert {task.name for task in tasks} == set(theirs["samples"])
    scorer = Scorer(reference.model, reference.tokenizer, torch.device("cpu"))
    for task in tasks:
        answers = answers_of(scorer, task)
        result, samples = theirs["results"][task.name], theirs["samples"][task.name]
        pipelines = {sample["filter"] for sample in samples}
        assert len(samples) == len(task.items) * len(pipelines)
        for sample in samples:
            assert answers[sample["doc_id"]] == near([r[0] for r in sample["resps"]])
            for metric in sample["metrics"]:
                of_items = ours["items"][task.name][name_of(metric, sample["filter"])]
                assert of_items[sample["doc_id"]] == near(sample[metric])
        found = ours["tasks"][task.name]
        assert found["num_fewshot"] == theirs["n-shot"][task.name]
        keys = [k.split(",") for k in result if "," in k and "_stderr," not in k]
        assert {name_of(*key) for key in keys} == set(found["metrics"])
        for metric, pipeline in keys:
            row = found["metrics"][name_of(metric, pipeline)]
            assert row["value"] == near(result[f"{metric},{pipeline}"])
            error = result[f"{metric}_stderr,{pipeline}"]
            drawn = metric in ("mcc", "perplexity")
            assert row["stderr"] == (None if error == "N/A" or drawn else near(error))
    for name, row in theirs.get("groups", {}).items():
        assert ours["groups"][name]["metrics"] == {
            "acc": {"value": near(row["acc,none"]), "stderr": near(row["acc_stderr,none"])}
        }


def test_means_over_items_are_lm_evals_metrics(folder: Path, model: Path, reference: Any) -> None:
    """What a search uses: every metric that it is offered; perplexities as logarithms."""
    specs, _ = specs_of(folder, ["one_token", "last_word", "rolling", "filtered"], Prompts())
    found = measure(str(model), specs, [], Setting("float32", "cpu"))
    scorer = Scorer(reference.model, reference.tokenizer, torch.device("cpu"))
    logarithms = {"perplexity", "word_perplexity", "byte_perplexity"}
    offered = {}
    for task in load_tasks(specs):
        offered[task.name] = task.metrics
        outcomes = [task.outcome(i, a) for i, a in enumerate(answers_of(scorer, task))]
        for metric in task.metrics:
            units = task.units.get(metric, (1.0,) * len(outcomes))
            mean = sum(o[metric] * u for o, u in zip(outcomes, units, strict=True)) / sum(units)
            row = found["tasks"][task.name]["metrics"][metric]
            expected = torch.tensor(row["value"])
            assert mean == near(expected.log() if metric in logarithms else expected)
            assert task.higher_is_better[metric] is row["higher_is_better"]
    assert offered == {
        "one_token": ("acc", "acc_norm", "acc_bytes"),
        "last_word": ("perplexity", "acc"),
        "rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
        "filtered": ("exact_match,strict-match", "exact_match,last"),
    }


def test_no_answer_outlives_its_model(
    folder: Path, model: Path, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    other = make_model(tmp_path / "other", 6)
    specs, _ = specs_of(folder, ["last_word", "rolling", "filtered"], Prompts())
    found = [
        measure(str(m), specs, [], Setting("float32", "cpu"))["items"]
        for m in (model, other, model)
    ]
    assert found[0] == found[2]
    assert found[0]["rolling"]["bits_per_byte"] != found[1]["rolling"]["bits_per_byte"]
    assert found[0]["last_word"]["perplexity"] != found[1]["last_word"]["perplexity"]


def test_a_chat_template_that_knows_no_system_role_gets_none(
    folder: Path, model: Path, reference: Any
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    tokenizer.chat_template = CHAT.replace("s {{ m.content }} z", "{{ raise_exception('no') }}")
    prompts = Prompts(chat_template=True, system_instruction="c d")
    specs, _ = specs_of(folder, ["last_word"], prompts)
    (task,) = load_tasks(specs, tokenizer)
    (plain,) = load_tasks([replace(specs[0], system_instruction=None)], tokenizer)
    assert task.items == plain.items
    assert all(item[0].context.endswith(" a is ") for item in task.items)
