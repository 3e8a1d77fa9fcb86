"""The genes of trials as numbers: a matrix that is read once, and then only what is new.

The genomes of 100,000 trials are JSON in the database, and take about two seconds to read. So a
page reads those of the trials that it draws, and all of them only when somebody filters by a gene.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from evolve.store import Reader, SearchRow
from search_spaces.space import Gene
from ui.queries import Known, Store

FEW = 4000  # of so many trials all genomes are read at once, in a tenth of a second
_PART_AT_MOST = 20_000  # rows that are kept of a search whose genomes were not all read
_AT_ONCE = 2000
_PARAMETERS = 900


@dataclass(frozen=True)
class Matrix:
    """number: int64 (n,), ascending; values: float32 (n, genes), of a choice its position among
    the choices, NaN where a genome does not have the gene.
    """

    number: NDArray[np.int64]
    values: NDArray[np.float32]

    def of(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """The rows of these trials, (len(numbers), genes); NaN for those that it does not hold."""
        found = np.full((len(numbers), self.values.shape[1]), np.nan, dtype=np.float32)
        held = self.holds(numbers)
        found[held] = self.values[np.searchsorted(self.number, numbers[held])]
        return found

    def holds(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these trials have a row, (len(numbers),)."""
        return np.isin(numbers, self.number)

    def with_rows(self, other: "Matrix") -> "Matrix":
        """Both; other: of other trials."""
        number = np.concatenate([self.number, other.number])
        order = np.argsort(number, kind="stable")
        return Matrix(number[order], np.concatenate([self.values, other.values])[order])


def genes_of(search: SearchRow) -> tuple[Gene, ...]:
    """The genes of a search, in their order."""
    return tuple(_gene(stored) for stored in search.genes)


def empty(genes: Sequence[Gene]) -> Matrix:
    """A matrix without a row."""
    return Matrix(np.zeros(0, dtype=np.int64), np.zeros((0, len(genes)), dtype=np.float32))


def matrix_of(genes: Sequence[Gene], rows: Iterable[tuple[int, str | None]]) -> Matrix:
    """rows: (number, genome as JSON), by number; a trial without a genome gets no row."""
    numbers, blocks, left = [], [], iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        genomes = json.loads("[" + ",".join(text or "null" for _, text in some) + "]")
        kept = [(n, genome) for (n, _), genome in zip(some, genomes, strict=True) if genome]
        if kept:
            numbers.append(np.array([n for n, _ in kept], dtype=np.int64))
            blocks.append(_block(genes, [genome for _, genome in kept]))
    if not blocks:
        return empty(genes)
    return Matrix(np.concatenate(numbers), np.concatenate(blocks))


def all_of(store: Store, known: Known) -> Matrix:
    """The genes of all trials. The first time, for 100,000 trials, this takes seconds."""
    return _shelf_of(store, known).all_of(store.reader, known)


def some_of(store: Store, known: Known, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    """The genes of these trials, (len(numbers), genes); only what is not known yet is read."""
    return _shelf_of(store, known).some_of(store.reader, known, numbers)


def are_read(store: Store, known: Known) -> bool:
    """Have the genomes of all trials been read, or are they few?"""
    return len(known.trials) <= FEW or _shelf_of(store, known).read_all


class _Shelf:
    """What was read of one search so far; shared between sessions."""

    def __init__(self, genes: tuple[Gene, ...]) -> None:
        self._genes = genes
        self._lock = threading.Lock()
        self._matrix = empty(genes)
        self._last = -1  # all trials up to this number are in the matrix, if `read_all`
        self.read_all = False

    def all_of(self, reader: Reader, known: Known) -> Matrix:
        last = int(known.trials.number[-1]) if len(known.trials) else -1
        with self._lock:
            if not self.read_all or last > self._last:
                before = self._matrix if self.read_all else empty(self._genes)
                after = self._last if self.read_all else -1
                new = reader.genome_texts(known.search.id, self._made, after)
                self._matrix = before.with_rows(new)
                self._last = max([last, *new.number[-1:].tolist()])
                self.read_all = True
            return self._matrix

    def some_of(
        self, reader: Reader, known: Known, numbers: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        if self.read_all or len(known.trials) <= FEW:
            return self.all_of(reader, known).of(numbers)
        with self._lock:
            missing = np.unique(numbers[~self._matrix.holds(numbers)])
            if len(missing):
                kept = self._matrix
                if len(kept.number) + len(missing) > _PART_AT_MOST:
                    kept, missing = empty(self._genes), np.unique(numbers)
                for start in range(0, len(missing), _PARAMETERS):
                    part = missing[start : start + _PARAMETERS].tolist()
                    some = reader.genome_texts(known.search.id, self._made, numbers=part)
                    kept = kept.with_rows(some)
                self._matrix = kept
            return self._matrix.of(numbers)

    def _made(self, rows: Iterable[tuple[int, str | None]]) -> Matrix:
        return matrix_of(self._genes, rows)


def _shelf_of(store: Store, known: Known) -> _Shelf:
    return _shelf((store.url, store.identity, known.search.id), genes_of(known.search))


@st.cache_resource(show_spinner=False, max_entries=16)
def _shelf(key: tuple[Any, ...], _genes: tuple[Gene, ...]) -> _Shelf:
    return _Shelf(_genes)


def _gene(stored: Mapping[str, Any]) -> Gene:
    when = stored.get("when")
    return Gene(
        str(stored["name"]),
        float(stored.get("low", 0.0)),
        float(stored.get("high", 1.0)),
        bool(stored.get("log", False)),
        tuple(str(c) for c in stored.get("choices") or ()),
        None if when is None else (str(when[0]), tuple(when[1])),
    )


def _block(
    genes: Sequence[Gene], genomes: Sequence[Mapping[str, float | str]]
) -> NDArray[np.float32]:
    """(len(genomes), genes); what is not a number or not one of the choices is NaN."""
    found = np.empty((len(genomes), len(genes)), dtype=np.float32)
    for index, gene in enumerate(genes):
        values: list[Any] = [genome.get(gene.name) for genome in genomes]
        if gene.choices:
            place = {choice: position for position, choice in enumerate(gene.choices)}
            values = [place.get(v) for v in values]
        try:
            found[:, index] = np.array(values, dtype=np.float32)
        except (TypeError, ValueError):
            found[:, index] = [v if isinstance(v, int | float) else np.nan for v in values]
    return found
