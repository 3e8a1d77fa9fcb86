"""How much each gene decides: laws of what is said, without a word of Optuna's own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from search_spaces.space import Gene
from ui.importance import FEWEST, METHODS, apart, importances

GENES = (
    Gene("idle", 0.0, 1.0),
    Gene("strong", 0.0, 1.5),
    Gene("method", choices=("linear", "ties", "slerp")),
    Gene("scale", 0.01, 1.0, log=True),
)


def sampled(count: int = 120) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Most of the score is of the gene `strong`, some of `method`."""
    rng = np.random.default_rng(2)
    values = np.stack(
        [
            rng.random(count),
            rng.random(count) * 1.5,
            rng.integers(0, 3, count),
            np.exp(rng.uniform(np.log(0.01), 0, count)),
        ],
        axis=1,
    ).astype(np.float32)
    scores = values[:, 1] + 0.25 * (values[:, 2] == 1) + rng.normal(0, 0.02, count)
    return values, scores.astype(np.float64)


@pytest.mark.parametrize("method", METHODS)
def test_the_gene_that_decides_is_first_and_shares_add_up(
    method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = importances(GENES, *sampled(), method)
    assert found[0].gene == "strong"
    assert {w.gene for w in found} == {g.name for g in GENES}
    assert sum(w.importance for w in found) == pytest.approx(1.0)
    assert all(w.trials == 120 for w in found)
    assert [w.importance for w in found] == sorted((w.importance for w in found), reverse=True)
    assert capfd.readouterr() == ("", "")


def test_trials_without_a_score_count_for_nothing() -> None:
    values, scores = sampled()
    more = np.concatenate([values, values[:30]]), np.concatenate([scores, np.full(30, np.nan)])
    assert importances(GENES, *more) == importances(GENES, values, scores)


def test_a_gene_that_only_some_trials_have_is_counted_there() -> None:
    values, scores = sampled()
    values[: len(values) // 2, 3] = np.nan
    by_name = {w.gene: w for w in importances(GENES, values, scores)}
    assert by_name["scale"].trials == 60
    assert by_name["idle"].trials == 120
    assert {w.gene: w.importance for w in importances(GENES, values, scores, "fanova")}[
        "scale"
    ] == 0.0


def test_nothing_is_said_too_early_or_where_all_scores_are_the_same() -> None:
    values, scores = sampled()
    assert importances(GENES, values[: FEWEST - 1], scores[: FEWEST - 1]) == []
    assert importances(GENES, values, np.full(120, 0.5)) == []
    assert importances(GENES, np.full_like(values, np.nan), scores) == []
    assert importances((), values[:, :0], scores) == []


def test_a_value_that_32_bits_moved_over_a_bound_is_taken() -> None:
    values, scores = sampled()
    values[0, 1] = np.nextafter(np.float32(1.5), np.float32(2))
    values[1, 3] = np.nextafter(np.float32(0.01), np.float32(0))
    assert importances(GENES, values, scores)[0].gene == "strong"


def test_the_best_differ_most_in_the_gene_that_decides() -> None:
    values, scores = sampled()
    best = scores >= np.quantile(scores, 0.75)
    assert GENES[int(np.argmax(apart(GENES, values, best)))].name == "strong"
    assert apart(GENES, values, np.zeros(120, dtype=np.bool_)).tolist() == [0, 0, 0, 0]


def test_the_best_can_differ_in_what_they_choose() -> None:
    values, _ = sampled()
    found = apart(GENES, values, values[:, 2] == 1)
    assert GENES[int(np.argmax(found))].name == "method"
    assert found[2] == pytest.approx(2.0)
