"""What is scored before the first trial: what the search is held against, and where it begins.

References: base, parents, plain merges, one scale for all. Starting points besides them: the
greedy soup of the parents, model stock, winners of earlier searches on the same parents, weights
that gradient descent has learnt. Those that lie in the space are told to the optimizer as known
points, the best one is where it begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evolve import earlier
from evolve.halving import by_fitness
from evolve.learning import genomes, learn
from evolve.optimizers import Known
from evolve.rounds import Rounds
from evolve.store import TrialRow
from search_spaces.errors import StopError
from search_spaces.parameters import ParameterSpace
from search_spaces.recipe import Recipe, stored_recipe
from search_spaces.references import (
    ONE_SCALE_GRID,
    PAPERS_SCALE,
    alone,
    model_stock,
    one_scales,
    plain_merges,
    soup,
)
from search_spaces.space import Genome, Point, RecipeSpace

REFERENCES = ("base", "parent", "plain", "one_scale")
START = "start"


@dataclass(frozen=True)
class Beginning:
    """Where an optimizer begins. known: points of the space that are scored, with the model of
    each; point: the best of them, or the nearest to it that the space has, or where the search
    file says.
    """

    point: Point
    known: tuple[Known, ...] = ()
    models: tuple[int, ...] = ()


def score_references(rounds: Rounds) -> None:
    """Raises: StopError when one cannot be scored."""
    config = rounds.setup.config
    base, parents, dtype = config.base, config.parents, config.dtype
    wanted: list[tuple[str, str, Recipe]] = [("base", "base", alone(base, dtype))]
    wanted += [("parent", name, alone(ref, dtype)) for name, ref in parents.items()]
    wanted += [("plain", n, r) for n, r in plain_merges(base, parents, dtype).items()]
    wanted += [
        ("one_scale", f"one scale {scale:g}", r)
        for scale, r in one_scales(base, parents, dtype).items()
    ]
    known = {(t.origin, t.name) for t in rounds.trials()}
    for origin, name, recipe in wanted:
        if (origin, name) not in known:
            rounds.add(origin, name, recipe)
    missing = [t for t in rounds.trials() if t.origin in REFERENCES and t.state != "done"]
    done = len(wanted) - len(missing)
    for ended in rounds.score(missing, "search", "references", done, len(wanted)):
        if ended.fitness is None:
            raise StopError(f"reference '{ended.trial.name}' cannot be scored: {ended.reason}")


def score_starts(rounds: Rounds) -> None:
    """Scores the other starting points. One that cannot be scored is left out. Once trials have
    been asked nothing is added, because the optimizer has begun without it.
    """
    starts, stored = rounds.setup.config.starts, rounds.trials()
    if any(t.origin == "optimizer" for t in stored):
        return
    parents = rounds.setup.config.parents
    if starts.model_stock and len(parents) > 1:
        config = rounds.setup.config
        _scored(rounds, "model stock", model_stock(config.base, parents, config.dtype))
    if starts.soup:
        _greedy_soup(rounds)
    if starts.descent is not None:
        path = learn(rounds)
        for step, genome in zip(path, genomes(rounds, path), strict=False):
            if step.step == 0:
                continue  # the best scale of the grid, which is scored
            recipe = rounds.setup.space.recipe(genome)
            name = f"{step.step} steps of descent by {starts.descent.loss}"
            _scored(rounds, name, recipe, genome)
    if starts.earlier:
        for found in earlier.winners(rounds):
            _scored(rounds, found.name, found.recipe, found.genome)


def beginning(rounds: Rounds) -> Beginning:
    """From what is stored: the same when the search goes on."""
    space = rounds.setup.space
    scored = [
        t
        for t in rounds.trials()
        if t.origin in (*REFERENCES, START) and t.state == "done" and t.fitness is not None
    ]
    found: dict[bytes, tuple[Known, int]] = {}
    for trial in scored:
        point = _point(rounds, trial)
        if point is not None:
            outcomes = rounds.reader.outcomes(trial.id, "search") or {}
            known = Known(point, rounds.objectives(stored_recipe(trial.recipe), outcomes))
            found.setdefault(point.tobytes(), (known, trial.model_id))
    best = _nearest_to_the_best(rounds, scored)
    middle = np.full(space.space.dimension, 0.5)
    return Beginning(
        _as_asked(space, middle if best is None else best),
        known=tuple(known for known, _ in found.values()),
        models=tuple(model for _, model in found.values()),
    )


def _greedy_soup(rounds: Rounds) -> None:
    """Parents from the best down; one stays in the average where that is no worse for it
    (arXiv:2203.05482, recipe 1).
    """
    config = rounds.setup.config
    parents = sorted((t for t in rounds.trials() if t.origin == "parent"), key=by_fitness)
    members, best = [parents[0].name], parents[0].fitness or 0.0
    for parent in parents[1:]:
        tried = [*members, parent.name]
        # In the order of the search file: one average is one recipe, be it `uniform`.
        refs = [ref for name, ref in config.parents.items() if name in tried]
        weights = dict.fromkeys(tried, 1 / len(tried))
        place = rounds.setup.space.nearest(weights)
        genome = place[0] if place is not None and place[1] else None
        trial = _scored(rounds, f"soup of {' + '.join(tried)}", soup(refs, config.dtype), genome)
        if trial.fitness is not None and trial.fitness >= best:
            members, best = tried, trial.fitness


def _scored(rounds: Rounds, name: str, recipe: Recipe, genome: Genome | None = None) -> TrialRow:
    """The trial of a recipe, scored on search items; one that has been scored is not again."""
    name, digest = name[:200], recipe.digest(rounds.setup.fingerprints)
    for trial in rounds.trials():
        if trial.state == "done" and rounds.digest(trial) == digest:
            return trial
        if (trial.origin, trial.name) == (START, name) and trial.state == "failed":
            return trial
    due = next((t for t in rounds.trials(origin=START) if t.name == name), None)
    if due is None:
        point = None if genome is None else rounds.setup.space.space.encode(genome).tolist()
        due = rounds.add(START, name, recipe, point, genome)
    rounds.score([due], "search", "starts", 0, 1)
    return rounds.reader.trial(due.id)


def _point(rounds: Rounds, trial: TrialRow) -> Point | None:
    """Where a starting point lies in the space, None where it does not."""
    space = rounds.setup.space
    if trial.point is not None:
        return np.array(trial.point, dtype=np.float64)
    weights = _weights(rounds, trial)
    place = None if weights is None else space.nearest(weights)
    return space.space.encode(place[0]) if place is not None and place[1] else None


def _nearest_to_the_best(rounds: Rounds, scored: Sequence[TrialRow]) -> Point | None:
    """The point of the best starting point that has one, be it only the nearest of the space."""
    space = rounds.setup.space
    for trial in sorted(scored, key=by_fitness):
        point = _point(rounds, trial)
        if point is not None:
            return point
        weights = _weights(rounds, trial)
        place = None if weights is None else space.nearest(weights)
        if place is not None:
            return space.space.encode(place[0])
    return None


def _as_asked(space: RecipeSpace, point: Point) -> Point:
    """With the genes for which the search file says where to begin."""
    starts = space.frame.layout.starts if isinstance(space, ParameterSpace) else {}
    values = space.space.decode(point)
    wanted = {name: start for name, start in starts.items() if name in values}
    return space.space.encode({**values, **wanted}) if wanted else point


def _weights(rounds: Rounds, trial: TrialRow) -> Mapping[str, float] | None:
    """parent's name -> its weight where the trial is base + sum weight * (parent - base)."""
    parents = list(rounds.setup.config.parents)
    if trial.origin == "base":
        return dict.fromkeys(parents, 0.0)
    if trial.origin == "parent":
        return {name: float(name == trial.name) for name in parents}
    if trial.origin == "one_scale":
        scale = next(s for s in ONE_SCALE_GRID if trial.name == f"one scale {s:g}")
        return dict.fromkeys(parents, scale)
    if trial.origin == "plain" and trial.name == "uniform":
        return dict.fromkeys(parents, 1 / len(parents))
    if trial.origin == "plain" and trial.name == "task_arithmetic":
        return dict.fromkeys(parents, PAPERS_SCALE)
    return None
