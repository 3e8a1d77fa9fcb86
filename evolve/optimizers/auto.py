"""Which optimizer suits a search, and why, in a sentence for its user."""

from collections.abc import Sequence

from search_spaces.space import Gene

# Set from tests/benchmarks/RESULTS.md.
MOST_TRIALS = 3000
"""Beyond so many trials a Gaussian process has more results than it is made of."""
FEW_TRIALS_OF_OBJECTIVES = 150
"""Up to so many trials a front is better searched by TPE than by breeding."""
MOST_CROWDED = 3
"""Up to so many objectives crowding (NSGA-II) spreads a front."""


def choose(genes: Sequence[Gene], budget: int | None, objectives: int) -> tuple[str, str]:
    """The name of an optimizer, and why.

    budget: trials that may be asked, None without a limit. Nothing else decides, so that a search
    that is resumed with the same file finds the same one, on however many workers.
    """
    if objectives > 1:
        return _for_several(budget, objectives)
    choices = sum(1 for gene in genes if gene.choices)
    kinds = _count(len(genes), "gene", "genes")
    if choices:
        kinds += f", {_count(choices, 'of them a choice', 'of them choices')}"
    if budget is not None and budget > MOST_TRIALS and not choices:
        return "cma", f"{kinds} and {_trials(budget)}: enough for CMA-ES, which costs little"
    return (
        "thompson",
        f"{kinds} and {_trials(budget)}: a Gaussian process learns most from each of them",
    )


def _for_several(budget: int | None, objectives: int) -> tuple[str, str]:
    if objectives > MOST_CROWDED:
        return "nsga3", f"{objectives} objectives: reference directions keep the front spread"
    if _within(budget, FEW_TRIALS_OF_OBJECTIVES):
        return "tpe", f"{objectives} objectives and {_trials(budget)}: too few to breed a front"
    return "nsga2", f"{objectives} objectives: NSGA-II breeds their Pareto front"


def _within(budget: int | None, limit: int) -> bool:
    return budget is not None and budget <= limit


def _trials(budget: int | None) -> str:
    return "trials without a limit" if budget is None else _count(budget, "trial", "trials")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
