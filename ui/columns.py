"""The trials of a search as columns: a few bytes each, read once and then only what is new.

What a chart of 100,000 trials needs is a dozen numbers of each. They stay in the memory of the
pages' process as numpy arrays (about 6 MB for 100,000), shared by all who look; recipes and
genomes stay in the database until somebody looks at one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evolve.store import Reader
from evolve.store.rows import OTHERS, Tally

STATES = ("asked", "done", "pruned", "failed")
ORIGINS = ("optimizer", *OTHERS)
_OPEN_AT_MOST = 800  # more trials than this that wait for their end are read with all others


@dataclass(frozen=True)
class Columns:
    """One value per trial in every array, by number; never changed once made.

    number, model_id, items: int64 (items 0 where there are none); origin, state: int8, positions
    in ORIGINS and STATES; fitness, error, finished_s (seconds since 1970, UTC): float64, NaN
    where there is none.
    """

    number: NDArray[np.int64]
    origin: NDArray[np.int8]
    state: NDArray[np.int8]
    fitness: NDArray[np.float64]
    error: NDArray[np.float64]
    items: NDArray[np.int64]
    model_id: NDArray[np.int64]
    finished_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.number)

    def where(
        self, *, states: Collection[str] = STATES, origins: Collection[str] = ("optimizer",)
    ) -> NDArray[np.int64]:
        """Positions of the trials in these states and of these origins, by number."""
        in_state = np.array([state in states for state in STATES])
        of_origin = np.array([origin in origins for origin in ORIGINS])
        return np.flatnonzero(in_state[self.state] & of_origin[self.origin])

    def best(self, positions: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Of these, the `count` with the highest fitness, the best first; of equal ones the
        earliest.
        """
        known = positions[~np.isnan(self.fitness[positions])]
        return known[np.lexsort((self.number[known], -self.fitness[known]))[:count]]

    @cached_property
    def tally(self) -> Tally:
        """As `Reader.tally` counts it."""
        mine = self.origin == 0
        has = ~np.isnan(self.fitness)
        done, pruned, failed, asked = (
            mine & (self.state == STATES.index(s)) for s in ("done", "pruned", "failed", "asked")
        )
        scored = (done | pruned) & has
        top = self.best(np.flatnonzero(done & has), 1)
        return Tally(
            scored=int(scored.sum()),
            pruned=int((pruned & has).sum()),
            failed=int(failed.sum()),
            asked=int(asked.sum()),
            items=int(self.items[scored].sum()),
            of_one=int(self.items.max(initial=0)),
            best=(int(self.number[top[0]]), float(self.fitness[top[0]])) if len(top) else None,
        )

    @cached_property
    def open(self) -> list[int]:
        """Numbers of the trials that have not ended."""
        found: list[int] = self.number[self.state == STATES.index("asked")].tolist()
        return found


def read(reader: Reader, search_id: int, before: Columns | None = None) -> Columns:
    """The trials as they are now. before: as they were; then only trials that were still open, and
    those that are new, are read.
    """
    if before is None or len(before) == 0 or len(before.open) > _OPEN_AT_MOST:
        return of_rows(reader.brief(search_id))
    rows = reader.brief(search_id, int(before.number[-1]), before.open)
    return _with(before, of_rows(rows)) if rows else before


def of_rows(rows: Sequence[tuple[Any, ...]]) -> Columns:
    """rows: as `Reader.brief` gives them."""
    number, origin, state, fitness, error, items, model_id, finished = (
        zip(*rows, strict=True) if rows else ((),) * 8
    )
    return Columns(
        number=np.array(number, dtype=np.int64),
        origin=_codes(origin, ORIGINS),
        state=_codes(state, STATES),
        fitness=np.array(fitness, dtype=np.float64),
        error=np.array(error, dtype=np.float64),
        items=np.array([i or 0 for i in items], dtype=np.int64),
        model_id=np.array(model_id, dtype=np.int64),
        finished_s=np.array(finished, dtype=np.float64),
    )


def _with(old: Columns, rows: Columns) -> Columns:
    """`rows` take the place of those with their numbers, and new ones follow."""
    places = np.searchsorted(old.number, rows.number)
    known = places < len(old)
    known[known] = old.number[places[known]] == rows.number[known]
    made: dict[str, Any] = {}
    for name, values in _arrays(rows).items():
        changed = getattr(old, name).copy()
        changed[places[known]] = values[known]
        made[name] = np.concatenate([changed, values[~known]])
    return Columns(**made)


def _arrays(columns: Columns) -> Mapping[str, NDArray[Any]]:
    return {name: getattr(columns, name) for name in Columns.__dataclass_fields__}


def _codes(words: Sequence[str], known: Sequence[str]) -> NDArray[np.int8]:
    code = {word: index for index, word in enumerate(known)}
    return np.array([code[word] for word in words], dtype=np.int8)
