"""Which items of a candidate are scored: block after block, until it is known to be worse.

The search items lie in one random order, the same for all candidates, cut into blocks that hold
items of every goal. After each block a rule says whether the candidate can be dropped, and which
block comes next:

off      everything is one block
paired   a sequential test on the differences to the incumbents, the best candidates that were
         scored fully (`paired.py`, `sequential.py`)
irt      the score that an item-response model fitted on this search expects (`forecast.py`,
         `irt.py`, `heredity.py`), which also chooses the next block; paired until there is one

The items that condemned a candidate look worse than the rest, and the score that is told of it
must not be theirs. The paired rule has one more block scored, drawn at random, and estimates from
that (`estimate.py`); what the model expects is nearly free of it (`forecast.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from evolve.estimate import Estimate, FloatArray, IntArray
from evolve.forecast import Forecast, Forecaster
from evolve.paired import Incumbents, Paired

Method = Literal["off", "paired", "irt"]

_TOGETHER = 8  # trials in a row that begin with the same block


@dataclass(frozen=True)
class Board:
    """What is raced on: the search items of all goals, flattened goal after goal.

    task_of: (n_items,) goal of each item; weights: (n_goals,); blocks: positions, a partition, in
    the order in which they are scored; every block has items of every goal.
    """

    task_of: IntArray
    weights: FloatArray
    blocks: tuple[IntArray, ...]

    @property
    def share(self) -> FloatArray:
        """(n_goals,) weights that sum to one."""
        return np.asarray(self.weights / self.weights.sum())

    def mean(self, values: FloatArray) -> float:
        """The fitness of (n_items,) outcomes; NaN where one is missing."""
        goals = len(self.weights)
        sizes = np.bincount(self.task_of, minlength=goals)
        return float(self.share @ (np.bincount(self.task_of, values, minlength=goals) / sizes))


def make_board(sizes: Sequence[int], weights: Sequence[float], *, blocks: int, seed: int) -> Board:
    """sizes, weights: of the goals. As many blocks as asked, or as the smallest goal has items."""
    generator = np.random.default_rng(seed)
    task_of = np.repeat(np.arange(len(sizes)), sizes)
    count = max(1, min(blocks, *sizes))
    parts: list[list[IntArray]] = [[] for _ in range(count)]
    first = 0
    for start, size in zip(np.cumsum([0, *sizes[:-1]]).tolist(), sizes, strict=True):
        order = start + generator.permutation(size)
        for number, part in enumerate(np.array_split(order, count)):
            parts[(first + number) % count].append(part)
        first += size % count  # the larger parts of the next goal go to other blocks
    board_blocks = tuple(np.sort(np.concatenate(p)).astype(np.int64) for p in parts)
    return Board(task_of.astype(np.int64), np.asarray(weights, dtype=np.float64), board_blocks)


class Rule(Protocol):
    """When a candidate is dropped, and what its score is told to be.

    values: (n_items,) outcomes so far, NaN where unseen; audited: is a dropped candidate scored on
    one more block, that only the estimate sees?
    """

    @property
    def audited(self) -> bool: ...

    def stops(self, values: FloatArray, looks: int) -> bool:
        """Is the candidate worse than the incumbents? looks: blocks seen."""
        ...

    def next(self, values: FloatArray, unseen: Sequence[IntArray]) -> int:
        """Which of the unseen blocks to score."""
        ...

    def estimate(self, values: FloatArray, decided: FloatArray | None) -> Estimate:
        """The fitness over all items; decided: the outcomes on which it was dropped, if it was."""
        ...


class Course:
    """One candidate's way through the blocks of its window."""

    def __init__(
        self,
        board: Board,
        blocks: Sequence[IntArray],
        rule: Rule,
        audit: np.random.Generator,
        first: int = 0,
    ) -> None:
        self.values: FloatArray = np.full(len(board.task_of), np.nan)
        self.stopped = False
        self._board = board
        self._rule = rule
        self._audit = audit
        self._unseen = list(blocks)
        self._count = len(blocks)
        self._decided: FloatArray | None = None
        self.block: IntArray | None = self._take(first)

    def see(self, values: FloatArray) -> None:
        """The outcomes of `block`, in its order; `block` is then the next one, or None.

        Raises: ValueError when nothing was asked, or for another number of outcomes.
        """
        if self.block is None or len(values) != len(self.block):
            wanted = 0 if self.block is None else len(self.block)
            raise ValueError(f"expected outcomes of {wanted} items, found {len(values)}")
        self.values[self.block] = values
        self.block = None
        if self.stopped or not self._unseen:
            return
        looks = self._count - len(self._unseen)
        audits = 1 if self._rule.audited else 0
        if len(self._unseen) > audits and self._rule.stops(self.values, looks):
            self.stopped = True
            self._decided = self.values.copy()
            if audits:
                self.block = self._take(int(self._audit.integers(len(self._unseen))))
        else:
            self.block = self._take(self._rule.next(self.values, self._unseen))

    def estimate(self) -> Estimate:
        """The fitness over all search items: exact where all were scored."""
        if not np.isnan(self.values).any():
            return Estimate(self._board.mean(self.values), 0.0, len(self.values))
        return self._rule.estimate(self.values, self._decided)

    def _take(self, number: int) -> IntArray:
        return self._unseen.pop(number)


