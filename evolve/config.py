"""The search file: one YAML, checked by pydantic; and the digest that fixes a search."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)
from sqlalchemy.exc import ArgumentError

from evolve.blocks import (
    AVERAGE,
    NICHES,
    Block,
    BudgetConfig,
    OptimizerConfig,
    PromptConfig,
    RacingConfig,
    SinksConfig,
    SplitSizes,
    StartsConfig,
    TaskConfig,
    WorkersConfig,
)
from evolve.masking import masked
from evolve.store.connecting import shown
from search_spaces.errors import ConfigError
from search_spaces.evolve_config import is_evolve_file, read_evolve
from search_spaces.model_names import absolute, short_name
from search_spaces.parameters import SpaceConfig
from search_spaces.problems import NAME, problems_in
from search_spaces.reading import read_search_yaml
from search_spaces.spaces import AnySpaceConfig


def _racing(value: Any) -> Any:
    """`racing: off` (which YAML reads as false), `racing: paired`, or a mapping."""
    if isinstance(value, bool):
        return {} if value else {"method": "off"}
    return {"method": value} if isinstance(value, str) else value


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _optimizer(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _name_of(data: dict[str, Any]) -> Any:
    """The optimizer's, in a search file that is not checked yet."""
    optimizer = _optimizer(data.get("optimizer"))
    return optimizer.get("name") if isinstance(optimizer, dict) else None


def _aims(data: dict[str, Any]) -> bool:
    """Does a search file ask for several objectives?"""
    return str(_name_of(data)) in NICHES or _as_tuple(data.get("objectives", AVERAGE)) not in (
        (AVERAGE,),
        [AVERAGE],
    )


def _named(value: Any) -> Any:
    """In a list, the last part of its path (of its adapter, for LoRA) names each parent."""
    if isinstance(value, list):
        named = {short_name(str(v).rstrip("/").rpartition("+")[2]): v for v in value}
        if len(named) != len(value):
            raise ValueError(
                "two parents have the same last path part; give them names: {name: path}"
            )
        return named
    return value


