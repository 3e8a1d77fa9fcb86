"""When a search stops asking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evolve.blocks import BudgetConfig, WorkersConfig
from evolve.pricing import usd
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


@dataclass(frozen=True)
class Limits:
    """By --max-hours and --max-usd: of the whole search, however many commands drive it."""

    max_hours: float | None = None
    max_usd: float | None = None


def reason_to_stop(
    budget: BudgetConfig,
    workers: WorkersConfig,
    spent: Spent,
    active_s: float,
    *,
    worker_s: float | None = None,
    closing_s: float = 0.0,
    alive: int | None = None,
    limits: Limits | None = None,
) -> str | None:
    """Why no more trial is asked, in words; None to go on.

    active_s, worker_s: that drivers, and workers summed, have spent on the search; closing_s: that
    is needed for choosing and reporting, with `alive` workers (see closing_time.py): hours and
    dollars are used up when only that much of them is left.
    """
    if budget.trials is not None and spent.asked >= budget.trials:
        return f"{budget.trials} trials were asked"
    if budget.target is not None and spent.best is not None and spent.best >= budget.target:
        return f"the target of {budget.target:g} is reached"
    if budget.patience is not None and spent.ended - spent.best_at >= budget.patience:
        return f"{budget.patience} trials in a row brought no better score"
    count, price = workers.count or 1, workers.usd_per_hour
    whole_s = active_s * count if worker_s is None else worker_s
    closing_usd = usd(closing_s * (count if alive is None else alive), price)
    given = limits or Limits()
    hours, dollars = "{:g} hours are over", "${:g} are spent"
    time_used = active_s / 3600, closing_s / 3600, hours
    money_used = usd(whole_s, price), closing_usd, dollars
    for name, limit, (used, needed, over) in [
        ("budget.hours", budget.hours, time_used),
        ("budget.usd", budget.usd, money_used),
        ("--max-hours", given.max_hours, time_used),
        ("--max-usd", given.max_usd, money_used),
    ]:
        if limit is None or used is None or needed is None:
            continue
        if used >= limit:
            return over.format(limit)
        if used + needed >= limit:
            time = f"{closing_s:.0f} s" if closing_s < 90 else f"{closing_s / 60:.0f} min"
            return f"what is left of {name} is needed to choose and to report, about {time}"
    return None
