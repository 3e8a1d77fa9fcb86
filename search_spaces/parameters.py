"""The parameter space: the numeric parameters of merge methods as genes, per parent x layer group
x filter, and the method itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search_spaces.errors import ConfigError
from search_spaces.genes import filters_of, lay_genes, means_something
from search_spaces.layer_groups import cells_in_use, layer_ranges
from search_spaces.methods import DROPS, METHODS
from search_spaces.nearest import nearest_point, starting_point
from search_spaces.points import Frame, recipe_at, roles
from search_spaces.recipe import Recipe
from search_spaces.space import GeneValue, Space
from search_spaces.space_config import Bounds, SpaceConfig

__all__ = ["Bounds", "ParameterSpace", "SpaceConfig", "build_space"]


@dataclass(frozen=True)
class ParameterSpace:
    """A Space whose points are recipes over `parents`, given by name -> model reference."""

    frame: Frame
    space: Space

    @property
    def config(self) -> SpaceConfig:
        """What the search file says."""
        return self.frame.config

    @property
    def parents(self) -> Mapping[str, str]:
        return self.frame.parents

    @property
    def layers(self) -> int:
        """Of the parents."""
        return self.frame.ranges[-1][1]

    @property
    def most_layers(self) -> int:
        """Of the merged models."""
        return self.layers

    @property
    def methods(self) -> Sequence[str]:
        """The merge methods that its recipes use; one merges the merges of the others where every
        group of layers has its own.
        """
        methods, groups = self.config.method, len(self.frame.ranges)
        stacked = self.config.method_per == "group" and groups > 1 and len(methods) > 1
        return tuple(dict.fromkeys((*methods, "passthrough"))) if stacked else methods

    def recipe(self, values: Mapping[str, GeneValue]) -> Recipe:
        """The merge at one point, given in natural values."""
        return recipe_at(self.frame, values)

    def start(self, scale: float) -> dict[str, GeneValue]:
        """Where an optimizer begins: `start` of a gene's bounds where given; `scale`, the tuned
        one weight for all parents, as near as the space comes to it; else the middle. A method
        gene begins with the first.
        """
        return starting_point(self.frame, self.space.genes, scale)

    def nearest(self, weights: Mapping[str, float]) -> tuple[dict[str, GeneValue], bool] | None:
        """The point nearest to base + sum weight * (parent - base), see nearest.py; weights: by
        parent's name, 0 for those that are not named.
        """
        return nearest_point(self.frame, self.space.genes, weights)

    def layer_ranges(self) -> list[tuple[int, int]]:
        """[start, end) of each layer group; where genes are knots there is one range for each, of
        which only the number means something.
        """
        return list(self.frame.ranges)


def build_space(
    config: SpaceConfig,
    base: str,
    parents: Mapping[str, str],
    *,
    layers: int,
    dtype: str,
    seed: int,
    tensors: Iterable[str] | None = None,
) -> ParameterSpace:
    """parents: name -> model reference; layers: of the base model. tensors: their names there; a
    group and filter that no tensor falls into gets no genes. Without them every one does.

    Raises: ConfigError for a space that does not fit the parents or has no genes.
    """
    ranges = layer_ranges(config.layer_groups, layers)
    used = cells_in_use(tensors or (), ranges, filters_of(config), smooth=config.smooth)
    for method in config.method:
        roles(method, base, parents)
    layout = lay_genes(config, parents, ranges, used)
    frame = Frame(config, base, dict(parents), ranges, used, dtype, seed, layout)
    space = Space(layout.genes)
    _check_probabilities(frame, space)
    return ParameterSpace(frame, space)


def _check_probabilities(frame: Frame, space: Space) -> None:
    """Raises: ConfigError where DELLA would keep with a probability outside (0, 1) at some
    point.
    """
    genes = {gene.name: gene for gene in space.genes}

    def reach(method: str, name: str, parent: str, group: int, part: str | None) -> list[float]:
        slot = frame.slot(name, parent, group, part)
        gene = genes.get(str(frame.layout.slots.get(slot)))
        if gene is not None:
            return [gene.low, gene.high]
        held = frame.number(method, slot, {})
        return [] if held is None else [held, held]

    for method in frame.config.method:
        parameter = METHODS[method].parameter("epsilon")
        if method not in DROPS or parameter is None or not means_something(method, parameter):
            continue
        for group, part in sorted(frame.used, key=str):
            for parent in frame.parents:
                low, high = reach(method, "density", parent, group, part)
                _, epsilon = reach(method, "epsilon", parent, group, part)
                whole = low == high and high in (0.0, 1.0)
                if not whole and not (low - epsilon > 0 and high + epsilon < 1):
                    raise ConfigError(
                        f"space: {method} keeps an entry with a probability of density - epsilon "
                        "to density + epsilon, which must lie inside (0, 1); found density "
                        f"[{low:g}, {high:g}] and epsilon {epsilon:g}. Set bounds for them, e.g. "
                        f"density: [{epsilon + 0.05:g}, {0.95 - epsilon:g}]"
                    )
