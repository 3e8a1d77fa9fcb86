"""What `evolve pause` and `evolve stop` do: leave a wish in the store, and say what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from evolve.store import Reader, SearchRow
from evolve.store.lease import named
from evolve.store.wishing import ask_driver, silent_for_s
from search_spaces.errors import EvolveError

ANSWER_S = 60.0
_LOOK_S = 0.25


@dataclass(frozen=True)
class Answer:
    """search: as it is now; said: what is so, in a sentence."""

    search: SearchRow
    said: str


def pause_search(
    engine: Engine,
    search: SearchRow,
    *,
    wait_s: float = ANSWER_S,
    say: Callable[[str], None] = lambda line: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """wait_s: for the driver's answer; 0: only asks.

    Raises: EvolveError where the driver lives and has not answered in time.
    """
    reader = Reader(engine)
    idle = _idle(engine, search, "pause")
    if idle is not None:
        return idle
    who = named(search.holder or "")
    if not ask_driver(engine, search.id, "pause"):
        return _told(reader.search_by_id(search.id))
    if wait_s <= 0:
        return Answer(
            reader.search_by_id(search.id),
            f"{who} is asked to pause; it looks every few seconds, and stops at a moment when "
            "nothing is half done",
        )
    say(f"waiting for {who} to come to a moment when nothing is half done")
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        now = reader.search_by_id(search.id)
        if now.state != "running" or now.holder != search.holder:
            return _told(now)
        idle = _idle(engine, now, "pause")
        if idle is not None:
            return idle
        sleep(_LOOK_S)
    raise EvolveError(
        f"{who} has not answered for {wait_s:.0f} s: it still renews its lease, so it may be "
        "busy with its workers or the database. What was asked stays, and it pauses as soon as "
        f"it looks; `evolve show {search.digest[:8]}` tells"
    )


def stop_search(engine: Engine, search: SearchRow) -> Answer:
    """Asks no more trials. Raises: EvolveError where there is nothing to choose from yet."""
    reader = Reader(engine)
    idle = _idle(engine, search, "stop")
    if idle is not None:
        return idle
    if search.chosen_trial_id is not None:
        return Answer(search, "it asks no more trials already: its recipe is chosen")
    if reader.tally(search.id).scored == 0:
        raise EvolveError(
            f"search '{search.name}' has no scored trial to choose from yet; ask again when it "
            f"has one, or pause it: `evolve pause {search.digest[:8]}`"
        )
    if not ask_driver(engine, search.id, "stop"):
        return _told(reader.search_by_id(search.id))
    return Answer(
        reader.search_by_id(search.id),
        f"{named(search.holder or '')} is asked to stop: trials that are being scored end, then "
        f"it chooses and reports; `evolve show {search.digest[:8]}` tells how far it is",
    )


def _idle(engine: Engine, search: SearchRow, verb: str) -> Answer | None:
    """None where a driver is at work, as far as the store knows."""
    again = f"`evolve resume {search.digest[:8]}`"
    if search.state == "finished":
        return Answer(search, f"it is finished; there is nothing to {verb}")
    goes_on = (
        f"{again} goes on"
        if verb == "pause"
        else f"`evolve resume {search.digest[:8]} --finish` chooses from what there is"
    )
    if search.state != "running" or search.holder is None:
        return Answer(search, f"it is {search.state}, so nothing is there to {verb}; {goes_on}")
    silent = silent_for_s(engine, search.id)
    if silent is None:
        return None
    since = f", and its lease ran out {silent:.0f} s ago" if silent >= 1 else ""
    return Answer(
        search,
        f"its driver, {named(search.holder)}, has ended without a word{since}; nothing is there "
        f"to {verb}, and no trial is lost: {goes_on}",
    )


def _told(search: SearchRow) -> Answer:
    """After the driver let go of it, or another one took it up."""
    if search.state == "stopped":
        said = f"paused; `evolve resume {search.digest[:8]}` goes on"
    elif search.state == "running":
        said = "another driver has taken it up meanwhile, and it runs"
    else:
        said = f"it has {search.state} meanwhile"
    return Answer(search, said)
