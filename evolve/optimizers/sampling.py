"""TPE (Bergstra 2011; multivariate, constant liar) and random sampling, through Optuna's ask and
tell.
"""

from collections.abc import Sequence

import numpy as np
import optuna

from evolve.optimizers.protocol import Scores
from evolve.optimizers.told import Told
from search_spaces.space import Gene, Point

_STARTUP_TRIALS = 10


class OptunaSampler:
    """An Optuna study in memory; choice genes are categorical to the sampler. It has no mean."""

    population = _STARTUP_TRIALS

    def __init__(self, name: str, genes: Sequence[Gene], *, seed: int, start: Point) -> None:
        """name: 'tpe' or 'random'; start: the first point asked."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._genes = tuple(genes)
        sampler: optuna.samplers.BaseSampler
        if name == "tpe":
            sampler = optuna.samplers.TPESampler(
                seed=seed, multivariate=True, constant_liar=True, n_startup_trials=_STARTUP_TRIALS
            )
        elif name == "random":
            sampler = optuna.samplers.RandomSampler(seed=seed)
        else:
            raise ValueError(f"unknown sampler '{name}'")
        self._distributions = {gene.name: _distribution(gene) for gene in genes}
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._study.enqueue_trial(
            {g.name: _to_optuna(g, u) for g, u in zip(self._genes, start.tolist(), strict=True)}
        )
        self._trials: list[optuna.trial.Trial] = []
        self._told = Told()

    def ask(self) -> Point:
        trial = self._study.ask(self._distributions)
        self._trials.append(trial)
        return np.array([_to_unit(g, trial.params[g.name]) for g in self._genes], dtype=np.float64)

    def tell(self, number: int, scores: Scores | None) -> None:
        self._told.check(number, scores, asked=len(self._trials))
        if scores is None:
            self._study.tell(self._trials[number], state=optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(self._trials[number], scores)

    def mean(self) -> Point | None:
        return None


def _distribution(gene: Gene) -> optuna.distributions.BaseDistribution:
    if gene.choices:
        return optuna.distributions.CategoricalDistribution(list(range(len(gene.choices))))
    return optuna.distributions.FloatDistribution(0.0, 1.0)


def _to_optuna(gene: Gene, unit: float) -> float | int:
    return min(int(unit * len(gene.choices)), len(gene.choices) - 1) if gene.choices else unit


def _to_unit(gene: Gene, value: float) -> float:
    return (value + 0.5) / len(gene.choices) if gene.choices else float(value)
