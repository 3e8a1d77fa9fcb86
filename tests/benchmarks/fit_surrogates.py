"""Fits `surrogate.py` to recorded trials and says how well it predicts trials left out.

`python tests/benchmarks/fit_surrogates.py RECORDED.npz [...]` writes `surrogates.npz`, trials and
fits together, and prints a table. A minute on one core.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from layouts import Layout, layout_of
from numpy.typing import NDArray
from recorded_families import FAMILIES
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.stats import spearmanr
from surrogate import FILE, FloatArray, Kernel, Surrogate, assemble, distances, inputs_of

TUNED_ON = 350  # trials that the kernels are tuned on; the fit itself uses all
RESTARTS = 20  # climbs from recorded points, and as many from random ones


@dataclass(frozen=True)
class Trials:
    """points: (n, n_genes) in the unit cube; right, asked: (n, 2, n_tasks), search items first."""

    points: FloatArray
    right: NDArray[np.uint8]
    asked: NDArray[np.uint8]

    def part(self, some: slice) -> "Trials":
        return Trials(self.points[some], self.right[some], self.asked[some])

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

    def part(self, some: slice) -> "LeftOut":
        return LeftOut(self.predicted[some], self.observed[some])

    def r2(self) -> FloatArray:
        """Per task, then of the mean; of what was observed, its noise included."""
        errors = ((_with_mean(self.predicted) - _with_mean(self.observed)) ** 2).mean(axis=0)
        return np.asarray(1 - errors / _with_mean(self.observed).var(axis=0))

    def rank(self) -> FloatArray:
        """Spearman correlation per task, then of the mean."""
        pairs = zip(_with_mean(self.predicted).T, _with_mean(self.observed).T, strict=True)
        return np.array([float(spearmanr(a, b).statistic) for a, b in pairs])

    def residual(self, asked: NDArray[np.uint8]) -> FloatArray:
        """Per task, the mean squared error by what chance alone would make of as many items."""
        chance = self.predicted * (1 - self.predicted) / asked.sum(axis=1)
        errors = (self.predicted - self.observed) ** 2
        return np.asarray(errors.mean(axis=0) / chance.mean(axis=0))

    def rank_of_best(self) -> float:
        """Of the mean, among the better half by prediction."""
        predicted, observed = self.predicted.mean(axis=1), self.observed.mean(axis=1)
        best = predicted >= np.median(predicted)
        return float(spearmanr(predicted[best], observed[best]).statistic)


def _with_mean(values: FloatArray) -> FloatArray:
    return np.column_stack([values, values.mean(axis=1)])


def fit(
    spaces: Sequence[tuple[Layout, Trials]], tuned_on: int = TUNED_ON, iterations: int = 30
) -> tuple[dict[str, NDArray[Any]], LeftOut]:
    """hyper, alpha and level as `surrogate.assemble` takes them, and how good they are."""
    squared = [distances(x, x) for x in inputs_of([(lay, t.points) for lay, t in spaces])]
    logits = np.concatenate([t.logits for _, t in spaces])
    few = np.random.default_rng(0).permutation(len(logits))[:tuned_on]
    squared_few = [s[np.ix_(few, few)] for s in squared]
    hyper, alpha, predicted = [], [], []
    level = logits.mean(axis=0)
    for values in (logits - level).T:
        found = _tune(squared_few, values[few], iterations)
        kernel = Kernel(found[:3], found[3:6], float(found[6]))
        inverse = np.linalg.inv(kernel(squared) + kernel.noise**2 * np.eye(len(values)))
        hyper.append(found)
        alpha.append(inverse @ values)
        # Leave-one-out in closed form (Rasmussen and Williams 2006, eq. 5.12).
        predicted.append(values - alpha[-1] / np.diag(inverse))
    logit = np.stack(predicted, axis=1) + level
    observed = np.concatenate([t.accuracy for _, t in spaces])
    fitted = {
        "hyper": np.array(hyper),
        "alpha": np.array(alpha).astype(np.float32),
        "level": level,
    }
    return fitted, LeftOut(1 / (1 + np.exp(-logit)), observed)


def forward(spaces: Sequence[tuple[Layout, Trials]]) -> list[LeftOut]:
    """The last third of every space's trials predicted from those before, among them points where
    earlier fits had their best.
    """
    early, late = [], []
    for layout, trials in spaces:
        count = 2 * len(trials.points) // 3
        early.append((layout, trials.part(slice(count))))
        late.append((layout, trials.part(slice(count, None))))
    fitted, _ = fit(early)
    recorded = [(lay, t.points) for lay, t in early]
    return [
        LeftOut(assemble(lay, recorded, fitted).accuracies(t.points), t.accuracy)
        for lay, t in late
    ]


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


def optimum(model: Surrogate, points: FloatArray) -> dict[str, NDArray[Any]]:
    """The best truth of noise-free climbs by gradient, from the best recorded points and from
    random ones.
    """
    starts = points[np.argsort(-model.truth(points))[:RESTARTS]]
    others = np.random.default_rng(0).random((RESTARTS, model.dimension))
    found = [climb(model, start)[-1] for start in (*starts, *others)]
    truths = model.truth(np.array(found))
    best = int(np.argmax(truths))
    ends, counts = np.unique(np.round(truths, 3), return_counts=True)
    shown = ", ".join(f"{e:.3f} ({n})" for e, n in zip(ends[::-1], counts[::-1], strict=True))
    print(f"climbs end at {shown}", file=sys.stderr)
    return {"best": found[best], "optimum": truths[best]}


def climb(model: Surrogate, start: FloatArray) -> list[FloatArray]:
    """The way of L-BFGS-B up the truth, the last point its best."""

    def down(point: FloatArray) -> tuple[float, FloatArray]:
        truth, slope = model.slope(point)
        return -truth, -slope

    way = [start]
    found = minimize(
        down,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * model.dimension,
        callback=lambda x: way.append(x.copy()),
        options={"maxiter": 500},
    )
    return [*way, np.asarray(found.x)]


def route(trials: Trials, layout: Layout, seed: int) -> list[FloatArray]:
    """Where the surrogate of the trials so far should be checked: points on the way to its best,
    the best first.
    """
    fitted, _ = fit([(layout, trials)], tuned_on=200, iterations=8)
    model = assemble(layout, [(layout, trials.points)], fitted)
    generator = np.random.default_rng(seed)
    best = np.argsort(-model.truth(trials.points))[:20]
    found = []
    for start in trials.points[generator.choice(best, 3, replace=False)]:
        way = climb(model, start)
        few = [way[round(i)] for i in np.linspace(len(way) - 1, len(way) // 3, 6)]
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
    """Fits every family, prints its table, writes trials and fits together."""
    written: dict[str, NDArray[Any]] = {}
    print(
        "| family | genes | trials | R2 per task; of the mean | rank correlation "
        "| of the better half | last third from the others: R2, rank correlation of the mean "
        "| residual / chance | optimum |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    every = {k: t for file in files for k, t in read(file).items()}
    for family in dict.fromkeys(f for f, _ in every):
        dimensions = list(FAMILIES[family].spaces)
        spaces = [(layout_of(family, d), every[family, d]) for d in dimensions]
        fitted, made = fit(spaces)
        written |= {f"{family}_{k}": v for k, v in fitted.items()}
        recorded = [(lay, t.points) for lay, t in spaces]
        first = 0
        for dimension, (layout, trials), later in zip(
            dimensions, spaces, forward(spaces), strict=True
        ):
            one = made.part(slice(first, first + len(trials.points)))
            first += len(trials.points)
            best = optimum(assemble(layout, recorded, fitted), trials.points)
            residual = one.residual(trials.asked)
            print(
                f"| {family} | {dimension} | {len(trials.points)} "
                f"| {_listed(one.r2())} | {_listed(one.rank())} | {one.rank_of_best():.2f} "
                f"| {later.r2()[-1]:.2f}, {later.rank()[-1]:.2f} "
                f"| {_listed(residual)} | {float(best['optimum']):.4f} |",
                flush=True,
            )
            kept = {
                "points": trials.points.astype(np.float16),
                "right": trials.right,
                "asked": trials.asked,
                "residual": residual,
            }
            written |= {f"{family}_{dimension}_{k}": v for k, v in (kept | best).items()}
    np.savez_compressed(FILE, **written)  # type: ignore[arg-type]
    print(f"{FILE}: {FILE.stat().st_size / 1000:.0f} kB", file=sys.stderr)


def _listed(values: FloatArray) -> str:
    return ", ".join(f"{v:.2f}" for v in values)


if __name__ == "__main__":
    main([Path(a) for a in sys.argv[1:]])
