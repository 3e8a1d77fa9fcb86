"""What travels between the driver and the workers: plain frozen data, nothing that opens or
computes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

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
    order; source: the data set on the Hugging Face hub and its commit, where that is known.
    """

    name: str
    keys: tuple[str, ...]
    metrics: tuple[str, ...]
    higher_is_better: dict[str, bool]
    source: str | None = None


PROMPT_KEPT, CHOICE_KEPT, TARGET_KEPT = 1500, 200, 300  # characters of an item's text


@dataclass(frozen=True)
class ItemText:
    """What an item says, for people to read. choices: none where the answer is a text of its own;
    target: the right answer, one of the choices where there are some; empty where a task has none.
    """

    prompt: str
    choices: tuple[str, ...] = ()
    target: str = ""


def readable(prompt: str, choices: Sequence[str] = (), target: str = "") -> ItemText:
    """Cut to what is kept, with a mark where: of a prompt its end, where the question is, of
    choices and targets their beginning.
    """
    if len(prompt) > PROMPT_KEPT:
        prompt = f"\u2026{prompt[1 - PROMPT_KEPT :]}"
    kept = CHOICE_KEPT if choices else TARGET_KEPT
    return ItemText(prompt, tuple(_head(c, CHOICE_KEPT) for c in choices), _head(target, kept))


def _head(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}\u2026"


@dataclass(frozen=True)
class WorkerSpec:
    """All that a worker has to hold before its first job.

    parents: model reference -> content fingerprint; splits: split -> task -> item indices.
    layers: of the deepest candidate; as many as the base has if None. memory_bytes: what it holds
    at its peak, parents included; parents_bytes: of these, what workers on one machine share.
    None: nobody counted.
    """

    base: str
    parents: dict[str, str]
    tasks: tuple[TaskSpec, ...]
    dtype: str
    batch_tokens: int | None
    threads: int
    device: str = "auto"
    splits: dict[Split, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    layers: int | None = None
    memory_bytes: int | None = None
    parents_bytes: int | None = None


@dataclass(frozen=True)
class Descent:
    """Coefficients of base + sum w * (parent - base), to be learnt by descent on unlabelled text.

    start: parent's reference -> the coefficient it begins with, in every group; groups: [start,
    end) of the layers that share one, from the first layer to the last without a gap (embeddings
    go with the first group, final norm and head with the last); low, high: what coefficients are
    clipped to. sample: task -> item numbers, whose prompts are read and whose answers are not.
    teachers: task -> reference of the parent whose predictions are matched there, for
    `divergence`. every: steps from one point of the path to the next.
    """

    loss: Literal["entropy", "divergence"]
    start: dict[str, float]
    groups: tuple[tuple[int, int], ...]
    sample: dict[str, tuple[int, ...]]
    teachers: dict[str, str] = field(default_factory=dict)
    low: float = 0.0
    high: float = 1.5
    steps: int = 50
    learning_rate: float = 0.03
    every: int = 5


@dataclass(frozen=True)
class Learned:
    """One point of a descent's path: the loss after `step` steps, and the coefficients that have
    it, parent's reference -> one per group.
    """

    step: int
    loss: float
    weights: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Job:
    """One attempt, or the next part of one: build `recipe`, score it on `items` of `split`.

    items: task -> item numbers of that split; None for all of them (not for PROBE, which workers
    know no items of). A worker that still holds the recipe does not build it again.
    descent: instead of scoring, learn coefficients; the recipe, split and items then say nothing.
    deadline_s: a worker that has not answered by then is taken for hung; None: however long.
    """

    attempt_id: int
    recipe: Recipe
    split: Split
    items: dict[str, tuple[int, ...]] | None = None
    descent: Descent | None = None
    deadline_s: float | None = None


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
    """How a job ended: with a score, with the path of a descent, or failed (the candidate is bad)
    or lost (the worker is gone). excused: with its machine, which says nothing of the candidate.
    """

    attempt_id: int
    worker: str
    score: Score | None = None
    failed: str | None = None
    lost: str | None = None
    learned: tuple[Learned, ...] = ()
    excused: bool = False
