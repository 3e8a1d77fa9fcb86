"""One model against its parents, task by task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from ui.charts.frame import GRID, styled
from ui.formats import for_plotly
from ui.palette import BLUE, COLOURS, GREEN, MARKERS, ORANGE, PURPLE, SKY, VERMILLION

_PARENTS = (BLUE, ORANGE, PURPLE, SKY, VERMILLION, COLOURS["base"])


@dataclass(frozen=True)
class Kin:
    """A model's mean per task. role: as in the family tree; mine: is it the one looked at?"""

    name: str
    role: str
    means: Mapping[str, float]
    mine: bool = False


def kin_chart(rows: Sequence[Kin]) -> go.Figure:
    """A line per task, a point per model; the one that is looked at is larger, in green."""
    tasks = list(dict.fromkeys(task for row in rows for task in row.means))
    figure = go.Figure()
    others = [row for row in rows if not row.mine]
    for row in [*others, *(row for row in rows if row.mine)]:
        colour = GREEN if row.mine else _PARENTS[others.index(row) % len(_PARENTS)]
        figure.add_trace(
            go.Scatter(
                x=[row.means.get(task) for task in tasks],
                y=list(range(len(tasks))),
                mode="markers",
                name=for_plotly(row.name, 22),
                marker={
                    "color": colour,
                    "symbol": MARKERS.get(row.role, "circle"),
                    "size": 13 if row.mine else 10,
                },
                hovertemplate=f"{for_plotly(row.name, 40)}: %{{x:.3f}}<extra></extra>",
            )
        )
    figure.update_yaxes(
        tickvals=list(range(len(tasks))),
        ticktext=[for_plotly(task, 20) for task in tasks],
        range=[len(tasks) - 0.5, -0.5],
        gridcolor=GRID,
        zeroline=False,
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, tickformat=".2f", nticks=5)
    return styled(figure, 34 * len(tasks) + 62 + 20 * len(rows)).update_layout(
        legend={"orientation": "h", "y": -0.25, "yanchor": "top"}
    )
