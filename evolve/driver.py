"""The loop of a search, written against two protocols (Optimizer, Pool).

References and starting points on search items -> the optimizer's trials -> contenders on
validation items -> the chosen trial and the references on report items -> verdict. Every step asks
the store what is still missing, so that a search which was stopped anywhere goes on from there.
"""

import time
from collections.abc import Callable

from evolve.asking import ask_and_tell
from evolve.closing import attribute, close, probe
from evolve.dispatch import Ended, Pool
from evolve.learning import points
from evolve.optimizers import Optimizer, make_optimizer
from evolve.optimizers.descent import DescentPath
from evolve.progress import Observe
from evolve.rounds import Rounds
from evolve.selection import Verdict
from evolve.setup import Setup, optimizer_of
from evolve.starts import REFERENCES, Beginning, beginning, score_references, score_starts
from evolve.stopping import Limits
from evolve.store import Ledger, Reader
from evolve.units import in_parents_range, normalizes
from evolve.validation import select


class Driver:
    """One driver of one search."""

    def __init__(
        self,
        setup: Setup,
        ledger: Ledger,
        reader: Reader,
        pool: Pool,
        observe: Observe = lambda progress: None,
        clock: Callable[[], float] = time.monotonic,
        *,
        finish: bool = False,
        wish: Callable[[], str | None] = lambda: None,
        limits: Limits | None = None,
        hear: Callable[[Ended], None] = lambda ended: None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """ledger: of a search whose splits are in the store; finish: asks no more trials; wish:
        what somebody asks meanwhile, 'stop' is the same from then on; limits: of this command;
        hear: of every trial that ends on a split; check: raises where the search is to stop,
        called when nothing is half done.
        """
        self._rounds = Rounds(
            setup, ledger, reader, pool, observe, clock, limits=limits, hear=hear, check=check
        )
        self._finish = finish
        self._wish = wish

    def run(self) -> Verdict:
        """Runs or resumes the search to its verdict.

        Raises: StopError when a reference cannot be scored, when no trial succeeded, when replay
        finds another optimizer, or when another driver has taken over.
        """
        rounds = self._rounds
        rounds.ledger.drop_running()
        chosen_id = self._chosen_id()
        if chosen_id is None:
            score_references(rounds)
        self._set_units()
        if chosen_id is None:
            score_starts(rounds)
            begin = beginning(rounds)
            optimizer = _optimizer(rounds, begin)
            ask_and_tell(rounds, optimizer, begin, enough=self._enough)
            chosen_id = select(rounds, optimizer.mean()).id
            rounds.ledger.choose(chosen_id)
        attribute(rounds, rounds.reader.trial(chosen_id))
        probe(rounds)
        return close(rounds, rounds.reader.trial(chosen_id))

    def _enough(self) -> str | None:
        """Why no more trials are asked, whatever budget is left."""
        if self._finish:
            return "--finish was given"
        return "`evolve stop` asked for it" if self._wish() == "stop" else None

    def _chosen_id(self) -> int | None:
        return self._rounds.reader.search_by_id(self._rounds.ledger.search_id).chosen_trial_id

    def _set_units(self) -> None:
        """Tasks count in their parents' range where that is wanted: from what is stored, so the
        same when a search goes on.
        """
        rounds = self._rounds
        goals = rounds.setup.goals
        if not normalizes(rounds.setup.config.normalize, goals):
            return
        scored = [t for t in rounds.trials() if t.origin in REFERENCES]
        ends = [
            rounds.reader.outcomes(t.id, "search") or {}
            for t in scored
            if t.origin in ("base", "parent")
        ]
        rounds.set_units(in_parents_range(goals, ends), scored)


def _optimizer(rounds: Rounds, begin: Beginning) -> Optimizer:
    setup = rounds.setup
    config = setup.config
    name, _ = optimizer_of(config, setup.space)
    if name == "descent":
        return DescentPath(points(rounds))
    return make_optimizer(
        name,
        setup.space.space.genes,
        seed=config.seed,
        start=begin.point,
        sigma=config.optimizer.sigma,
        population=config.optimizer.population,
        workers=setup.workers,
        budget=config.budget.trials,
        objectives=len(setup.objectives),
        known=begin.known,
    )
