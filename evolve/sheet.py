"""What one trial answered on the items of one split, filled in part by part."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evolve.store.packing import Mask
from search_spaces.messages import Score

Items = Mapping[str, tuple[int, ...]]


class Sheet:
    """Outcomes by the places of a split's items, in whichever order and parts they come in."""

    def __init__(self, items: Items) -> None:
        """items: task -> item numbers of the split."""
        self._items = items
        self._places: dict[str, dict[int, int]] = {}  # of tasks that come in parts
        self._values: dict[str, dict[str, NDArray[np.float64]]] = {t: {} for t in items}
        self._seen = {t: np.zeros(len(ns), dtype=bool) for t, ns in items.items()}
        self._merge_s = 0.0
        self._score_s = 0.0
        self._tokens = 0

    def add(self, part: Items | None, score: Score) -> None:
        """part: the items that the score is of, in the order of its values; None for all."""
        for task, numbers in (self._items if part is None else part).items():
            places = slice(None) if part is None else self._of(task, numbers)
            for metric, values in score.outcomes[task].items():
                if metric not in self._values[task]:
                    self._values[task][metric] = np.full(len(self._items[task]), np.nan)
                self._values[task][metric][places] = values
            self._seen[task][places] = True
        self._merge_s += score.merge_s
        self._score_s += score.score_s
        self._tokens += score.tokens

    def _of(self, task: str, numbers: tuple[int, ...]) -> list[int]:
        """The places of item numbers."""
        if task not in self._places:
            self._places[task] = {n: i for i, n in enumerate(self._items[task])}
        return [self._places[task][n] for n in numbers]

    @property
    def seen(self) -> dict[str, Mask] | None:
        """task -> which items of the split were seen; None when all were."""
        if all(mask.all() for mask in self._seen.values()):
            return None
        return {task: tuple(mask.tolist()) for task, mask in self._seen.items()}

    @property
    def count(self) -> int:
        """How many items were seen."""
        return sum(int(mask.sum()) for mask in self._seen.values())

    def score(self) -> Score:
        """The outcomes of the items that were seen, in the split's order; times are sums."""
        outcomes = {
            task: {m: tuple(v[self._seen[task]].tolist()) for m, v in metrics.items()}
            for task, metrics in self._values.items()
            if metrics
        }
        return Score(outcomes, self._merge_s, self._score_s, self._tokens)
