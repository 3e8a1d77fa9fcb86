"""What a report is made of, read once from the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from evolve.report import summary
from evolve.store import Reader, SearchRow, TrialRow
from evolve.store.rows import AttemptRow
from ui import columns
from ui.columns import Columns

_PACKAGES = ("evolve-merge", "torch", "transformers", "lm_eval", "numpy", "optuna", "cmaes")
_TRIALS_OF_WORKERS = 400  # whose attempts are drawn


@dataclass(frozen=True)
class Found:
    """others: trials that are not the optimizer's; summary: `evolve.report.summary`; items:
    split -> task -> how many; reasons: (why trials failed, how many of them); attempts: of the
    last trials, with numbers: trial id -> number; versions: of this software and what it uses,
    where the report is made; made_at: in UTC.
    """

    search: SearchRow
    trials: Columns
    others: Sequence[TrialRow]
    summary: Mapping[str, Any]
    items: Mapping[str, Mapping[str, int]]
    reasons: Sequence[tuple[str, int]]
    attempts: Sequence[AttemptRow]
    numbers: Mapping[int, int]
    versions: Mapping[str, str]
    made_at: datetime


def read(reader: Reader, search: SearchRow) -> Found:
    """Of 100,000 trials a few numbers each; no recipe and no genome but the chosen one's."""
    trials = columns.read(reader, search.id)
    attempts = reader.last_attempts(search.id, _TRIALS_OF_WORKERS)
    last = trials.number[-_TRIALS_OF_WORKERS:].tolist()
    return Found(
        search,
        trials,
        reader.others(search.id),
        summary(reader, search, trials.tally),
        {
            split: {task: len(items) for task, items in tasks.items()}
            for split, tasks in reader.splits(search.id).items()
        },
        reader.reasons(search.id),
        attempts,
        {trial.id: trial.number for trial in reader.numbered_all(search.id, last)},
        _versions(),
        datetime.now(UTC),
    )


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
