"""The loop of a search, written against two protocols (Optimizer, Pool).

References on search items -> the optimizer's trials -> contenders on validation items -> the
chosen trial and the references on report items -> verdict. Every step asks the store what is still
missing, so that a search which was stopped anywhere goes on from there.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from evolve import ablations, halving
from evolve.config import SearchConfig
from evolve.contamination import probe_items
from evolve.dispatch import Dispatch, Ended, Pool
from evolve.fitness import Goal, Outcomes, fitness
from evolve.optimizers import Optimizer
from evolve.progress import Observe, Progress, resumed
from evolve.replay import replay
from evolve.report import references
from evolve.selection import Overfitting, Verdict, judge, overfit
from evolve.sheet import Items
from evolve.store import Ledger, NewTrial, Reader, TrialRow
from evolve.store.reading import OutcomesByTask
from evolve.track import Track, make_track
from evolve.units import in_parents_range, normalizes
from search_spaces.errors import StopError
from search_spaces.messages import PROBE, Split
from search_spaces.parameters import ParameterSpace
from search_spaces.recipe import Recipe, parse_recipe
from search_spaces.references import alone, one_scales, plain_merges
from search_spaces.resolve import mean_weights
from search_spaces.space import Point

MakeOptimizer = Callable[[Point], Optimizer]
_REFERENCE_ORIGINS = ("base", "parent", "plain", "one_scale")


@dataclass(frozen=True)
class Setup:
    """What fixes a search, opened: fingerprints and store ids of its models by reference."""

    config: SearchConfig
    space: ParameterSpace
    goals: tuple[Goal, ...]
    fingerprints: Mapping[str, str]
    model_ids: Mapping[str, int]


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
        """ledger: of a search whose splits are in the store."""
        self._setup = setup
        self._ledger = ledger
        self._reader = reader
        self._pool = pool
        self._make_optimizer = make_optimizer
        self._observe = observe
        self._clock = clock
        self._splits = reader.splits(ledger.search_id)
        self._splits[PROBE] = probe_items(self._splits["report"])
        self._dispatch = Dispatch(pool, ledger, setup.goals, self._splits, clock)

    def run(self) -> Verdict:
        """Runs or resumes the search to its verdict.

        Raises: StopError when a reference cannot be scored, when no trial succeeded, when replay
        finds another optimizer, or when another driver has taken over.
        """
        self._ledger.drop_running()
        chosen_id = self._reader.search_by_id(self._ledger.search_id).chosen_trial_id
        if chosen_id is None:
            self._score_references()
        self._set_units()
        if chosen_id is None:
            chosen_id = self._select(self._search()).id
            self._ledger.choose(chosen_id)
        self._attribute(self._reader.trial(chosen_id))
        self._probe()
        return self._close(self._reader.trial(chosen_id))

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

    def _set_units(self) -> None:
        """Tasks count in their parents' range where that is wanted: from what is stored, so the
        same when a search goes on.
        """
        goals = self._setup.goals
        if not normalizes(self._setup.config.normalize, goals):
            return
        found = {
            t.id: (t.origin, self._reader.outcomes(t.id, "search") or {})
            for t in self._trials()
            if t.origin in _REFERENCE_ORIGINS
        }
        ends = [outcomes for origin, outcomes in found.values() if origin in ("base", "parent")]
        goals = in_parents_range(goals, ends)
        scores = {trial_id: fitness(goals, outcomes) for trial_id, (_, outcomes) in found.items()}
        self._ledger.set_units([asdict(goal) for goal in goals], scores)
        self._setup = replace(self._setup, goals=goals)
        self._dispatch = Dispatch(self._pool, self._ledger, goals, self._splits, self._clock)

    def _search(self) -> Optimizer:
        """Asks, scores and tells until the budget is spent; no worker waits for another."""
        stored = self._trials()
        space, budget = self._setup.space, self._setup.config.budget
        start = space.space.encode(space.start(_best_scale(stored)))
        optimizer = self._make_optimizer(start)
        mine = [t for t in stored if t.origin == "optimizer"]
        replay(optimizer, mine)
        track = self._track(optimizer, stored)
        numbers = {trial.id: number for number, trial in enumerate(mine)}
        for trial in mine:
            if trial.state == "asked":
                self._start(trial, numbers[trial.id], track)
        search_items = sum(len(items) for items in self._splits["search"].values())
        shown = resumed(stored, budget.trials, search_items)
        before, started = shown.done, self._clock()
        self._observe(shown)
        while True:
            while len(numbers) < budget.trials and self._in_time() and self._dispatch.wants_more:
                point = optimizer.ask()
                genome = space.space.decode(point)
                trial = self._add("optimizer", "", space.recipe(genome), point.tolist(), genome)
                numbers[trial.id] = len(numbers)
                self._start(trial, numbers[trial.id], track)
            spent = len(numbers) >= budget.trials or not self._in_time()
            if spent and not self._dispatch.open:
                break
            ended = self._dispatch.next()  # waits, also while every worker is being replaced
            if ended is None:
                continue
            optimizer.tell(
                numbers[ended.trial.id], None if ended.fitness is None else (ended.fitness,)
            )
            if track is not None and ended.fitness is not None:
                self._note(track, ended.trial)
            elapsed = (self._clock() - started) * (shown.done + 1) / (shown.done + 1 - before)
            shown = shown.after(ended, search_items, elapsed)
            self._observe(shown)
        return optimizer

    def _track(self, optimizer: Optimizer, stored: Sequence[TrialRow]) -> Track | None:
        """The race as it was when the last trial was told: the references, then what was told."""
        track = make_track(
            self._setup.config, self._setup.goals, self._splits["search"], optimizer.population
        )
        if track is not None:
            told = [t for t in stored if t.told is not None and t.scored]
            for trial in [
                *(t for t in stored if t.origin in _REFERENCE_ORIGINS),
                *sorted(told, key=lambda t: t.told or 0),
            ]:
                self._note(track, trial)
        return track

    def _note(self, track: Track, trial: TrialRow) -> None:
        """What is stored, so that a resumed search notes the same bits."""
        found = self._reader.outcomes(trial.id, "search")
        track.add(parse_recipe(trial.recipe), found or {})

    def _start(self, trial: TrialRow, index: int, track: Track | None) -> None:
        heat = None if track is None else track.open(index, parse_recipe(trial.recipe))
        self._dispatch.add(trial, "search", heat=heat)

    def _select(self, optimizer: Optimizer) -> TrialRow:
        """The contender that is best on validation items, see halving.py."""
        stored = self._trials()
        if not any(t.origin == "optimizer" and t.scored for t in stored):
            reasons = sorted({t.reason or "" for t in stored if t.state == "failed"})
            raise StopError(
                f"none of the trials could be scored; the reasons: {'; '.join(reasons[:3])}"
            )
        mean = optimizer.mean()
        if mean is not None and not any(t.origin == "mean" for t in stored):
            genome = self._setup.space.space.decode(mean)
            recipe = self._setup.space.recipe(genome)
            self._add("mean", "optimizer mean", recipe, mean.tolist(), genome)
        left = halving.contenders(self._trials(), self._setup.config.finalists)
        sizes = halving.field_sizes(len(left))
        rounds = halving.deal(self._splits["validation"], len(left))
        total = sum(sizes[: len(rounds)])
        for number, known in enumerate(rounds):
            done = sum(sizes[:number])
            scores = self._validated(left, known, done, total)
            left = halving.ranked(scores, left)
            if not left:
                raise StopError("no finalist could be scored on validation items")
            if number + 1 < len(rounds):
                left = left[: sizes[number + 1]]
        return left[0]

    def _validated(
        self,
        trials: list[TrialRow],
        known: Mapping[str, int],
        done: int,
        total: int,
        phase: str = "validation",
    ) -> dict[int, float]:
        """trial id -> fitness on the first `known` validation items, without those that failed."""
        items, parts = self._splits["validation"], {}
        for trial in trials:
            part = halving.missing(items, known, self._reader.outcomes(trial.id, "validation"))
            if part:
                parts[trial.id] = part
        missing = [t for t in trials if t.id in parts]
        done += len(trials) - len(missing)
        ended = self._score_all(missing, "validation", phase, done, total, parts)
        failed = {e.trial.id for e in ended if e.fitness is None}
        found = {}
        for trial in trials:
            outcomes = self._reader.outcomes(trial.id, "validation")
            if trial.id not in failed and outcomes is not None:
                found[trial.id] = halving.score_so_far(self._setup.goals, known, outcomes)
        return found

    def _attribute(self, chosen: TrialRow) -> None:
        """What each parent and each gene gave the chosen trial, on validation items; nothing where
        that is a reference. An ablation that cannot be scored is a row with a reason.
        """
        setup, most = self._setup, self._setup.config.ablations
        known = self._reader.search_by_id(self._ledger.search_id).attribution
        if known is not None or chosen.genome is None or most == 0:
            return
        found = ablations.plan(setup.space, chosen.genome, setup.fingerprints, most)
        mine = {self._digest(t): t for t in self._trials() if t.origin == "ablation"}
        mine[self._digest(chosen)] = chosen
        for ablation in found:
            if ablation.recipe is not None and ablation.digest not in mine:
                trial = self._add("ablation", ablation.title, ablation.recipe)
                mine[self._digest(trial)] = trial
        due = [t for t in mine.values() if t.state != "failed"]
        whole = {task: len(items) for task, items in self._splits["validation"].items()}
        scored = self._validated(due, whole, 0, len(due), "ablations")
        if chosen.id not in scored:
            return
        rows = ablations.gains(
            found,
            {digest: self._scored(trial.id, scored) for digest, trial in mine.items()},
            self._reader.outcomes(chosen.id, "validation") or {},
            setup.goals,
            setup.config.seed,
        )
        self._ledger.attribute({"rows": rows})

    def _scored(self, trial_id: int, scored: Mapping[int, float]) -> ablations.Scored:
        trial = self._reader.trial(trial_id)  # as it ended
        if trial_id not in scored:
            return ablations.Scored(trial.number, None, trial.reason)
        return ablations.Scored(trial.number, self._reader.outcomes(trial_id, "validation"))

    def _digest(self, trial: TrialRow) -> str:
        return parse_recipe(trial.recipe).digest(self._setup.fingerprints)

    def _probe(self) -> None:
        """Base and parents, once, for the hint of contamination. Where it fails, the report says
        so; the verdict does not need it.
        """
        models = [t for t in self._trials() if t.origin in ("base", "parent")]
        missing = [t for t in models if self._reader.outcomes(t.id, PROBE) is None]
        parts = dict.fromkeys((t.id for t in missing), self._splits[PROBE])
        done = len(models) - len(missing)
        self._score_all(missing, PROBE, "probe", done, len(models), parts)

    def _close(self, chosen: TrialRow) -> Verdict:
        """Report items, once: the chosen trial and what it is held against."""
        if chosen.fitness is None:  # the optimizer's mean, so far on validation items only
            self._score_all([chosen], "search", "report", 0, 1)
            chosen = self._reader.trial(chosen.id)
        held_against = references(self._trials())
        everyone = {t.id: t for t in [chosen, *held_against]}
        known = self._reader.means(self._ledger.search_id, "report")
        missing = [t for t in everyone.values() if t.id not in known]
        done = len(everyone) - len(missing)
        self._score_all(missing, "report", "report", done, len(everyone))
        outcomes = {t.id: self._outcomes(t) for t in everyone.values()}
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
            reference=chosen.origin if chosen.origin in _REFERENCE_ORIGINS else None,
            overfitting=self._overfit(chosen, outcomes[chosen.id]),
        )
        self._ledger.finish(asdict(verdict))
        return verdict

    def _overfit(self, chosen: TrialRow, report: Outcomes) -> Overfitting | None:
        done = [t for t in self._trials() if t.origin == "optimizer" and t.state == "done"]
        whole = chosen.state == "done" and chosen.error is None  # not where items rotate
        return overfit(
            self._setup.goals,
            search=self._reader.outcomes(chosen.id, "search") if whole else None,
            score=chosen.fitness,
            error=chosen.error,
            report=report,
            best=max((t.fitness for t in done if t.fitness is not None), default=None),
            seed=self._setup.config.seed,
        )

    def _score_all(
        self,
        trials: Iterable[TrialRow],
        split: Split,
        phase: str,
        done: int,
        total: int,
        parts: Mapping[int, Items] | None = None,
    ) -> list[Ended]:
        """parts: trial id -> the items to score, where these are not all of the split's."""
        for trial in trials:
            self._dispatch.add(trial, split, part=None if parts is None else parts[trial.id])
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


def _best_scale(trials: Iterable[TrialRow]) -> float:
    """The scale of the best one-scale baseline on search items."""
    scales = [t for t in trials if t.origin == "one_scale" and t.fitness is not None]
    return float(min(scales, key=halving.by_fitness).name.removeprefix("one scale "))
