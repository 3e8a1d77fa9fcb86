"""Trials into the store and through the workers, a round of them at a time."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace

from evolve.blocks import AVERAGE
from evolve.contamination import probe_items
from evolve.dispatch import Dispatch, Ended, Pool
from evolve.fitness import Goal, Outcomes, fitness
from evolve.meter import Meter
from evolve.objectives import scores_of
from evolve.progress import Observe, Progress
from evolve.setup import Setup
from evolve.sheet import Items
from evolve.stopping import Limits
from evolve.store import Ledger, NewTrial, Reader, TrialRow
from search_spaces.messages import PROBE, Split
from search_spaces.recipe import Recipe, stored_recipe
from search_spaces.resolve import mean_weights
from search_spaces.space import GeneValue


class Rounds:
    """What every phase of a search does: add trials, score them on a split, read what is known."""

    def __init__(
        self,
        setup: Setup,
        ledger: Ledger,
        reader: Reader,
        pool: Pool,
        observe: Observe = lambda progress: None,
        clock: Callable[[], float] = time.monotonic,
        *,
        limits: Limits | None = None,
        hear: Callable[[Ended], None] = lambda ended: None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """ledger: of a search whose splits are in the store; hear: of every trial that ends on a
        split; check: raises where the search is to stop.
        """
        self.setup = setup
        self.ledger = ledger
        self._reader = reader
        self.pool = pool
        self.clock = clock
        self.splits = reader.splits(ledger.search_id)
        self.splits[PROBE] = probe_items(self.splits["report"])
        self.dispatch = self._dispatch()
        self.meter = Meter(setup, ledger, reader, pool, self.splits, limits)
        self.observe: Observe = lambda now: observe(self.meter.shown(now))
        self._hear = hear
        self.check = check

    @property
    def reader(self) -> Reader:
        """With everything in the store that the ledger knows."""
        self.ledger.flush()
        return self._reader

    def set_units(self, goals: tuple[Goal, ...], trials: Iterable[TrialRow]) -> None:
        """From now on tasks count by these goals; trials: that were scored before."""
        self.setup = replace(self.setup, goals=goals)
        lost, self.dispatch = self.dispatch.lost, self._dispatch()
        self.dispatch.lost = lost
        worth: dict[int, tuple[float, tuple[float, ...] | None]] = {}
        for trial in trials:
            outcomes = self.reader.outcomes(trial.id, "search") or {}
            several = (
                self.objectives(stored_recipe(trial.recipe), outcomes) if self._several else None
            )
            worth[trial.id] = fitness(goals, outcomes), several
        self.ledger.set_units([asdict(goal) for goal in goals], worth)

    def trials(self, *, origin: str | None = None) -> list[TrialRow]:
        """As stored, by number."""
        return self.reader.trials(self.ledger.search_id, origin=origin)

    def add(
        self,
        origin: str,
        name: str,
        recipe: Recipe,
        point: list[float] | None = None,
        genome: Mapping[str, GeneValue] | None = None,
        bred_from: Mapping[int, float] | None = None,
    ) -> TrialRow:
        """A trial that is due, in the store once the ledger is flushed. bred_from: model id ->
        share, where it comes from other candidates rather than from the parents.
        """
        ids = self.setup.model_ids
        weights = {ids[model]: weight for model, weight in mean_weights(recipe).items()}
        bases = [r.base_model for r in (recipe, *recipe.nested.values())]
        known = [ids[model] for model in bases if model is not None and model in ids]
        base = next((model for model in known if model not in weights), None)
        new = NewTrial(
            origin=origin,
            name=name,
            recipe=recipe.to_json(),
            recipe_digest=recipe.digest(self.setup.fingerprints),
            base_id=base,
            parents=bred_from or weights,
            point=point,
            genome=None if genome is None else dict(genome),
        )
        return self.ledger.add_trial(new)

    def score(
        self,
        trials: Iterable[TrialRow],
        split: Split,
        phase: str,
        done: int,
        total: int,
        parts: Mapping[int, Items] | None = None,
    ) -> list[Ended]:
        """Scores all of them; parts: trial id -> the items, where these are not all of the
        split's.
        """
        for trial in trials:
            self.dispatch.add(trial, split, part=None if parts is None else parts[trial.id])
        started, before = self.clock(), done
        found: list[Ended] = []
        self.observe(Progress(phase, done, total))
        while self.dispatch.open:
            ended = self.next()
            if ended is not None:
                found.append(ended)
                done += 1
                elapsed = (self.clock() - started) * done / (done - before)
                self.observe(Progress(phase, done, total, elapsed_s=elapsed))
                if phase in ("references", "starts"):
                    self.meter.refuse_too_little(total - done)
        self.dispatch.flush()
        return found

    def next(self) -> Ended | None:
        """Of the dispatch; everyone who wants to know is told."""
        self.check()
        ended = self.dispatch.next()
        self.meter.lost, self.meter.busy = self.dispatch.lost, self.dispatch.busy
        if ended is not None:
            self.meter.ended(ended)
            self._hear(ended)
        return ended

    def digest(self, trial: TrialRow) -> str:
        """Of its recipe, by the content of its models."""
        return stored_recipe(trial.recipe).digest(self.setup.fingerprints)

    def objectives(self, recipe: Recipe, outcomes: Outcomes) -> tuple[float, ...]:
        """What the optimizer is told of a recipe with these outcomes on search items."""
        setup = self.setup
        return scores_of(setup.objectives, setup.goals, outcomes, recipe, setup.sizes)

    @property
    def _several(self) -> bool:
        return self.setup.objectives != (AVERAGE,)

    def _dispatch(self) -> Dispatch:
        return Dispatch(
            self.pool,
            self.ledger,
            self.setup.goals,
            self.splits,
            self.clock,
            objectives=self.objectives if self._several else None,
            deadline_s=self.setup.config.workers.deadline_s,
        )
