"""Scores of a merge and its parents, task by task: a radar, or dots where it has too few axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from evolve.fitness import Goal
from ui.charts.frame import GRID, blank
from ui.formats import for_plotly
from ui.palette import BLUE, COLOURS, GREEN, MARKERS, ORANGE, PURPLE, SKY, VERMILLION
from ui.tables import goal_label

FEWEST = 3  # tasks that span an area
_RINGS = "rgba(140, 140, 140, 0.45)"
_PARENTS = (BLUE, ORANGE, PURPLE, SKY, VERMILLION)
_SHAPES = ("circle", "triangle-up", "diamond", "cross", "triangle-down")
_DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")


@dataclass(frozen=True)
class Profile:
    """One model's mean per task. role: chosen for the merge that is looked at, parent or base."""

    name: str
    role: str
    means: Mapping[str, float]


def profile_chart(profiles: Sequence[Profile], goals: Sequence[Goal]) -> go.Figure:
    """The merge first. On every task from the worst of the models shown (0) to the best (1)."""
    return (_radar if len(goals) >= FEWEST else _dots)(profiles, goals)


def _radar(profiles: Sequence[Profile], goals: Sequence[Goal]) -> go.Figure:
    figure = blank(470)
    labels = [for_plotly(goal_label(g), 22) for g in goals]
    for profile, look in _looks(profiles):
        places = [_place(goal, profile, profiles) for goal in goals]
        words = [
            f"{for_plotly(profile.name)}<br>{for_plotly(goal_label(g))} {_told(profile, g)}"
            for g in goals
        ]
        figure.add_scatterpolar(
            r=[*places, places[0]],
            theta=[*labels, labels[0]],
            text=[*words, words[0]],
            mode="lines+markers",
            name=for_plotly(profile.name, 24),
            line={"color": look[0], "width": look[2], "dash": look[3]},
            marker={"color": look[0], "symbol": look[1], "size": 8},
            fill="toself" if profile.role == "chosen" else "none",
            fillcolor="rgba(0, 158, 115, 0.14)",
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "radialaxis": {
                "range": [-0.12, 1.06],
                "tickvals": [0, 1],
                "showticklabels": False,
                "gridcolor": _RINGS,
                "linecolor": GRID,
            },
            "angularaxis": {"gridcolor": GRID, "linecolor": GRID, "rotation": 90},
        },
        margin={"l": 70, "r": 70, "t": 30, "b": 30},
        legend={"orientation": "h", "yanchor": "top", "y": -0.12, "x": 0.5, "xanchor": "center"},
    )
    return figure


def _dots(profiles: Sequence[Profile], goals: Sequence[Goal]) -> go.Figure:
    figure = blank(120 + 90 * len(goals))
    for place, (profile, look) in enumerate(_looks(profiles)):
        known = [(n, g) for n, g in enumerate(goals) if g.task in profile.means]
        spread = 0.12 * (place - (len(profiles) - 1) / 2)
        figure.add_scatter(
            x=[profile.means[g.task] for _, g in known],
            y=[n + spread for n, _ in known],
            mode="markers",
            name=for_plotly(profile.name, 24),
            marker={
                "color": look[0],
                "symbol": "star" if profile.role == "chosen" else look[1],
                "size": 15 if profile.role == "chosen" else 11,
            },
            text=[
                f"{for_plotly(profile.name)}<br>{for_plotly(goal_label(g))} {_told(profile, g)}"
                for _, g in known
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_yaxes(
        tickvals=list(range(len(goals))),
        ticktext=[for_plotly(goal_label(g), 26) for g in goals],
        range=[len(goals) - 0.5, -0.5],
        gridcolor=GRID,
        zeroline=False,
    )
    return figure.update_xaxes(title="score", gridcolor=GRID, zeroline=False)


def _looks(
    profiles: Sequence[Profile],
) -> list[tuple[Profile, tuple[str, str, float, str]]]:
    """(colour, marker, width of the line, dashes) of each."""
    found, parents = [], 0
    for profile in profiles:
        if profile.role == "chosen":
            look = (GREEN, MARKERS["chosen"], 3.0, "solid")
        elif profile.role == "base":
            look = (COLOURS["base"], MARKERS["base"], 1.5, "dot")
        else:
            turn = parents % len(_PARENTS)
            look = (_PARENTS[turn], _SHAPES[turn], 1.5, _DASHES[turn])
            parents += 1
        found.append((profile, look))
    return found


def _place(goal: Goal, profile: Profile, profiles: Sequence[Profile]) -> float | None:
    """From the worst (0) to the best (1); the middle where all are alike."""
    sign = 1 if goal.higher_is_better else -1
    known = [sign * p.means[goal.task] for p in profiles if goal.task in p.means]
    if goal.task not in profile.means:
        return None
    low, high = min(known), max(known)
    return 0.5 if low == high else (sign * profile.means[goal.task] - low) / (high - low)


def _told(profile: Profile, goal: Goal) -> str:
    value = profile.means.get(goal.task)
    return "not scored" if value is None else f"{value:.3f}"
