"""The kinds of spaces that a search file may name, and the one place that opens them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from search_spaces.dataflow import DataFlowConfig, build_dataflow
from search_spaces.genome_config import GenomeConfig
from search_spaces.genome_space import build_genome_space
from search_spaces.parameters import SpaceConfig, build_space
from search_spaces.space import RecipeSpace


def _with_kind(value: Any) -> Any:
    return {"kind": "parameters", **value} if isinstance(value, dict) else value


AnySpaceConfig = Annotated[
    SpaceConfig | DataFlowConfig | GenomeConfig,
    Field(discriminator="kind"),
    BeforeValidator(_with_kind),
]


def open_space(
    config: SpaceConfig | DataFlowConfig | GenomeConfig,
    base: str,
    parents: Mapping[str, str],
    *,
    layers: int,
    dtype: str,
    seed: int,
    tensors: Iterable[str] | None = None,
) -> RecipeSpace:
    """parents: name -> model reference; layers and tensors: of the base model, by name.

    Raises: ConfigError for a space that does not fit the models.
    """
    if isinstance(config, DataFlowConfig):
        return build_dataflow(
            config, base, parents, layers=layers, dtype=dtype, seed=seed, tensors=tensors
        )
    if isinstance(config, GenomeConfig):
        return build_genome_space(config, base, parents, layers=layers, dtype=dtype, seed=seed)
    return build_space(
        config, base, parents, layers=layers, dtype=dtype, seed=seed, tensors=tensors
    )
