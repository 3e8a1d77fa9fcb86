"""The samplers of Optuna that are offered, each with a random state of its own.

tpe      Parzen estimators of good and bad points (Bergstra 2011), all genes of a group together;
         points that are still being scored count as bad ones ("constant liar")
gp       a Gaussian process with expected improvement, which knows of points still being scored
         (logEI, arXiv:2310.20708; several objectives by hypervolume)
nsga2    sorting by Pareto dominance and crowding (Deb 2002)
nsga3    the same, kept apart by reference directions (Deb 2014), for four objectives and more
qmc      Sobol's sequence, scrambled: an even cover, which learns nothing
random   uniform, which learns nothing
"""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.samplers.nsgaii import BaseCrossover

Matrix = NDArray[np.float64]

STARTUP_TRIALS = 10
"""Random points before TPE and the Gaussian process learn; Optuna's own default."""


def make_sampler(name: str, *, seed: int, population: int) -> "BaseSampler":
    """population: points before it learns; of nsga2 and nsga3 a generation.

    Raises: ValueError for an unknown name.
    """
    if name not in _SAMPLERS:
        raise ValueError(f"unknown sampler '{name}'; known: {', '.join(_SAMPLERS)}")
    with warnings.catch_warnings():  # groups and mutations are marked as experimental
        warnings.simplefilter("ignore")
        return _SAMPLERS[name](seed % 2**32, population)


def generation_key(name: str) -> str | None:
    """The attribute by which a sampler that breeds knows the generation of a trial."""
    return {"nsga2": "NSGAIISampler:generation", "nsga3": "NSGAIIISampler:generation"}.get(name)


def _tpe(seed: int, population: int) -> "BaseSampler":
    from optuna.samplers import TPESampler
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    class OwnGenes(TPESampler):
        """Optuna shares with other processes what it drew for every group before a choice rules
        some of them out, and would count it while the point is being scored. Here is one process.
        """

        def _get_params(self, trial: FrozenTrial, study: Study) -> dict[str, object]:
            return trial.params

    return OwnGenes(
        seed=seed,
        multivariate=True,
        group=True,
        constant_liar=True,
        n_startup_trials=population,
    )


def _gp(seed: int, population: int) -> "BaseSampler":
    from optuna.samplers import GPSampler

    return GPSampler(seed=seed, n_startup_trials=population, warn_independent_sampling=False)


def _nsga2(seed: int, population: int) -> "BaseSampler":
    from optuna.samplers import NSGAIISampler
    from optuna.samplers.nsgaii import PolynomialMutation

    return NSGAIISampler(
        seed=seed,
        population_size=population,
        crossover=_blend(),
        mutation=PolynomialMutation(),
    )


def _nsga3(seed: int, population: int) -> "BaseSampler":
    from optuna.samplers import NSGAIIISampler
    from optuna.samplers.nsgaii import PolynomialMutation

    return NSGAIIISampler(
        seed=seed,
        population_size=population,
        crossover=_blend(),
        mutation=PolynomialMutation(),
    )


def _blend() -> "BaseCrossover":
    """Between two parents and half their distance beyond (BLX-alpha), clipped to the cube.

    Optuna draws until a child is within: with many genes near their bounds, for hours.
    """
    from optuna.samplers.nsgaii import BLXAlphaCrossover
    from optuna.study import Study

    class Clipped(BLXAlphaCrossover):
        def crossover(
            self,
            parents_params: Matrix,
            rng: np.random.RandomState,
            study: Study,
            search_space_bounds: Matrix,
        ) -> Matrix:
            child = super().crossover(parents_params, rng, study, search_space_bounds)
            low, high = search_space_bounds.T
            inside: Matrix = np.clip(child, low, high)
            return inside

    return Clipped()


def _qmc(seed: int, population: int) -> "BaseSampler":
    from optuna.samplers import QMCSampler

    return QMCSampler(
        seed=seed, scramble=True, warn_independent_sampling=False, warn_asynchronous_seeding=False
    )


def _random(seed: int, population: int) -> "BaseSampler":
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=seed)


_SAMPLERS: dict[str, Callable[[int, int], "BaseSampler"]] = {
    "tpe": _tpe,
    "gp": _gp,
    "nsga2": _nsga2,
    "nsga3": _nsga3,
    "qmc": _qmc,
    "random": _random,
}