class Race:
    """What the ended candidates of a search say about the next one.

    Everything follows from the order of `add` and from the seed, so that a resumed search decides
    the same.
    """

    def __init__(
        self, board: Board, *, method: Method, error: float, seed: int, rotations: int = 1
    ) -> None:
        """error: paired: chance that a candidate as good as the best is dropped; irt: chance that
        one that is dropped was as good; rotations: windows that the blocks are dealt into; each
        candidate meets one of them.
        """
        self._board = board
        self._method = method
        self._error = error
        self._seed = seed
        windows = min(rotations, len(board.blocks))
        blocks = [board.blocks[w::windows] for w in range(windows)]
        if method == "off":
            blocks = [(np.sort(np.concatenate(b)),) for b in blocks]
        self._blocks = blocks
        task_of, share = board.task_of, board.share
        items = [np.sort(np.concatenate(b)) for b in blocks]
        self._incumbents = [Incumbents(task_of, share, i) for i in items]
        self._everywhere = Incumbents(task_of, share, np.arange(len(task_of)))
        self._forecaster = Forecaster(task_of, share, board.blocks)

    def add(self, values: FloatArray, parents: Sequence[float]) -> None:
        """A candidate that has ended, references first.

        values: (n_items,) higher is better, NaN where not scored; parents: its mean weight of each
        parent.
        """
        array = np.array(values, dtype=np.float64)
        for incumbents in (*self._incumbents, self._everywhere):
            incumbents.add(array)
        if self._method == "irt":
            self._forecaster.add(array, np.asarray(parents, dtype=np.float64))

    def open(self, number: int, parents: Sequence[float]) -> Course:
        """number: of the trial, or of its generation where windows take turns; it decides the
        window, with the seed the audited block, and where an item model is, the first block: the
        same for a few trials, that they can be compared, and then another one, that the model
        learns all items.
        """
        windows = len(self._blocks)
        window = number % windows
        blocks, incumbents = self._blocks[window], self._incumbents[window]
        paired = Paired(incumbents, self._everywhere, len(blocks), self._error)
        audit = np.random.default_rng([self._seed, number])
        if self._forecaster.model is None:
            return Course(self._board, blocks, paired, audit)
        rule = Forecast(
            self._forecaster,
            self._forecaster.model,
            paired,
            incumbents.items,
            np.asarray(parents, dtype=np.float64),
            self._error,
        )
        first = number // (windows if windows > 1 else _TOGETHER)
        return Course(self._board, blocks, rule, audit, first % len(blocks))
