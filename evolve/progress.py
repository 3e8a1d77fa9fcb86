"""A moment of a search, for whoever watches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from evolve.dispatch import Ended
from evolve.pricing import usd
from evolve.store import TrialRow


@dataclass(frozen=True)
class Progress:
    """phase: references, starts, search, validation, ablations, probe or report; done of total:
    trials, in validation parts of them; total: None where the search has no end. pruned: stopped
    early; items: search items scored, of `full` if none had been stopped; best: of those scored in
    full; stopped: why no more trial is asked.

    workers, busy: alive and at work now; lost: attempts of this driver; worker_s: seconds of all
    workers on the search so far, price: of one per hour; closing_s: of what comes after the last
    trial; limit_s: until the first limit of hours or dollars, None without one.
    """

    phase: str
    done: int
    total: int | None
    failed: int = 0
    pruned: int = 0
    items: int = 0
    full: int = 0
    best: float | None = None
    best_trial: int | None = None
    baseline: float | None = None
    elapsed_s: float = 0.0
    stopped: str | None = None
    workers: int | None = None
    busy: int | None = None
    lost: int = 0
    worker_s: float = 0.0
    price: float | None = None
    closing_s: float = 0.0
    limit_s: float | None = None

    @property
    def usd_spent(self) -> float | None:
        """On the search so far; None without a price."""
        return usd(self.worker_s, self.price)

    @property
    def usd_per_trial(self) -> float | None:
        """Of all that was spent, over the trials that have ended."""
        if self.phase != "search" or not self.done or self.usd_spent is None:
            return None
        return self.usd_spent / self.done

    @property
    def usd_projected(self) -> float | None:
        """Of the whole search, if it goes on as now; known while trials are counted, or limited by
        hours or dollars.
        """
        trials_s = None if self.seconds_left is None else self.seconds_left + self.closing_s
        known = [s for s in (trials_s, self.limit_s) if s is not None]
        if self.phase != "search" or not known or self.workers is None:
            return None
        to_come = usd(max(0.0, min(known)) * self.workers, self.price)
        spent = self.usd_spent
        return None if spent is None or to_come is None else spent + to_come

    @property
    def per_hour(self) -> float | None:
        """Trials per hour in this phase, since this driver started it."""
        return self.done / self.elapsed_s * 3600 if self.elapsed_s > 0 and self.done else None

    @property
    def seconds_left(self) -> float | None:
        if not self.per_hour or self.total is None:
            return None
        return (self.total - self.done) / self.per_hour * 3600

    def after(self, ended: Ended, search_items: int, elapsed_s: float) -> "Progress":
        """search_items: what a trial costs that is not stopped."""
        value = ended.fitness
        better = value is not None and not ended.pruned
        better = better and (self.best is None or (value or 0.0) > self.best)
        return replace(
            self,
            done=self.done + 1,
            failed=self.failed + (value is None),
            pruned=self.pruned + ended.pruned,
            items=self.items + (0 if value is None else ended.items),
            full=self.full + (0 if value is None else search_items),
            best=value if better else self.best,
            best_trial=ended.trial.number if better else self.best_trial,
            elapsed_s=elapsed_s,
        )


Observe = Callable[[Progress], None]


def resumed(trials: Sequence[TrialRow], budget: int | None, search_items: int) -> Progress:
    """Where a search is when a driver takes it up. trials: all that are stored."""
    mine = [t for t in trials if t.origin == "optimizer"]
    scored = [t for t in mine if t.scored]
    whole = [t for t in scored if t.state == "done"]
    best = max(whole, key=lambda t: (t.fitness or 0.0, -t.number), default=None)
    rivals = [t.fitness for t in trials if t.origin != "optimizer" and t.fitness is not None]
    return Progress(
        "search",
        done=sum(t.state != "asked" for t in mine),
        total=budget,
        failed=sum(t.state == "failed" for t in mine),
        pruned=len(scored) - len(whole),
        items=sum(t.items or 0 for t in scored),
        full=len(scored) * search_items,
        best=best.fitness if best else None,
        best_trial=best.number if best else None,
        baseline=max(rivals, default=None),
    )
