"""Six lm-eval tasks of different cost for the scoring benchmark, from the demo's sentences."""

import gzip
import json
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parents[2] / "workers" / "demo" / "data"
TOPICS = ["hotel", "doctor", "product", "school"]


def write_tasks(folder: Path) -> list[str]:
    """Names of the tasks that now lie in `folder`.

    short: sums with five numbers to choose from (4 tokens each); word: one of four words after a
    sentence (one token each); long: four sentences as choices after a text of
    some 500 tokens; fewshot: five examples (some 250 tokens), the same for all items; rolling:
    texts of 100 to 1,500 tokens; generation: up to 32 tokens until the end of a line.
    """
    topic = _rows("topic.items")
    sentences = [row["query"].splitlines()[0] for row in topic]
    asked = [
        {"query": f"{s}\nTopic:", "choices": TOPICS, "gold": n % 4}
        for n, s in enumerate(sentences)
    ]
    _write(folder, "short", [_sum(n) for n in range(96)], {})
    _write(folder, "word", asked[:96], {})
    _write(
        folder,
        "fewshot",
        asked[100:148],
        {"num_fewshot": 5, "fewshot_config": {"sampler": "first_n", "samples": asked[:5]}},
    )
    passages = [
        {
            "query": " ".join(sentences[25 * n : 25 * n + 25]) + "\nWhat comes next?",
            "choices": [sentences[1000 + 4 * n + k] for k in range(4)],
            "gold": n % 4,
        }
        for n in range(8)
    ]
    _write(folder, "long", passages, {})
    texts = [{"text": " ".join(sentences[40 * n : 40 * n + 5 * (n + 1)])} for n in range(8)]
    units = ("word_perplexity", "byte_perplexity", "bits_per_byte")
    _write(
        folder,
        "rolling",
        texts,
        {
            "output_type": "loglikelihood_rolling",
            "doc_to_text": "",
            "doc_to_target": "{{text}}",
            "metric_list": [{"metric": m} for m in units],
        },
    )
    _write(
        folder,
        "generation",
        [{"query": f"Sentence: {s}\nIn other words:", "answer": s} for s in sentences[200:232]],
        {
            "output_type": "generate_until",
            "doc_to_target": "{{answer}}",
            "generation_kwargs": {"until": ["\n"], "max_gen_toks": 32, "do_sample": False},
            "metric_list": [
                {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}
            ],
        },
    )
    return ["short", "word", "long", "fewshot", "rolling", "generation"]


def _sum(number: int) -> dict[str, Any]:
    left, right = 17 + 13 * number % 82, 11 + 29 * number % 88
    near = [left + right + step for step in (0, -10, 1, 10, 9)]
    gold = number % 5
    choices = near[1 : gold + 1] + near[:1] + near[gold + 1 :]
    return {"query": f"{left} + {right} =", "choices": [str(c) for c in choices], "gold": gold}


def _rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _write(folder: Path, name: str, rows: list[dict[str, Any]], changes: dict[str, Any]) -> None:
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(folder / f"{name}.jsonl")}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{query}}",
        "doc_to_target": "gold",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }
    if "output_type" not in changes:
        task["doc_to_choice"] = "choices"
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(task | changes))
