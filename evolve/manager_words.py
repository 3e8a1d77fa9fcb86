"""A verdict in words for whoever decides, without a word of statistics that can be spared.

Every function takes the verdict as the store and `evolve.report.summary` have it (a dict of
`evolve.selection.Verdict`), of any version, and gives sentences.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evolve.amounts import Amounts, amounts_of, of_task
from evolve.fitness import Goal

_KINDS = {
    "parent": "the best parent",
    "plain": "the best plain merge",
    "one_scale": "the merge with one tuned scale",
}
_CHOSEN = {
    "parent": "the parent",
    "plain": "the plain merge",
    "one_scale": "the merge with one tuned scale",
}
_ENOUGH = 20  # times as many questions: beyond that, asking more is no advice


def headline(
    verdict: Mapping[str, Any], goals: Sequence[Goal], reference: str | None = None
) -> str:
    """The first thing to know. reference: the origin of what was chosen, where that is no recipe
    of the search.
    """
    amounts, gain = amounts_of(goals), verdict["over_parent"]
    score = verdict["score"]["mean"]
    if reference is not None:
        there = f"{_CHOSEN[reference]} {verdict['chosen']}"
        return (
            f"The search found nothing better than {there}, which was there before. "
            f"It {amounts.score(score)}."
        )
    said = (
        f"The merged model {amounts.score(score)}; the best of its parents, {gain['over']}, "
        f"{_alone(amounts, gain)}"
    )
    plain = verdict["over_plain"]
    if gain["difference"]["low"] > 0 >= plain["difference"]["low"]:  # then this one decides
        said += f"; the best plain merge, {plain['over']}, {_alone(amounts, plain)}"
    return f"{said}."


def gains_told(
    verdict: Mapping[str, Any], goals: Sequence[Goal], reference: str | None = None
) -> list[str]:
    """What was gained over the best of every kind that needs no search, or next to none, and how
    sure that is.
    """
    amounts = amounts_of(goals)
    items = verdict["score"]["items"]
    told = []
    for kind, words in _KINDS.items():
        gain = verdict[f"over_{kind}"]
        if kind == reference and gain["over"] == verdict["chosen"]:
            continue
        named = f"{words} ({gain['over']})" if kind == "plain" else words
        told.append(f"{_compared(amounts, gain['difference'])} {named}: {_sure(amounts, gain)}.")
    opening = f"On {items:,} questions that the search had never seen, it is "
    return [f"{opening if n == 0 else 'It is '}{line}" for n, line in enumerate(told)]


def meaning(
    verdict: Mapping[str, Any], goals: Sequence[Goal], reference: str | None = None
) -> str:
    """What the kind of verdict means."""
    if verdict["kind"] == "improvement":
        return (
            "Improvement: the gain is larger than chance would make it, over every parent "
            "and over every plain merge, which needs no search."
        )
    if reference is not None:
        return (
            "No improvement: of all recipes that were tried, none did better on questions by "
            "which the finalists were compared."
        )
    parent, plain = (verdict[f"over_{kind}"]["difference"] for kind in ("parent", "plain"))
    if parent["high"] < 0:
        return "No improvement: the best parent is better than the merge."
    if parent["low"] > 0 and plain["low"] <= 0:
        return (
            "No improvement by searching: merging helps, but a plain merge, which needs no "
            "search, may be as good."
        )
    return (
        "No improvement that can be defended: the difference is so small that it may be chance. "
        "That does not say that merging cannot help here."
    )


def next_steps(
    verdict: Mapping[str, Any], goals: Sequence[Goal], reference: str | None = None
) -> list[str]:
    """What to do with it."""
    if verdict["kind"] == "improvement":
        return [
            "Export the model, and try it on questions of your own before anything depends on it.",
        ]
    parent, plain = verdict["over_parent"], verdict["over_plain"]
    steps = []
    if reference is not None:
        steps.append(f"Use {_CHOSEN[reference]} {verdict['chosen']}; it is the simplest.")
    elif parent["difference"]["low"] > 0:
        steps.append(f"Use the plain merge {plain['over']}: it is simpler, and may be as good.")
    else:
        steps.append(f"Go on with {parent['over']}: it is there, and may be as good.")
    weaker = min((parent, plain), key=lambda gain: float(gain["difference"]["low"]))
    if reference is None:
        steps += _more_questions(weaker["difference"], verdict["score"]["items"])
    steps.append(
        "To find a better recipe: more trials, more genes (groups of layers, filters), or other "
        "parents, best such that are good at different things."
    )
    return steps


def tasks_told(verdict: Mapping[str, Any], goals: Sequence[Goal]) -> list[str]:
    """Each task against the parent that is best there; none where tasks were not compared,
    or there is one.
    """
    found = verdict.get("tasks") or {}
    if len(found) < 2:
        return []
    lines = []
    for goal in (g for g in goals if g.task in found):
        gain, amounts = found[goal.task]["parent"], of_task(goal)
        best = f"{gain['over']}, the best parent there"
        difference = gain["difference"]
        lines.append(
            f"{goal.task}: {_compared(amounts, difference)} {best}"
            f"; {amounts.certainty(difference)}."
        )
    return lines


def flattered(verdict: Mapping[str, Any], goals: Sequence[Goal]) -> str | None:
    """How much better it looked on the questions that guided the search; None if not known."""
    found = verdict.get("overfitting")
    if found is None:
        return None
    amounts, gap = amounts_of(goals), found["gap"]
    both = (
        f"On the questions that guided the search it reached {amounts.number(found['search'])}, "
        f"on new ones {amounts.number(found['report'])}."
    )
    if gap["low"] > 0:
        said = (
            f"The search flattered it by {amounts.size(gap['mean'])}, {amounts.certainty(gap)}: "
            "only what it does on new questions counts."
        )
    elif gap["high"] < 0:
        said = "The new questions were easier for it, so nothing was flattered."
    else:
        said = (
            f"The difference may be chance between two sets of questions; with 95 % certainty the "
            f"search flattered it by {amounts.size(gap['high'])} at most."
        )
    if found.get("best") is None or found["best"] <= found["search"]:
        return f"{both} {said}"
    best = amounts.number(found["best"])
    return f"{both} {said} The trial that looked best of all had {best}: do not quote that one."


def not_told(goals: Sequence[Goal], *, probed: bool) -> list[str]:
    """What the search could not find out. probed: were parents tested for signs of
    contamination?
    """
    tasks = ", ".join(goal.task for goal in goals)
    lines = [
        f"Only this was measured: {tasks}. What the model does elsewhere, nobody has looked at.",
        "The questions of the verdict are used up. Of several searches that end with the same "
        "ones, the best looks better than it is.",
    ]
    if not probed:
        lines.append("Whether a parent had seen the questions when it was trained was not tested.")
    return lines


def provisional(best: float | None, trials: int, goals: Sequence[Goal]) -> str:
    """Before the verdict. best: the highest search score so far."""
    if best is None:
        return "No recipe has been scored yet."
    return (
        f"So far the best of {trials:,} recipes {amounts_of(goals).score(best)}, of the questions "
        "that guide the search. That flatters: the more recipes are tried, the luckier the best "
        "one. The verdict is given on questions that none of them has met."
    )


def _alone(amounts: Amounts, gain: Mapping[str, Any]) -> str:
    """The score of what the chosen recipe is held against, beside another one."""
    return amounts.number(gain["score"]).removesuffix(" of 100")


def _compared(amounts: Amounts, difference: Mapping[str, float]) -> str:
    ahead = amounts.ahead(difference["mean"])
    return "as good as" if ahead == "equally good" else f"{ahead} than"


def _sure(amounts: Amounts, gain: Mapping[str, Any]) -> str:
    found = gain["difference"]
    chance = "; this may be chance" if found["low"] <= 0 <= found["high"] else ""
    return f"{amounts.certainty(found)}{chance}"


def _more_questions(difference: Mapping[str, float], items: int) -> list[str]:
    """How many questions would tell a gain as large as the one seen: its interval shrinks with
    their square root.
    """
    mean, half = difference["mean"], difference["mean"] - difference["low"]
    if mean <= 0 or half <= mean:
        return []
    times = (half / mean) ** 2
    if times > _ENOUGH:
        return ["More questions would hardly decide it: what was seen is close to nothing."]
    needed = _rounded_up(items * times)
    return [
        f"To be sure of a gain as large as the one seen, ask about {needed:,} questions instead "
        f"of {items:,} (`splits.report`)."
    ]


def _rounded_up(number: float) -> int:
    """To two digits."""
    step = int(10 ** max(0, int(math.log10(number)) - 1))
    return math.ceil(number / step) * step
