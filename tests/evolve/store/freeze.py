"""Writes the frozen database of the schema that this code has; once, when that is released.

    python -m pytest tests/evolve/store/freeze.py --basetemp=/tmp/f

A search with a verdict, with a trial that was stopped early and one that failed, and another one
whose driver was killed, with several objectives. See test_frozen.py.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from evolve.store.opening import newest_schema
from search_spaces.messages import Job, Result
from tests.evolve.conftest import QUICK, Bench, interrupted, scored_as
from tests.evolve.store.schemas import FROZEN

REFERENCES = 16  # base, two parents, what is made of them plainly, one scale for all


def test_freeze(bench: Callable[..., Bench], family: Path) -> None:
    about = QUICK | {
        "parents": {name: str(family / name) for name in "ab"},
        "splits": {"search": 20, "validation": 4, "report": 10},
        "racing": "paired",
        "ablations": 1,
    }
    numbers: dict[str, int] = {}

    def spoil(job: Job, result: Result) -> Result:
        number = numbers.setdefault(repr(job.recipe), len(numbers))
        if number == REFERENCES:
            said = "out of memory in 'layers.0', \"q\" é 100%"
            return Result(result.attempt_id, "w0", failed=said)
        return scored_as(result, number % 2) if number > REFERENCES else result

    one = bench(name="finished", budget={"trials": 4}, **about)
    one.drive(spoil=spoil)
    several = {"objectives": "tasks", "optimizer": "nsga2", "racing": "off", "seed": 4}
    two = bench(name="früh-beendet", budget={"trials": 6}, **(about | several))
    interrupted(two, die_after=4, slots=2)
    assert one.engine.url == two.engine.url
    connection = sqlite3.connect(str(one.engine.url.database))
    dump = "\n".join(connection.iterdump()) + "\n"
    connection.close()
    states = [t.state for t in one.reader.trials(one.search.id)]
    assert {"done", "failed", "pruned"} <= set(states)
    assert one.search.verdict is not None
    (FROZEN / f"{newest_schema()}.sql").write_text(dump)
