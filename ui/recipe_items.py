"""Which items a trial gained and lost against another model, for the page Recipe."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from evolve.amounts import amounts_of
from evolve.differences import Comparison, ItemDifference, Kind, compare
from evolve.store import Reader, SearchRow, TrialRow
from evolve.visible import visible
from search_spaces.messages import ItemText, Split
from ui import figures, tables
from ui.charts.frame import CONFIG
from ui.formats import plain, shortened
from ui.palette import NAMES
from ui.queries import Known, Store
from ui.tables import answered

_SPLITS: tuple[Split, ...] = ("report", "validation", "search")
_RIVALS = ("parent", "base", "plain", "one_scale")
_PAGE = 25
_ALL = "all tasks"
_ICONS: Mapping[str, str] = {
    "gained": ":material/add_circle:",
    "lost": ":material/do_not_disturb_on:",
}


def items(store: Store, known: Known, trial: TrialRow) -> None:
    """Against a parent, the base or a plain merge: how many items were gained and lost, and what
    they say.
    """
    st.subheader("Item by item", anchor=False)
    rivals = _rivals(store.reader, known, trial)
    if not rivals:
        st.caption(
            "Nothing to compare: the trial, or what it would be compared with, is not scored yet."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by_id = {t.id: (t, splits) for t, splits in rivals}
        against = _select("Against", list(by_id), "items_against", _labels(rivals))
        rival, splits = by_id[against]
        split = _select("On the items for", splits, "items_split", {s: s for s in splits})
    found = _compared(
        _key(store, known.search, trial.id, rival.id, split), store.reader, known.search
    )
    if not found.rows:
        st.caption("The two have seen no item in common; one of them was stopped early.")
        return
    _counts(known, found, rival, split)
    _list(store, known, found, rival)


def _rivals(reader: Reader, known: Known, trial: TrialRow) -> list[tuple[TrialRow, list[Split]]]:
    """What has answered items that the trial has answered too, and of which splits."""
    others = [t for t in known.others if t.origin in _RIVALS and t.id != trial.id]
    order = sorted(others, key=lambda t: (_RIVALS.index(t.origin), t.number))
    ids = [trial.id, *(t.id for t in order)]
    scored = {split: reader.means_of(ids, split) for split in _SPLITS}
    mine = [split for split in _SPLITS if trial.id in scored[split]]
    found = [(t, [split for split in mine if t.id in scored[split]]) for t in order]
    return [(t, splits) for t, splits in found if splits]


def _counts(known: Known, found: Comparison, rival: TrialRow, split: Split) -> None:
    name = plain(rival.name)
    cells = {
        "Gained": (found.count("gained"), f"only this trial is right, {name} is not"),
        "Lost": (found.count("lost"), f"only {name} is right, this trial is not"),
    }
    if found.right_or_wrong:
        cells |= {
            "Both right": (found.both_right, "both answer these items right"),
            "Both wrong": (found.both_wrong, "neither answers these items right"),
        }
    else:
        cells = {
            "Gained": (found.count("gained"), f"this trial is better there than {name}"),
            "Lost": (found.count("lost"), f"{name} is better there than this trial"),
            "Equal": (found.count("same"), "items on which both are worth the same"),
        }
    with st.container(horizontal=True, gap="medium"):
        for label, (count, meaning) in cells.items():
            st.metric(label, f"{count:,}", help=meaning, width="content")
    if found.difference is not None:
        amounts, difference = amounts_of(known.search.goals), found.difference
        ahead = amounts.ahead(difference.mean)
        than = "as" if ahead == "equally good" else "than"
        st.markdown(
            plain(
                f"On {difference.items:,} {split} items it is {ahead} {than} {rival.name}, "
                f"{amounts.certainty(vars(difference))}."
            )
        )
        st.caption(
            "For this one comparison by itself; a verdict's intervals are wider, since they hold "
            "for all of its comparisons at once."
        )
    if split == "search":
        st.caption(
            "Search items guided the search; what it finds looks better on them than it is."
        )
    chart = figures.gained_chart(found, known.search.goals)
    st.plotly_chart(chart, config=CONFIG, key="gained")


def _list(store: Store, known: Known, found: Comparison, rival: TrialRow) -> None:
    tasks = [g.task for g in known.search.goals]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "Items",
            ["gained", "lost", "both kinds"],
            default="gained",
            required=True,
            key="items_kind",
        )
        names = {t: shortened(visible(t), 40) for t in tasks} | {_ALL: _ALL}
        task = _select("Task", [_ALL, *tasks], "items_task", names) if len(tasks) > 1 else _ALL
        wanted: Kind | None = None if kind == "both kinds" else kind  # type: ignore[assignment]
        rows = found.differing(wanted, None if task == _ALL else task)
        pages = -(-len(rows) // _PAGE)
        page = 1
        if pages > 1:
            st.session_state["items_page"] = min(st.session_state.get("items_page", 1), pages)
            page = st.number_input(f"Page of {pages}", 1, pages, key="items_page", width=140)
    if not rows:
        st.caption("No such item.")
        return
    shown = rows[(page - 1) * _PAGE : page * _PAGE]
    texts = {
        t: _texts(_key(store, known.search, t), store.reader) for t in {r.task for r in shown}
    }
    if not any(texts.values()):
        st.caption(
            "What the items say was not kept: the search was begun by an older version. "
            "A search that goes on gets its texts."
        )
        frame = tables.items(shown, found.right_or_wrong, rival.name)
        st.dataframe(frame, hide_index=True)
        return
    for row in shown:
        _item(row, texts[row.task].get(row.item), found.right_or_wrong, rival.name)


def _item(row: ItemDifference, text: ItemText | None, binary: bool, rival: str) -> None:
    words = "" if text is None else shortened(" ".join(text.prompt.split()[-24:]), 90)
    label = f"{row.task} {row.item}, {row.kind}" + (f": {words}" if words else "")
    with st.expander(plain(label), icon=_ICONS[row.kind]):
        if text is None:
            st.caption(
                "The text of this item was not kept. Of a search with very long texts, those of "
                "report and validation items are kept first."
            )
        else:
            st.code(visible(_told(text)), language=None, wrap_lines=True)
        mine, theirs = (answered(v, binary) for v in (row.ours, row.theirs))
        st.caption(plain(f"This trial: {mine}. {rival}: {theirs}."))


def _told(text: ItemText) -> str:
    """The question, its choices with the right one marked, or the right answer."""
    lines = [text.prompt]
    if text.choices:
        lines += ["", *(f"{'✓' if c == text.target else '·'} {c}" for c in text.choices)]
    if text.target and text.target not in text.choices:
        lines += ["", f"✓ {text.target}"]
    return "\n".join(lines)


def _labels(rivals: Sequence[tuple[TrialRow, Any]]) -> dict[int, str]:
    return {t.id: f"{visible(t.name)} ({NAMES.get(t.origin, t.origin)})" for t, _ in rivals}


def _select(title: str, options: Sequence[Any], key: str, labels: Mapping[Any, str]) -> Any:
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    return st.selectbox(title, options, key=key, format_func=labels.__getitem__, width=320)


_Key = tuple[Any, ...]


def _key(store: Store, search: SearchRow, *more: Any) -> _Key:
    """Of what was read; anything may be new once the search has been written to."""
    when: datetime = search.updated_at
    return store.url, store.identity, search.id, when, *more


@st.cache_resource(show_spinner=False, max_entries=32)
def _compared(key: _Key, _reader: Reader, _search: SearchRow) -> Comparison:
    trial, rival, split = key[-3:]
    return compare(
        _search.goals,
        _reader.outcomes(trial, split) or {},
        _reader.outcomes(rival, split) or {},
        _reader.splits(_search.id).get(split, {}),
        seed=_search.config["seed"],
    )


@st.cache_resource(show_spinner=False, max_entries=16)
def _texts(key: _Key, _reader: Reader) -> dict[int, ItemText]:
    return _reader.texts(key[2], key[-1])
