"""How fast an earlier search of the same store was on the same base and tasks: what can be said of
time and cost before anything has run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evolve.closing_time import Pace, pace_so_far
from evolve.store import Reader, SearchRow


@dataclass(frozen=True)
class Earlier:
    """name, digest: of that search. pace: of its trials; share: of a trial's search items that
    were scored, less than 1 where it raced.
    """

    name: str
    digest: str
    pace: Pace
    share: float


def earlier_pace(reader: Reader, config: Mapping[str, Any], digest: str) -> Earlier | None:
    """Of this search itself where it has begun, else of the newest one on the same base, dtype and
    tasks; None where there is none. config: of a search, as plain data.
    """
    found = sorted(reader.searches(), key=lambda s: s.digest != digest)
    for search in found:
        if search.digest == digest or _kind(search.config) == _kind(config):
            earlier = _measured(reader, search)
            if earlier is not None:
                return earlier
    return None


def _measured(reader: Reader, search: SearchRow) -> Earlier | None:
    trials = reader.trials(search.id)
    pace = pace_so_far(reader.attempts(search.id), trials)
    if not pace.job_s(1):
        return None
    full = max((t.items or 0 for t in trials), default=0)  # of a reference
    mine = [t.items for t in trials if t.origin == "optimizer" and t.scored and t.items]
    share = sum(mine) / (len(mine) * full) if mine and full else 1.0
    return Earlier(search.name, search.digest, pace, share)


def _kind(config: Mapping[str, Any]) -> tuple[Any, ...]:
    """What decides how long an item takes, but for the machine."""
    tasks = sorted(
        (t.get("name"), t.get("metric"), t.get("num_fewshot")) for t in config.get("tasks", ())
    )
    prompts, workers = config.get("prompts"), config.get("workers", {})
    machine = workers.get("device"), workers.get("gpu"), workers.get("threads")
    return config.get("base"), config.get("dtype"), str(tasks), prompts, machine
