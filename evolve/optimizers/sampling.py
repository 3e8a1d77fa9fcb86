"""Optuna's samplers behind ask() / tell(): an in-memory study that is replayed, never reopened.

What each sampler is, samplers.py says.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evolve.optimizers.arrivals import centred
from evolve.optimizers.protocol import Known, Scores
from evolve.optimizers.samplers import generation_key, make_sampler
from evolve.optimizers.told import Told
from search_spaces.space import Gene, Point, Space

if TYPE_CHECKING:  # a quarter of a second, which `evolve --help` need not wait for
    import optuna


class OptunaSampler:
    """Choice genes are categorical to the sampler. It has no mean.

    To TPE a gene that means nothing at a point is never shown. The others are shown every gene
    at every point: what breeds carries the silent ones along until a choice wakes them, and what
    does not learn is not misled by them.
    """

    def __init__(
        self,
        name: str,
        genes: Sequence[Gene],
        *,
        seed: int,
        start: Point,
        population: int,
        objectives: int = 1,
        known: Sequence[Known] = (),
    ) -> None:
        """name: as in samplers.py; start: the first point asked, unless it is known already;
        population: of the samplers that breed, and the points before the others learn.
        """
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.population = population
        self._space = Space(tuple(genes))
        self._by_run = name == "tpe"
        self._study = optuna.create_study(
            directions=["maximize"] * objectives,
            sampler=make_sampler(name, seed=seed, population=population),
        )
        self._distributions = {gene.name: _distribution(gene) for gene in genes}
        self._add_known(known, generation_key(name))
        if not any(np.array_equal(start, one.point) for one in known):
            self._study.enqueue_trial(self._shown(start))
        self._trials: list[optuna.trial.Trial] = []
        self._told = Told(objectives)

    def ask(self) -> Point:
        trial = self._study.ask()
        self._trials.append(trial)
        point = np.full(self._space.dimension, 0.5)
        active = self._space.active(point)
        for i, gene in enumerate(self._space.genes):
            if self._by_run and not active[i]:
                continue
            if gene.choices:
                cells = range(len(gene.choices))
                point[i] = _to_unit(gene, trial.suggest_categorical(gene.name, list(cells)))
                active = self._space.active(point)
            else:
                point[i] = trial.suggest_float(gene.name, 0.0, 1.0)
        return centred(self._space, point)

    def tell(self, number: int, scores: Scores | None) -> None:
        from optuna.trial import TrialState

        self._told.check(number, scores, asked=len(self._trials))
        if scores is None:
            self._study.tell(self._trials[number], state=TrialState.FAIL)
        else:
            self._study.tell(self._trials[number], scores)

    def mean(self) -> Point | None:
        return None

    def _add_known(self, known: Sequence[Known], generation: str | None) -> None:
        """generation: the attribute by which a sampler that breeds finds its first generation."""
        from optuna.trial import create_trial

        for one in known:
            params = self._shown(one.point)
            self._study.add_trial(
                create_trial(
                    params=params,
                    distributions={name: self._distributions[name] for name in params},
                    values=list(one.scores),
                    system_attrs={generation: 0} if generation else None,
                )
            )

    def _shown(self, point: Point) -> dict[str, float | int]:
        """What the sampler is shown of a point."""
        active = self._space.active(point)
        return {
            gene.name: _to_optuna(gene, unit)
            for gene, unit, holds in zip(self._space.genes, point.tolist(), active, strict=True)
            if holds or not self._by_run
        }


def _distribution(gene: Gene) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if gene.choices:
        return CategoricalDistribution(list(range(len(gene.choices))))
    return FloatDistribution(0.0, 1.0)


def _to_optuna(gene: Gene, unit: float) -> float | int:
    return min(int(unit * len(gene.choices)), len(gene.choices) - 1) if gene.choices else unit


def _to_unit(gene: Gene, value: float) -> float:
    return (value + 0.5) / len(gene.choices) if gene.choices else float(value)
