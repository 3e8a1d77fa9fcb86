"""Reads a mergekit-evolve YAML as it is: `genome:` and `tasks:`, and what stands beside them.

It becomes a search file as plain data. mergekit-evolve ignores keys that it does not know, so any
other key of a search file (base, splits, budget, workers, seed, ...) may stand in the same file.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from search_spaces.errors import ConfigError
from search_spaces.genome_config import BASE, BASELESS, EvolveMethod, GenomeConfig
from search_spaces.problems import problems_in
from search_spaces.suggest import did_you_mean
from search_spaces.values import Frozen

_VALIDATION, _REPORT = 100, 300
_SEARCH = 100
_NEGATIVE = (-1.0, 1.5)


class GenomeBlock(Frozen):
    """`genome:`."""

    models: tuple[str, ...] = Field(min_length=1)
    merge_method: EvolveMethod
    base_model: str | None = None
    tokenizer_source: str | None = None
    layer_granularity: int = Field(0, ge=0)
    normalize: bool | None = None
    allow_negative_weights: bool = False
    filters: tuple[str, ...] | None = None
    smooth: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> "GenomeBlock":
        if len(set(self.models)) != len(self.models):
            raise ValueError(f"models: one is listed twice: {list(self.models)}")
        if self.merge_method not in BASELESS and self.base_model is None:
            raise ValueError(f"{self.merge_method} needs 'base_model'")
        known = (None, "base", "union", self.base_model, *self.models)
        if self.tokenizer_source not in known:
            raise ValueError(
                "tokenizer_source: expected base, union or one of the models, found "
                f"'{self.tokenizer_source}'"
            )
        return self


class EvolveTask(Frozen):
    """One of `tasks:`; a name alone is short for it."""

    name: str
    weight: float = 1.0
    metric: str = "acc,none"

    @field_validator("weight")
    @classmethod
    def _above_zero(cls, value: float) -> float:
        if value <= 0:
            raise ValueError(
                "expected a number above 0; whether lower is better is known of every metric, so "
                "a perplexity needs no minus; a task that counts nothing is left out"
            )
        return value


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class EvolveFile(Frozen):
    """The whole file, without the keys that are ours."""

    genome: GenomeBlock
    tasks: tuple[Annotated[EvolveTask, BeforeValidator(_by_name)], ...] = Field(min_length=1)
    limit: PositiveInt | None = None
    num_fewshot: int | None = Field(None, ge=0)
    shuffle: bool = False
    random_init: bool = False
    apply_chat_template: bool = True
    fewshot_as_multiturn: bool = True


@dataclass(frozen=True)
class EvolveSearch:
    """What a mergekit-evolve file becomes. search: a search file as plain data; paths as they are
    in the file.
    """

    file: EvolveFile
    search: dict[str, Any]


def is_evolve_file(data: object) -> bool:
    """Is this the content of a mergekit-evolve YAML, and not of a search file?"""
    return isinstance(data, dict) and "genome" in data


def read_evolve(
    data: Mapping[str, Any], name: str, own: Collection[str], where: str = "genome file"
) -> EvolveSearch:
    """name: of the search where the file has none; own: the keys of a search file.

    Raises: ConfigError with all that is wrong, a line each.
    """
    theirs, ours = _parted(data, own, where)
    try:
        file = EvolveFile.model_validate(theirs)
    except ValidationError as error:
        raise ConfigError(
            "\n".join(f"{where}: {problem}" for problem in problems_in(error, EvolveFile))
        ) from None
    genome = file.genome
    base = _base(genome, ours.get("base"), where)
    names = _names(genome.models, base)
    parents = {name: model for model, name in names.items() if model != base}
    if not parents:
        raise ConfigError(f"{where}: genome.models: nothing to merge with '{base}'; list another")
    try:
        space = _space(genome, names, base)
    except ValidationError as error:
        raise ConfigError(
            "\n".join(f"{where}: genome.{p}" for p in problems_in(error, GenomeConfig))
        ) from None
    search: dict[str, Any] = {
        "name": re.sub(r"[^\w.-]+", "_", name) or "search",
        "base": base,
        "parents": parents,
        "dtype": "bfloat16",
        "space": space.model_dump(mode="json"),
        "budget": {"trials": 100},
        "normalize": "none",
        "tasks": [t.model_dump() | {"num_fewshot": file.num_fewshot} for t in file.tasks],
        "prompts": {
            "chat_template": file.apply_chat_template,
            "fewshot_as_multiturn": file.fewshot_as_multiturn,
        },
        "splits": {
            "search": file.limit or _SEARCH,
            "validation": _VALIDATION,
            "report": _REPORT,
        },
    }
    for key in ("splits", "prompts"):  # what a file says of them in part
        if isinstance(ours.get(key), dict):
            ours[key] = search[key] | ours[key]
    return EvolveSearch(file, search | ours | {"base": base})


def _parted(
    data: Mapping[str, Any], own: Collection[str], where: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keys of mergekit-evolve, and keys that a search file adds."""
    added = set(own) - {"parents", "space", *EvolveFile.model_fields}
    wrong = [
        f"{where}: '{key}' cannot stand beside 'genome', which says it all"
        if key in own
        else f"{where}: unknown key '{key}'; "
        + did_you_mean(str(key), {*EvolveFile.model_fields, *added})
        for key in data
        if key not in EvolveFile.model_fields and key not in added
    ]
    if wrong:
        raise ConfigError("\n".join(wrong))
    theirs = {k: v for k, v in data.items() if k in EvolveFile.model_fields}
    return theirs, {k: v for k, v in data.items() if k in added}


def _base(genome: GenomeBlock, named: object, where: str) -> str:
    """Every search compares with a base: base_model; where there is none, `base`, else the first
    of the models.
    """
    if named is None:
        return genome.base_model or genome.models[0]
    if genome.base_model not in (None, named):
        raise ConfigError(
            f"{where}: base: expected genome.base_model, '{genome.base_model}', found '{named}'; "
            "leave it out"
        )
    return str(named)


def _names(models: Collection[str], base: str) -> dict[str, str]:
    """Model -> its name: the last part of its path (of its adapter, for LoRA), or `base`."""
    names = {base: BASE}
    for model in models:
        last = re.split(r"[/+]", model.rstrip("/"))[-1]
        stem = re.sub(r"[^\w-]+", "_", last)
        stem = stem if stem.strip("_-") else "model"
        name, number = stem, 2
        while name in names.values():
            name, number = f"{stem}_{number}", number + 1
        names.setdefault(model, name)
    return names


def _space(genome: GenomeBlock, names: Mapping[str, str], base: str) -> GenomeConfig:
    in_recipes = genome.base_model is not None and (
        genome.merge_method not in BASELESS or base in genome.models
    )
    changes = {"weight": _NEGATIVE} if genome.allow_negative_weights else {}
    return GenomeConfig(
        models=tuple(names[model] for model in genome.models),
        merge_method=genome.merge_method,
        base_model=in_recipes,
        layer_granularity=genome.layer_granularity,
        normalize=genome.normalize,
        allow_negative_weights=genome.allow_negative_weights,
        filters=genome.filters or (),
        smooth=genome.smooth,
        **changes,
    )
