"""Fits `surrogate.py` to recorded trials and says how well it predicts trials left out.

`python tests/benchmarks/fit_surrogates.py RECORDED.npz [...]` writes `surrogates.npz`, trials and
fits together, and prints a table. A minute on one core.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from recorded_families import genes_of
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.stats import spearmanr
from surrogate import FILE, FloatArray, Kernel, Layout, Surrogate, assemble, distances

from evolve.optimizers import make_optimizer
from search_spaces.space import Gene

TUNED_ON = 350  # trials that the kernels are tuned on; the fit itself uses all
RESTARTS, STEPS = 12, 12_000


@dataclass(frozen=True)
class Trials:
    """points: (n, n_genes) in the unit cube; right, asked: (n, 2, n_tasks), search items first."""

    points: FloatArray
    right: NDArray[np.uint8]
    asked: NDArray[np.uint8]

    @property
    def accuracy(self) -> FloatArray:
        """Of both kinds of items, (n, n_tasks)."""
        return np.asarray(self.right.sum(axis=1) / self.asked.sum(axis=1))

    @property
    def logits(self) -> FloatArray:
        right, asked = self.right.sum(axis=1) + 0.5, self.asked.sum(axis=1) + 1.0
        return np.asarray(np.log(right / (asked - right)))


@dataclass(frozen=True)
class LeftOut:
    """Predictions of every trial from all others, (n, n_tasks)."""

    predicted: FloatArray
    observed: FloatArray

    def r2(self) -> FloatArray:
        """Per task, then of the mean; of what was observed, its noise included."""
        errors = ((_with_mean(self.predicted) - _with_mean(self.observed)) ** 2).mean(axis=0)
        return np.asarray(1 - errors / _with_mean(self.observed).var(axis=0))

    def rank(self) -> FloatArray:
        """Spearman correlation per task, then of the mean."""
        pairs = zip(_with_mean(self.predicted).T, _with_mean(self.observed).T, strict=True)
        return np.array([float(spearmanr(a, b).statistic) for a, b in pairs])

    def rank_of_best(self) -> float:
        """Of the mean, among the better half by prediction."""
        predicted, observed = self.predicted.mean(axis=1), self.observed.mean(axis=1)
        best = predicted >= np.median(predicted)
        return float(spearmanr(predicted[best], observed[best]).statistic)


def _with_mean(values: FloatArray) -> FloatArray:
    return np.column_stack([values, values.mean(axis=1)])


def layout_of(names: list[str]) -> Layout:
    """From genes' names, `weight.PARENT[.gN][.FILTER]` and `lambda[.gN]`."""
    parents = sorted({n.split(".")[1] for n in names if n.startswith("weight.")})
    parent = [parents.index(n.split(".")[1]) if n.startswith("weight.") else -1 for n in names]
    groups = [
        [int(p[1:]) for p in n.split(".") if p[:1] == "g" and p[1:].isdigit()] for n in names
    ]
    return Layout(np.array(parent), np.array([g[0] if g else 0 for g in groups]))


def fit(
    trials: Trials, layout: Layout, tuned_on: int = TUNED_ON, iterations: int = 30
) -> tuple[dict[str, Any], LeftOut]:
    """What `surrogate.assemble` takes, without best and optimum, and how good it is."""
    weights = layout.reaching(trials.points)
    inputs = [weights @ m for m in layout.maps()]
    squared = [distances(x, x) for x in inputs]
    few = np.random.default_rng(0).permutation(len(weights))[:tuned_on]
    squared_few = [s[np.ix_(few, few)] for s in squared]
    hyper, alpha, level, predicted = [], [], [], []
    for task in range(trials.logits.shape[1]):
        values = trials.logits[:, task]
        centre = float(values.mean())
        found = _tune(squared_few, values[few] - centre, iterations)
        kernel = Kernel(found[:3], found[3:6], float(found[6]))
        matrix = kernel(squared) + kernel.noise**2 * np.eye(len(values))
        inverse = np.linalg.inv(matrix)
        solved = inverse @ (values - centre)
        # Leave-one-out in closed form (Rasmussen and Williams 2006, eq. 5.12).
        left_out = values - solved / np.diag(inverse)
        hyper.append(found)
        alpha.append(solved)
        level.append(centre)
        predicted.append(1 / (1 + np.exp(-left_out)))
    made = LeftOut(np.stack(predicted, axis=1), trials.accuracy)
    errors = ((made.predicted - made.observed) ** 2).mean(axis=0)
    chance = made.predicted * (1 - made.predicted) / trials.asked.sum(axis=1)
    fitted = {
        "points": trials.points.astype(np.float16),
        "layout": np.stack([layout.parent, layout.group]),
        "hyper": np.array(hyper),
        "alpha": np.array(alpha).astype(np.float32),
        "level": np.array(level),
        "residual": errors / chance.mean(axis=0),
    }
    return fitted, made


