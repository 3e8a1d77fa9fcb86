"""A recipe over depth: weights of every parent in every layer, or which layer runs when."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from evolve.layer_weights import LayerWeights
from evolve.recipe_words import Stretch
from ui.charts.frame import GRID, ROW_PX, blank
from ui.formats import for_plotly, shortened
from ui.palette import BLUE, GREY, ORANGE, PURPLE, SKY, VERMILLION

_LIGHT, _MIDDLE = "#E3EAF0", "#D9D9D9"
_ROW_PX = 44
_ROOM = 26  # columns in which a number still fits
_BARS = (BLUE, ORANGE, SKY, PURPLE)


def weight_chart(found: LayerWeights, name: str, labels: Sequence[str]) -> go.Figure:
    """A row per parent, a column per layer. One colour from pale at 0; where some values are
    negative two, with 0 in the middle. labels: of the rows.
    """
    numbers = [v for row in found.values for v in row if not math.isnan(v)]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    reach = max(abs(low), abs(high)) or 1.0
    scale = [[0.0, _LIGHT], [1.0, BLUE]]
    if low < 0:
        scale = [[0.0, VERMILLION], [0.5, _MIDDLE], [1.0, BLUE]]
    room = len(found.columns) <= _ROOM
    figure = blank(len(found.rows) * _ROW_PX + 96)
    figure.add_heatmap(
        z=[[None if math.isnan(v) else round(v, 4) for v in row] for row in found.values],
        x=list(range(len(found.columns))),
        y=list(range(len(found.rows))),
        zmin=-reach if low < 0 else min(0.0, low),
        zmax=reach,
        colorscale=scale,
        xgap=2 if room else 1,
        ygap=4,
        texttemplate="%{z:.2f}" if room else None,
        textfont={"size": 12},
        hoverongaps=False,
        customdata=[
            [f"{for_plotly(label)}<br>{_place(found, column)}" for column in found.columns]
            for label in labels
        ],
        hovertemplate=f"%{{customdata}}<br>{for_plotly(name)} %{{z:.4f}}<extra></extra>",
        colorbar={"title": {"text": for_plotly(name)}, "thickness": 12, "outlinewidth": 0},
    )
    step = max(1, round(len(found.columns) / _ROOM))
    inner = [n for n in range(1, len(found.columns) - 1) if (n - 1) % step == 0]
    shown = [0, *inner, len(found.columns) - 1]
    figure.update_xaxes(
        tickvals=shown,
        ticktext=[_short(found.columns[n]) for n in shown],
        title="layer" if found.per_layer else "depth",
        tickangle=0,
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=[for_plotly(label, 28) for label in labels],
        range=[len(found.rows) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    return figure


def path_chart(stretches: Sequence[Stretch], labels: Sequence[str]) -> go.Figure:
    """Which layers run one after another: a bar per stretch, on the row of the model that it is
    taken from. labels: of the sources, one per stretch.
    """
    rows = list(dict.fromkeys(labels))
    figure = blank(len(rows) * (ROW_PX + 14) + 80)
    few = len(stretches) <= 40
    for row, label in enumerate(rows):
        mine = [s for s, name in zip(stretches, labels, strict=True) if name == label]
        figure.add_bar(
            x=[s.end - s.start for s in mine],
            base=[s.first for s in mine],
            y=[row] * len(mine),
            orientation="h",
            width=0.62,
            marker={
                "color": _BARS[row % len(_BARS)],
                "line": {"color": GREY, "width": 1},
            },
            text=[_taken(s) for s in mine] if few else None,
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            constraintext="none" if few else "both",
            customdata=[
                [for_plotly(label), s.layers, s.taken, "1" if s.scale is None else f"{s.scale:g}"]
                for s in mine
            ],
            hovertemplate="layer %{customdata[1]} of the merge<br>is %{customdata[2]} of "
            "%{customdata[0]}<br>scale %{customdata[3]}<extra></extra>",
        )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[for_plotly(label, 28) for label in rows],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
    )
    figure.update_xaxes(title="layer of the merged model", gridcolor=GRID, zeroline=False)
    return figure.update_layout(showlegend=False, barmode="overlay")


def _taken(stretch: Stretch) -> str:
    return stretch.taken if stretch.scale is None else f"{stretch.taken}<br>x{stretch.scale:.2f}"


def _place(found: LayerWeights, column: str) -> str:
    return f"layer {column}" if found.per_layer and column.isdigit() else column


def _short(column: str) -> str:
    return {"embeddings": "emb.", "final norm, head": "head"}.get(column, shortened(column, 12))
