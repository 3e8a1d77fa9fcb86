"""What travels between the driver and the workers: plain frozen data, nothing that opens or
computes.
"""

from dataclasses import dataclass, field

from search_spaces.recipe import Recipe

Split = str  # "search", "validation" or "report"
PROBE: Split = "probe"  # some report items, asked for signs of contamination and not scored


@dataclass(frozen=True)
class TaskSpec:
    """An lm-eval task by name, and how its prompts are made; `file` is its YAML, or None for a
    task that lm-eval ships.

    allow_code: the user's own YAML may call functions (`!function`), and a task that is marked
    unsafe may run what a model wrote; limit: the first so many documents; own_shots: few-shot
    examples must come from documents that are not scored; changes: JSON of what a group says of
    the task, which wins over the task's YAML.
    """

    name: str
    file: str | None = None
    num_fewshot: int | None = None
    chat_template: bool = False
    fewshot_as_multiturn: bool = True
    system_instruction: str | None = None
    allow_code: bool = False
    limit: int | None = None
    own_shots: bool = True
    changes: str = ""


@dataclass(frozen=True)
class TaskItems:
    """The items of a task: `keys` one digest of the content per item, in document order.

    metrics: those whose value is a mean over items, `metric` or `metric,filter`, the task's own
    order.
    """

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
    batch_tokens: int | None
    threads: int
    device: str = "auto"
    splits: dict[Split, dict[str, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One attempt, or the next part of one: build `recipe`, score it on `items` of `split`.

    items: task -> item numbers of that split; None for all of them (not for PROBE, which workers
    know no items of). A worker that still holds the recipe does not build it again.
    """

    attempt_id: int
    recipe: Recipe
    split: Split
    items: dict[str, tuple[int, ...]] | None = None


@dataclass(frozen=True)
class Score:
    """Per-item outcomes of one candidate: task -> metric -> values in the order of the job's
    items, whose mean over a whole split is the metric (for perplexities, its natural logarithm).
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
