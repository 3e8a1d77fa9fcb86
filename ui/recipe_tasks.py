"""A trial and what it is made of, task by task, for the page Recipe."""

import streamlit as st

from evolve.store import TrialRow
from search_spaces.messages import Split
from ui import figures, tables
from ui.charts.frame import CONFIG
from ui.charts.radar import FEWEST, Profile
from ui.formats import plain
from ui.queries import Known, Store


def profile(store: Store, known: Known, trial: TrialRow) -> None:
    """Means per task on report items where the trial was scored on these, else on search items."""
    st.subheader("Task by task, against its parents", anchor=False)
    rivals = [t for t in known.others if t.origin in ("parent", "base") and t.id != trial.id]
    everyone = [trial, *rivals]
    split: Split = "report"
    means = store.reader.means_of([t.id for t in everyone], split)
    if trial.id not in means:
        split = "search"
        means = store.reader.means_of([t.id for t in everyone], split)
    if trial.id not in means:
        st.caption("There is nothing to show before this trial has been scored.")
        return
    goals = known.search.goals
    profiles = [
        Profile(t.name, _role(t, trial), own)
        for t in everyone
        if (
            own := {
                g.task: m for g in goals if (m := _mean(means, t, g.task, g.metric)) is not None
            }
        )
    ]
    st.caption(plain(_told(split, trial, len(goals))))
    st.plotly_chart(figures.profile_chart(profiles, goals), config=CONFIG, key="profile")
    st.dataframe(tables.profiles(profiles, goals), hide_index=True, placeholder="—")


def _told(split: Split, trial: TrialRow, tasks: int) -> str:
    items = {
        "report": "On report items, which the search never saw.",
        "search": "On search items, which guide the search and flatter what it finds; the "
        "chosen recipe meets the report items when the search ends.",
    }[split]
    if trial.state == "pruned" and split == "search":
        items += f" This trial was stopped early and has seen {trial.items or 0:,} of them."
    if tasks >= FEWEST:
        items += (
            " Each axis goes from the lowest score of the models shown (inner ring) to the "
            "highest (outer ring)."
        )
    return items


def _role(one: TrialRow, shown: TrialRow) -> str:
    return "chosen" if one.id == shown.id else one.origin


def _mean(
    means: dict[int, dict[tuple[str, str], float]], trial: TrialRow, task: str, metric: str
) -> float | None:
    return means.get(trial.id, {}).get((task, metric))
