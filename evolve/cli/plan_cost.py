"""What `evolve plan` can say of time and cost before a trial: from the price of a worker, and from
how long an earlier search of the same store took on the same base and tasks.
"""

import os
from collections.abc import Mapping
from typing import Any

from evolve.cli.searches import Opened
from evolve.closing_time import beginning_seconds, closing_of, closing_seconds
from evolve.earlier_pace import Earlier, earlier_pace
from evolve.pricing import priced, usd
from evolve.sheet import Items
from evolve.store import Reader, open_engine
from search_spaces.errors import EvolveError


def plan_cost(opened: Opened, splits: Mapping[str, Items], starts: int) -> dict[str, Any]:
    """usd_per_hour: of all workers, None where the price or their number is not known; price: of
    one worker, and where it is from; forecast: null where nothing like it has run.

    starts: points that are scored one by one before the first trial, at most.
    """
    config = opened.config
    workers, price = priced(config.workers, os.environ)
    count = workers.count
    hour = None if count is None else usd(3600 * count, workers.usd_per_hour)
    earlier = _earlier(opened)
    return {
        "usd_per_hour": hour,
        "price": {"usd_per_hour": price.usd_per_hour, "source": price.source},
        "forecast": None
        if earlier is None
        else _forecast(opened, splits, starts, earlier, price.usd_per_hour),
    }


def _forecast(
    opened: Opened, splits: Mapping[str, Items], starts: int, earlier: Earlier, price: float | None
) -> dict[str, Any]:
    """trial_s: seconds of a worker; total_s: from the first reference to the verdict."""
    config, pace = opened.config, earlier.pace
    count, trials = config.workers.count or 1, config.budget.trials
    items = sum(len(numbers) for numbers in splits["search"].values())
    before = beginning_seconds(pace, len(config.parents), starts, items, count)
    each = pace.job_s(items * earlier.share)
    closing = closing_of(config.model_dump(mode="json"), len(opened.space.space.genes), splits)
    after = closing_seconds(pace, closing, count, margin=1.0)
    total = None if trials is None else before + trials * each / count + after
    return {
        "from": {"name": earlier.name, "digest": earlier.digest},
        "workers": count,
        "beginning_s": round(before, 1),
        "trial_s": round(each, 3),
        "closing_s": round(after, 1),
        "total_s": None if total is None else round(total, 1),
        "usd_per_trial": _rounded(usd(each, price)),
        "usd": None if total is None else _rounded(usd(total * count, price)),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _earlier(opened: Opened) -> Earlier | None:
    """None also where there is no store yet, or none that can be read."""
    try:
        engine = open_engine(opened.config.store, create=False)
    except EvolveError:
        return None
    try:
        return earlier_pace(Reader(engine), opened.config.model_dump(mode="json"), opened.digest)
    except EvolveError:
        return None
    finally:
        engine.dispose()
