"""What a search found, as sections of its report."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from evolve import manager_words
from evolve.attribution import change, label, nothing, told_once
from evolve.contamination import told
from evolve.masking import masked
from evolve.objective_words import heading, shown
from evolve.report import held, overfitting
from evolve.signed import signed
from ui.charts.attribution import attribution_chart
from ui.charts.front import front_chart
from ui.charts.racing import racing_chart, saved
from ui.charts.scores import score_chart
from ui.charts.tasks import task_chart
from ui.formats import interval, score
from ui.html_report.found import Found
from ui.html_report.parts import Chart, Facts, Part, Points, Table, Words
from ui.palette import NAMES
from ui.tables import average_label, chosen_first, goal_label

_OVER = {
    "parent": "over the best parent",
    "plain": "over the best plain merge",
    "one_scale": "over one tuned scale",
}
_WIDE = 2  # tasks that have room side by side with their intervals
_POINTS = 50  # of a long front
_REASON = 600  # characters of an error


def verdict(found: Found) -> list[Part]:
    """In words; what is the best so far where there is none yet."""
    said = found.search.verdict
    if said is None:
        return _so_far(found)
    goals, origin = found.search.goals, _reference(found)
    better = said["kind"] == "improvement"
    flattered = manager_words.flattered(said, goals)
    probed = found.summary["contamination"] is not None
    return [
        Words(manager_words.headline(said, goals, origin), "lead good" if better else "lead"),
        Points(manager_words.gains_told(said, goals, origin)),
        Words(manager_words.meaning(said, goals, origin)),
        *([Points(lines, "Task by task")] if (lines := _by_task(said, found)) else []),
        Points(manager_words.next_steps(said, goals, origin), "What to do with it"),
        *([Points([flattered], "How much it flattered")] if flattered else []),
        Points(manager_words.not_told(goals, probed=probed), "What the search could not tell"),
        Words(" ".join([said["sentence"], *overfitting(said)]), "note"),
    ]


def _by_task(said: Mapping[str, Any], found: Found) -> list[str]:
    return manager_words.tasks_told(said, found.search.goals)


def _reference(found: Found) -> str | None:
    """The origin of what was chosen, where that is no recipe of the search."""
    chosen = found.search.chosen_trial_id
    origins = [t.origin for t in found.others if t.id == chosen]
    return next((o for o in origins if o in _OVER), None)


def _so_far(found: Found) -> list[Part]:
    now = found.summary["progress"]
    best = now["best"] and now["best"]["fitness"]
    words = manager_words.provisional(best, now["trials"], found.search.goals)
    return [Words("There is no verdict yet.", "lead"), Words(words)]


def progress(found: Found) -> list[Part]:
    """Trials in numbers."""
    now = found.summary["progress"]
    best, rate = now["best"], now["trials_per_hour"]
    counted, budget = now["trials"] + now["failed"], now["budget"]
    pairs = [
        ("trials", f"{counted:,}" if budget is None else f"{counted:,} of {budget:,}"),
        ("stopped early", f"{now['pruned']:,}"),
        ("failed", f"{now['failed']:,}"),
        ("best search score", score(best and best["fitness"])),
        ("trials per hour", "—" if rate is None else f"{rate:,.0f}"),
    ]
    return [
        Facts(pairs, large=True),
        Words(
            "The best search score is of a single trial, on the items that guide the search; it "
            "flatters.",
            "note",
        ),
    ]


def report_items(found: Found) -> list[Part]:
    """Scores with their intervals, as a chart and in numbers."""
    if not any(row["average"] is not None for row in found.summary["rows"]):
        return []
    return [
        Words(
            "Items that the search never saw, used once; whiskers are 95 % intervals. The dotted "
            "line is the chosen recipe.",
            "note",
        ),
        Chart(
            task_chart(found.summary["rows"], found.search.goals),
            "Scores of all models on report items, with intervals; the table below has them",
        ),
        _rows(found),
    ]


def rivals(found: Found) -> list[Part]:
    """The references, as long as none of them was scored on report items."""
    rows = found.summary["rows"]
    if not rows or any(row["average"] is not None for row in rows):
        return []
    note = "On search items; report items are scored once, when the search ends."
    return [Words(note, "note"), _rows(found)]


def _rows(found: Found) -> Table:
    goals = found.search.goals
    rows = chosen_first(found.summary["rows"])
    scored = any(row["average"] is not None for row in rows)
    wide = scored and len(goals) > _WIDE  # intervals below their means then
    heads = ["model", "what it is"]
    if scored:
        heads += [average_label(goals), *(goal_label(goal) for goal in goals)]
    heads += [] if wide else ["search score"]
    lines = []
    for row in rows:
        cells = [row["name"], NAMES.get(row["role"], row["role"])]
        if scored:
            scores = [row["average"], *(row["tasks"][goal.task] for goal in goals)]
            cells += [interval(one).replace(" ", "\n" if wide else " ", 1) for one in scores]
        lines.append([*cells, *([] if wide else [score(row["search_fitness"])])])
    strong = frozenset(i for i, row in enumerate(rows) if row["role"] == "chosen")
    return Table(heads, lines, strong)


def gains(found: Found) -> list[Part]:
    """Over the best parent, plain merge and single scale, on average and per task."""
    said = found.search.verdict or {}
    tasks = said.get("tasks") or {}
    if not tasks:
        return []
    goals = found.search.goals
    rows = {goal_label(g): tasks[g.task] for g in goals if g.task in tasks}
    if len(rows) > 1:
        rows = {average_label(goals): {o: said[f"over_{o}"] for o in _OVER}, **rows}
    lines = [
        [name, *(f"{signed(gain[o]['difference'])}\n{gain[o]['over']}" for o in _OVER)]
        for name, gain in rows.items()
    ]
    note = f"In each task over the best there; {held(said)}."
    return [Words(note, "note"), Table(["on", *_OVER.values()], lines, frozenset({0}))]


def front(found: Found) -> list[Part]:
    """Every pair of objectives as a chart where there are few, and the points in numbers."""
    front = found.summary["front"]
    if front is None:
        return []
    names, rows = front["objectives"], front["rows"]
    pairs = list(combinations(range(len(names)), 2))[:3]
    charts = [
        Chart(
            front_chart(front, (), across, up),
            f"Points of the front: {names[across]} against {names[up]}",
        )
        for across, up in pairs
    ]
    return [
        Words(
            "On search items: no other trial is as good in every objective and better in one. "
            "Where less is better there is an arrow down.",
            "note",
        ),
        *charts,
        _points(names, rows),
        *_left_out(rows),
    ]


def _points(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table:
    kept = [row for i, row in enumerate(rows) if i < _POINTS or row["chosen"]]
    lines = [
        [
            f"{row['name']} (chosen)" if row["chosen"] else row["name"],
            score(row["average"]),
            *(shown(name, value) for name, value in zip(names, row["scores"], strict=True)),
        ]
        for row in kept
    ]
    strong = frozenset(i for i, row in enumerate(kept) if row["chosen"])
    heads = ["point", "average", *(heading(name) for name in names)]
    return Table(heads, lines, strong, frozenset(range(1, len(heads))))


def _left_out(rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    left = len(rows) - sum(i < _POINTS or row["chosen"] for i, row in enumerate(rows))
    if not left:
        return []
    return [
        Words(f"{left:,} more points are not listed; `evolve report --json` has them.", "note")
    ]


def attribution(found: Found) -> list[Part]:
    """The gain of having each parent and gene; a word where there is nothing."""
    given, why = found.summary["attribution"], nothing(found.summary)
    if given is None:
        return [] if why is None else [Words(why)]
    rows = told_once(given["rows"])
    lines = [
        [
            label(row),
            change(row),
            row["reason"] or "—" if row["gain"] is None else signed(row["gain"]),
        ]
        for row in rows
    ]
    table = Table(["parent or gene", "value → without", "gain of having it"], lines)
    note = Words(
        "How much more the chosen recipe scores than the same recipe without, on validation "
        "items, by which it was chosen. Whiskers are 95 % intervals; a bar is hatched where its "
        "interval holds zero. Gains need not add up.",
        "note",
    )
    if all(row["gain"] is None for row in rows):
        return [table]
    return [note, Chart(attribution_chart(rows), "The gains of the table below"), table]


def trial_by_trial(found: Found) -> list[Part]:
    """Search score against trial."""
    if not len(found.trials.where()):
        line = "No recipe has been tried yet. The first ones follow the reference models."
        return [Words(line)]
    chosen = found.summary["chosen"]
    running = found.search.state == "running"
    figure = score_chart(
        found.trials,
        found.others,
        chosen=None if chosen is None else chosen["trial"],
        budget=found.summary["progress"]["budget"] if running else None,
    )
    tally = found.trials.tally
    words = f"Search score of {tally.scored:,} trials against their number"
    many = "Of many trials an even sample is drawn, and all records."
    note = "On search items. Dashed: the best parent, plain merge and single scale."
    return [Words(f"{note} {many}" if tally.scored > 1900 else note, "note"), Chart(figure, words)]


def racing(found: Found) -> list[Part]:
    """What stopping early saved, where any trial was."""
    if not found.trials.tally.pruned:
        return []
    chart = racing_chart(found.trials)
    return [Words(saved(found.trials)), Chart(chart, "Search items scored against trial number")]


def failures(found: Found) -> list[Part]:
    """Reasons, the most frequent first."""
    if not found.reasons:
        return []
    lines = [[f"{count:,}", masked(reason[:_REASON])] for reason, count in found.reasons]
    note = "A failed trial costs its time and nothing else; the search goes on."
    return [Words(note, "note"), Table(["trials", "why"], lines)]


def contamination(found: Found) -> list[Part]:
    """The hint, once there is a verdict; never silent then."""
    if found.search.verdict is None and found.summary["contamination"] is None:
        return []
    warnings, rest = told(found.summary["contamination"])
    lines = [Words(line[:1].upper() + line[1:], "warning") for line in warnings]
    return [*lines, Words(rest)]
