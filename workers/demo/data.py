"""The packaged sentences: four skills, each with items to score and others to train on."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml

SKILLS = ("language", "topic", "sentiment", "intent")


@dataclass(frozen=True)
class Sentence:
    """query: the text, ending in the question (e.g. `Topic:`); gold: index into the skill's
    choices.
    """

    query: str
    gold: int


@cache
def choices() -> dict[str, list[str]]:
    """Skill -> its answers, each beginning with a blank."""
    found: dict[str, list[str]] = json.loads(_file("choices.json").decode())
    return found


@cache
def sentences(skill: str, part: str) -> tuple[Sentence, ...]:
    """part: 'items' (scored) or 'train'; no query is in both."""
    lines = gzip.decompress(_file(f"{skill}.{part}.jsonl.gz")).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(Sentence(row["query"], row["gold"]) for row in rows)


def write_tasks(folder: Path) -> None:
    """An lm-eval task per skill: NAME.yaml beside NAME.jsonl."""
    folder.mkdir(parents=True)
    for skill in SKILLS:
        answers = choices()[skill]
        rows = [
            {
                "id": number,
                "query": s.query,
                "choices": [a.strip() for a in answers],
                "gold": s.gold,
            }
            for number, s in enumerate(sentences(skill, "items"))
        ]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{skill}.jsonl").write_text(text, encoding="utf-8")
        task = {
            "task": skill,
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": f"{skill}.jsonl"}},
            "test_split": "test",
            "output_type": "multiple_choice",
            "doc_to_text": "{{query}}",
            "doc_to_choice": "choices",
            "doc_to_target": "gold",
            "target_delimiter": " ",
            "metric_list": [
                {"metric": metric, "aggregation": "mean", "higher_is_better": True}
                for metric in ("acc", "acc_norm")
            ],
            "metadata": {"version": 1.0},
        }
        (folder / f"{skill}.yaml").write_text(
            yaml.safe_dump(task, sort_keys=False), encoding="utf-8"
        )
    (folder / "ATTRIBUTION.md").write_bytes(_file("ATTRIBUTION.md"))


def _file(name: str) -> bytes:
    return (files("workers.demo") / "data" / name).read_bytes()
