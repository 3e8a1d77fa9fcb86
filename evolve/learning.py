"""Weights learnt by gradient descent before the search: a starting point, or a path to walk."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import structlog

from evolve.blocks import DescentConfig
from evolve.dispatch import MAX_ATTEMPTS
from evolve.halving import by_fitness
from evolve.optimizers.descent import genome_of_path
from evolve.rounds import Rounds
from search_spaces.errors import StopError
from search_spaces.messages import Descent, Job, Learned, Result
from search_spaces.recipe import stored_recipe
from search_spaces.space import GeneValue, Point

_LOG = structlog.get_logger()
_WAIT_S = 0.5


def wanted(rounds: Rounds) -> DescentConfig | None:
    """How weights are to be learnt, None where they are not."""
    config = rounds.setup.config
    if config.starts.descent is None and config.optimizer.name == "descent":
        return DescentConfig()
    return config.starts.descent


def learn(rounds: Rounds) -> tuple[Learned, ...]:
    """The path of the descent: what is stored, or what a worker finds now. Empty where none is
    wanted, and where it failed; the reason is in the log.
    """
    config = wanted(rounds)
    if config is None:
        return ()
    search = rounds.reader.search_by_id(rounds.ledger.search_id)
    if search.learned is None:
        result = _asked_of_a_worker(rounds, _descent(rounds, config))
        if result.failed:
            _LOG.warning("nothing was learnt", reason=result.failed)
            return ()
        rounds.ledger.learn([asdict(step) for step in result.learned])
        search = rounds.reader.search_by_id(rounds.ledger.search_id)
    return tuple(_stored(step) for step in search.learned or ())


def genomes(rounds: Rounds, path: tuple[Learned, ...]) -> list[dict[str, GeneValue]]:
    """Of the path's points in the space; none where the space has no weights."""
    found = [genome_of_path(rounds.setup.space, step) for step in path]
    return [genome for genome in found if genome is not None]


def points(rounds: Rounds) -> list[Point]:
    """The path as an optimizer walks it.

    Raises: StopError where there is none.
    """
    path = learn(rounds)
    found = [rounds.setup.space.space.encode(g) for g in genomes(rounds, path)]
    if not found:
        raise StopError(
            "optimizer: descent learnt nothing; it needs a space with weights, and prompts that "
            "the loss can be taken of (the log says which was missing). Use another optimizer"
        )
    return found


def _descent(rounds: Rounds, config: DescentConfig) -> Descent:
    setup, trials = rounds.setup, rounds.trials()
    search = rounds.splits["search"]
    best = min((t for t in trials if t.origin == "one_scale"), key=by_fitness)
    scale = float(best.name.removeprefix("one scale "))
    genes = [g for g in setup.space.space.genes if g.name.split(".")[0] == "weight"]
    ranges = getattr(setup.space, "layer_ranges", lambda: [(0, setup.space.layers)])()
    return Descent(
        loss=config.loss,
        start=dict.fromkeys(setup.config.parents.values(), scale),
        groups=tuple(ranges),
        sample={task: tuple(items[: config.items]) for task, items in search.items()},
        teachers=_teachers(rounds),
        low=min((g.low for g in genes), default=0.0),
        high=max((g.high for g in genes), default=1.5),
        steps=config.steps,
        learning_rate=config.learning_rate,
        every=config.every,
    )


def _teachers(rounds: Rounds) -> dict[str, str]:
    """task -> the parent that is best at it on search items."""
    means = rounds.reader.means(rounds.ledger.search_id, "search")
    parents = [t for t in rounds.trials() if t.origin == "parent"]
    found = {}
    for goal in rounds.setup.goals:
        turn = 1.0 if goal.higher_is_better else -1.0

        def worth(trial_id: int, key: tuple[str, str], turn: float) -> float:
            return turn * means[trial_id][key]

        key = goal.task, goal.metric
        best = max(parents, key=lambda t, k=key, s=turn: (worth(t.id, k, s), -t.number))  # type: ignore[misc]
        found[goal.task] = rounds.setup.config.parents[best.name]
    return found


def _asked_of_a_worker(rounds: Rounds, descent: Descent) -> Result:
    """Nothing else is running; a lost worker is replaced, and the next one begins anew."""
    recipe = stored_recipe(next(t for t in rounds.trials() if t.origin == "base").recipe)
    job = Job(-1, recipe, "search", descent=descent)
    reason = ""
    for _ in range(MAX_ATTEMPTS):
        rounds.pool.submit(job)
        while (result := rounds.pool.next(_WAIT_S)) is None:
            rounds.check()
        if not result.lost:
            return result
        reason = result.lost
    return Result(-1, "", failed=f"lost {MAX_ATTEMPTS} times: {reason}")


def _stored(step: Mapping[str, Any]) -> Learned:
    weights = {ref: tuple(found) for ref, found in step["weights"].items()}
    return Learned(step["step"], step["loss"], weights)
