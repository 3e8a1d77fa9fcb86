"""What a driver uses up, what it still needs, and what that costs: time of drivers and workers
against the limits of the search and of this command.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from evolve.closing_time import (
    Pace,
    closing_of,
    closing_seconds,
    pace_so_far,
)
from evolve.dispatch import Ended, Pool
from evolve.pricing import usd
from evolve.progress import Progress
from evolve.setup import Setup
from evolve.sheet import Items
from evolve.stopping import Command, Spent, reason_to_stop
from evolve.store import Ledger, Reader
from search_spaces.errors import LimitError
from search_spaces.messages import Split

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_SURE = 3  # trials that have to be measured before a forecast may stop a search


@dataclass(frozen=True)
class Limits:
    """By --max-hours and --max-usd: of the whole search, however many commands drive it."""

    max_hours: float | None = None
    max_usd: float | None = None


class Meter:
    """Of one driver of one search."""

    def __init__(
        self,
        setup: Setup,
        ledger: Ledger,
        reader: Reader,
        pool: Pool,
        splits: Mapping[Split, Items],
        clock: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
    ) -> None:
        """reader: with all that is stored of the search."""
        config = setup.config
        model_bytes = (setup.sizes.outside + sum(setup.sizes.layers)) * _BYTES[config.dtype]
        self._config, self._ledger, self._pool, self._clock = config, ledger, pool, clock
        self._limits = limits or Limits()
        self._closing = closing_of(
            config.model_dump(mode="json"), len(setup.space.space.genes), splits, model_bytes
        )
        search_id = ledger.search_id
        self.pace: Pace = pace_so_far(reader.attempts(search_id), reader.trials(search_id))
        self.lost = 0  # attempts of this driver
        self.busy = 0  # workers with a job, as the driver began to wait

    def ended(self, ended: Ended) -> None:
        """A trial ended on a split; on search items it tells how fast the workers are."""
        score = None if ended.result is None else ended.result.score
        if ended.split == "search" and score is not None:
            self.pace = self.pace.after(score.merge_s, score.score_s, ended.items)

    def reason_to_stop(self, spent: Spent) -> str | None:
        """Why no more trial is asked, in words; None to go on."""
        return self._reason(spent, self.closing_s)

    @property
    def closing_s(self) -> float:
        """From the last trial that is asked now to the model, with a margin."""
        return closing_seconds(self.pace, self._closing, self._pool.size)

    def refuse_too_little(self, jobs: int) -> None:
        """Before the first trial. jobs: references that are still to be scored.

        Raises: LimitError where a limit is used up, or surely too small for what has to come.
        """
        need_s, workers = 0.0, max(1, self._pool.size)
        if self.pace.trials >= _SURE:
            need_s = math.ceil(jobs / workers) * self.pace.job_s(self._closing.last)
            need_s += closing_seconds(self.pace, self._closing, workers, margin=1.0)
        why = self._reason(Spent(0), need_s)
        if why is not None:
            raise LimitError(
                f"no time for a single trial: {why}; what was scored is kept: run the same "
                "command again with more, or without the limit"
            )

    def _reason(self, spent: Spent, needed_s: float) -> str | None:
        return reason_to_stop(
            self._config.budget,
            self._config.workers,
            spent,
            self._ledger.active_s,
            worker_s=self._ledger.worker_s,
            closing_s=needed_s,
            alive=self._pool.size,
            command=self._command(),
        )

    def shown(self, progress: Progress) -> Progress:
        """With workers and cost."""
        alive = self._pool.size
        return replace(
            progress,
            workers=alive,
            busy=self.busy,
            lost=self.lost,
            worker_s=self._ledger.worker_s,
            price=self._config.workers.usd_per_hour,
            closing_s=closing_seconds(self.pace, self._closing, alive, margin=1.0),
            limit_s=self._limit_s(),
        )

    def _limit_s(self) -> float | None:
        """Until the first limit of hours or dollars, of the search or of the command."""
        budget, here, ledger = self._config.budget, self._command(), self._ledger
        hourly = usd(3600 * max(1, self._pool.size), self._config.workers.usd_per_hour)
        found = []
        for hours, dollars, used_s, worker_s in [
            (budget.hours, budget.usd, ledger.active_s, ledger.worker_s),
            (here.max_hours, here.max_usd, here.used_s, here.worker_s),
        ]:
            spent = usd(worker_s, self._config.workers.usd_per_hour)
            if hours is not None:
                found.append(hours * 3600 - used_s)
            if dollars is not None and hourly and spent is not None:
                found.append((dollars - spent) / hourly * 3600)
        return min(found, default=None)

    def _command(self) -> Command:
        used = self._ledger.active_s, self._ledger.worker_s
        return Command(self._limits.max_hours, self._limits.max_usd, *used)
