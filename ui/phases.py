"""What a running search is doing, and when it ends, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evolve.blocks import BudgetConfig
from evolve.pricing import money
from evolve.report import mean_workers
from evolve.store import SearchRow
from ui import queries
from ui.formats import duration
from ui.queries import Known

# A driver is silent after three minutes, or after the time of three trials where these are longer.
_SILENT_S = 180
_ASIDE = ("mean", "ablation")
_WISHES = {
    "pause": "It was asked to pause, and ends as soon as nothing is half done.",
    "stop": "It was asked to stop: it tries no more recipes, and chooses among those it has.",
}


def phase(known: Known) -> str:
    """What a running search is doing."""
    search, tally = known.search, known.trials.tally
    mine = len(known.trials.where())
    before = [t for t in known.others if t.origin not in _ASIDE]
    if not mine and not before:
        return "Starting: the parents are being opened"
    if not mine:
        return _beginning(known)
    ablations = [t for t in known.others if t.origin == "ablation"]
    if ablations and search.attribution is None:
        ended = sum(t.state != "asked" for t in ablations)
        return f"Without each parent and gene in turn: {ended} of {len(ablations)}"
    if search.chosen_trial_id is not None:
        return "The chosen recipe meets the report items, which the search never saw"
    ended, budget = mine - tally.asked, known.summary["progress"]["budget"]
    if tally.asked or budget is None or ended < budget:
        return f"Trying recipes: {ended:,} ended, {tally.asked:,} being scored"
    return "All recipes are tried; the best ones are compared on items they have not seen"


def wished(search: SearchRow) -> str | None:
    """What somebody asked of its driver, which has not done so yet."""
    return _WISHES.get(search.wish or "")


def ending(known: Known) -> str:
    """When a running search ends, for how much, and by which of its limits."""
    search, now = known.search, known.summary["progress"]
    budget = BudgetConfig.model_validate(search.config["budget"])
    left = now["seconds_left"]
    if left is None:
        if budget.trials is None and budget.hours is None and budget.usd is None:
            return f"No limit is set: it goes on until it is stopped{_earlier(budget)}."
        return "How long it takes is known once the first trials have ended."
    when = f"Ends in about {duration(left)}" if left >= 1 else "About to end"
    cost = ""
    if now["usd_projected"] is not None:
        cost = f", at about {money(now['usd_projected'])}"
    return f"{when}{cost}, by {_limit(search, budget, now)}{_earlier(budget)}."


def quiet_s(known: Known, now: datetime | None = None) -> float | None:
    """For how long its driver has said nothing, where that is too long."""
    quiet = queries.silent_s(known.search, now)
    rate = known.summary["progress"]["trials_per_hour"]
    return quiet if quiet > max(_SILENT_S, 3 * 3600 / rate if rate else 0.0) else None


def _beginning(known: Known) -> str:
    starts = [t for t in known.others if t.origin == "start"]
    rivals = [t for t in known.others if t.origin not in (*_ASIDE, "start")]
    if starts and all(t.state != "asked" for t in rivals):
        ended = sum(t.state != "asked" for t in starts)
        return f"Looking for a good place to begin: {ended} of {len(starts)} starting points"
    ended = sum(t.state != "asked" for t in rivals)
    return f"Scoring what recipes have to beat first: {ended} of {len(rivals)}"


def _limit(search: SearchRow, budget: BudgetConfig, now: Mapping[str, Any]) -> str:
    """The limit that is reached first: the one that the seconds left come from."""
    hourly = mean_workers(search) * (now["usd_per_hour"] or 0.0)
    found = []
    if budget.hours is not None:
        found.append((budget.hours * 3600 - search.active_s, f"the limit of {budget.hours:g} h"))
    if budget.usd is not None and hourly:
        until = budget.usd / hourly * 3600 - search.active_s
        found.append((until, f"the limit of {money(budget.usd)}"))
    seconds, name = min(found, default=(None, ""))
    if seconds is not None and now["seconds_left"] >= round(max(0.0, seconds)):
        return name
    return f"the limit of {budget.trials:,} trials"


def _earlier(budget: BudgetConfig) -> str:
    """What may end it before that."""
    found = []
    if budget.patience is not None:
        found.append(f"after {budget.patience:,} trials without a better score")
    if budget.target is not None:
        found.append(f"at a score of {budget.target:g}")
    return f"; or earlier, {' or '.join(found)}" if found else ""
