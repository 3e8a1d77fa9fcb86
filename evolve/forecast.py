"""The irt rule: a candidate is dropped when the score it is expected to end with is too low.

The expected score takes the items seen as they are and the others by their probabilities (p-IRT,
`irt.py`). Its variance is that of the abilities and that of the answers to the items not seen,
times a misfit: how much larger the squared errors were for candidates that the items had not been
fitted on.

`error` is the chance that a candidate which is dropped was as good as the best. That is not the
chance that one as good as the best is dropped, which the paired rule bounds and which is larger
here, because few candidates are that good: on the demo family with error 0.05, 1 to 2 % of those
dropped were as good, but 30 to 41 % of those as good were dropped (their median lead: 0.04 and
0.17 points).

The expected score is also what is told of a dropped candidate. There is no audit: if the model is
right, a posterior mean does not depend on why one stopped looking. As far as it is wrong, there is
a bias, on the demo family -0.6 to -0.8 points; as many blocks drawn at random have -0.5, so that
stopping makes 0.1 to 0.2 of it. The audited estimate has no bias, but about 1.9 points of error
against 1.2, and a rank correlation within a generation of 0.4 against 0.6: an optimizer lives on
ranks.

Goals whose outcomes are not 0 or 1 have no such model: they count by the mean difference to the
incumbents on the items seen, as in the paired rule, and there the audit stays.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, ndtri

from evolve.estimate import BoolArray, Estimate, FloatArray, IntArray
from evolve.heredity import Ability
from evolve.irt import ItemModel, fit, locate, probabilities
from evolve.paired import Paired

RANK = 6
FIRST_FIT = 24
_GROWTH = 1.25
_SHARPNESS_WORTH = 4.0  # what holds the sharpness at one, in units of information on it
_MISFIT = 1.5  # before any candidate has shown it, worth
_MISFIT_WORTH = 4.0  # so many candidates
_TRIED = (0.1, 0.3)  # parts of the items from which the others are forecast to learn the misfit


Candidates = Sequence[tuple[FloatArray, FloatArray]]  # outcomes, parents' weights


class Forecaster:
    """The item model of a search, fitted again whenever there are a quarter more candidates.

    What the candidates since the last fit answered shows how the model does on those that it was
    not fitted on: `misfit`, and `sharpness`, by which its logits are multiplied.
    """

    def __init__(self, task_of: IntArray, share: FloatArray, blocks: Sequence[IntArray]) -> None:
        """blocks: in a random order."""
        self.task_of = task_of
        self.share = share
        self.per_item = (share / np.bincount(task_of, minlength=len(share)))[task_of]
        self.binary: BoolArray = np.ones(len(task_of), dtype=np.bool_)
        self.model: ItemModel | None = None
        self.misfit = _MISFIT
        self._sharpness = 1.0
        self._plain: ItemModel | None = None
        self._order = np.concatenate(list(blocks))
        self._values: list[FloatArray] = []
        self._parents: list[FloatArray] = []
        self._fitted = 0
        self._next = FIRST_FIT
        self._squares: list[float] = []

    def add(self, values: FloatArray, parents: FloatArray) -> None:
        """A candidate that has ended; values: (n_items,) NaN where not scored."""
        if np.isnan(values).all():
            return
        graded = np.unique(self.task_of[~np.isnan(values) & (values != 0) & (values != 1)])
        self.binary = self.binary & ~np.isin(self.task_of, graded)
        self._values.append(np.where(self.binary, values, np.nan))
        self._parents.append(parents)
        if len(self._values) >= self._next and self.binary.any():
            self._refit()

    def _refit(self) -> None:
        new = slice(self._fitted, None)
        recent = list(zip(self._values[new], self._parents[new], strict=True))
        if self._plain is not None and self.model is not None:
            self._learn_misfit(self.model, recent)
            self._sharpness = sharpness(self._plain, recent)
        outcomes = np.where(self.binary, np.array(self._values), np.nan)
        self._plain = fit(outcomes, np.array(self._parents), RANK, self._plain)
        self.model = self._plain.sharper(self._sharpness)
        self._fitted = len(self._values)
        self._next = int(self._next * _GROWTH)

    def _learn_misfit(self, model: ItemModel, recent: Candidates) -> None:
        """From those that were scored fully."""
        for values, parents in recent:
            if np.isnan(values[self.binary]).any():
                continue
            for part in _TRIED:
                partly = np.full(len(values), np.nan)
                first = self._order[: int(part * len(values))]
                partly[first] = values[first]
                left = np.isnan(partly) & self.binary
                ability = locate(model, partly, model.heredity.of(parents))
                p, variance = outlook(model, ability, left, self.per_item)
                missed = float(self.per_item[left] @ (values - p)[left])
                self._squares.append(missed**2 / variance)
        worth = _MISFIT_WORTH * len(_TRIED)
        self.misfit = (worth * _MISFIT + sum(self._squares)) / (worth + len(self._squares))


def sharpness(model: ItemModel, recent: Candidates) -> float:
    """The factor of the logits that makes every second answer of candidates likeliest, their
    abilities being known from the other answers (temperature scaling, arXiv:1706.04599). What few
    candidates show is shrunk by the priors of loadings and thresholds, and p with it to a half.
    """
    logits, signs = [np.zeros(0)], [np.zeros(0)]
    for values, parents in recent:
        seen = np.flatnonzero(~np.isnan(values))
        partly = np.full(len(values), np.nan)
        partly[seen[::2]] = values[seen[::2]]
        ability = locate(model, partly, model.heredity.of(parents))
        held = seen[1::2]
        logits.append(model.loadings[held] @ ability.mean - model.thresholds[held])
        signs.append(2 * values[held] - 1)
    x = np.concatenate(logits) * np.concatenate(signs)
    s = 1.0
    for _ in range(12):
        q = expit(-s * x)
        slope = float(q @ x) - _SHARPNESS_WORTH * (s - 1)
        curve = float((q * (1 - q)) @ x**2) + _SHARPNESS_WORTH
        s = min(4.0, max(0.5, s + slope / curve))
    return s


def outlook(
    model: ItemModel, ability: Ability, left: BoolArray, per_item: FloatArray
) -> tuple[FloatArray, float]:
    """((n_items,) probabilities, variance of the weighted sum of the answers still to come).

    left: (n_items,) items to come; per_item: (n_items,) weight of each.
    """
    p = probabilities(model, ability)
    spread = np.where(left, p * (1 - p), 0.0)
    gradient = (per_item * spread) @ model.loadings
    return p, float(gradient @ ability.covariance @ gradient + per_item**2 @ spread)


class Forecast:
    """Drops a candidate whose chance to end above the best is under `error`, in the posterior."""

    def __init__(
        self,
        forecaster: Forecaster,
        model: ItemModel,
        paired: Paired,
        items: IntArray,
        parents: FloatArray,
        error: float,
    ) -> None:
        """items: of the window, on which it is held against the incumbents."""
        self._model = model
        self._misfit = forecaster.misfit
        self._binary = forecaster.binary
        self._task_of = forecaster.task_of
        self._paired = paired
        self._inside = np.zeros(len(self._task_of), dtype=np.bool_)
        self._inside[items] = True
        sizes = np.bincount(self._task_of[items])
        self._per_item = np.where(self._inside, (forecaster.share / sizes)[self._task_of], 0.0)
        self._whole = forecaster.per_item
        self._before = model.heredity.of(parents)
        self._ability = self._before
        self._z = float(-ndtri(error))

    def stops(self, values: FloatArray, looks: int) -> bool:
        rivals = self._paired.rivals
        if rivals is None:
            return False
        seen = ~np.isnan(values)
        self._ability = self._locate(values)
        left = self._inside & self._binary & ~seen
        p, variance = outlook(self._model, self._ability, left, self._per_item)
        counted = self._inside & self._binary
        ahead = float(self._per_item[counted] @ (np.where(seen, values, p) - rivals)[counted])
        spread = self._misfit * variance
        if not self._binary.all():
            mean, error = self._paired.difference(values, ~self._binary)
            ahead += mean
            spread += (error * self._paired.boundary / self._z) ** 2
        return bool(ahead - self._paired.lead + self._z * spread**0.5 < 0)

    def next(self, values: FloatArray, unseen: Sequence[IntArray]) -> int:
        """The block after which the score is known best."""
        if len(unseen) == 1:
            return 0
        items = np.concatenate(list(unseen))
        starts = np.cumsum([0, *(len(b) for b in unseen[:-1])])
        a, weight = self._model.loadings[items], self._per_item[items]
        p = expit(a @ self._ability.mean - self._model.thresholds[items])
        spread = np.where(self._binary[items], p * (1 - p), 0.0)
        products = ((spread[:, None] * a)[:, :, None] * a[:, None, :]).reshape(len(a), -1)
        told = np.add.reduceat(products, starts).reshape(-1, a.shape[1], a.shape[1])
        gradients = np.add.reduceat((weight * spread)[:, None] * a, starts)
        answers = np.add.reduceat(weight**2 * spread, starts)
        covariances = np.linalg.inv(np.linalg.inv(self._ability.covariance) + told)
        left = gradients.sum(axis=0) - gradients
        abilities = np.sum((covariances @ left[:, :, None])[:, :, 0] * left, axis=1)
        after = abilities + answers.sum() - answers
        return int(np.argmin(after))

    @property
    def audited(self) -> bool:
        return not bool(self._binary.all())

    def estimate(self, values: FloatArray, decided: FloatArray | None) -> Estimate:
        if self.audited:
            return self._audited_estimate(values, decided)
        seen = ~np.isnan(values)
        p, variance = outlook(self._model, self._locate(values), ~seen, self._whole)
        mean = float(self._whole @ np.where(seen, values, p))
        return Estimate(mean, (self._misfit * variance) ** 0.5, int(seen.sum()))

    def _audited_estimate(self, values: FloatArray, decided: FloatArray | None) -> Estimate:
        from_these = values if decided is None else decided
        predicted, usual = self._paired.predict(from_these)
        p = probabilities(self._model, self._locate(from_these))
        noise = np.bincount(self._task_of, p * (1 - p)) / np.bincount(self._task_of)
        modelled = np.bincount(self._task_of, self._binary) > 0
        return self._paired.audited_estimate(
            values,
            decided,
            np.where(self._binary, p, predicted),
            np.where(modelled, noise, usual),
        )

    def _locate(self, values: FloatArray) -> Ability:
        binary = np.where(self._binary, values, np.nan)
        return locate(self._model, binary, self._before, self._ability.mean)
