"""What `evolve run` knows of cost and limits before it starts a worker."""

import os
from dataclasses import replace

from evolve.cli.planning import starts
from evolve.cli.searches import Opened
from evolve.closing_time import beginning_seconds, closing_of, closing_seconds
from evolve.config import SearchConfig
from evolve.earlier_pace import earlier_pace
from evolve.pricing import priced, usd
from evolve.sheet import Items
from evolve.store import Reader
from search_spaces.errors import ConfigError

_SURELY = 0.5  # of a forecast: the least that an earlier search's time says of this one's


def with_price(opened: Opened, max_usd: float | None) -> tuple[Opened, list[str]]:
    """With what a worker costs filled in, and lines about it; none where nobody asked.

    Raises: ConfigError for a limit of dollars where the price is not known.
    """
    config = opened.config
    workers, price = priced(config.workers, os.environ)
    if price.usd_per_hour is None and (max_usd is not None or config.budget.usd is not None):
        limit = "budget.usd" if max_usd is None else "--max-usd"
        raise ConfigError(f"{limit}: what a worker costs is {price.source}")
    opened = replace(opened, config=config.model_copy(update={"workers": workers}))
    if config.workers.gpu is None or config.workers.usd_per_hour is not None:
        return opened, []
    if price.usd_per_hour is None:
        return opened, [f"Cost: {price.source}."]
    return opened, [f"A worker costs ${price.usd_per_hour:.4g} per hour: {price.source}."]


def refuse_too_little(
    opened: Opened, reader: Reader, max_hours: float | None, max_usd: float | None
) -> None:
    """Before a search has begun, where an earlier one of this store tells how long things take.

    Raises: ConfigError for a limit in which references, one trial and the closing cannot fit.
    """
    config = opened.config
    known = reader.search(opened.digest)
    if (max_hours is None and max_usd is None) or (
        known is not None and reader.trials(known.id, origin="optimizer")
    ):
        return
    data = config.model_dump(mode="json")
    earlier = earlier_pace(reader, data, opened.digest)
    if earlier is None:
        return
    splits, count = _splits(config), config.workers.count or 1
    items = sum(map(len, splits["search"].values()))
    steps = sum(n for name, n in starts(config).items() if name in ("model stock", "greedy soup"))
    before_s = beginning_seconds(earlier.pace, len(config.parents), steps, items, count)
    closing = closing_of(data, len(opened.space.space.genes), splits)
    least_s = before_s + closing_seconds(earlier.pace, closing, count, margin=1.0)
    dollars = usd(least_s * count, config.workers.usd_per_hour)
    about = f"{least_s / 3600:.2g} hours with {count} worker{'s' if count > 1 else ''}"
    cost = "" if dollars is None else f" (${dollars:.2g})"
    for name, limit, least in [
        ("--max-hours", max_hours, least_s / 3600),
        ("--max-usd", max_usd, dollars),
    ]:
        if limit is not None and least is not None and limit < _SURELY * least:
            raise ConfigError(
                f"{name} {limit:g}: references, one trial, choosing and the report take about "
                f"{about}{cost}, as search '{earlier.name}' ({earlier.digest[:8]}) went; give "
                "more, or smaller splits"
            )


def _splits(config: SearchConfig) -> dict[str, Items]:
    """As many items as the search file asks for; tasks may have fewer."""
    found: dict[str, dict[str, tuple[int, ...]]] = {"search": {}, "validation": {}, "report": {}}
    for task in config.tasks:
        sizes = config.sizes(task)
        for split, items in found.items():
            items[task.name] = tuple(range(getattr(sizes, split)))
    return dict(found)
