"""Asks, scores and tells until a stop rule says so; no worker waits for another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from evolve.optimizers import Optimizer
from evolve.progress import resumed
from evolve.replay import replay
from evolve.rounds import Rounds
from evolve.starts import REFERENCES, Beginning
from evolve.stopping import spent_so_far
from evolve.store import TrialRow
from evolve.track import Track, make_track
from search_spaces.faults import reach
from search_spaces.recipe import Recipe, stored_recipe


def ask_and_tell(
    rounds: Rounds,
    optimizer: Optimizer,
    begin: Beginning,
    *,
    enough: Callable[[], str | None] = lambda: None,
) -> None:
    """Replays what is stored, then goes on. enough: why nothing more is to be asked, None to go
    on; it may change its mind at any time.

    Raises: StopError when replay finds another optimizer.
    """
    stored = rounds.trials()
    mine = [t for t in stored if t.origin == "optimizer"]
    replay(optimizer, mine)
    track = _track(rounds, optimizer, stored)
    numbers = {trial.id: number for number, trial in enumerate(mine)}
    models = [trial.model_id for trial in mine]
    for trial in mine:
        if trial.state == "asked":
            _start(rounds, trial, stored_recipe(trial.recipe), numbers[trial.id], track)
    config, space = rounds.setup.config, rounds.setup.space
    search_items = sum(len(items) for items in rounds.splits["search"].values())
    spent = spent_so_far(mine)
    shown = resumed(stored, config.budget.trials, search_items)
    before, started = shown.done, rounds.clock()
    rounds.observe(shown)

    def over() -> str | None:
        """Why nothing more is asked; None to go on."""
        if (wanted := enough()) is not None:
            return wanted
        if getattr(optimizer, "exhausted", False):
            return f"'{config.optimizer.name}' has no more points"
        return rounds.meter.reason_to_stop(spent)

    while True:
        while rounds.dispatch.wants_more and over() is None:
            point = optimizer.ask()
            genome = space.space.decode(point)
            bred = _bred_from(optimizer, len(models), models, begin)
            recipe = space.recipe(genome)
            trial = rounds.add("optimizer", "", recipe, point.tolist(), genome, bred)
            numbers[trial.id] = len(models)
            models.append(trial.model_id)
            spent = spent.asking()
            reach("driver.asked")
            _start(rounds, trial, recipe, numbers[trial.id], track)
        if not rounds.dispatch.open and (why := over()) is not None:
            rounds.observe(replace(shown, stopped=why))
            return
        ended = rounds.next()  # waits, also while every worker is being replaced
        if ended is None:
            continue
        optimizer.tell(numbers[ended.trial.id], ended.scores)
        spent = spent.after(ended.fitness, whole=not ended.pruned)
        if track is not None and ended.fitness is not None:
            track.add(ended.recipe, ended.outcomes)
        elapsed = (rounds.clock() - started) * (shown.done + 1) / (shown.done + 1 - before)
        shown = shown.after(ended, search_items, elapsed)
        rounds.observe(shown)


def _bred_from(
    optimizer: Any, number: int, models: Sequence[int], begin: Beginning
) -> dict[int, float] | None:
    """model id -> share of the candidates that a point was bred from, where it was."""
    if not hasattr(optimizer, "parents_of"):
        return None
    found: dict[int, float] = {}
    for source, share in optimizer.parents_of(number).items():
        model = models[source] if source >= 0 else begin.models[-1 - source]
        found[model] = found.get(model, 0.0) + share
    return found or None


def _track(rounds: Rounds, optimizer: Optimizer, stored: Sequence[TrialRow]) -> Track | None:
    """The race as it was when the last trial was told: the references, then what was told."""
    setup = rounds.setup
    track = make_track(setup.config, setup.goals, rounds.splits["search"], optimizer.population)
    if track is not None:
        told = [t for t in stored if t.told is not None and t.scored]
        for trial in [
            *(t for t in stored if t.origin in REFERENCES),
            *sorted(told, key=lambda t: t.told or 0),
        ]:
            _note(rounds, track, trial)
    return track


def _note(rounds: Rounds, track: Track, trial: TrialRow) -> None:
    """What is stored, so that a resumed search notes the same bits."""
    found = rounds.reader.outcomes(trial.id, "search")
    track.add(stored_recipe(trial.recipe), found or {})


def _start(
    rounds: Rounds, trial: TrialRow, recipe: Recipe, index: int, track: Track | None
) -> None:
    heat = None if track is None else track.open(index, recipe)
    rounds.dispatch.add(trial, "search", heat=heat, recipe=recipe)
