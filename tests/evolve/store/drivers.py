"""What a driver does to its ledger, in few words: for tests of the store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, update

from evolve.store import Ledger, NewTrial, TrialRow
from evolve.store.tables import searches
from search_spaces.messages import Result, Score, Split

SCORE = Score({"x": {"acc": (1.0, 0.0, 1.0)}, "y": {"loss": (0.5, 0.25)}}, 0.1, 0.2, 30)
ELSEWHERE = "other-machine:1"
_opened: list[Ledger] = []


def open_ledger(engine: Engine, digest: str = "d" * 32, **changes: Any) -> Ledger:
    about: dict[str, Any] = {"name": "s", "config": {"seed": 0}, "genes": [], "goals": []}
    ledger = Ledger.open(engine, digest=digest, **(about | {"holder": "h:1"} | changes))
    _opened.append(ledger)
    return ledger


def close_ledgers() -> None:
    """Gives back the connections of every ledger of a test, as processes do when they end."""
    while _opened:
        _opened.pop().close()


def add_trial(
    ledger: Ledger, digest: str = "c" * 32, origin: str = "optimizer", **changes: Any
) -> TrialRow:
    """Not in the store before a flush."""
    base = ledger.add_model(kind="base", name="base", digest="b" * 32, reference="/b")
    parent = ledger.add_model(kind="parent", name="a", digest="a" * 32, reference="/a")
    about: dict[str, Any] = {"name": "t", "point": [0.1, 1 / 3], "genome": {"w": 0.2}}
    about |= {"recipe": "recipe", "recipe_digest": digest, "base_id": base}
    return ledger.add_trial(NewTrial(origin=origin, parents={parent: 0.4}, **(about | changes)))


def end(ledger: Ledger, trial: TrialRow, split: Split, result: Result, **more: Any) -> None:
    """Not in the store before a flush."""
    about = {"tell": split == "search", "spent_s": 0.0, "fitness": None}
    ledger.finish_attempt(result, trial_id=trial.id, split=split, **(about | more))


def score(
    ledger: Ledger, trial: TrialRow, split: Split, outcomes: Any = None, **more: Any
) -> None:
    """One attempt with these outcomes, in the store when this returns."""
    found = SCORE if outcomes is None else Score(outcomes, 0.1, 0.2, 3)
    end(ledger, trial, split, Result(ledger.start_attempt(trial.id, split), "w0", found), **more)
    ledger.flush()


def let_lease_end(engine: Engine) -> None:
    """As if the holders had been silent for long."""
    over = datetime.now(UTC) - timedelta(seconds=1)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(searches).values(lease_until=over))
