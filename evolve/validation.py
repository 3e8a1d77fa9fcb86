"""Contenders on validation items: which recipe is chosen."""

from collections.abc import Mapping

from evolve import halving
from evolve.blocks import AVERAGE
from evolve.front import covering, pick
from evolve.objectives import choice
from evolve.rounds import Rounds
from evolve.store import TrialRow
from search_spaces.errors import StopError
from search_spaces.recipe import stored_recipe
from search_spaces.space import Point


def select(rounds: Rounds, mean: Point | None) -> TrialRow:
    """The contender that is best on validation items, see halving.py."""
    stored = rounds.trials()
    mine = [t for t in stored if t.origin == "optimizer"]
    if not any(t.scored for t in mine):
        reasons = sorted({t.reason or "" for t in mine if t.state == "failed"})
        why = (
            f"the reasons: {'; '.join(reasons[:3])}"
            if reasons
            else "not one was asked: 'budget' was used up before, so raise it; after --finish, "
            "run without it first"
        )
        raise StopError(f"none of the trials could be scored; {why}")
    if mean is not None and not any(t.origin == "mean" for t in stored):
        genome = rounds.setup.space.space.decode(mean)
        recipe = rounds.setup.space.recipe(genome)
        rounds.add("mean", "optimizer mean", recipe, mean.tolist(), genome)
    if rounds.setup.config.choose != AVERAGE:
        return _select_on_front(rounds)
    left = halving.contenders(rounds.trials(), rounds.setup.config.finalists)
    sizes = halving.field_sizes(len(left))
    deals = halving.deal(rounds.splits["validation"], len(left))
    total = sum(sizes[: len(deals)])
    for number, known in enumerate(deals):
        done = sum(sizes[:number])
        scores = validated(rounds, left, known, done, total)
        left = halving.ranked(scores, left)
        if not left:
            raise StopError("no finalist could be scored on validation items")
        if number + 1 < len(deals):
            left = left[: sizes[number + 1]]
    return left[0]


def _select_on_front(rounds: Rounds) -> TrialRow:
    """Points that cover the front, and the references, all on all validation items; the front of
    these has the knee, or the best by the weights of the objectives.
    """
    setup, stored = rounds.setup, rounds.trials()
    met = halving.contenders(stored, setup.config.finalists)
    field = {t.model_id: t for t in met if t.origin in ("parent", "plain", "one_scale")}
    for trial in covering(stored, setup.config.finalists):
        field.setdefault(trial.model_id, trial)
    trials = sorted(field.values(), key=lambda t: t.number)
    whole = {task: len(items) for task, items in rounds.splits["validation"].items()}
    known = validated(rounds, trials, whole, 0, len(trials))
    scores = {
        t.id: rounds.objectives(
            stored_recipe(t.recipe), rounds.reader.outcomes(t.id, "validation") or {}
        )
        for t in trials
        if t.id in known
    }
    if not scores:
        raise StopError("no point of the front could be scored on validation items")
    return rounds.reader.trial(pick(scores, choice(setup.config)))


def validated(
    rounds: Rounds,
    trials: list[TrialRow],
    known: Mapping[str, int],
    done: int,
    total: int,
    phase: str = "validation",
) -> dict[int, float]:
    """trial id -> fitness on the first `known` validation items, without those that failed."""
    items, parts = rounds.splits["validation"], {}
    for trial in trials:
        part = halving.missing(items, known, rounds.reader.outcomes(trial.id, "validation"))
        if part:
            parts[trial.id] = part
    missing = [t for t in trials if t.id in parts]
    done += len(trials) - len(missing)
    ended = rounds.score(missing, "validation", phase, done, total, parts)
    failed = {e.trial.id for e in ended if e.fitness is None}
    found = {}
    for trial in trials:
        outcomes = rounds.reader.outcomes(trial.id, "validation")
        if trial.id not in failed and outcomes is not None:
            found[trial.id] = halving.score_so_far(rounds.setup.goals, known, outcomes)
    return found
