"""What a report says, in its order. A section is one line of SECTIONS: a title, and a function
from what was found to paragraphs, facts, tables, code and charts; one that has nothing to say
gives none, and is left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ui.html_report import findings, making, weights
from ui.html_report.found import Found
from ui.html_report.parts import Part


@dataclass(frozen=True)
class Section:
    title: str
    parts: Callable[[Found], Sequence[Part]]


SECTIONS = (
    Section("Verdict", findings.verdict),
    Section("In numbers", findings.progress),
    Section("On report items", findings.report_items),
    Section("What the chosen recipe gains", findings.gains),
    Section("Its shape over tasks", weights.tasks),
    Section("What the recipes have to beat", findings.rivals),
    Section("The Pareto front", findings.front),
    Section("What each parent and gene gave it", findings.attribution),
    Section("The search, trial by trial", findings.trial_by_trial),
    Section("Trials that were stopped early", findings.racing),
    Section("Why trials failed", findings.failures),
    Section("Contamination", findings.contamination),
    Section("The recipe", making.recipe),
    Section("Layer by layer", weights.layers),
    Section("To make the model again", making.commands),
    Section("How it was searched", making.setup),
    Section("Tasks, items and seeds", making.items),
    Section("Time and cost", making.cost),
    Section("Workers", making.workers),
    Section("Versions", making.versions),
)
