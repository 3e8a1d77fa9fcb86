"""The loop of a search, written against two protocols (Optimizer, Pool).

References on search items -> the optimizer's trials -> finalists on validation items -> the chosen
trial and the references on report items -> verdict. Every step asks the store what is still
missing, so that a search which was stopped anywhere goes on from there.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from evolve.config import SearchConfig
from evolve.dispatch import Dispatch, Ended, Pool
from evolve.fitness import Goal
from evolve.optimizers import Optimizer
from evolve.replay import replay
from evolve.report import references
from evolve.selection import Verdict, finalists, judge
from evolve.store import Ledger, NewTrial, Reader, TrialRow
from evolve.store.reading import OutcomesByTask
from search_spaces.errors import StopError
from search_spaces.messages import Split
from search_spaces.parameters import ParameterSpace
from search_spaces.recipe import Recipe
from search_spaces.references import alone, one_scales, plain_merges
from search_spaces.resolve import mean_weights
from search_spaces.space import Point

MakeOptimizer = Callable[[Point], Optimizer]


@dataclass(frozen=True)
class Setup:
    """What fixes a search, opened: fingerprints and store ids of its models by reference."""

    config: SearchConfig
    space: ParameterSpace
    goals: tuple[Goal, ...]
    fingerprints: Mapping[str, str]
    model_ids: Mapping[str, int]


@dataclass(frozen=True)
class Progress:
    """A moment of a search, for whoever watches. phase: references, search, validation or
    report.
    """

    phase: str
    done: int
    total: int
    failed: int = 0
    best: float | None = None
    best_trial: int | None = None
    baseline: float | None = None
    elapsed_s: float = 0.0

    @property
    def per_hour(self) -> float | None:
        """Trials per hour in this phase, since this driver started it."""
        return self.done / self.elapsed_s * 3600 if self.elapsed_s > 0 and self.done else None

    @property
    def seconds_left(self) -> float | None:
        return None if not self.per_hour else (self.total - self.done) / self.per_hour * 3600


Observe = Callable[[Progress], None]


class Driver:
    """One driver of one search."""

    def __init__(
        self,
        setup: Setup,
        ledger: Ledger,
        reader: Reader,
        pool: Pool,
        make_optimizer: MakeOptimizer,
        observe: Observe = lambda progress: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._setup = setup
        self._ledger = ledger
        self._reader = reader
        self._make_optimizer = make_optimizer
        self._observe = observe
        self._clock = clock
        self._dispatch = Dispatch(pool, ledger, setup.goals, clock)

    def run(self) -> Verdict:
        """Runs or resumes the search to its verdict.

        Raises: StopError when a reference cannot be scored, when no trial succeeded, when replay
        finds another optimizer, or when another driver has taken over.
        """
        self._ledger.drop_running()
        self._score_references()
        optimizer = self._search()
        chosen = self._choose(optimizer)
        return self._close(chosen)

    def _score_references(self) -> None:
        base, parents, dtype = (
            self._setup.config.base,
            self._setup.config.parents,
            self._setup.config.dtype,
        )
        wanted: list[tuple[str, str, Recipe]] = [("base", "base", alone(base, dtype))]
        wanted += [("parent", name, alone(ref, dtype)) for name, ref in parents.items()]
        wanted += [("plain", n, r) for n, r in plain_merges(base, parents, dtype).items()]
        wanted += [
            ("one_scale", f"one scale {scale:g}", r)
            for scale, r in one_scales(base, parents, dtype).items()
        ]
        known = {(t.origin, t.name) for t in self._trials()}
        for origin, name, recipe in wanted:
            if (origin, name) not in known:
                self._add(origin, name, recipe)
        missing = [
            t for t in self._trials() if t.origin in _REFERENCE_ORIGINS and t.state != "done"
        ]
        total = len(wanted)
        for ended in self._score_all(missing, "search", "references", total - len(missing), total):
            if ended.fitness is None:
                raise StopError(f"reference '{ended.trial.name}' cannot be scored: {ended.reason}")

    def _search(self) -> Optimizer:
        """Asks, scores and tells until the budget is spent; no worker waits for another."""
        stored = self._trials()
        space, budget = self._setup.space, self._setup.config.budget
        start = space.space.encode(space.start(_best_scale(stored)))
        optimizer = self._make_optimizer(start)
        mine = [t for t in stored if t.origin == "optimizer"]
        replay(optimizer, mine)
        numbers = {trial.id: number for number, trial in enumerate(mine)}
        for trial in mine:
            if trial.state == "asked":
                self._dispatch.add(trial, "search")
        rivals = [t.fitness for t in stored if t.origin != "optimizer" and t.fitness is not None]
        baseline = max(rivals, default=None)
        done = [t for t in mine if t.state == "done" and t.fitness is not None]
        best = max(done, key=lambda t: t.fitness or 0.0, default=None)
        shown = Progress(
            "search",
            sum(t.state != "asked" for t in mine),
            budget.trials,
            sum(t.state == "failed" for t in mine),
            best.fitness if best else None,
            best.number if best else None,
            baseline,
        )
        resumed, started = shown.done, self._clock()
        self._observe(shown)
        while True:
            while len(numbers) < budget.trials and self._in_time() and self._dispatch.wants_more:
                point = optimizer.ask()
                genome = space.space.decode(point)
                trial = self._add("optimizer", "", space.recipe(genome), point.tolist(), genome)
                numbers[trial.id] = len(numbers)
                self._dispatch.add(trial, "search")
            spent = len(numbers) >= budget.trials or not self._in_time()
            if spent and not self._dispatch.open:
                break
            ended = self._dispatch.next()  # waits, also while every worker is being replaced
            if ended is None:
                continue
            optimizer.tell(numbers[ended.trial.id], ended.fitness)
            better = ended.fitness is not None and (
                shown.best is None or ended.fitness > shown.best
            )
            shown = Progress(
                "search",
                shown.done + 1,
                budget.trials,
                shown.failed + (ended.fitness is None),
                ended.fitness if better else shown.best,
                ended.trial.number if better else shown.best_trial,
                baseline,
                (self._clock() - started) * (shown.done + 1) / (shown.done + 1 - resumed),
            )
            self._observe(shown)
        return optimizer

    def _choose(self, optimizer: Optimizer) -> TrialRow:
        """The finalist that is best on validation items."""
        stored = self._trials()
        fitness = {
            t.id: t.fitness
            for t in stored
            if t.origin == "optimizer" and t.state == "done" and t.fitness is not None
        }
        if not fitness:
            reasons = sorted({t.reason or "" for t in stored if t.state == "failed"})
            raise StopError(
                f"none of the trials could be scored; the reasons: {'; '.join(reasons[:3])}"
            )
        ids = finalists(fitness, self._setup.config.finalists)
        mean = optimizer.mean()
        if mean is not None and not any(t.origin == "mean" for t in stored):
            genome = self._setup.space.space.decode(mean)
            recipe = self._setup.space.recipe(genome)
            self._add("mean", "optimizer mean", recipe, mean.tolist(), genome)
        wanted = [t for t in self._trials() if t.id in ids or t.origin == "mean"]
        scores = self._scores(wanted, "validation")
        if not scores:
            raise StopError("no finalist could be scored on validation items")
        return min(wanted, key=lambda t: (-scores.get(t.id, float("-inf")), t.number))

    def _close(self, chosen: TrialRow) -> Verdict:
        """Report items, once: the chosen trial and what it is held against."""
        held_against = references(self._trials())
        self._scores([chosen, *held_against], "report")
        outcomes = {t.id: self._outcomes(t) for t in [chosen, *held_against]}
        by_origin = {
            origin: {t.name: outcomes[t.id] for t in held_against if t.origin == origin}
            for origin in _REFERENCE_ORIGINS
        }
        verdict = judge(
            self._setup.goals,
            outcomes[chosen.id],
            parents=by_origin["parent"],
            plain=by_origin["plain"],
            one_scale=next(iter(by_origin["one_scale"].items())),
            name=chosen.name,
            seed=self._setup.config.seed,
        )
        self._ledger.finish(chosen.id, asdict(verdict))
        return verdict

    def _scores(self, trials: list[TrialRow], split: Split) -> dict[int, float]:
        """trial id -> fitness on a split; what the store has is not scored again."""
        goals = self._setup.goals
        total = sum(goal.weight for goal in goals)
        found: dict[int, float] = {}
        missing = []
        means = self._reader.means(self._ledger.search_id, split)
        for trial in trials:
            if trial.id in means:
                signed = [(g, means[trial.id][g.task, g.metric]) for g in goals]
                found[trial.id] = (
                    sum(g.weight * (m if g.higher_is_better else -m) for g, m in signed) / total
                )
            else:
                missing.append(trial)
        for ended in self._score_all(missing, split, split, len(found), len(trials)):
            if ended.fitness is not None:
                found[ended.trial.id] = ended.fitness
        return found

    def _score_all(
        self, trials: Iterable[TrialRow], split: Split, phase: str, done: int, total: int
    ) -> list[Ended]:
        for trial in trials:
            self._dispatch.add(trial, split)
        started, before = self._clock(), done
        found: list[Ended] = []
        self._observe(Progress(phase, done, total))
        while self._dispatch.open:
            ended = self._dispatch.next()
            if ended is not None:
                found.append(ended)
                done += 1
                elapsed = (self._clock() - started) * done / (done - before)
                self._observe(Progress(phase, done, total, elapsed_s=elapsed))
        return found

    def _add(
        self,
        origin: str,
        name: str,
        recipe: Recipe,
        point: list[float] | None = None,
        genome: dict[str, float | str] | None = None,
    ) -> TrialRow:
        ids = self._setup.model_ids
        new = NewTrial(
            origin=origin,
            name=name,
            recipe_yaml=recipe.to_yaml(),
            recipe_digest=recipe.digest(self._setup.fingerprints),
            base_id=None if recipe.base_model is None else ids[recipe.base_model],
            parents={ids[model]: weight for model, weight in mean_weights(recipe).items()},
            point=point,
            genome=genome,
        )
        trial_id, _ = self._ledger.add_trial(new)
        return self._reader.trial(trial_id)

    def _trials(self) -> list[TrialRow]:
        return self._reader.trials(self._ledger.search_id)

    def _outcomes(self, trial: TrialRow) -> OutcomesByTask:
        found = self._reader.outcomes(trial.id, "report")
        if found is None:
            raise StopError(
                f"'{trial.name}' could not be scored on report items; run the same command again"
            )
        return found

    def _in_time(self) -> bool:
        hours = self._setup.config.budget.hours
        if hours is None:
            return True
        search = self._reader.search_by_id(self._ledger.search_id)
        return search.active_s < hours * 3600


_REFERENCE_ORIGINS = ("base", "parent", "plain", "one_scale")


def _best_scale(trials: Iterable[TrialRow]) -> float:
    """The scale of the best one-scale baseline on search items."""
    scales = [t for t in trials if t.origin == "one_scale" and t.fitness is not None]
    best = max(scales, key=lambda t: (t.fitness or 0.0, -t.number))
    return float(best.name.removeprefix("one scale "))
