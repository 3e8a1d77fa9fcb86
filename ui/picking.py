"""Which trial a page is about: the one in the address (?trial=), or one that is picked."""

import streamlit as st

from evolve.store import TrialRow
from ui import queries
from ui.formats import interval, plain, score
from ui.palette import NAMES
from ui.queries import Known, Store

_PARAMETER = "trial"
_PICK, _NUMBER = "picked_trial", "numbered_trial"
_DRAWN = "picked_trial_of"
_BEST = 10


def pick_trial(store: Store, known: Known) -> TrialRow | None:
    """A select box of good trials and a field for any number, in step with the page's address;
    None before there is any trial to show.
    """
    _forget_others(known.search.digest)
    trial = _wanted(store, known)
    if trial is None:
        return None
    good = _good(known)
    good.setdefault(trial.number, _label(known, trial.number, "", trial.fitness))
    st.session_state[_PICK] = st.session_state[_NUMBER] = trial.number
    left, right = st.columns([3, 1])
    with left:
        st.selectbox(
            "Trial",
            list(good),
            key=_PICK,
            format_func=good.__getitem__,
            on_change=_to_address,
            args=(_PICK,),
        )
    with right:
        st.number_input(
            "or any, by its number",
            min_value=0,
            max_value=max(len(known.trials) - 1, trial.number),
            key=_NUMBER,
            on_change=_to_address,
            args=(_NUMBER,),
        )
    return trial


def _wanted(store: Store, known: Known) -> TrialRow | None:
    wanted = st.query_params.get(_PARAMETER)
    if wanted is not None:
        number = int(wanted) if wanted.isascii() and wanted.isdigit() else None
        known_number = number is not None and number < 2**31
        found = queries.trial_to_show(store, known, number) if known_number else None
        if found is not None:
            return found
        st.warning(
            f"This search has no trial {plain(wanted)}; shown is the best there is.",
            icon=":material/link_off:",
        )
    found = queries.trial_to_show(store, known)
    if found is None and len(known.trials):
        return store.reader.numbered(known.search.id, int(known.trials.number[0]))
    return found


def _good(known: Known) -> dict[int, str]:
    """number -> label: the chosen one, the best ones, the points of the front."""
    trials, found = known.trials, dict[int, str]()
    chosen = next((r for r in known.summary["rows"] if r["role"] == "chosen"), None)
    if chosen is not None:
        number = chosen["trial"]
        found[number] = _label(known, number, "chosen", chosen["search_fitness"])
    best = trials.best(trials.where(states=("done",)), _BEST)
    for place, position in enumerate(best.tolist()):
        number = int(trials.number[position])
        word = "best search score" if place == 0 else ""
        found.setdefault(number, _label(known, number, word, float(trials.fitness[position])))
    for row in (known.summary["front"] or {}).get("rows", ()):
        if row["trial"] is not None:
            label = _label(known, row["trial"], "on the Pareto front", row["average"])
            found.setdefault(row["trial"], label)
    return found


def _label(known: Known, number: int, word: str, fitness: float | None) -> str:
    other = next((t for t in known.others if t.number == number), None)
    name = f"trial {number}" if other is None else f"{number}: {other.name}"
    if other is not None and not word:
        word = NAMES.get(other.origin, other.origin)
    return "  ·  ".join(part for part in (name, score(fitness), word) if part)


def _to_address(key: str) -> None:
    st.query_params[_PARAMETER] = str(st.session_state[key])


def _forget_others(digest: str) -> None:
    """A trial's number means nothing in another search: where that was changed on this very page,
    the trial in the address is of the one before.
    """
    here = _NUMBER in st.session_state  # a page that is left takes the state of its fields along
    if here and st.session_state.get(_DRAWN) not in (None, digest):
        st.query_params.pop(_PARAMETER, None)
    st.session_state[_DRAWN] = digest


def on_report(known: Known) -> str | None:
    """What the chosen trial scores on report items; None before that is known."""
    verdict = known.search.verdict
    if verdict is None:
        return None
    found = verdict["score"]
    return f"{interval(found)} on {found['items']:,} report items, which the search never saw"
