"""Which trials of very many are drawn, the same ones from refresh to refresh."""

import numpy as np
from numpy.typing import NDArray

from ui.columns import Columns

MOST = 700  # a browser redraws them every 2 s
_NEWEST = 150
_GOLDEN = 0.6180339887498949  # multiples of it, cut to [0, 1), fill that evenly at every count


def best_so_far(trials: Columns) -> NDArray[np.int64]:
    """Positions of the records: trials scored in full that beat all scored in full before them."""
    done = trials.where(states=("done",), origins=("optimizer", "mean"))
    done = done[~np.isnan(trials.fitness[done])]
    best = np.maximum.accumulate(trials.fitness[done])
    return done[np.diff(best, prepend=-np.inf) > 0]


def ended(trials: Columns) -> NDArray[np.int64]:
    """Positions of the optimizer's trials that have ended."""
    return trials.where(states=("done", "pruned", "failed"), origins=("optimizer", "mean"))


def drawn(trials: Columns, chosen: int | None = None, most: int = MOST) -> NDArray[np.int64]:
    """Positions of at most `most` of the trials that have ended: the chosen one (its number), the
    newest, the records (of more than half of `most` the last ones), and an even sample of the
    others.
    """
    found = ended(trials)
    if len(found) <= most:
        return found
    sure = np.zeros(len(trials), dtype=np.bool_)
    sure[best_so_far(trials)[-(most // 2) :]] = True
    sure[found[-min(_NEWEST, most // 4) :]] = True
    if chosen is not None:
        sure[found] |= trials.number[found] == chosen
    rest = found[~sure[found]]
    kept = np.flatnonzero(sure)
    return np.sort(np.concatenate([kept, thinned(trials, rest, max(0, most - len(kept)))]))


def thinned(trials: Columns, positions: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most `most` of the positions, evenly spread over the numbers of the trials. One that is
    left out never comes back when there are more.
    """
    if len(positions) <= most:
        return positions
    if most == 0:
        return positions[:0]
    turn = (trials.number[positions] * _GOLDEN) % 1.0
    return np.sort(positions[np.argpartition(turn, most)[:most]])
