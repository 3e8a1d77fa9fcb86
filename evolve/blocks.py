"""The blocks of a search file, each with its defaults."""

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    field_validator,
)

AVERAGE = "average"  # the objective of a search that names none
NICHES = frozenset({"map-elites", "pool"})
"""Optimizers that keep what is good at different tasks, and are told every task's score."""


class Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SplitSizes(Block):
    """Items per task. Search items choose where to look, validation items choose the recipe,
    report items are used once, for the verdict."""

    search: PositiveInt = 100
    validation: PositiveInt = 100
    report: int = Field(300, ge=10)


class TaskConfig(Block):
    """An lm-eval task, or a group or tag of tasks, which share its weight and sizes."""

    name: str
    weight: PositiveFloat = 1.0
    metric: str | None = Field(
        None,
        description="`metric` or `metric,filter`; acc where the task has it, else its first one",
    )
    num_fewshot: int | None = Field(None, ge=0)
    splits: SplitSizes | None = Field(None, description="sizes for this task alone")

    @field_validator("metric")
    @classmethod
    def _without_filter(cls, value: str | None) -> str | None:
        """`acc,none`, as lm-eval and mergekit-evolve write it, means `acc`."""
        return None if value is None else value.removesuffix(",none")


class PromptConfig(Block):
    """How lm-eval makes the prompts of all tasks."""

    chat_template: bool = Field(False, description="the base tokenizer's own")
    fewshot_as_multiturn: bool = True
    system_instruction: str | None = None


class RacingConfig(Block):
    """A candidate that is clearly worse than the best ones is not scored on all search items."""

    method: Literal["off", "paired", "irt"] = "irt"
    blocks: int = Field(20, ge=2, description="parts of the search items, scored one by one")
    error: float = Field(
        0.05,
        gt=0,
        lt=0.5,
        description="paired: chance that a candidate as good as the best is stopped; irt: that a "
        "stopped one was as good",
    )


class OptimizerConfig(Block):
    """How the next point is chosen."""

    name: Literal[
        "auto",
        "cma",
        "cma-lra",
        "catcma",
        "thompson",
        "tpe",
        "gp",
        "nsga2",
        "nsga3",
        "qmc",
        "random",
        "map-elites",
        "pool",
        "descent",
    ] = "auto"
    sigma: float = Field(
        1 / 6, gt=0, le=1, description="CMA-ES: first step size, of the range of a gene"
    )
    population: int | None = Field(
        None, ge=4, description="CMA-ES: 4 + floor(3 ln n) if not given"
    )


class DescentConfig(Block):
    """Weights learnt by gradient descent on prompts of search items, without their answers."""

    loss: Literal["entropy", "divergence"] = Field(
        "entropy",
        description="entropy: of the merge's answers (AdaMerging, arXiv:2310.02575); divergence: "
        "from the best parent on each task (DAM, arXiv:2410.08371)",
    )
    steps: PositiveInt = Field(
        20, description="the loss goes on falling when the score has begun to fall, too"
    )
    every: PositiveInt = Field(4, description="steps from one point that is scored to the next")
    learning_rate: PositiveFloat = 0.03
    items: PositiveInt = Field(32, description="prompts per task")


class StartsConfig(Block):
    """What is scored before the first trial besides the base, the parents and the plain merges;
    all of it tells the optimizer where to begin.
    """

    soup: bool = Field(True, description="greedy soup of the parents (arXiv:2203.05482)")
    model_stock: bool = Field(True, description="arXiv:2403.19522; from two parents on")
    earlier: bool = Field(
        True, description="winners of earlier searches of this store on the same parents"
    )
    descent: DescentConfig | None = Field(
        None, description="weights that gradient descent has learnt; `entropy` is short for it"
    )

    @field_validator("descent", mode="before")
    @classmethod
    def _by_its_loss(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return {} if value else None
        return {"loss": value} if isinstance(value, str) else value


class BudgetConfig(Block):
    """When the search stops asking; what is in flight is still counted. Whichever comes first."""

    trials: PositiveInt | None = Field(100, description="null: without end, until it is stopped")
    hours: PositiveFloat | None = None
    usd: PositiveFloat | None = Field(
        None, description="by workers.usd_per_hour and the hours that drivers spent on it"
    )
    patience: PositiveInt | None = Field(
        None, description="trials in a row without a better score on all search items"
    )
    target: float | None = Field(None, description="a score on all search items that is enough")


class WorkersConfig(Block):
    """The processes that merge and score. A search may go on with others than it began with."""

    count: PositiveInt | None = Field(
        None,
        description="at most so many; null: one per GPU of the cluster, or per `threads` cores of "
        "one without GPUs, with those that join later (a local one without GPUs: one)",
    )
    threads: PositiveInt = Field(1, description="cores of each worker")
    batch_tokens: PositiveInt | None = Field(
        None,
        description="positions per forward pass, padding included; by the free memory if null",
    )
    device: Literal["auto", "cpu", "cuda"] = "auto"
    gpus_per_worker: float | None = Field(None, ge=0, description="one if a GPU is used")
    address: str | None = Field(
        None, description="an existing Ray cluster; a local one if not given"
    )
    deadline_s: PositiveFloat | None = Field(
        None,
        description="a worker that is silent for so long is killed and its attempt given to "
        "another; null: by how long attempts took so far",
    )
    gone_limit_s: PositiveFloat = Field(
        900, description="without any worker for so long, the search pauses (exit code 33)"
    )
    usd_per_hour: PositiveFloat | None = Field(None, description="what one worker costs")
    gpu: str | None = Field(
        None,
        description="kind of GPU, as H100 or A100-80GB: its price is looked up in SkyPilot's "
        "catalogue where usd_per_hour is not given and SkyPilot is installed",
    )


class SinksConfig(Block):
    """Where a search is also told about, beside its store. None of them can stop it."""

    prometheus: int | None = Field(
        None, ge=1, le=65535, description="port on 127.0.0.1 at which metrics are served"
    )
    mlflow: str | None = Field(
        None, repr=False, description="tracking URI, as http://127.0.0.1:5000"
    )
    wandb: str | None = Field(None, description="project; WANDB_MODE=offline keeps it here")
