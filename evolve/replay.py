"""Brings a fresh optimizer back to where a search left it, by telling it all again."""

from collections.abc import Sequence

from evolve.optimizers import Optimizer
from evolve.store import TrialRow
from search_spaces.errors import StopError


def replay(optimizer: Optimizer, trials: Sequence[TrialRow]) -> None:
    """trials: the optimizer's, as stored. Asks and tells are repeated in the order in which they
    happened.

    Raises: StopError when the optimizer asks for another point than it did then, bit for bit.
    """
    events: list[tuple[int, str, int]] = []
    mine = sorted((t for t in trials if t.asked is not None), key=lambda t: t.asked or 0)
    for number, trial in enumerate(mine):
        events.append((trial.asked or 0, "ask", number))
        if trial.told is not None:
            events.append((trial.told, "tell", number))
    for _, kind, number in sorted(events):
        trial = mine[number]
        if kind == "tell":
            optimizer.tell(number, trial.scores)
            continue
        point = optimizer.ask().tolist()
        if point != trial.point:
            raise StopError(
                "resume: the optimizer asks for another point than it did at trial "
                f"{trial.number} "
                f"(then {trial.point}, now {point}). The versions of cma, optuna or numpy have "
                "changed; install "
                "those of constraints.txt, or start a new search with another seed"
            )