def _tune(squared: list[FloatArray], values: FloatArray, iterations: int) -> FloatArray:
    """Amplitudes, length scales and noise of largest marginal likelihood, (7,)."""

    def loss(logs: FloatArray) -> float:
        found = np.exp(logs)
        kernel = Kernel(found[:3], found[3:6], float(found[6]))
        matrix = kernel(squared) + kernel.noise**2 * np.eye(len(values))
        try:
            factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        except np.linalg.LinAlgError:
            return 1e9
        fitted = 0.5 * values @ cho_solve(factor, values) + np.log(np.diag(factor[0])).sum()
        # Weak priors keep a kernel that the data do not need small and smooth.
        prior = ((logs[:3] + 0.7) ** 2 / 8 + (logs[3:6] + 0.7) ** 2 / 2).sum()
        return float(fitted + prior)

    bounds = [(-5.0, 1.5)] * 3 + [(-2.5, 1.5)] * 3 + [(-3.0, 0.5)]
    start = np.log([0.7, 0.3, 0.3, 0.5, 0.5, 0.4, 0.25])
    found = minimize(
        loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": iterations}
    )
    return np.asarray(np.exp(found.x))


def with_optimum(fitted: dict[str, Any]) -> dict[str, Any]:
    """Adds the best truth of long noise-free searches by CMA-ES from the best recorded points."""
    model = assemble({**fitted, "best": np.zeros(0), "optimum": 0.0})
    points = fitted["points"].astype(np.float64)
    starts = points[np.argsort(-model.truth(points))[: 4 * RESTARTS : 4]]
    found = [_climb(model, start, seed)[-1] for seed, start in enumerate(starts)]
    truths = model.truth(np.array(found))
    best = int(np.argmax(truths))
    print(f"    restarts: {np.round(np.sort(truths)[::-1], 4).tolist()}", flush=True)
    return {**fitted, "best": found[best], "optimum": truths[best]}


def _climb(model: Surrogate, start: FloatArray, seed: int, steps: int = STEPS) -> list[FloatArray]:
    """The centres of a noise-free search, the last one its best."""
    genes = [Gene(str(n)) for n in range(model.dimension)]
    optimizer = make_optimizer("cma", genes, seed=seed, start=start, sigma=0.1)
    way, number = [start], 0
    while number < steps:
        points = [optimizer.ask() for _ in range(optimizer.population)]
        for truth in model.truth(np.array(points)):
            optimizer.tell(number, (float(truth),))
            number += 1
        centre = optimizer.mean()
        if centre is not None:
            way.append(centre)
    return way


def route(trials: Trials, layout: Layout, seed: int) -> list[FloatArray]:
    """Where the surrogate of the trials so far should be checked: points on the way to its best,
    the best first.
    """
    fitted, _ = fit(trials, layout, tuned_on=200, iterations=8)
    model = assemble({**fitted, "best": np.zeros(0), "optimum": 0.0})
    generator = np.random.default_rng(seed)
    best = np.argsort(-model.truth(trials.points))[:20]
    found = []
    for start in trials.points[generator.choice(best, 3, replace=False)]:
        way = _climb(model, start, seed, steps=2500)
        few = [way[round(i)] for i in np.linspace(len(way) - 1, len(way) // 8, 6)]
        near = [p + 0.06 * generator.standard_normal(len(p)) for p in few]
        found += [few[0], *near]
    return found


def read(file: Path) -> dict[tuple[str, int], Trials]:
    """Every space that a file of `record_trials.py` holds."""
    found = {}
    with np.load(file) as kept:
        for name in kept:
            if name.endswith("_points"):
                family, dimension, _ = name.split("_")
                prefix = f"{family}_{dimension}"
                found[family, int(dimension)] = Trials(
                    kept[name].astype(np.float64), kept[f"{prefix}_right"], kept[f"{prefix}_asked"]
                )
    return found


def main(files: list[Path]) -> None:
    """Fits every space, prints its table, writes trials and fits together."""
    written: dict[str, NDArray[Any]] = {}
    print(
        "| family | genes | trials | R2 per task; of the mean | rank correlation "
        "| of the better half | residual / chance | optimum |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for file in files:
        for (family, dimension), trials in read(file).items():
            fitted, made = fit(trials, layout_of(genes_of(family, dimension)))
            fitted = with_optimum(fitted)
            fitted |= {"right": trials.right, "asked": trials.asked}
            print(
                f"| {family} | {dimension} | {len(trials.points)} "
                f"| {_listed(made.r2())} | {_listed(made.rank())} | {made.rank_of_best():.2f} "
                f"| {_listed(fitted['residual'])} | {fitted['optimum']:.4f} |",
                flush=True,
            )
            written |= {f"{family}_{dimension}_{k}": v for k, v in fitted.items()}
    np.savez_compressed(FILE, **written)
    print(f"{FILE}: {FILE.stat().st_size / 1000:.0f} kB", file=sys.stderr)


def _listed(values: FloatArray) -> str:
    return ", ".join(f"{v:.2f}" for v in values)


if __name__ == "__main__":
    main([Path(a) for a in sys.argv[1:]])
