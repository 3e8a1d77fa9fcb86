"""Who takes part in `search.py`: every optimizer here, mergekit-evolve's setting, Optuna's CMA-ES.

A contestant says None to a worker that has to wait for others' results.
"""

import functools
import hashlib
import inspect
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import optuna
from layouts import TOP_WEIGHT, FloatArray
from search_functions import Function, references

import evolve.optimizers
from evolve.optimizers import ENTRIES, Known, make_optimizer
from search_spaces.space import Gene

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)
    import cma

RIVALS = ("mergekit-evolve", "optuna-cmaes")


class Contestant(Protocol):
    """thrown: results that it was told and did not learn from."""

    def ask(self) -> FloatArray | None: ...

    def tell(self, number: int, scores: tuple[float, ...]) -> None: ...

    def answer(self) -> FloatArray | None:
        """Its own recommendation, None for the best-scoring point."""
        ...

    def thrown(self) -> int: ...


class Ours:
    """As the product starts it: references are scored and known, the best of them is the start.

    All results are given to tell(), which throws away none.
    """

    def __init__(self, name: str, function: Function, *, seed: int, workers: int, budget: int):
        layout = function.layout
        genes = [Gene(f"g{n}") for n in range(len(layout.parent))]
        points = references(layout)
        told = [function.told(p, seed) for p in points]
        self.several = objectives_of(name) > 1
        start = points[int(np.argmax([np.mean(t) for t in told]))]
        self._optimizer = make_optimizer(
            name,
            genes,
            seed=seed,
            start=start,
            workers=workers,
            budget=budget,
            objectives=len(told[0]) if self.several else 1,
            known=[Known(p, self._scores(t)) for p, t in zip(points, told, strict=True)],
        )

    def ask(self) -> FloatArray | None:
        return self._optimizer.ask()

    def tell(self, number: int, scores: tuple[float, ...]) -> None:
        self._optimizer.tell(number, self._scores(scores))

    def answer(self) -> FloatArray | None:
        return self._optimizer.mean()

    def thrown(self) -> int:
        return 0

    def _scores(self, scores: tuple[float, ...]) -> tuple[float, ...]:
        return scores if self.several else (float(np.mean(scores)),)


@functools.cache
def objectives_of(name: str) -> int:
    """How many objectives an optimizer is given: one where it can do with one."""
    genes = [Gene("a"), Gene("b")]
    return 1 if evolve.optimizers.supports(name, genes, 1) is None else 3


class MergekitEvolve:
    """`cma.fmin2` as mergekit-evolve calls it: natural units, weights 1/n, sigma 1/6, no bounds,
    the default population, abs() around every weight; nobody starts on a generation before the
    last one is complete. Its answer is the best-scoring point, its start no reference.
    """

    def __init__(self, function: Function, *, seed: int):
        self._weights = function.layout.parent >= 0
        count = int(function.layout.parent.max()) + 1
        generator = np.random.default_rng(seed)
        self._strategy: Any = cma.CMAEvolutionStrategy(
            np.where(self._weights, 1 / count, 1.0),
            1 / 6,
            {"randn": lambda *s: generator.standard_normal(s), "seed": math.nan, "verbose": -9},
        )
        self._generation: list[FloatArray] = []
        self._scores: dict[int, float] = {}
        self._first, self._next = 0, 0

    def ask(self) -> FloatArray | None:
        if self._next == self._first + len(self._generation):
            if len(self._scores) < len(self._generation):
                return None
            if self._generation:
                told = [-self._scores[self._first + n] for n in range(len(self._generation))]
                self._strategy.tell(self._generation, told)
                self._first, self._scores = self._next, {}
            self._generation = self._strategy.ask()
        genome = np.abs(self._generation[self._next - self._first])
        self._next += 1
        # Beyond the cube the functions go on as at its border.
        return np.clip(np.where(self._weights, genome / TOP_WEIGHT, genome - 0.5), 0.0, 1.0)

    def tell(self, number: int, scores: tuple[float, ...]) -> None:
        self._scores[number] = float(np.mean(scores))

    def answer(self) -> FloatArray | None:
        return None

    def thrown(self) -> int:
        return 0


class OptunaCmaEs:
    """`optuna.samplers.CmaEsSampler` with its defaults, trials running side by side."""

    def __init__(self, function: Function, *, seed: int):
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        names = [f"g{n}" for n in range(len(function.layout.parent))]
        self._space = {n: optuna.distributions.FloatDistribution(0.0, 1.0) for n in names}
        self._sampler = optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        self._study = optuna.create_study(direction="maximize", sampler=self._sampler)
        self._trials: list[optuna.trial.Trial] = []

    def ask(self) -> FloatArray | None:
        trial = self._study.ask(self._space)  # type: ignore[arg-type]
        self._trials.append(trial)
        return np.array([trial.params[n] for n in self._space])

    def tell(self, number: int, scores: tuple[float, ...]) -> None:
        self._study.tell(self._trials[number], float(np.mean(scores)))

    def answer(self) -> FloatArray | None:
        return None

    def thrown(self) -> int:
        """It learns from the first of every generation to come back, a population of them; from
        what comes later and from points that it drew before it had a distribution, never.
        """
        done = self._study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE])
        counts = Counter(t.system_attrs.get("cma:generation") for t in done)
        population = 4 + math.floor(3 * math.log(len(self._space)))
        late = sum(max(0, n - population) for g, n in counts.items() if g is not None)
        return counts[None] + late


def make(name: str, function: Function, *, seed: int, workers: int, budget: int) -> Contestant:
    """name: one of RIVALS or of the optimizers here."""
    if name == "mergekit-evolve":
        return MergekitEvolve(function, seed=seed)
    if name == "optuna-cmaes":
        return OptunaCmaEs(function, seed=seed)
    return Ours(name, function, seed=seed, workers=workers, budget=budget)


@functools.cache
def version(name: str) -> str:
    """A digest of the code that an optimizer consists of, as far as it is ours."""
    files, made_by = {Path(__file__)}, ""
    if name not in RIVALS:
        files = _imported(Path(_module_of(name)))
        made_by = _source(ENTRIES[name].make)
    digest = hashlib.blake2b(made_by.encode(), digest_size=8)
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _source(made: Callable[..., Any]) -> str:
    """Of a function of the registry, and of the functions and numbers of its file it uses."""
    found = inspect.getsource(made)
    for name in made.__code__.co_names:
        used = made.__globals__.get(name)
        if isinstance(used, int):
            found += f"{name} = {used}"
        elif inspect.isfunction(used) and used.__module__ == made.__module__:
            found += _source(used)
    return found


def _module_of(name: str) -> str:
    """The file of the class that `make_optimizer` returns."""
    several = objectives_of(name)
    genes = [Gene("a"), Gene("b")]
    made = make_optimizer(
        name, genes, seed=0, start=np.array([0.5, 0.5]), objectives=several, budget=10
    )
    return str(__import__(type(made).__module__, fromlist=["x"]).__file__)


def _imported(file: Path) -> set[Path]:
    """The file and what it imports of its own package, and what that does."""
    found, waiting = set[Path](), [file]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            names: Sequence[str] = re.findall(
                r"from evolve\.optimizers\.(\w+) import", one.read_text()
            )
            waiting += [one.with_name(f"{n}.py") for n in names if n != "registry"]
    return found


__all__ = ["ENTRIES", "RIVALS", "Contestant", "make", "version"]
