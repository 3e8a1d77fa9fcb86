"""How much each gene decides about the score, by Optuna; and which genes the best trials share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search_spaces.space import Gene

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FEWEST = 20  # trials; with fewer, the best tenth is one or two of them
FANOVA_AT_MOST = 200  # trials; its time grows fast: minutes for 2,000
METHODS = {"ped-anova": "What the best tenth shares", "fanova": "What the score varies with"}
_TREES = 16


@dataclass(frozen=True)
class Weight:
    """importance: share of all, in [0, 1]; trials: how many of the sample had the gene."""

    gene: str
    importance: float
    trials: int


def importances(
    genes: Sequence[Gene],
    values: NDArray[np.float32],
    scores: NDArray[np.float64],
    method: str = "ped-anova",
) -> list[Weight]:
    """The most important gene first; [] where fewer than FEWEST trials have a score, or where
    these are all the same.

    values: (n, genes) as `ui.genes.Matrix` has them; scores: (n,), NaN where there is none, more
    is better. method: PED-ANOVA, of getting into the best tenth (arXiv:2304.10255; with genes that
    only some trials have, arXiv:2601.20800), or fANOVA, of the score's variance (Hutter 2014), of
    genes that all of these trials have.
    """
    import optuna
    from optuna import importance

    scored = ~np.isnan(scores)
    values, scores = values[scored], scores[scored]
    if len(scores) < FEWEST or np.ptp(scores) == 0:
        return []
    there = ~np.isnan(values)
    fewest = len(there) if method == "fanova" else 1
    # A gene that never varies decides nothing, and fANOVA cannot split on it.
    varies = np.array([len(np.unique(column[~np.isnan(column)])) > 1 for column in values.T])
    asked = [i for i in range(len(genes)) if there[:, i].sum() >= fewest and varies[i]]
    if not asked:
        return []
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kinds = {i: _distribution(genes[i], values[:, i]) for i in asked}
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={str(i): _natural(genes[i], row[i]) for i in asked if not np.isnan(row[i])},
                distributions={str(i): kinds[i] for i in asked if not np.isnan(row[i])},
                value=score,
            )
            for row, score in zip(values.astype(np.float64), scores.tolist(), strict=True)
        ]
    )
    evaluator: importance.BaseImportanceEvaluator = (
        importance.FanovaImportanceEvaluator(n_trees=_TREES, max_depth=_TREES, seed=0)
        if method == "fanova"
        else importance.PedAnovaImportanceEvaluator()
    )
    found = importance.get_param_importances(study, evaluator=evaluator)
    return _weights(genes, there, found)


def apart(
    genes: Sequence[Gene], values: NDArray[np.float32], best: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Per gene how much the best trials differ from the others, (genes,): their means in standard
    deviations, of a choice twice the share that would have to choose something else; 0 where
    nothing can be said. A quick stand-in for importance.
    """
    found = np.zeros(values.shape[1])
    for index, column in enumerate(values.T.astype(np.float64)):
        there = ~np.isnan(column)
        top, rest = column[there & best], column[there & ~best]
        if not len(top) or not len(rest):
            continue
        if genes[index].choices:
            steps = range(len(genes[index].choices))
            found[index] = sum(abs((top == s).mean() - (rest == s).mean()) for s in steps)
        elif (spread := column[there].std()) > 0:
            found[index] = abs(top.mean() - rest.mean()) / spread
    return found


def _weights(
    genes: Sequence[Gene], there: NDArray[np.bool_], found: Mapping[str, float]
) -> list[Weight]:
    weights = [
        Weight(gene.name, float(found.get(str(i), 0.0)), int(there[:, i].sum()))
        for i, gene in enumerate(genes)
    ]
    return sorted(weights, key=lambda w: -w.importance)


def _distribution(gene: Gene, values: NDArray[np.float32]) -> "BaseDistribution":
    """With room for values that 32 bits have moved over a bound."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if gene.choices:
        return CategoricalDistribution(gene.choices)
    low = min(gene.low, float(np.nanmin(values)))
    return FloatDistribution(low, max(gene.high, float(np.nanmax(values))), log=gene.log)


def _natural(gene: Gene, value: float) -> float | str:
    return gene.choices[int(value)] if gene.choices else float(value)
