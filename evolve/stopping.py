"""When a search stops asking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evolve.blocks import BudgetConfig, WorkersConfig
from evolve.store import TrialRow


@dataclass(frozen=True)
class Spent:
    """What a search has used so far. best_at: how many trials had ended when the best one did."""

    asked: int
    ended: int = 0
    best: float | None = None
    best_at: int = 0

    def after(self, fitness: float | None, *, whole: bool) -> "Spent":
        """One more trial has ended; whole: it was scored on all search items."""
        better = whole and fitness is not None and (self.best is None or fitness > self.best)
        ended = self.ended + 1
        if not better:
            return Spent(self.asked, ended, self.best, self.best_at)
        return Spent(self.asked, ended, fitness, ended)

    def asking(self) -> "Spent":
        """One more trial was asked."""
        return Spent(self.asked + 1, self.ended, self.best, self.best_at)


def spent_so_far(trials: Sequence[TrialRow]) -> Spent:
    """Of the optimizer's trials, as stored: the same when a search goes on as when it did not
    stop.
    """
    told: Iterable[TrialRow] = sorted(
        (t for t in trials if t.told is not None), key=lambda t: t.told or 0
    )
    found = Spent(len(trials))
    for trial in told:
        found = found.after(trial.fitness, whole=trial.state == "done")
    return found


def usd(active_s: float, workers: WorkersConfig) -> float | None:
    """What the time of drivers costs with the present workers; None without a price."""
    if workers.usd_per_hour is None:
        return None
    return active_s / 3600 * (workers.count or 1) * workers.usd_per_hour


def reason_to_stop(
    budget: BudgetConfig, workers: WorkersConfig, spent: Spent, active_s: float
) -> str | None:
    """Why no more trial is asked, in words; None to go on."""
    cost = usd(active_s, workers)
    if budget.trials is not None and spent.asked >= budget.trials:
        return f"{budget.trials} trials were asked"
    if budget.hours is not None and active_s >= budget.hours * 3600:
        return f"{budget.hours:g} hours are over"
    if budget.usd is not None and cost is not None and cost >= budget.usd:
        return f"${budget.usd:g} are spent"
    if budget.target is not None and spent.best is not None and spent.best >= budget.target:
        return f"the target of {budget.target:g} is reached"
    if budget.patience is not None and spent.ended - spent.best_at >= budget.patience:
        return f"{budget.patience} trials in a row brought no better score"
    return None
