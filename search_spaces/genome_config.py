"""The genome of a mergekit-evolve file: which numbers it has, in which order and range.

It is (layer groups, models, filters and the rest, parameters) in C order. mergekit-evolve has no
bounds; here every parameter is given a range.
"""

from itertools import product
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from search_spaces.methods import METHODS
from search_spaces.space import Gene, Space
from search_spaces.values import Frozen

BASE = "base"  # what the base is called among `models`
EvolveMethod = Literal["linear", "task_arithmetic", "ties", "dare_ties", "slerp"]
GENES: dict[str, tuple[str, ...]] = {
    "linear": ("weight",),
    "task_arithmetic": ("weight",),
    "ties": ("weight", "density"),
    "dare_ties": ("weight", "density"),
    "slerp": ("preference",),
}
BASELESS = frozenset({"linear", "slerp"})  # the base is nothing to them, or one of the models
_NORMALIZED = frozenset({"linear", "ties", "dare_ties"})
_REST = "rest"


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if not bounds[0] < bounds[1]:
        raise ValueError(f"low must be under high, found {list(bounds)}")
    return bounds


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]


class GenomeConfig(Frozen):
    """The `space:` block that a mergekit-evolve file becomes."""

    kind: Literal["genome"] = "genome"
    models: tuple[str, ...] = Field(
        min_length=1, description="names of parents, and `base`, in the order of the genome"
    )
    merge_method: EvolveMethod
    base_model: bool = Field(True, description="do the recipes name the base as base_model?")
    layer_granularity: int = Field(
        0, ge=0, description="layers per group; 0: one group of all layers"
    )
    normalize: bool | None = Field(
        None, description="null: true for linear, ties and dare_ties, else false"
    )
    allow_negative_weights: bool = False
    filters: tuple[str, ...] = Field((), description="parts of tensor names, besides the rest")
    smooth: bool = Field(False, description="interpolate over layers, instead of steps")
    weight: Range = (0.0, 1.5)
    density: Range = (0.05, 1.0)
    preference: Range = Field(
        (-3.0, 3.0), description="slerp: the two models with the largest are merged"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "GenomeConfig":
        for key, listed in (("models", self.models), ("filters", self.filters)):
            if len(set(listed)) != len(listed):
                raise ValueError(f"{key}: one is listed twice: {list(listed)}")
        for found in {"", "*", _REST} & set(self.filters):
            raise ValueError(f"filters: '{found}' cannot be one; all other tensors have genes too")
        if self.merge_method == "slerp" and (self.smooth or self.filters):
            raise ValueError(
                "merge_method: slerp has one t per layer group; leave out 'smooth' and 'filters'"
            )
        needed = 2 if self.merge_method == "slerp" else 1
        if len(self.models) < needed:
            raise ValueError(f"models: {self.merge_method} needs {needed} to merge")
        if METHODS[self.merge_method].parameter("density") and not self.base_model:
            raise ValueError(f"base_model: {self.merge_method} needs it")
        if self.merge_method in BASELESS and self.base_model and BASE not in self.models:
            raise ValueError(
                f"base_model: {self.merge_method} merges models only; list '{BASE}' under models, "
                "or set base_model: false"
            )
        if self.weight[0] < 0 and not self.allow_negative_weights:
            raise ValueError("weight: a range below 0 needs allow_negative_weights: true")
        if not 0 <= self.density[0] < self.density[1] <= 1:
            raise ValueError(f"density: must lie in [0, 1], found {list(self.density)}")
        return self

    @property
    def normalizes(self) -> bool:
        """What `normalize` is in the recipes."""
        return self.merge_method in _NORMALIZED if self.normalize is None else self.normalize

    def shape(self, layers: int) -> tuple[int, int, int, int]:
        """(layer groups, models, filters and the rest, parameters)."""
        groups = layers // self.layer_granularity if self.layer_granularity else 1
        parameters = len(GENES[self.merge_method])
        return groups, len(self.models), len(self.filters) + 1, parameters

    def space(self, layers: int) -> Space:
        """Genes in the order of the genome, as weight.<model>.g<group>.<filter>."""
        groups = self.shape(layers)[0]
        places = [f".{name}" for name in (*self.filters, _REST)] if self.filters else [""]
        ranges = {"weight": self.weight, "density": self.density, "preference": self.preference}
        genes = []
        for group, model, place, name in product(
            range(groups), self.models, places, GENES[self.merge_method]
        ):
            group_name = "" if groups == 1 else f".g{group}"
            genes.append(Gene(f"{name}.{model}{group_name}{place}", *ranges[name]))
        return Space(tuple(genes))
