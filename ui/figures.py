"""Every figure: pure functions from rows to Plotly, the same on the pages and in the HTML report.

Transparent and readable in light and dark; colours are told apart by colour-blind readers, and no
meaning rests on colour alone (palette.py).
"""

from ui.charts.attribution import attribution_chart
from ui.charts.compare import compare_chart
from ui.charts.contour import contour_chart
from ui.charts.differences import gained_chart, gap_chart
from ui.charts.front import front_chart
from ui.charts.genes import gene_chart
from ui.charts.heat import path_chart, weight_chart
from ui.charts.importance import importance_chart
from ui.charts.kin import kin_chart
from ui.charts.parallel import parallel_chart
from ui.charts.racing import racing_chart
from ui.charts.radar import profile_chart
from ui.charts.scores import score_chart
from ui.charts.slices import slice_chart
from ui.charts.tasks import task_chart
from ui.charts.tree import tree_chart
from ui.charts.workers import worker_chart

__all__ = [
    "attribution_chart",
    "compare_chart",
    "contour_chart",
    "front_chart",
    "gained_chart",
    "gap_chart",
    "gene_chart",
    "importance_chart",
    "kin_chart",
    "parallel_chart",
    "path_chart",
    "profile_chart",
    "racing_chart",
    "score_chart",
    "slice_chart",
    "task_chart",
    "tree_chart",
    "weight_chart",
    "worker_chart",
]
