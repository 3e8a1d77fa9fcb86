"""The search file: one YAML, checked by pydantic; and the digest that fixes a search."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from search_spaces.errors import ConfigError
from search_spaces.model_names import absolute
from search_spaces.parameters import SpaceConfig
from search_spaces.problems import problems_in


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SplitSizes(_Block):
    """Items per task. Search items choose where to look, validation items choose the recipe,
    report items are used once, for the verdict."""

    search: PositiveInt = 100
    validation: PositiveInt = 100
    report: int = Field(300, ge=10)


class TaskConfig(_Block):
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


class PromptConfig(_Block):
    """How lm-eval makes the prompts of all tasks."""

    chat_template: bool = Field(False, description="the base tokenizer's own")
    fewshot_as_multiturn: bool = True
    system_instruction: str | None = None


class RacingConfig(_Block):
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


def _racing(value: Any) -> Any:
    """`racing: off` (which YAML reads as false), `racing: paired`, or a mapping."""
    if isinstance(value, bool):
        return {} if value else {"method": "off"}
    return {"method": value} if isinstance(value, str) else value


class OptimizerConfig(_Block):
    """How the next point is chosen."""

    name: Literal["cma", "tpe", "random"] = "cma"
    sigma: float = Field(
        1 / 6, gt=0, le=1, description="cma: first step size, of the range of a gene"
    )
    population: int | None = Field(None, ge=4, description="cma: 4 + floor(3 ln n) if not given")


class BudgetConfig(_Block):
    """When the search stops asking; what is in flight is still counted."""

    trials: PositiveInt = 100
    hours: PositiveFloat | None = None


class WorkersConfig(_Block):
    """The processes that merge and score. A search may go on with others than it began with."""

    count: PositiveInt = 1
    threads: PositiveInt = 1
    batch_tokens: PositiveInt | None = Field(
        None,
        description="positions per forward pass, padding included; by the free memory if null",
    )
    device: Literal["auto", "cpu", "cuda"] = "auto"
    gpus_per_worker: float | None = Field(None, ge=0, description="one if a GPU is used")
    address: str | None = Field(
        None, description="an existing Ray cluster; a local one if not given"
    )


def _named(value: Any) -> Any:
    """In a list, the last part of its path (of its adapter, for LoRA) names each parent."""
    if isinstance(value, list):
        named = {re.split(r"[/+]", str(v).rstrip("/"))[-1]: v for v in value}
        if len(named) != len(value):
            raise ValueError(
                "two parents have the same last path part; give them names: {name: path}"
            )
        return named
    return value


class SearchConfig(_Block):
    """A whole search file. Paths are absolute once it has been read."""

    name: str = Field("search", min_length=1, pattern=r"^[\w.-]+$")
    base: str
    parents: Annotated[dict[str, str], BeforeValidator(_named)] = Field(min_length=1)
    dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    space: SpaceConfig = Field(default_factory=SpaceConfig)
    optimizer: OptimizerConfig = Field(default_factory=OptimizerConfig)
    tasks: tuple[TaskConfig, ...] = Field(min_length=1)
    task_folders: tuple[str, ...] = ()
    allow_task_code: bool = Field(
        False, description="task folders may run code (!function); off: such a task is refused"
    )
    prompts: PromptConfig = Field(default_factory=PromptConfig)
    splits: SplitSizes = Field(default_factory=SplitSizes)
    racing: Annotated[RacingConfig, BeforeValidator(_racing)] = Field(default_factory=RacingConfig)
    items: Literal["fixed", "rotate"] = Field(
        "fixed", description="rotate: every generation meets another quarter of the search items"
    )
    normalize: Literal["auto", "parents", "none"] = Field(
        "auto",
        description="parents: in the average every task counts in its parents' range; auto: where "
        "the tasks' metrics are of different kinds",
    )
    finalists: PositiveInt = Field(
        8, description="best trials that are scored on validation items"
    )
    ablations: int = Field(
        32,
        ge=0,
        description="at most so many recipes are scored on validation items to tell what each "
        "parent and each gene gave the winner",
    )
    budget: BudgetConfig = Field(default_factory=BudgetConfig)
    store: str = "sqlite:///evolve.db"
    workers: WorkersConfig = Field(default_factory=WorkersConfig)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _distinct(self) -> "SearchConfig":
        names = [task.name for task in self.tasks]
        if len(set(names)) != len(names):
            raise ValueError(f"tasks: a task is listed twice: {names}")
        for name, reference in self.parents.items():
            if not name.replace("_", "").replace("-", "").isalnum():
                raise ValueError(
                    f"parents: name '{name}' may hold letters, digits, '-' and '_' only"
                )
            if reference == self.base:
                raise ValueError(
                    f"parents: '{name}' is the base itself; the base is always compared"
                )
        if len(set(self.parents.values())) != len(self.parents):
            raise ValueError("parents: the same model is listed twice")
        return self

    def shown(self) -> dict[str, Any]:
        """The whole configuration as plain data, without the password of the store."""
        return self.model_dump(mode="json") | {"store": without_password(self.store)}

    def sizes(self, task: TaskConfig) -> SplitSizes:
        """The split sizes that hold for a task."""
        return task.splits or self.splits


def read_search(path: Path) -> SearchConfig:
    """Reads and checks a search file; relative paths in it are relative to it.

    Raises: ConfigError naming the key, what was expected and what was found.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; `evolve demo` writes one to start from"
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: cannot be read as YAML: {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(
            f"{path}: expected a mapping with base, parents and tasks, found {type(data).__name__}"
        )
    try:
        config = SearchConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError(
            "\n".join(f"{path}: {problem}" for problem in problems_in(error, SearchConfig))
        ) from None
    folder = path.resolve().parent
    return config.model_copy(
        update={
            "base": absolute(config.base, folder),
            "parents": {n: absolute(r, folder) for n, r in config.parents.items()},
            "task_folders": tuple(str((folder / f).resolve()) for f in config.task_folders),
            "store": absolute_store(config.store, folder),
        }
    )


def without_password(url: str) -> str:
    """A database URL as it may be printed and stored."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(not a database URL)"


def absolute_store(url: str, folder: Path) -> str:
    """An SQLite URL with its file made absolute against `folder`; other URLs as they are."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == prefix + ":memory:":
        return url
    return prefix + str((folder / Path(url.removeprefix(prefix)).expanduser()).resolve())


def search_digest(
    config: SearchConfig, fingerprints: Mapping[str, str], tasks: Mapping[str, str]
) -> str:
    """32 hex digits over everything that decides what a search finds.

    Not in it: name, store, workers, ablations, and whether tasks may run code. Models and tasks
    count by content, not by path. fingerprints: model reference -> fingerprint; tasks: task name
    -> digest.
    """
    aside = {"name", "store", "workers", "task_folders", "allow_task_code", "ablations"}
    data = config.model_dump(mode="json", exclude=aside)
    data["base"] = fingerprints[config.base]
    data["parents"] = [[n, fingerprints[r]] for n, r in config.parents.items()]  # order counts
    data["task_digests"] = dict(tasks)
    text = json.dumps(data, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
