"""The table of trials: a page of it at a time, in the order that is asked for; and all as CSV."""

import csv
import io
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from evolve.store import TrialRow
from evolve.visible import visible
from search_spaces.space import Gene
from ui import genes, tables
from ui.columns import STATES, Columns
from ui.filter_bar import Passing
from ui.formats import file_name
from ui.queries import Known, Store

PAGE_ROWS = 500
ORDERS = {"score": "Best score first", "number": "Newest first", "items": "Most items first"}
_AT_ONCE = 5000
_SCORE = st.column_config.NumberColumn(format="%.3f")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def table(store: Store, known: Known, passing: Passing) -> None:
    """Draws it; a click on a line opens the recipe."""
    search, trials = known.search, known.trials
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    order = left.selectbox(
        "Order", list(ORDERS), format_func=ORDERS.__getitem__, key="trial_order"
    )
    with_genes = middle.toggle("With the values of the genes", key="with_genes")
    right.download_button(
        "Download these trials",
        lambda: as_csv(store, known, passing.positions),
        file_name=f"{file_name(search.name)}-trials.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="As CSV: every trial that passes the filter, with its genes",
        key="csv",
        width="stretch",
    )
    positions = ordered(trials, passing.positions, order)
    pages = -(-len(positions) // PAGE_ROWS)
    page = _page(pages)
    shown = positions[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    rows = rows_of(store, known, shown)
    means = store.reader.means_of([row.id for row in rows], "search")
    genomes = _genomes(store, known, passing, shown) if with_genes else ()
    numbers = ["search score", "±", *(tables.goal_label(g) for g in search.goals)]
    numbers += [visible(gene.name) for gene in passing.genes if not gene.choices]
    picked = st.dataframe(
        tables.trials(rows, means, search.goals, search.chosen_trial_id, genomes),
        hide_index=True,
        placeholder="—",
        height=min(560, 36 * (len(rows) + 1) + 2),
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        column_config={
            **dict.fromkeys(numbers, _SCORE),
            "why it failed": st.column_config.TextColumn(width="large"),
        },
        key="trials",
    )
    first = (page - 1) * PAGE_ROWS
    which = f"{first + 1:,} to {first + len(rows):,} of " if pages > 1 else ""
    st.caption(f"{which}{len(positions):,} trials. Click a line to open its recipe.")
    selection = picked["selection"]
    clicked = [*selection["rows"], *(row for row, _ in selection["cells"])]
    if clicked and clicked[0] < len(rows):
        wanted = {"search": search.digest, "trial": str(rows[clicked[0]].number)}
        st.switch_page("views/recipe.py", query_params=wanted)


def ordered(trials: Columns, positions: NDArray[np.int64], order: str) -> NDArray[np.int64]:
    """order: of ORDERS; trials without a score or items last, of equal ones the newest first. By
    score, those that were stopped early follow the others: what few items say flatters.
    """
    number = -trials.number[positions]
    stopped = trials.state[positions] == STATES.index("pruned")
    scores = np.nan_to_num(-trials.fitness[positions], nan=np.inf)
    known = np.isfinite(scores)
    keys = {
        "score": np.where(known & stopped, scores + 1e6, scores),
        "number": number,
        "items": -trials.items[positions],
    }
    return positions[np.lexsort((number, keys[order]))]


def rows_of(store: Store, known: Known, positions: NDArray[np.int64]) -> list[TrialRow]:
    """The trials at these positions, in their order."""
    numbers = known.trials.number[positions].tolist()
    found = {row.number: row for row in store.reader.numbered_all(known.search.id, numbers)}
    return [found[number] for number in numbers if number in found]


def as_csv(store: Store, known: Known, positions: NDArray[np.int64]) -> bytes:
    """All of these trials by number, with their genes; UTF-8, marked as spreadsheets like it."""
    found = genes.genes_of(known.search)
    out = io.StringIO()
    writer = csv.writer(out)
    head = ["trial", "name", "origin", "state", "score", "standard error", "items"]
    writer.writerow([*head, *(_safe(gene.name) for gene in found), "why it failed"])
    matrix = genes.all_of(store, known)
    for start in range(0, len(positions), _AT_ONCE):
        rows = rows_of(store, known, positions[start : start + _AT_ONCE])
        values = matrix.of(np.array([row.number for row in rows], dtype=np.int64))
        for row, own in zip(rows, values, strict=True):
            known_of = [row.number, _safe(row.name), row.origin, row.state]
            scores = [row.fitness, row.error, row.items]
            genome = [_cell(gene, value) for gene, value in zip(found, own, strict=True)]
            writer.writerow([*known_of, *scores, *genome, _safe(row.reason or "")])
    return out.getvalue().encode("utf-8-sig")


def _page(pages: int) -> int:
    if pages < 2:
        return 1
    page: int = st.pagination(pages, key=f"trial_page {pages}")
    return min(page, pages)


def _genomes(
    store: Store, known: Known, passing: Passing, positions: NDArray[np.int64]
) -> list[dict[str, Any]]:
    values = genes.some_of(store, known, known.trials.number[positions])
    return [
        {g.name: _cell(g, v) for g, v in zip(passing.genes, row, strict=True)} for row in values
    ]


def _cell(gene: Gene, value: np.float32) -> float | str | None:
    """As the recipe has it, to the seven digits that 32 bits hold; None where it is absent."""
    if np.isnan(value):
        return None
    return _safe(gene.choices[int(value)]) if gene.choices else float(f"{value:.7g}")


def _safe(text: str) -> str:
    """Others' text as a cell that no spreadsheet takes for a formula."""
    text = visible(text)
    return f"'{text}" if text.startswith(_FORMULA) else text
