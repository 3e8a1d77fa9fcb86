"""The space of a mergekit-evolve file: one vector means one recipe, there and here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search_spaces.errors import ConfigError
from search_spaces.genome_config import BASE, BASELESS, GENES, GenomeConfig
from search_spaces.methods import METHODS, RANDOM
from search_spaces.recipe import Recipe
from search_spaces.space import GeneValue, Space

_ELECT = frozenset({"ties", "dare_ties"})  # signs, where two parents differ


@dataclass(frozen=True)
class GenomeSpace:
    """A RecipeSpace over the genomes of a mergekit-evolve file."""

    config: GenomeConfig
    base: str
    parents: Mapping[str, str]
    layers: int
    dtype: str
    seed: int
    space: Space

    @property
    def most_layers(self) -> int:
        return self.layers

    @property
    def methods(self) -> Sequence[str]:
        return (self.config.merge_method,)

    def genome_of(self, vector: ArrayLike) -> dict[str, GeneValue]:
        """The values of a mergekit-evolve genome, of any shape that has its numbers in C order.

        Raises: ConfigError for another number of them.
        """
        numbers = np.asarray(vector, dtype=np.float64).ravel()
        if numbers.size != self.space.dimension:
            raise ConfigError(
                f"genome: expected {self.space.dimension} numbers, (layer groups, models, "
                f"filters and the rest, parameters) = {self._shape}; found {numbers.size}"
            )
        return dict(zip((g.name for g in self.space.genes), numbers.tolist(), strict=True))

    def recipe_of_vector(self, vector: ArrayLike) -> Recipe:
        """What mergekit-evolve makes of this genome, also outside our bounds."""
        return self.recipe(self.genome_of(vector))

    def start(self) -> dict[str, GeneValue]:
        """Where mergekit-evolve begins: every weight 1/n, every density 1."""
        numbers = np.ones(self._shape)
        numbers[..., 0] = 1 / len(self.config.models)
        return self.genome_of(numbers)

    def recipe(self, values: Mapping[str, GeneValue]) -> Recipe:
        """The merge at one point, given in natural values."""
        numbers = np.array([float(values[g.name]) for g in self.space.genes]).reshape(self._shape)
        method, sources = self.config.merge_method, "slices"
        pieces: list[dict[str, Any]]
        if method == "slerp":
            pieces = [self._slerp(group, found) for group, found in enumerate(numbers[:, :, 0, 0])]
        elif self.config.smooth:
            sources, pieces = "models", self._sources(self._limited(numbers), None)
        else:
            limited = self._limited(numbers)
            pieces = [
                {"sources": self._sources(limited[[group]], self._layers_of(group))}
                for group in range(len(limited))
            ]
        shared = {"normalize": self.config.normalizes, "int8_mask": True}
        known = {k: v for k, v in shared.items() if METHODS[method].parameter(k) is not None}
        return Recipe.model_validate(
            {
                "merge_method": method,
                "base_model": self.base if self.config.base_model else None,
                sources: pieces,
                "parameters": known,
                "dtype": self.dtype,
                "seed": self.seed if method in RANDOM else 0,
            }
        )

    def nearest(self, weights: Mapping[str, float]) -> tuple[dict[str, GeneValue], bool] | None:
        """The point nearest to base + sum weight * (parent - base), and whether it is that merge
        exactly; None where the genome has nothing like it. weights: by parent's name.
        """
        given = {name: float(weights.get(name, 0.0)) for name in self.parents}
        if self.config.merge_method in BASELESS:  # to the others its own weight means nothing
            given[BASE] = 1.0 - sum(given.values())
        wanted = np.array([given.get(name, 0.0) for name in self.config.models])
        if self.config.merge_method == "slerp":
            return self._nearest_slerp(wanted)
        found = np.clip(wanted, *self.config.weight)
        if self.config.normalizes and found.sum() <= 0:
            return None
        numbers = np.full(self._shape, self.config.density[1])
        numbers[..., 0] = found[None, :, None]
        return self.genome_of(numbers), self._is_sum(found) and np.allclose(found, wanted)

    def _is_sum(self, weights: NDArray[np.float64]) -> bool:
        """Is the merge with these weights of the models, at the highest density, their sum?"""
        method = self.config.merge_method
        if method in _ELECT and (self.config.density[1] < 1 or np.count_nonzero(weights) > 1):
            return False
        one = self.config.normalizes or method in BASELESS
        return not one or math.isclose(float(weights.sum()), 1.0)

    def _nearest_slerp(
        self, wanted: NDArray[np.float64]
    ) -> tuple[dict[str, GeneValue], bool] | None:
        """t is a softmax, never 0: no parent alone is in it, and an arc is not a line."""
        first, second = _two_largest(wanted)
        if wanted[first] <= 0:
            return None
        low, high = self.config.preference
        widest = high - low
        apart = widest
        if wanted[second] > 0:
            apart = min(widest, math.log(wanted[first] / wanted[second]))
        numbers = np.full(self._shape, low)
        numbers[:, first] = high
        numbers[:, second] = high - apart
        return self.genome_of(numbers), False

    @property
    def _shape(self) -> tuple[int, int, int, int]:
        return self.config.shape(self.layers)

    def _layers_of(self, group: int) -> tuple[int, int]:
        step = self.config.layer_granularity or self.layers
        return group * step, (group + 1) * step

    def _reference(self, name: str) -> str:
        return self.base if name == BASE else self.parents[name]

    def _limited(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights without their sign unless it counts, densities without it and up to 1."""
        limited = numbers.copy()
        if not self.config.allow_negative_weights:
            limited[..., 0] = np.abs(limited[..., 0])
        limited[..., 1:] = np.clip(np.abs(limited[..., 1:]), 0, 1)
        return limited

    def _sources(
        self, numbers: NDArray[np.float64], layer_range: tuple[int, int] | None
    ) -> list[dict[str, Any]]:
        """numbers: (groups, models, filters and the rest, parameters); several groups are one
        list over layers.
        """
        models = self.config.models
        sources: list[dict[str, Any]] = [
            {"model": self._reference(name), "parameters": self._parameters(numbers[:, index])}
            for index, name in enumerate(models)
        ]
        if self.config.base_model and BASE not in models:
            sources.append({"model": self.base})
        return [source | {"layer_range": layer_range} for source in sources]

    def _parameters(self, numbers: NDArray[np.float64]) -> dict[str, Any]:
        """numbers: (groups, filters and the rest, parameters) of one model."""
        found: dict[str, Any] = {}
        for index, name in enumerate(GENES[self.config.merge_method]):
            lists = [numbers[:, place, index].tolist() for place in range(numbers.shape[1])]
            values = [one[0] if len(one) == 1 else one for one in lists]
            conditions = [
                {"filter": filter_, "value": value}
                for filter_, value in zip((*self.config.filters, None), values, strict=True)
            ]
            found[name] = conditions if self.config.filters else values[0]
        return found

    def _slerp(self, group: int, preferences: NDArray[np.float64]) -> dict[str, Any]:
        """From the model with the largest number to the one with the second largest, by the
        softmax of the two.
        """
        first, second = _two_largest(preferences)
        ratio = math.exp(preferences[second] - preferences[first])
        chosen = [self._reference(self.config.models[i]) for i in (first, second)]
        return {
            "sources": [{"model": m, "layer_range": self._layers_of(group)} for m in chosen],
            "base_model": chosen[0],
            "parameters": {"t": ratio * (1 / (1 + ratio))},  # rounded as torch.softmax does
        }


