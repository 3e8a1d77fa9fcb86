"""What to try next. Every optimizer is behind ask() / tell() and moves in the unit cube.

protocol.py   the protocol, and what every implementation promises
told.py       the checks that every tell() makes
cma_es.py     CMA-ES through `cma`, told results as they come
sampling.py   TPE and random through Optuna
"""

from collections.abc import Sequence

from evolve.optimizers.cma_es import CmaEs
from evolve.optimizers.protocol import Breeder, Known, Optimizer, Scores
from evolve.optimizers.sampling import OptunaSampler
from search_spaces.space import Gene, Point

NAMES = ("cma", "tpe", "random")


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
    """
    if name == "cma":
        return CmaEs(
            len(genes), seed=seed, start=start, sigma=sigma, population=population, workers=workers
        )
    return OptunaSampler(name, genes, seed=seed, start=start)


__all__ = ["NAMES", "Breeder", "Known", "Optimizer", "Scores", "make_optimizer"]
