"""An item-response model of a search: what a candidate answers to items that it has not met.

P(y_ij = 1) = sigmoid(a_j . u_i - b_j): the two-parameter logistic model with several abilities
(Reckase 2009, chapter 4), fitted to the search's own candidate x item matrix, missing outcomes
allowed, by alternating Newton steps on the posterior (MAP). The prior of a candidate's abilities
comes from its parents' weights (`heredity.py`). The score of the items not seen is the sum of
their probabilities (p-IRT: tinyBenchmarks, arXiv:2402.14992).

Every item answers to all abilities, which the goals share: on the demo family that predicts
answers better than one ability per goal does (log-likelihood -0.09 against -0.12 per answer), and
knows better how sure it is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from evolve.estimate import BoolArray, FloatArray
from evolve.heredity import Ability, Heredity, inherit

# Prior standard deviations: of loadings around zero (abilities have variance one) and thresholds.
_LOADING = 2.0
_THRESHOLD = 5.0
_LONGEST_STEP = 2.0
_SHORTER = 0.8  # from one step to the next
_CLOSE = 1e-2
_STEPS = 40
_UNSURE = 0.2  # variance of an ability before it was ever estimated
_SWEEPS, _MORE_SWEEPS = 20, 8


@dataclass(frozen=True)
class ItemModel:
    """loadings: (n_items, rank); thresholds: (n_items,); heredity: what parents' weights tell."""

    loadings: FloatArray
    thresholds: FloatArray
    heredity: Heredity

    def sharper(self, factor: float) -> "ItemModel":
        """With all logits times a factor."""
        return ItemModel(factor * self.loadings, factor * self.thresholds, self.heredity)


def fit(
    outcomes: FloatArray, parents: FloatArray, rank: int, start: ItemModel | None = None
) -> ItemModel:
    """outcomes: (n_candidates, n_items) 0, 1 or NaN; parents: (n_candidates, n_parents); start: a
    model of the same rank, fitted on fewer candidates.
    """
    seen = ~np.isnan(outcomes)
    y = np.where(seen, outcomes, 0.0)
    if start is None:
        loadings, thresholds, abilities = _start(y, seen, rank)
    else:
        loadings, thresholds = start.loadings, start.thresholds
        abilities = np.array([start.heredity.of(p).mean for p in parents])
    spread = np.tile(_UNSURE * np.eye(rank), (len(y), 1, 1))
    heredity = inherit(parents, abilities, spread, None if start is None else start.heredity)
    sweeps = _SWEEPS if start is None else _MORE_SWEEPS
    for sweep in range(sweeps):
        means, factors = heredity.of_each()
        spreads = factors[:, None, None] * heredity.covariance
        abilities, spread = _candidates_step(
            y, seen, loadings, thresholds, abilities, means, spreads
        )
        abilities, loadings, thresholds, spread = _standardize(
            abilities, loadings, thresholds, spread
        )
        loadings, thresholds = _items_step(y, seen, loadings, thresholds, abilities)
        last = sweep == sweeps - 1
        heredity = inherit(parents, abilities, spread) if last else heredity.at(abilities, spread)
    return ItemModel(loadings, thresholds, heredity)


def locate(
    model: ItemModel, values: FloatArray, before: Ability, start: FloatArray | None = None
) -> Ability:
    """What outcomes (n_items,), NaN where unseen, make of abilities as they were expected before;
    start: (rank,) where Newton's method begins.
    """
    items = np.flatnonzero(~np.isnan(values))
    a, b, y = model.loadings[items], model.thresholds[items], values[items]
    precision = np.linalg.inv(before.covariance)
    u = before.mean if start is None else start
    longest = _LONGEST_STEP
    for _ in range(_STEPS):
        p = expit(a @ u - b)
        hessian = (a.T * (p * (1 - p))) @ a + precision
        inverse = np.linalg.inv(hessian)
        step = inverse @ (a.T @ (y - p) - precision @ (u - before.mean))
        largest = float(np.abs(step).max())
        if largest < _CLOSE:
            break
        u = u + step * min(1.0, longest / largest)
        longest *= _SHORTER  # Newton's method may jump to and fro over a steep likelihood
    return Ability(u, inverse)


def probabilities(model: ItemModel, ability: Ability) -> FloatArray:
    """(n_items,) P(y = 1) at the mean of the abilities, as p-IRT takes them."""
    return np.asarray(expit(model.loadings @ ability.mean - model.thresholds))


def _start(y: FloatArray, seen: BoolArray, rank: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """From the singular vectors of the centred outcomes; what is missing counts as the mean."""
    counts = np.maximum(seen.sum(axis=0), 1)
    mean = y.sum(axis=0) / counts
    smoothed = (y.sum(axis=0) + 1) / (counts + 2)
    left, values, right = np.linalg.svd(np.where(seen, y - mean, 0.0), full_matrices=False)
    rank_found = min(rank, len(values))
    abilities = np.zeros((len(y), rank))
    loadings = np.zeros((y.shape[1], rank))
    root = len(y) ** 0.5
    abilities[:, :rank_found] = left[:, :rank_found] * root
    loadings[:, :rank_found] = 4 * (right[:rank_found].T * values[:rank_found]) / root
    return loadings, -np.log(smoothed / (1 - smoothed)), abilities


def _candidates_step(
    y: FloatArray,
    seen: BoolArray,
    loadings: FloatArray,
    thresholds: FloatArray,
    abilities: FloatArray,
    means: FloatArray,
    spreads: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """One Newton step of every candidate: ((m, rank) abilities, (m, rank, rank) covariances)."""
    rank = loadings.shape[1]
    p = expit(abilities @ loadings.T - thresholds)
    products = (loadings[:, :, None] * loadings[:, None, :]).reshape(-1, rank * rank)
    precision = np.linalg.inv(spreads)
    hessian = (seen * p * (1 - p) @ products).reshape(-1, rank, rank) + precision
    gradient = (seen * (y - p)) @ loadings
    gradient -= np.einsum("irs,is->ir", precision, abilities - means)
    step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    return abilities + _limited(step), np.linalg.inv(hessian)


def _items_step(
    y: FloatArray,
    seen: BoolArray,
    loadings: FloatArray,
    thresholds: FloatArray,
    abilities: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """One Newton step of every item's loadings and threshold."""
    rank = loadings.shape[1]
    x = np.concatenate([abilities, -np.ones((len(abilities), 1))], axis=1)
    weights = np.concatenate([loadings, thresholds[:, None]], axis=1)
    precision = np.array([_LOADING**-2] * rank + [_THRESHOLD**-2])
    p = expit(x @ weights.T)
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    hessian = ((seen * p * (1 - p)).T @ products).reshape(-1, rank + 1, rank + 1)
    hessian += np.diag(precision)
    gradient = (seen * (y - p)).T @ x - precision * weights
    weights = weights + _limited(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0])
    return weights[:, :rank], weights[:, rank]


def _standardize(
    abilities: FloatArray, loadings: FloatArray, thresholds: FloatArray, spread: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Abilities of mean zero and variance one; the probabilities stay as they are."""
    mean = abilities.mean(axis=0)
    second = ((abilities - mean) ** 2).mean(axis=0) + spread.diagonal(axis1=1, axis2=2).mean(0)
    scale = np.sqrt(np.maximum(second, 1e-6))
    spread = spread / (scale[:, None] * scale[None, :])
    return (abilities - mean) / scale, loadings * scale, thresholds - loadings @ mean, spread


def _limited(step: FloatArray) -> FloatArray:
    return np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