class SearchConfig(Block):
    """A whole search file. Paths are absolute once it has been read."""

    name: str = Field("search", min_length=1, pattern=NAME)
    base: str
    parents: Annotated[dict[str, str], BeforeValidator(_named)] = Field(min_length=1)
    dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    space: AnySpaceConfig = Field(default_factory=SpaceConfig)
    optimizer: Annotated[OptimizerConfig, BeforeValidator(_optimizer)] = Field(
        default_factory=OptimizerConfig
    )
    starts: StartsConfig = Field(default_factory=StartsConfig)
    objectives: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = Field(
        (AVERAGE,),
        min_length=1,
        description="average, tasks (each by itself), a task's name, depth, size",
    )
    choose: Literal["average", "knee"] | dict[str, PositiveFloat] = Field(
        "average",
        description="which point of the front is chosen on validation items: the best average, "
        "the knee, or by weights of the objectives",
    )
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
    store: str = Field("sqlite:///evolve.db", repr=False, description="may hold a password")
    store_limit_s: PositiveFloat = Field(
        600, description="the database may be away for so long before the search pauses"
    )
    workers: WorkersConfig = Field(default_factory=WorkersConfig)
    sinks: SinksConfig = Field(default_factory=SinksConfig)
    seed: int = Field(0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _several_objectives_do_not_race(cls, data: Any) -> Any:
        """A race stops whoever has a low average, be it the best at one task."""
        if isinstance(data, dict) and _aims(data) and "racing" not in data:
            return {**data, "racing": "off"}
        return data

    @model_validator(mode="before")
    @classmethod
    def _a_pool_never_ends(cls, data: Any) -> Any:
        """Unless it is given a number of trials."""
        if not isinstance(data, dict) or _name_of(data) != "pool":
            return data
        budget = data.get("budget", {})
        if not isinstance(budget, dict) or "trials" in budget:
            return data
        return {**data, "budget": {**budget, "trials": None}}

    @model_validator(mode="after")
    def _objectives_fit(self) -> "SearchConfig":
        several = self.objectives != (AVERAGE,) or self.optimizer.name in NICHES
        if several and (self.racing.method != "off" or self.items == "rotate"):
            raise ValueError(
                "racing: with several objectives every trial is scored on all search items; "
                "leave 'racing' and 'items' out"
            )
        if self.optimizer.name == "descent" and self.objectives != (AVERAGE,):
            raise ValueError(
                "optimizer: descent walks where its loss falls and has one objective, the "
                "average; leave 'objectives' out, or begin with 'starts: {descent: entropy}' "
                "and let another optimizer go on"
            )
        if self.choose == {}:
            raise ValueError(
                "choose: expected a weight of one objective or more, found none; name them, as "
                "{average: 1, depth: 0.1}, or leave 'choose' out"
            )
        if not several and self.choose != "average":
            raise ValueError("choose: there is a front to choose from only with 'objectives'")
        return self

    @model_validator(mode="after")
    def _cost_is_known(self) -> "SearchConfig":
        known = self.workers.usd_per_hour is not None or self.workers.gpu is not None
        if self.budget.usd is not None and not known:
            raise ValueError(
                "budget.usd: what a worker costs is not known; set workers.usd_per_hour too, or "
                "workers.gpu, whose price SkyPilot's catalogue has"
            )
        return self

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
        """The whole configuration as plain data, without passwords: for printing and storing."""
        found = self.model_dump(mode="json") | {"store": without_password(self.store)}
        if self.sinks.mlflow is not None:
            found["sinks"]["mlflow"] = masked(self.sinks.mlflow)
        return found

    def sizes(self, task: TaskConfig) -> SplitSizes:
        """The split sizes that hold for a task."""
        return task.splits or self.splits


def read_search(path: Path) -> SearchConfig:
    """Reads and checks a search file; relative paths in it are relative to it.

    Raises: ConfigError naming the key, what was expected and what was found.
    """
    try:
        data = read_search_yaml(path)
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; `evolve demo` writes one to start from"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if not isinstance(data, dict):
        raise ConfigError(
            f"{path}: expected a mapping with base, parents and tasks, found {type(data).__name__}"
        )
    if is_evolve_file(data):
        data = read_evolve(data, path.stem, SearchConfig.model_fields, str(path)).search
    if os.environ.get("EVOLVE_STORE") and "store" not in data:
        data = {**data, "store": os.environ["EVOLVE_STORE"]}
    try:
        config = SearchConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError(
            "\n".join(f"{path}: {problem}" for problem in problems_in(error, SearchConfig))
        ) from None
    folder = path.resolve().parent
    found = [absolute(r, folder) for r in [config.base, *config.parents.values()]]
    if len(set(found)) != len(found):  # `models/x` and `./models/x/`
        twice = next(r for r in found if found.count(r) > 1)
        raise ConfigError(f"{path}: base and parents: '{twice}' is listed twice; list it once")
    return config.model_copy(
        update={
            "base": absolute(config.base, folder),
            "parents": {n: absolute(r, folder) for n, r in config.parents.items()},
            "task_folders": tuple(_folder(f, folder) for f in config.task_folders),
            "store": absolute_store(config.store, folder),
        }
    )


def _folder(name: str, folder: Path) -> str:
    try:
        return str((folder / name).resolve())
    except OSError as error:
        raise ConfigError(f"task_folders: {name[:80]!r}: {error.strerror}") from None


def without_password(url: str) -> str:
    """A database URL as it may be printed and stored."""
    try:
        return shown(url)
    except (ArgumentError, ValueError):
        return "(not a database URL)"


def absolute_store(url: str, folder: Path) -> str:
    """An SQLite URL with its file made absolute against `folder`; other URLs as they are."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == prefix + ":memory:":
        return url
    try:
        return prefix + str((folder / Path(url.removeprefix(prefix)).expanduser()).resolve())
    except (OSError, ValueError, RuntimeError) as error:  # too long, NUL, an unknown ~user
        raise ConfigError(f"store: {url[:80]!r} cannot be a file: {error}") from None


def search_digest(
    config: SearchConfig, fingerprints: Mapping[str, str], tasks: Mapping[str, str]
) -> str:
    """32 hex digits over everything that decides what a search finds.

    Not in it: name, store, workers, sinks, ablations, when to stop but for the number of trials,
    and whether tasks may run code. Models and tasks count by content, not by path.
    fingerprints: model reference -> fingerprint; tasks: task name -> digest.
    """
    aside = {"name", "store", "store_limit_s", "workers", "sinks"}
    aside |= {"task_folders", "allow_task_code", "ablations", "budget"}
    data = config.model_dump(mode="json", exclude=aside)
    data["trials"] = config.budget.trials
    data["base"] = fingerprints[config.base]
    data["parents"] = [[n, fingerprints[r]] for n, r in config.parents.items()]  # order counts
    data["task_digests"] = dict(tasks)
    text = json.dumps(data, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
