"""Outcomes into their table: of a whole split, or of some of its items beside those that are
there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert, select, update

from evolve.store.packing import Mask, pack, pack_seen, unpack_split
from evolve.store.tables import outcomes
from search_spaces.messages import Split

Found = Mapping[str, Mapping[str, tuple[float, ...]]]


def record_outcomes(
    connection: Connection,
    trial_id: int,
    split: Split,
    found: Found,
    seen: Mapping[str, Mask] | None,
) -> None:
    """found: task -> metric -> values of the items that were seen, in the split's order; seen:
    task -> which these are, None for all.

    Raises: ValueError for an item that has an outcome already; IntegrityError for a whole split.
    """
    stored = {} if seen is None else _stored(connection, trial_id, split)
    new = []
    for task, metrics in found.items():
        for metric, values in metrics.items():
            if not values:
                continue
            mask = None if seen is None else seen[task]
            row = stored.get((task, metric))
            if row is None or mask is None:
                key = {"trial_id": trial_id, "split": split, "task": task, "metric": metric}
                new.append(key | _packed(values, mask))
                continue
            both, merged = _merged(row, values, mask, f"trial {trial_id}, {split}, {task}")
            connection.execute(
                update(outcomes)
                .where(
                    outcomes.c.trial_id == trial_id,
                    outcomes.c.split == split,
                    outcomes.c.task == task,
                    outcomes.c.metric == metric,
                )
                .values(**_packed(merged, both))
            )
    if new:
        connection.execute(insert(outcomes), new)


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
