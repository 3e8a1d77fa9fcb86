"""Databases that earlier versions wrote: kept, upgraded, and read as they were.

Each file in frozen/ is the dump of an SQLite database with a finished search and one that was
killed, made by the code of that schema's time (0001 by commit a2acb62, 0002 by f8d5ba8, 0003 by
aa23bb9, 0004 by freeze.py). A schema that is released gets its own before the next one is begun.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from evolve.store import Reader, open_engine
from evolve.store.opening import make_engine
from evolve.store.packing import unpack_split
from tests.evolve.store.drivers import (
    add_trial,
    close_ledgers,
    let_lease_end,
    open_ledger,
    score,
)
from tests.evolve.store.schemas import FROZEN, contents, copy, migrate, thaw

REVISIONS = [file.stem for file in sorted(FROZEN.glob("*.sql"))]
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=REVISIONS)
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def frozen(revision: str, store_url: str, tmp_path: Path) -> Iterator[Engine]:
    """The database at its own schema, on SQLite as it was, on PostgreSQL as a copy of that."""
    file = tmp_path / ("store.db" if store_url.startswith("sqlite") else "old.db")
    thaw(revision, file)
    engine = make_engine(store_url)
    if engine.dialect.name != "sqlite":
        migrate(engine, revision)
        old = make_engine(f"sqlite:///{file}")
        copy(old, engine)
        old.dispose()
    yield engine
    close_ledgers()
    engine.dispose()


def test_it_is_upgraded_and_read_as_it_was_and_a_driver_goes_on(frozen: Engine) -> None:
    before = contents(frozen)
    opened = open_engine(frozen.url.render_as_string(hide_password=False))
    reader = Reader(opened)
    found = {s.id: s for s in reader.searches()}
    assert [(s["id"], s["digest"], s["state"]) for s in before["searches"]] == [
        (s.id, s.digest, s.state) for s in sorted(found.values(), key=lambda s: s.id)
    ]
    for row in before["searches"]:
        search = found[row["id"]]
        told = {n: getattr(search, n) for n in ("name", "verdict", "chosen_trial_id", "config")}
        assert told == {n: row[n] for n in told}
        splits = {(s["split"], s["task"]): tuple(s["items"]) for s in before["splits"]}
        kept = reader.splits(search.id)
        assert all(kept[split][task] == items for (split, task), items in splits.items())
        _same_trials(reader, search.id, before)
    assert len(reader.models()) == len(before["models"])
    assert [e[:2] for e in reader.edges()] == sorted(
        (e["child_id"], e["parent_id"]) for e in before["lineage"]
    )
    _goes_on(opened)
    close_ledgers()
    opened.dispose()


def test_down_and_up_again_it_keeps_what_the_older_schema_can_hold(
    frozen: Engine, revision: str
) -> None:
    before = contents(frozen)
    migrate(frozen, "head")
    if frozen.dialect.name != "sqlite" and before["models"][0]["id"] >= 2**31:
        return  # ids since schema 0004: test_schema.py has what happens to these
    migrate(frozen, revision, down=True)
    assert contents(frozen) == before
    migrate(frozen, "0001", down=True)
    after = contents(frozen)
    assert after["attempts"] == before["attempts"]
    assert after["models"] == before["models"]
    whole = [o for o in before["outcomes"] if o.get("seen") is None]
    assert len(after["outcomes"]) == len(whole)
    states = [(t["id"], t["state"].replace("pruned", "done")) for t in before["trials"]]
    assert sorted((t["id"], t["state"]) for t in after["trials"]) == sorted(states)
    migrate(frozen, "head")
    found = {s.id: s.verdict for s in Reader(frozen).searches()}
    assert found == {s["id"]: s["verdict"] for s in before["searches"]}


def _goes_on(engine: Engine) -> None:
    """A driver takes the search whose own was killed."""
    search = next(s for s in Reader(engine).searches() if s.state == "running")
    old = Reader(engine).trials(search.id)
    let_lease_end(engine)
    ledger = open_ledger(engine, search.digest)
    assert ledger.search_id == search.id
    ledger.drop_running()
    due = next(t for t in old if t.state == "asked")
    score(ledger, due, "search", fitness=0.5)
    new = add_trial(ledger)
    score(ledger, new, "search", fitness=0.25)
    found = Reader(engine).trials(search.id)
    assert [t.number for t in found] == list(range(len(old) + 1))
    assert (found[due.number].fitness, found[-1].fitness) == (0.5, 0.25)
    assert {a.state for a in Reader(engine).attempts(search.id)} == {"done", "lost"}


def _same_trials(reader: Reader, search_id: int, before: Rows) -> None:
    mine = [t for t in before["trials"] if t["search_id"] == search_id]
    trials = reader.trials(search_id)
    assert len(trials) == len(mine)
    by_id = {t["id"]: t for t in mine}
    for trial in trials:
        row = by_id[trial.id]
        for name in ("number", "origin", "name", "recipe", "state", "fitness", "reason", "told"):
            assert getattr(trial, name) == row[name]
        assert (trial.point, trial.genome) == (row["point"], row["genome"])
        for split in ("search", "validation", "report"):
            stored = [
                o for o in before["outcomes"] if (o["trial_id"], o["split"]) == (trial.id, split)
            ]
            found = reader.outcomes(trial.id, split) or {}
            assert {(o["task"], o["metric"]) for o in stored} == {
                (task, metric) for task, metrics in found.items() for metric in metrics
            }
            for o in stored:
                seen = None if o.get("seen") is None else bytes.fromhex(o["seen"])
                values = unpack_split(bytes.fromhex(o["packed"]), seen)
                assert repr(found[o["task"]][o["metric"]]) == repr(values)
