"""Scores per task on report items, with their intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evolve.fitness import Goal
from ui.charts.frame import GRID, ROW_PX, styled
from ui.formats import for_plotly, interval
from ui.palette import COLOURS, GREEN, MARKERS, NAMES, SKY
from ui.tables import average_label, chosen_first, goal_label


def task_chart(rows: Sequence[Mapping[str, Any]], goals: Sequence[Goal]) -> go.Figure:
    """Scores on report items with their 95 % intervals: a panel per task and one for the average.

    rows: of `evolve.report.summary`; those that have not been scored on report items are left out.
    """
    shown = [row for row in chosen_first(rows) if row["average"] is not None]
    panels = [(average_label(goals), None), *((goal_label(g), g.task) for g in goals)]
    if len(goals) == 1:
        panels = panels[1:]
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        shared_yaxes=True,
        subplot_titles=[for_plotly(title, 34) for title, _ in panels],
        horizontal_spacing=0.03,
        vertical_spacing=0.22 / lines,
    )
    for index, (_, task) in enumerate(panels):
        place = {"row": index // columns + 1, "col": index % columns + 1}
        found = [row["average"] if task is None else row["tasks"][task] for row in shown]
        for height, (row, value) in enumerate(zip(shown, found, strict=True)):
            figure.add_trace(_whisker(height, row, value), **place)
        if shown and shown[0]["role"] == "chosen":
            line = {"color": GREEN, "width": 1.5, "dash": "dot"}
            figure.add_vline(found[0]["mean"], line=line, layer="below", **place)
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[for_plotly(_row_label(row), 26) for row in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(showgrid=True, gridcolor=GRID, zeroline=False, tickformat=".2f", nticks=7)
    height = lines * (len(shown) * ROW_PX + 70) + 20
    return styled(figure, height).update_layout(showlegend=False, margin={"t": 40})


def _whisker(height: int, row: Mapping[str, Any], value: Mapping[str, Any]) -> go.Scatter:
    role = row["role"]
    label = f"{for_plotly(row['name'])} ({NAMES.get(role, role)})<br>{interval(value)}"
    return go.Scatter(
        x=[value["mean"]],
        y=[height],
        mode="markers",
        marker={
            "color": COLOURS.get(role, SKY),
            "symbol": MARKERS.get(role, "circle"),
            "size": 14 if role == "chosen" else 10,
        },
        error_x={
            "array": [value["high"] - value["mean"]],
            "arrayminus": [value["mean"] - value["low"]],
            "thickness": 2,
            "width": 4,
        },
        hovertemplate=f"{label}, {value['items']:,} items<extra></extra>",
    )


def _row_label(row: Mapping[str, Any]) -> str:
    return f"{row['name']} (chosen)" if row["role"] == "chosen" else str(row["name"])
