"""`evolve score`: one model on whole tasks; and groups in a search file."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from typer.testing import CliRunner, Result

from evolve.cli.app import app
from evolve.cli.running import goals_of
from evolve.cli.searches import open_search
from evolve.config import SplitSizes
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.recipe import Recipe
from search_spaces.references import one_scale
from workers.writer import write_merge

WriteFile = Callable[..., Path]


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def tasks(family: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The family's tasks, a group and a tag of them, and one that runs code."""
    folder = Path(shutil.copytree(family / "tasks", tmp_path_factory.mktemp("t") / "tasks"))
    group = {
        "group": "both",
        "task": ["letters", "words"],
        "aggregate_metric_list": [{"metric": "acc"}],
    }
    (folder / "both.yaml").write_text(yaml.safe_dump(group))
    (folder / "coded.yaml").write_text(
        "include: letters.yaml\ntask: coded\ndoc_to_text: !function utils.text\n"
    )
    (folder / "utils.py").write_text("def text(doc):\n    return doc['query'] + ' not'\n")
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["score", *map(str, arguments), "--threads", "1"])


def as_json(*arguments: object) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@contextmanager
def refused(message: str) -> Iterator[None]:
    with pytest.raises(ConfigError, match=message):
        yield


def test_a_folder_is_scored_and_told(family: Path, tasks: Path) -> None:
    asked = (family / "a", "--task", "both", "--tasks-from", tasks)
    found = as_json(*asked, "--items")
    what = {"model", "dtype", "computed_in", "device"}
    assert set(found) == what | {"tasks", "groups", "items", "seconds"}
    assert (found["dtype"], found["device"]) == ("float32", "cpu")
    assert set(found["seconds"]) == {"model", "tasks", "score", "total"}
    letters, words = found["tasks"]["letters"], found["tasks"]["words"]
    assert (letters["items"], words["items"], words["num_fewshot"]) == (60, 40, 0)
    acc = letters["metrics"]["acc"]
    of_items = found["items"]["letters"]["acc"]
    assert acc["value"] == sum(of_items) / 60
    assert acc["higher_is_better"] is True
    assert acc["stderr"] == pytest.approx((acc["value"] * (1 - acc["value"]) / 59) ** 0.5)
    group = found["groups"]["both"]
    mean = (60 * acc["value"] + 40 * words["metrics"]["acc"]["value"]) / 100
    assert group["metrics"]["acc"]["value"] == pytest.approx(mean)
    assert group["tasks"] == ["letters", "words"]
    table = run(*asked).stdout
    assert f"{acc['value']:.4f} ± {acc['stderr']:.4f}" in table
    assert "2 tasks" in table


def test_a_recipe_scores_as_the_folder_that_it_becomes(
    family: Path, tasks: Path, tmp_path: Path
) -> None:
    parents = {n: str(family / n) for n in ("a", "b")}
    plain = one_scale(str(family / "base"), parents, 0.4, "bfloat16")
    part = {"model": str(family / "a"), "layer_range": [0, 3]}
    rest = {"model": str(family / "b"), "layer_range": [1, 4]}
    stacked = Recipe.model_validate(
        {
            "merge_method": "passthrough",
            "slices": [{"sources": [part]}, {"sources": [rest]}],
            "dtype": "float32",
            "tokenizer_source": "union",
            "chat_template": "chatml",
        }
    )
    for name, recipe in {"plain": plain, "stacked": stacked}.items():
        file = tmp_path / f"{name}.yaml"
        file.write_text(recipe.to_yaml())
        write_merge(recipe, tmp_path / name, extra={})
        before = sorted(tmp_path.iterdir())
        how = ("--task", "letters,words", "--tasks-from", tasks, "--items", "--limit", 20)
        merged, written = as_json(file, *how), as_json(tmp_path / name, *how)
        for key in ("tasks", "items", "dtype"):
            assert merged[key] == written[key], (name, key)
        assert sorted(tmp_path.iterdir()) == before
        assert merged["tasks"]["words"]["items"] == 20


