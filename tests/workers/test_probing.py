"""Models that have read a benchmark's own file, and others that have not."""

import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from evolve.contamination import Hint, hints, probe_items
from search_spaces.messages import PROBE, Job, TaskSpec, WorkerSpec
from search_spaces.references import alone
from workers.probing import margins, probes
from workers.tasks import load_tasks
from workers.worker import Worker

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ITEMS = 120


def documents(seed: int) -> list[dict[str, Any]]:
    generator = random.Random(seed)
    texts = list(itertools.permutations(LETTERS, 3))
    return [
        {"query": " ".join(query), "choices": generator.sample(LETTERS, 4), "gold": 0}
        for query in generator.sample(texts, ITEMS)
    ]


def write_task(folder: Path, **changes: Any) -> TaskSpec:
    folder.mkdir(exist_ok=True)
    lines = (json.dumps(doc) + "\n" for doc in documents(1))
    (folder / "quiz.jsonl").write_text("".join(lines))
    task = {
        "task": "quiz",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": "quiz.jsonl"}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{query}}",
        "doc_to_choice": "choices",
        "doc_to_target": "gold",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    } | changes
    file = folder / "quiz.yaml"
    file.write_text(yaml.safe_dump(task))
    return TaskSpec("quiz", str(file))


def read(base: Path, to: Path, texts: list[str], steps: int = 100) -> Path:
    """A copy of the base that was trained on some texts."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(base)
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokens = tokenizer(texts, return_tensors="pt").input_ids
    torch.manual_seed(0)
    adam = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(steps):
        adam.zero_grad()
        model(input_ids=tokens, labels=tokens).loss.backward()
        adam.step()
    model.save_pretrained(to)
    tokenizer.save_pretrained(to)
    return to


def noisy(base: Path, to: Path, seed: int) -> Path:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(base)
    torch.manual_seed(seed)
    for parameter in model.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    model.save_pretrained(to)
    AutoTokenizer.from_pretrained(base).save_pretrained(to)
    return to


def listing(doc: dict[str, Any]) -> str:
    return f"{doc['query']} {' '.join(doc['choices'])}"


@pytest.fixture(scope="module")
def found(
    tmp_path_factory: pytest.TempPathFactory, make_model: Callable[..., Path]
) -> dict[tuple[str, str], Hint]:
    folder = tmp_path_factory.mktemp("probing")
    base = make_model(folder / "base", 0, hidden_size=32, intermediate_size=64)
    own, other = documents(1), documents(2)
    neighbours = [f"{a['query']} {b['query']}" for a, b in itertools.pairwise(own)]
    models = {
        "read the options": read(base, folder / "options", [listing(d) for d in own]),
        "read the items": read(base, folder / "items", neighbours),
        "read others": read(base, folder / "others", [listing(d) for d in other]),
    } | {f"noise {seed}": noisy(base, folder / f"noise{seed}", seed) for seed in range(4)}
    spec = write_task(folder / "tasks")
    parents = {str(path): name for name, path in models.items()}
    worker = Worker(
        WorkerSpec(str(base), parents, (spec,), "float32", batch_tokens=512, threads=1)
    )
    items = probe_items({"quiz": tuple(random.Random(0).sample(range(ITEMS), 100))})

    def outcomes(path: Path) -> Any:
        result = worker.run(Job(0, alone(str(path), "float32"), PROBE, items))
        assert result.score is not None, result.failed
        return result.score.outcomes

    rows = hints(outcomes(base), {name: outcomes(path) for name, path in models.items()})
    return {(row.parent, row.probe): row for row in rows}


def test_a_model_that_read_the_file_is_flagged_and_no_other_one(
    found: dict[tuple[str, str], Hint],
) -> None:
    assert len(found) == 14
    flagged = {key for key, row in found.items() if row.flagged}
    assert flagged == {("read the options", "options"), ("read the items", "items")}
    assert all(found[key].effect > 0.5 for key in flagged)
    assert min(found[f"noise {seed}", "items"].p for seed in range(4)) > 0.005


def test_every_text_is_asked_about_in_its_own_and_in_other_orders(tmp_path: Path) -> None:
    (task,) = load_tasks([write_task(tmp_path / "tasks")])
    docs, items = documents(1), [5, 0, 9, 30, 77]
    asked = probes(task, items)
    own, *others = asked["options"][0]
    assert own.context + own.continuation == "\n".join([docs[5]["query"], *docs[5]["choices"]])
    assert len({own, *others}) == 3
    assert {tuple(sorted(o.continuation)) for o in others} == {tuple(sorted(own.continuation))}
    assert asked["items"][1] == ()  # nothing is before the first document
    rest = [orders for orders in asked["items"] if orders]
    assert [o[0].context for o in rest] == [docs[i - 1]["query"] for i in items if i]
    for order in zip(*rest, strict=True):
        assert {o.context for o in order} == {o[0].context for o in rest}
    assert all(len({o.context for o in orders}) == 3 for orders in rest)
    assert asked == probes(task, items)
    answers = iter([(-1.0, False), (-3.0, False), (-5.0, True)])
    assert margins({"options": [(own, *others), ()]}, answers) == {
        "options": (3.0, 0.0),
        "options spread": (pytest.approx(2**0.5), 0.0),
    }


def test_options_that_a_question_lists_change_places_under_their_letters(tmp_path: Path) -> None:
    text = "{{query}}{% for c in choices %}\n{{'ABCD'[loop.index0]}}. {{c}}{% endfor %}\nAnswer:"
    spec = write_task(tmp_path / "tasks", doc_to_text=text, doc_to_choice=["A", "B", "C", "D"])
    (task,) = load_tasks([spec])
    doc = documents(1)[3]
    own, *others = probes(task, range(1, 9))["options"][2]
    first, *rest = doc["choices"]
    assert own.context == f"{doc['query']}\nA. "
    assert own.continuation == first + "".join(
        f"\n{letter}. {c}" for letter, c in zip("BCD", rest, strict=True)
    )
    for other in others:
        assert other.context == own.context
        assert [line[:3] for line in other.continuation.split("\n")[1:]] == ["B. ", "C. ", "D. "]
        assert sorted(other.continuation) == sorted(own.continuation)


def test_labels_that_are_the_same_everywhere_are_no_order_to_know(family: Path) -> None:
    (task,) = load_tasks([TaskSpec("letters", str(family / "tasks" / "letters.yaml"))])
    assert list(probes(task, range(1, 20, 2))) == ["items"]
