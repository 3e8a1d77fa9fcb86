"""What is maximized, where that is more than one average.

An objective is `average` (the fitness), a task by name, `depth` (fewer layers are better) or
`size` (fewer parameters are better); `tasks` is short for every task.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evolve.blocks import AVERAGE, NICHES
from evolve.config import SearchConfig
from evolve.fitness import Goal, Outcomes, fitness
from search_spaces.errors import ConfigError
from search_spaces.recipe import Recipe
from search_spaces.resolve import layers_out
from search_spaces.suggest import did_you_mean

_SHORT = "tasks"
_OWN = (AVERAGE, "depth", "size")


@dataclass(frozen=True)
class Sizes:
    """Parameters of a model: outside its layers, and of each layer."""

    outside: int
    layers: tuple[int, ...]


def objective_names(config: SearchConfig) -> tuple[str, ...]:
    """The objectives in order, `tasks` written out.

    Raises: ConfigError for one that is unknown or listed twice.
    """
    tasks = [task.name for task in config.tasks]
    listed = config.objectives
    if config.optimizer.name in NICHES and listed == (AVERAGE,):
        listed = (_SHORT,)
    found = written_out(listed, tasks)
    for name in found:
        if name not in (*_OWN, *tasks):
            hint = did_you_mean(name, [*_OWN, _SHORT, *tasks])
            raise ConfigError(f"objectives: '{name}' is no task of this search; {hint}")
    if len(set(found)) != len(found):
        raise ConfigError(f"objectives: one is listed twice: {found}")
    return tuple(found)


def written_out(listed: Sequence[str], tasks: Sequence[str]) -> list[str]:
    """With every task in the place of `tasks`."""
    return [n for name in listed for n in (tasks if name == _SHORT else [name])]


def choice(config: SearchConfig) -> str | tuple[float, ...]:
    """`knee`, `average`, or a weight per objective, 0 for one that is not named.

    Raises: ConfigError for a weight of something that is no objective.
    """
    if isinstance(config.choose, str):
        return config.choose
    names = objective_names(config)
    for name in config.choose:
        if name not in names:
            hint = did_you_mean(name, names)
            raise ConfigError(f"choose: '{name}' is no objective of this search; {hint}")
    return tuple(config.choose.get(name, 0.0) for name in names)


def scores_of(
    names: Sequence[str], goals: Sequence[Goal], outcomes: Outcomes, recipe: Recipe, sizes: Sizes
) -> tuple[float, ...]:
    """One number per objective, higher is better; tasks in their goals' units.

    Raises: CandidateError when an outcome is NaN or missing.
    """
    by_task = {goal.task: goal for goal in goals}

    def score(name: str) -> float:
        if name == AVERAGE:
            return fitness(goals, outcomes)
        if name == "depth":
            return -float(layers_out(recipe, len(sizes.layers)))
        if name == "size":
            return -float(size(recipe, sizes))
        return fitness([by_task[name]], outcomes)

    return tuple(score(name) for name in names)


def size(recipe: Recipe, sizes: Sizes) -> int:
    """Parameters of the merged model."""
    if not recipe.slices:
        return sizes.outside + sum(sizes.layers)
    ranges = [piece.sources[0].layer_range or (0, 0) for piece in recipe.slices]
    return sizes.outside + sum(sum(sizes.layers[start:end]) for start, end in ranges)
