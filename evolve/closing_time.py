"""How long the end of a search takes: what asking has to leave time for.

After the last trial come the halving on validation items, the ablations, the probe and the report,
each with a known number of jobs of known items. How long these take follows from what was measured
on search items: seconds per merge, and seconds per item. Jobs of one phase share the workers and
are about equally long, so that a phase takes ceil(jobs / workers) of them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evolve.blocks import AVERAGE
from evolve.contamination import probe_items
from evolve.halving import deal, field_sizes
from evolve.sheet import Items
from evolve.store import AttemptRow, TrialRow
from search_spaces.references import ONE_SCALE_GRID, PLAIN

MARGIN = 1.2  # for items that are longer than those of the search, and workers that are slower
_JOB_S = 0.05  # sending a job and its result, and writing it down
_PROBE_COST = 6  # texts per item: three orders of its options, three predecessors
_EXPORT_BYTES_PER_S = 1e8  # reading parents, merging, writing the model


@dataclass(frozen=True)
class Pace:
    """What the trials of a search have taken so far, summed over them: seconds of workers, and
    search items.
    """

    trials: int = 0
    merge_s: float = 0.0
    score_s: float = 0.0
    items: int = 0

    def after(self, merge_s: float, score_s: float, items: int) -> "Pace":
        """One more trial was scored."""
        return Pace(
            self.trials + 1, self.merge_s + merge_s, self.score_s + score_s, self.items + items
        )

    def job_s(self, items: float) -> float:
        """Of one recipe on so many items; 0 where nothing was measured."""
        if not self.trials or not self.items:
            return 0.0
        return _JOB_S + self.merge_s / self.trials + self.score_s / self.items * items


@dataclass(frozen=True)
class Phase:
    """jobs: at most so many recipes, each on `items`; probed: as signs of contamination."""

    name: str
    jobs: int
    items: int
    probed: bool = False

    def seconds(self, pace: Pace, workers: int) -> float:
        each = pace.job_s(self.items * (_PROBE_COST if self.probed else 1))
        return math.ceil(self.jobs / max(1, workers)) * each


@dataclass(frozen=True)
class Closing:
    """The phases after the last trial. last: the search items of a trial, since those that were
    asked last are still counted; export_s: of writing the model, by whoever does it.
    """

    phases: tuple[Phase, ...]
    last: int
    export_s: float = 0.0


def pace_so_far(attempts: Iterable[AttemptRow], trials: Sequence[TrialRow]) -> Pace:
    """Of all attempts on search items that gave a score."""
    items = {t.id: t.items or 0 for t in trials}
    pace = Pace()
    for found in attempts:
        if found.state == "done" and found.split == "search" and items.get(found.trial_id):
            pace = pace.after(found.merge_s or 0.0, found.score_s or 0.0, items[found.trial_id])
    return pace


def closing_of(
    config: Mapping[str, Any], genes: int, splits: Mapping[str, Items], model_bytes: int = 0
) -> Closing:
    """config: of the search, as plain data; model_bytes: of one model."""
    sizes = {split: _count(items) for split, items in splits.items()}
    parents = len(config["parents"])
    rivals = parents + len(PLAIN) + 1
    contenders = config.get("finalists", 8) + 1 + rivals
    ablations = min(config.get("ablations", 0), parents + genes)
    phases = [
        *_validation(config, contenders, splits["validation"]),
        Phase("ablations", ablations, sizes["validation"]),
        Phase("probe", 1 + parents, _count(probe_items(splits["report"])), probed=True),
        Phase("the optimizer's mean", 1, sizes["search"]),
        Phase("report", 2 + rivals, sizes["report"]),
    ]
    read_and_written = (2 + parents) * model_bytes
    return Closing(
        tuple(p for p in phases if p.jobs),
        sizes["search"],
        read_and_written / _EXPORT_BYTES_PER_S,
    )


def closing_seconds(pace: Pace, closing: Closing, workers: int, margin: float = MARGIN) -> float:
    """Seconds from the last trial that is asked now to the model, with so many workers; 0 where
    nothing was measured.
    """
    if not pace.job_s(1):
        return 0.0
    phases = sum(phase.seconds(pace, workers) for phase in closing.phases)
    return margin * (pace.job_s(closing.last) + phases) + closing.export_s


def beginning_seconds(
    pace: Pace, parents: int, starts: int, search_items: int, workers: int
) -> float:
    """Of what is scored before the first trial: references side by side, starting points (at most
    `starts`) one after the other. What gradient descent takes is not in it.
    """
    references = 1 + parents + len(PLAIN) + len(ONE_SCALE_GRID)
    return (math.ceil(references / max(1, workers)) + starts) * pace.job_s(search_items)


def _validation(config: Mapping[str, Any], contenders: int, items: Items) -> list[Phase]:
    """Rounds of halving; of a front everyone is scored on all items."""
    if config.get("choose", AVERAGE) != AVERAGE:
        return [Phase("validation", contenders, _count(items))]
    known = [0, *(sum(part.values()) for part in deal(items, contenders))]
    return [
        Phase(f"validation, round {number + 1}", size, known[number + 1] - known[number])
        for number, size in enumerate(field_sizes(contenders)[: len(known) - 1])
    ]


def _count(items: Items) -> int:
    return sum(len(numbers) for numbers in items.values())
