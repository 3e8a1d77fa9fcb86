"""Every optimizer by name: what it is, what it can do, how it is made.

An optimizer is added by one function and one entry. Each is imported when it is made, because
their libraries take seconds to import and most commands need none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evolve.optimizers.arrivals import default_population, whole_rounds
from evolve.optimizers.protocol import Known, Optimizer
from evolve.optimizers.samplers import STARTUP_TRIALS
from search_spaces.space import Gene, Point

_GENERATIONS = 16
"""That a budget should allow an optimizer that breeds, within these limits of its population."""
_LEAST_BRED, _MOST_BRED = 12, 48


@dataclass(frozen=True)
class Wanted:
    """What an optimizer is made from; the fields are those of make_optimizer."""

    name: str
    genes: Sequence[Gene]
    seed: int
    start: Point
    sigma: float
    population: int | None
    workers: int
    budget: int | None
    objectives: int
    known: Sequence[Known]


@dataclass(frozen=True)
class Entry:
    """One optimizer: a line for the help, how it is made, and what it can do.

    fewest, most: objectives, None without a limit; conditional: genes with `when`.
    """

    about: str
    make: Callable[[Wanted], Optimizer]
    fewest: int = 1
    most: int | None = 1
    conditional: bool = True

    def takes(self, objectives: int) -> bool:
        return self.fewest <= objectives and (self.most is None or objectives <= self.most)


def supports(name: str, genes: Sequence[Gene], objectives: int) -> str | None:
    """What is wrong with using this optimizer on these genes and so many objectives, in a
    sentence that says what would do; None where nothing is.
    """
    if name not in ENTRIES:
        return f"there is no optimizer '{name}'; there are {', '.join(ENTRIES)}"
    entry = ENTRIES[name]
    nested = next((gene.name for gene in genes if gene.when is not None), None)
    able = [
        other
        for other, e in ENTRIES.items()
        if e.takes(objectives) and (e.conditional or nested is None)
    ]
    if not entry.takes(objectives):
        limit = "one objective" if entry.most == 1 else f"at least {entry.fewest} objectives"
        return f"'{name}' wants {limit}, here are {objectives}; instead: {', '.join(able)}"
    if nested is not None and not entry.conditional:
        return (
            f"'{name}' cannot search a gene that only holds under a choice, as '{nested}' does; "
            f"instead: {', '.join(able)}"
        )
    return None


def generation(
    name: str, dimension: int, *, population: int | None, workers: int, budget: int | None
) -> int | None:
    """Trials that make a generation of this optimizer; None where it has none. population: that
    was asked for.
    """
    if name in ("cma", "cma-lra", "catcma"):
        return population or default_population(dimension, workers)
    if name in ("nsga2", "nsga3"):
        return population or _bred_population(budget, workers)
    return None


def _cma(w: Wanted) -> Optimizer:
    from evolve.optimizers.cma_es import CmaEs

    return _evolved(CmaEs, w)


def _cma_lra(w: Wanted) -> Optimizer:
    from evolve.optimizers.cma_lra import CmaLra

    return _evolved(CmaLra, w)


def _catcma(w: Wanted) -> Optimizer:
    from evolve.optimizers.catcma import CatCma

    return _evolved(CatCma, w)


def _evolved(kind: Callable[..., Optimizer], w: Wanted) -> Optimizer:
    """Of the CMA family, whose members are made from the same things."""
    return kind(
        w.genes,
        seed=w.seed,
        start=w.start,
        sigma=w.sigma,
        population=w.population,
        workers=w.workers,
    )


def _sampled(w: Wanted) -> Optimizer:
    return _optuna(w, w.population or STARTUP_TRIALS)


def _bred(w: Wanted) -> Optimizer:
    return _optuna(w, w.population or _bred_population(w.budget, w.workers))


def _bred_population(budget: int | None, workers: int) -> int:
    population = _MOST_BRED
    if budget is not None:
        population = min(_MOST_BRED, max(_LEAST_BRED, budget // _GENERATIONS))
    return whole_rounds(population, workers)


def _optuna(w: Wanted, population: int) -> Optimizer:
    from evolve.optimizers.sampling import OptunaSampler

    return OptunaSampler(
        w.name,
        w.genes,
        seed=w.seed,
        start=w.start,
        population=population,
        objectives=w.objectives,
        known=w.known,
    )


def _thompson(w: Wanted) -> Optimizer:
    from evolve.optimizers.thompson import Thompson

    return Thompson(w.genes, seed=w.seed, start=w.start, known=w.known, workers=w.workers)


def _map_elites(w: Wanted) -> Optimizer:
    from evolve.optimizers.map_elites import MapElites

    return MapElites(w.genes, seed=w.seed, start=w.start, objectives=w.objectives, known=w.known)


def _pool(w: Wanted) -> Optimizer:
    from evolve.optimizers.pool import ModelPool

    return ModelPool(
        w.genes,
        seed=w.seed,
        start=w.start,
        objectives=w.objectives,
        known=w.known,
        population=w.population,
    )


ENTRIES: dict[str, Entry] = {
    "cma": Entry("CMA-ES, asynchronous", _cma),
    "cma-lra": Entry("CMA-ES with learning rates that adapt to noise", _cma_lra),
    "catcma": Entry("CatCMA with margin: numbers and choices", _catcma),
    "thompson": Entry("a Gaussian process around its best point, asynchronous", _thompson),
    "gp": Entry("a Gaussian process", _sampled, most=None, conditional=False),
    "tpe": Entry("Parzen estimators of good and bad points", _sampled, most=None),
    "nsga2": Entry("NSGA-II: a Pareto front of two or three objectives", _bred, most=None),
    "nsga3": Entry("NSGA-III: a Pareto front of more", _bred, most=None),
    "map-elites": Entry(
        "the best of every niche of task scores", _map_elites, fewest=2, most=None
    ),
    "pool": Entry("a pool of models that is bred without end", _pool, most=None),
    "qmc": Entry("Sobol's sequence, which learns nothing", _sampled, most=None),
    "random": Entry("uniform points", _sampled, most=None),
}
