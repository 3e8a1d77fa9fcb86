"""What to try next. Every optimizer is behind ask() / tell() and moves in the unit cube.

protocol.py     the protocol, and what every implementation promises
registry.py     every optimizer by name, and what it can do
auto.py         which of them suits a search, and why
told.py         the checks that every tell() makes
arrivals.py     results as they come, until there are enough for an update
cma_es.py       CMA-ES through `cma`
cma_lra.py      CMA-ES that adapts its learning rates to noise, through `cmaes`
catcma.py       numbers and choices together, through `cmaes`
thompson.py     Thompson sampling around the best point of a Gaussian process
gaussian_process.py    that process
sampling.py     Optuna's study behind ask() / tell()
samplers.py     its samplers: TPE, Gaussian process, NSGA-II and III, Sobol, random
map_elites.py   the best of every niche of task scores
pool.py         a pool of models that is bred without end
breeding.py     a child of two points, for those two
pareto.py       fronts, their volume, and a point chosen from one
descent.py      coefficients learnt by descent on a sample of text
"""

from collections.abc import Sequence

from evolve.optimizers.arrivals import centred
from evolve.optimizers.auto import choose
from evolve.optimizers.protocol import Breeder, Known, Optimizer, Scores
from evolve.optimizers.registry import ENTRIES, Wanted, supports
from search_spaces.space import Gene, Point, Space

NAMES = tuple(ENTRIES)


def make_optimizer(
    name: str,
    genes: Sequence[Gene],
    *,
    seed: int,
    start: Point,
    sigma: float = 1 / 6,
    population: int | None = None,
    workers: int = 1,
    budget: int | None = None,
    objectives: int = 1,
    known: Sequence[Known] = (),
) -> Optimizer:
    """name: one of NAMES; start: where to begin, in the unit cube; sigma: of the unit range;
    budget: trials that may be asked, None without a limit; known: points that are scored already.

    Raises: ValueError for genes or objectives that it cannot search, as `supports` says.
    """
    wrong = supports(name, genes, objectives)
    if wrong is not None:
        raise ValueError(wrong)
    space = Space(tuple(genes))
    start = centred(space, start)
    known = tuple(Known(centred(space, one.point), one.scores) for one in known)
    return ENTRIES[name].make(
        Wanted(name, genes, seed, start, sigma, population, workers, budget, objectives, known)
    )


__all__ = [
    "Breeder",
    "ENTRIES",
    "Known",
    "NAMES",
    "Optimizer",
    "Scores",
    "choose",
    "make_optimizer",
    "supports",
]
