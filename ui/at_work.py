"""What workers did lately, from the attempts of a search: bars of a timeline, a line each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import pandas as pd

from evolve.store import AttemptRow
from evolve.visible import visible

UNDER_WAY = "under way"
LOST = "lost with its driver"
_NAMELESS = (LOST, UNDER_WAY)
_SILENT_S = 60.0  # or three times as long as attempts take, where that is longer
_COLUMNS = ("worker", "state", "last seen", "busy", "attempts", "s per attempt", "failed or lost")


@dataclass(frozen=True)
class Bar:
    """An attempt on the timeline. part, parts: where in the lane it lies, where several lie side
    by side: those without a worker, which is not known before an attempt has ended. seconds: it
    took, or has taken until now.
    """

    attempt: AttemptRow
    part: int
    parts: int
    seconds: float


def lanes(attempts: Sequence[AttemptRow], now: datetime) -> dict[str, list[Bar]]:
    """lane -> its bars: a lane per worker by name, then those of attempts without one."""
    found: dict[str, list[AttemptRow]] = {}
    for attempt in attempts:
        found.setdefault(_lane(attempt), []).append(attempt)
    order = [*sorted(set(found) - {*_NAMELESS}), *(lane for lane in _NAMELESS if lane in found)]
    return {lane: _bars(found[lane], now, packed=lane in _NAMELESS) for lane in order}


def workers(attempts: Sequence[AttemptRow], now: datetime) -> pd.DataFrame:
    """One line per worker that has ended an attempt, by name. busy: its share of the time from the
    first of these attempts to `now`; last seen: when it last ended one.
    """
    mine: dict[str, list[AttemptRow]] = {}
    for attempt in attempts:
        if attempt.worker is not None and attempt.finished_at is not None:
            mine.setdefault(attempt.worker, []).append(attempt)
    taken = [seconds(a, now) for found in mine.values() for a in found]
    limit = max(_SILENT_S, 3 * median(taken)) if taken else _SILENT_S
    start = min((a.started_at for a in attempts), default=now)
    whole = (now - start).total_seconds()
    lines = [_line(name, found, now, whole, limit) for name, found in sorted(mine.items())]
    return pd.DataFrame(lines, columns=list(_COLUMNS))


def seconds(attempt: AttemptRow, now: datetime) -> float:
    """That it took, or has taken until now; never less than 0."""
    return max(0.0, ((attempt.finished_at or now) - attempt.started_at).total_seconds())


def last_moment(attempts: Sequence[AttemptRow], before: datetime) -> datetime:
    """When the last of them ended, or was started where none has; `before` without any."""
    return max((a.finished_at or a.started_at for a in attempts), default=before)


def _lane(attempt: AttemptRow) -> str:
    if attempt.worker is not None:
        return attempt.worker
    return UNDER_WAY if attempt.state == "running" else LOST


def _bars(attempts: Sequence[AttemptRow], now: datetime, *, packed: bool) -> list[Bar]:
    """packed: those that overlap lie side by side, each in the first part that is free."""
    ends: list[datetime] = []
    parts = []
    for attempt in attempts:
        free = (i for i, end in enumerate(ends) if end <= attempt.started_at)
        part = next(free, len(ends)) if packed else 0
        ends[part : part + 1] = [attempt.finished_at or now]
        parts.append(part)
    return [
        Bar(attempt, part, max(1, len(ends)), seconds(attempt, now))
        for attempt, part in zip(attempts, parts, strict=True)
    ]


def _line(
    name: str, found: Sequence[AttemptRow], now: datetime, whole: float, limit: float
) -> Mapping[str, object]:
    seen = max(a.finished_at for a in found if a.finished_at is not None)
    silent = (now - seen).total_seconds() > limit
    values = (
        visible(name),
        "○ silent" if silent else "● at work",
        seen,
        min(1.0, _covered(found) / whole) if whole > 0 else None,
        len(found),
        sum(seconds(a, now) for a in found) / len(found),
        sum(a.state in ("failed", "lost") for a in found),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _covered(found: Sequence[AttemptRow]) -> float:
    """Seconds in which at least one of them was under way: some are handed out before they can
    begin.
    """
    spans = sorted((a.started_at, a.finished_at or a.started_at) for a in found)
    ends = [spans[0][0]]
    total = timedelta()
    for start, end in spans:
        total += max(timedelta(), end - max(start, ends[-1]))
        ends.append(max(end, ends[-1]))
    return total.total_seconds()
