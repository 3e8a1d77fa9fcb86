"""What fixes a search, opened."""

from collections.abc import Mapping
from dataclasses import dataclass

from evolve.config import SearchConfig
from evolve.fitness import Goal
from evolve.objectives import Sizes, objective_names
from evolve.optimizers.auto import choose
from search_spaces.space import RecipeSpace


@dataclass(frozen=True)
class Setup:
    """fingerprints and model_ids: of its models, by reference; sizes: of a parent; workers: that
    the search began with.
    """

    config: SearchConfig
    space: RecipeSpace
    goals: tuple[Goal, ...]
    fingerprints: Mapping[str, str]
    model_ids: Mapping[str, int]
    sizes: Sizes
    workers: int = 1

    @property
    def objectives(self) -> tuple[str, ...]:
        """Their names, in the order of what the optimizer is told."""
        return objective_names(self.config)


def optimizer_of(config: SearchConfig, space: RecipeSpace) -> tuple[str, str | None]:
    """The optimizer's name, and why where it was chosen for the user."""
    if config.optimizer.name != "auto":
        return config.optimizer.name, None
    objectives = len(objective_names(config))
    return choose(space.space.genes, config.budget.trials, objectives)
