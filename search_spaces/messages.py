"""What travels between the driver and the workers: plain frozen data, nothing that opens or
computes.
"""

from dataclasses import dataclass, field

from search_spaces.recipe import Recipe

Split = str  # "search", "validation" or "report"


@dataclass(frozen=True)
class TaskSpec:
    """An lm-eval task by name; `file` is its YAML, or None for a task that lm-eval ships."""

    name: str
    file: str | None = None
    num_fewshot: int | None = None


@dataclass(frozen=True)
class TaskItems:
    """The items of a task: `keys` one digest of the content per item, in document order."""

    name: str
    keys: tuple[str, ...]
    metrics: tuple[str, ...]
    higher_is_better: dict[str, bool]


@dataclass(frozen=True)
class WorkerSpec:
    """All that a worker has to hold before its first job.

    parents: model reference -> content fingerprint; splits: split -> task -> item indices.
    """

    base: str
    parents: dict[str, str]
    tasks: tuple[TaskSpec, ...]
    dtype: str
    batch_tokens: int
    threads: int
    device: str = "auto"
    splits: dict[Split, dict[str, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One attempt: build `recipe`, score it on `split`."""

    attempt_id: int
    recipe: Recipe
    split: Split


@dataclass(frozen=True)
class Score:
    """Per-item outcomes of one candidate: task -> metric -> values in the order of the split's
    items.
    """

    outcomes: dict[str, dict[str, tuple[float, ...]]]
    merge_s: float
    score_s: float
    tokens: int


@dataclass(frozen=True)
class Result:
    """How a job ended: with a score, or failed (the candidate is bad) or lost (the worker is
    gone).
    """

    attempt_id: int
    worker: str
    score: Score | None = None
    failed: str | None = None
    lost: str | None = None
