"""Two models on the same items; and one score on the items of the search and on new ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from evolve.differences import Comparison
from evolve.fitness import Goal
from ui.charts.frame import GRID, ROW_PX, blank
from ui.formats import for_plotly
from ui.palette import BLUE, GREEN, GREY, SKY, VERMILLION
from ui.tables import goal_label


def gained_chart(found: Comparison, goals: Sequence[Goal]) -> go.Figure:
    """A row per task: items lost to the left, gained to the right."""
    figure = blank(len(goals) * (ROW_PX + 10) + 90)
    kinds = (("lost", -1, VERMILLION, "/"), ("gained", 1, GREEN, ""))
    most = 1
    for kind, sign, colour, pattern in kinds:
        counts = [len(found.differing(kind, goal.task)) for goal in goals]  # type: ignore[arg-type]
        most = max(most, *counts)
        figure.add_bar(
            x=[sign * count for count in counts],
            y=list(range(len(goals))),
            orientation="h",
            name=f"{kind} items",
            marker={"color": colour, "pattern": {"shape": pattern}},
            text=[f"{count:,}" for count in counts],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{text}} items {kind}<extra></extra>",
        )
    figure.update_yaxes(
        tickvals=list(range(len(goals))),
        ticktext=[for_plotly(goal_label(goal), 26) for goal in goals],
        range=[len(goals) - 0.5, -0.5],
        showgrid=False,
    )
    figure.update_xaxes(
        range=[-1.2 * most, 1.2 * most], showticklabels=False, gridcolor=GRID, zerolinecolor=GREY
    )
    return figure.update_layout(barmode="overlay", bargap=0.4)


def gap_chart(overfitting: Mapping[str, Any]) -> go.Figure:
    """From the search score to the report score. overfitting: of a verdict."""
    search, report, best = (overfitting[k] for k in ("search", "report", "best"))
    figure = blank(230)
    figure.add_scatter(
        x=["search items", "report items"],
        y=[search, report],
        mode="lines+markers+text",
        name="chosen recipe",
        text=[f"{search:.3f} ", f" {report:.3f}"],
        textposition=["middle left", "middle right"],
        textfont={"size": 14},
        line={"color": GREEN, "width": 3},
        marker={"size": 14, "color": [SKY, GREEN], "symbol": ["circle", "star"]},
        cliponaxis=False,
        hovertemplate="%{x}: %{y:.3f}<extra></extra>",
    )
    shown = [search, report]
    if best is not None and best > search:
        shown.append(best)
        figure.add_scatter(
            x=["search items"],
            y=[best],
            mode="markers",
            name="best search score of any trial",
            marker={"size": 11, "color": BLUE, "symbol": "diamond-open"},
            hovertemplate="best of all trials: %{y:.3f}<extra></extra>",
        )
    room = 0.35 * (max(shown) - min(shown)) or 0.05
    figure.update_yaxes(
        title="average", range=[min(shown) - room, max(shown) + room], gridcolor=GRID, nticks=5
    )
    return figure.update_xaxes(range=[-0.5, 1.5], showgrid=False)
