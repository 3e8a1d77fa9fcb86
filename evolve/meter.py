"""What a driver uses up, what it still needs, and what that costs: time of drivers and workers
against its limits.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

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
from evolve.stopping import Limits, Spent, reason_to_stop
from evolve.store import Ledger, Reader
from search_spaces.errors import LimitError
from search_spaces.messages import Split

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_SURE = 3  # trials that have to be measured before a forecast may stop a search


class Meter:
    """Of one driver of one search."""

    def __init__(
        self,
        setup: Setup,
        ledger: Ledger,
        reader: Reader,
        pool: Pool,
        splits: Mapping[Split, Items],
        limits: Limits | None = None,
    ) -> None:
        """reader: with all that is stored of the search."""
        config = setup.config
        model_bytes = (setup.sizes.outside + sum(setup.sizes.layers)) * _BYTES[config.dtype]
        self._config, self._ledger, self._pool = config, ledger, pool
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
            limits=self._limits,
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
        """Until the first limit of hours or dollars, of the search file or the command line."""
        budget, given, ledger = self._config.budget, self._limits, self._ledger
        price = self._config.workers.usd_per_hour
        hourly, spent = usd(3600 * max(1, self._pool.size), price), usd(ledger.worker_s, price)
        found = [
            hours * 3600 - ledger.active_s
            for hours in (budget.hours, given.max_hours)
            if hours is not None
        ]
        if hourly and spent is not None:
            found += [
                (dollars - spent) / hourly * 3600
                for dollars in (budget.usd, given.max_usd)
                if dollars is not None
            ]
        return min(found, default=None)