def build_genome_space(
    config: GenomeConfig,
    base: str,
    parents: Mapping[str, str],
    *,
    layers: int,
    dtype: str,
    seed: int,
) -> GenomeSpace:
    """parents: name -> model reference; layers: of the base model.

    Raises: ConfigError for models that are no parents, and groups that do not divide the layers.
    """
    if BASE in parents:
        raise ConfigError(
            f"parents: in a space of kind 'genome', '{BASE}' is the base; name the parent "
            "otherwise"
        )
    known = {*parents, BASE}
    wrong = sorted(set(config.models) - known)
    if wrong:
        raise ConfigError(f"space.models: '{wrong[0]}' is none of {', '.join(sorted(known))}")
    idle = sorted(set(parents) - set(config.models))
    if idle:
        raise ConfigError(
            f"space.models: parent '{idle[0]}' is not listed; list it or take it off"
        )
    step = config.layer_granularity
    if step and layers % step:
        raise ConfigError(
            f"layer_granularity: {step} does not divide the {layers} layers of the model; "
            f"expected one of {', '.join(str(n) for n in range(1, layers + 1) if layers % n == 0)}"
        )
    return GenomeSpace(config, base, dict(parents), layers, dtype, seed, config.space(layers))


def _two_largest(numbers: NDArray[np.float64]) -> tuple[int, int]:
    """Their places, the largest first; of equal ones, the first."""
    first, second = np.argsort(-numbers, kind="stable")[:2].tolist()
    return first, second
