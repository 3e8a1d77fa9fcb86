"""Outcomes into their table: of a whole split, or of some of its items beside those that are
there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from sqlalchemy import Connection, insert, select, update

from evolve.store.packing import Mask, pack, pack_seen, rounded, spread, unpack_split
from evolve.store.tables import outcomes
from search_spaces.messages import Score, Split

Found = Mapping[str, Mapping[str, tuple[float, ...]]]
OutcomesByTask = dict[str, dict[str, tuple[float, ...]]]


class Recorded(Protocol):
    @property
    def trial_id(self) -> int: ...

    @property
    def split(self) -> Split: ...

    @property
    def score(self) -> Score: ...

    @property
    def seen(self) -> Mapping[str, Mask] | None: ...


def record_outcomes(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """score: task -> metric -> values of the items that were seen, in the split's order; seen:
    task -> which these are, None for all. Search items are scored once, others part by part.

    Raises: ValueError for an item that has an outcome already; IntegrityError for a whole split.
    """
    new = []
    for one in recorded:
        partly = one.seen is not None and one.split != "search"
        stored = _stored(connection, one.trial_id, one.split) if partly else {}
        for task, metrics in one.score.outcomes.items():
            for metric, values in metrics.items():
                if not values:
                    continue
                mask = None if one.seen is None else one.seen[task]
                row = stored.get((task, metric))
                if row is None or mask is None:
                    key = {"trial_id": one.trial_id, "split": one.split}
                    new.append(key | {"task": task, "metric": metric} | _packed(values, mask))
                    continue
                where = f"trial {one.trial_id}, {one.split}, {task}"
                both, merged = _merged(row, values, mask, where)
                connection.execute(
                    update(outcomes)
                    .where(
                        outcomes.c.trial_id == one.trial_id,
                        outcomes.c.split == one.split,
                        outcomes.c.task == task,
                        outcomes.c.metric == metric,
                    )
                    .values(**_packed(merged, both))
                )
    if new:
        connection.execute(insert(outcomes), new)


def as_stored(found: Found, seen: Mapping[str, Mask] | None) -> OutcomesByTask:
    """The outcomes as a reader will find them: rounded, with NaN for what was not seen."""
    return {
        task: {
            metric: rounded(values) if seen is None else spread(rounded(values), seen[task])
            for metric, values in metrics.items()
            if values
        }
        for task, metrics in found.items()
        if any(metrics.values())
    }


def items_of(found: Found) -> int:
    """How many items, over all tasks, have outcomes."""
    return sum(len(next(iter(metrics.values()), ())) for metrics in found.values())


def _stored(
    connection: Connection, trial_id: int, split: Split
) -> dict[tuple[str, str], tuple[float, ...]]:
    query = select(outcomes).where(outcomes.c.trial_id == trial_id, outcomes.c.split == split)
    rows = connection.execute(query).all()
    return {(r.task, r.metric): unpack_split(r.packed, r.seen) for r in rows}


def _merged(
    stored: tuple[float, ...], values: tuple[float, ...], mask: Mask, where: str
) -> tuple[Mask, tuple[float, ...]]:
    """(what is seen now, the values of that), from what was stored and what is new."""
    whole, new = np.array(stored), np.array(mask)
    old = ~np.isnan(whole)
    if len(whole) != len(new) or bool((old & new).any()):
        raise ValueError(f"{where}: an item was scored before")
    whole[new] = values
    both = old | new
    return tuple(both.tolist()), tuple(whole[both].tolist())


def _packed(values: tuple[float, ...], mask: Mask | None) -> dict[str, Any]:
    return {
        "mean": sum(values) / len(values),
        "packed": pack(values),
        "seen": None if mask is None else pack_seen(mask),
    }