def test_the_dtype_is_the_checkpoints_own_unless_told(
    make_model: WriteFile, tasks: Path, tmp_path: Path
) -> None:
    half = make_model(tmp_path / "half", 3, dtype="bfloat16")
    asked = (half, "--task", "letters", "--tasks-from", tasks, "--limit", 3)
    assert as_json(*asked)["dtype"] == "bfloat16"
    assert as_json(*asked, "--dtype", "float32")["dtype"] == "float32"


def test_what_cannot_be_scored_is_refused(
    family: Path, tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(*arguments: object) -> None:
        error = run(*arguments, "--tasks-from", tasks).exception
        assert isinstance(error, EvolveError), error
        raise error

    with refused("unknown task 'leters'; did you mean 'letters'"):
        score(family / "a", "--task", "leters")
    with refused("letters: named twice"):
        score(family / "a", "--task", "both", "--task", "letters")
    with refused("no folder"):
        score(tmp_path / "none", "--task", "letters")
    with refused(r"coded.yaml: task 'coded' runs code \(!function utils.text\)"):
        score(family / "a", "--task", "coded")
    with refused("has no chat template"):
        score(family / "a", "--task", "letters", "--chat-template")
    coded = (family / "a", "--task", "coded", "--tasks-from", tasks)
    assert as_json(*coded, "--allow-task-code")["tasks"]["coded"]["items"] == 60
    assert run(family / "a", "--task", "letters", "--dtype", "int8").exit_code == 2


def test_a_group_in_a_search_stands_for_its_tasks(search_file: WriteFile, tasks: Path) -> None:
    sizes = {"search": 13, "validation": 10, "report": 18}
    opened = open_search(
        search_file(
            tasks=[{"name": "both", "weight": 3, "metric": "acc_norm"}],
            task_folders=[str(tasks)],
            splits=sizes,
        )
    )
    assert [t.name for t in opened.tasks] == ["letters", "words"]
    for task in opened.config.tasks:
        assert (task.weight, task.metric) == (1.5, "acc_norm")
        assert task.splits == SplitSizes(search=7, validation=5, report=10)
    with refused("letters: named twice"):
        open_search(
            search_file(tasks=[{"name": "both"}, {"name": "letters"}], task_folders=[str(tasks)])
        )


def test_a_digest_does_not_hold_a_permission(search_file: WriteFile, tasks: Path) -> None:
    def digest(**changes: Any) -> str:
        return open_search(search_file(task_folders=[str(tasks)], **changes)).digest

    assert digest(allow_task_code=True) == digest()
    assert digest(prompts={"system_instruction": "one"}) != digest()


def test_a_search_over_a_group_texts_and_perplexities(
    bench: Callable[..., Any], tasks: Path, tmp_path: Path
) -> None:
    common = {
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(tasks / "letters.jsonl")}},
        "test_split": "test",
    }
    surprise = {"output_type": "loglikelihood_rolling", "doc_to_target": "{{query}}"}
    surprise |= {"doc_to_text": "", "metric_list": [{"metric": "word_perplexity"}]}
    exact = {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}
    text = {"output_type": "generate_until", "doc_to_text": "query", "metric_list": [exact]}
    text |= {"doc_to_target": "a", "generation_kwargs": {"until": ["a"], "max_gen_toks": 3}}
    for name, config in {"surprise": surprise, "text": text}.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"task": name} | common | config))
    run = bench(
        tasks=[{"name": "both"}, {"name": "surprise"}, {"name": "text", "metric": "exact_match"}],
        task_folders=[str(tasks), str(tmp_path)],
        prompts={"system_instruction": "not"},
        splits={"search": 6, "validation": 6, "report": 12},
        budget={"trials": 4},
        racing="off",
    )
    goals = [(g.task, g.metric, g.higher_is_better) for g in goals_of(run.opened, run.tasks)]
    assert goals == [
        ("letters", "acc", True),
        ("words", "acc", True),
        ("surprise", "word_perplexity", False),
        ("text", "exact_match", True),
    ]
    run.drive()
    verdict, goals = run.search.verdict, run.search.goals
    assert verdict["unit"] == "parents' range"  # a perplexity and shares have no plain average
    assert all(goal.unit > 0 for goal in goals)
    assert set(verdict["tasks"]) == {"letters", "words", "surprise", "text"}
