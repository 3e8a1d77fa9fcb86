"""Which optimizer suits a search, and why, in a sentence for its user."""

from collections.abc import Sequence

from evolve.optimizers.arrivals import conditional
from search_spaces.space import Gene

# Set from tests/benchmarks/RESULTS.md.
FEW_TRIALS = 250
"""Up to so many trials a model of the score pays for its time."""
FEW_GENES = 20
"""Up to so many numbers a Gaussian process is of use."""
FEW_TRIALS_OF_CHOICES = 250
"""Up to so many trials choices are better searched by TPE than by CatCMA."""
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
    numbers = len(genes) - choices
    if choices:
        kinds = f"{_count(choices, 'gene is a choice', 'genes are choices')}"
        if conditional(genes):
            kinds += " with genes that only hold under some"
        if _within(budget, FEW_TRIALS_OF_CHOICES) or not numbers:
            return "tpe", f"{kinds}, and {_trials(budget)} are best spent by TPE on those"
        return "catcma", f"{kinds}; CatCMA learns numbers and choices together"
    if _within(budget, FEW_TRIALS) and numbers <= FEW_GENES:
        return (
            "gp",
            f"{_count(numbers, 'number', 'numbers')} and {_trials(budget)}: few enough for a "
            "Gaussian process",
        )
    return (
        "cma",
        f"{_count(numbers, 'number', 'numbers')} and {_trials(budget)}: CMA-ES learns how they "
        "act together",
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
