"""The store: exactly once, fenced, packed, migrated."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect

from evolve.store import Ledger, NewTrial, Reader, open_engine
from evolve.store.opening import make_engine, migrations
from evolve.store.packing import pack, pack_seen, unpack, unpack_split
from evolve.store.tables import metadata
from evolve.store.writing import record_export
from search_spaces.errors import ConfigError, StopError
from search_spaces.messages import Result, Score

SCORE = Score({"x": {"acc": (1.0, 0.0, 1.0)}, "y": {"loss": (0.5, 0.25)}}, 0.1, 0.2, 30)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path}/store.db")


def open_ledger(engine: Engine, digest: str = "d" * 32) -> Ledger:
    return Ledger.open(
        engine, digest=digest, name="s", config={"seed": 0}, genes=[], goals=[], holder="h:1"
    )


def add_trial(ledger: Ledger, digest: str = "c" * 32, origin: str = "optimizer") -> int:
    base = ledger.add_model(kind="base", name="base", digest="b" * 32, reference="/b")
    parent = ledger.add_model(kind="parent", name="a", digest="a" * 32, reference="/a")
    return ledger.add_trial(
        NewTrial(origin, "t", "recipe", digest, base, {parent: 0.4}, [0.1, 1 / 3], {"w": 0.2})
    )[0]


@given(st.lists(st.sampled_from([0.0, 1.0]), max_size=70))
def test_bits_come_back_exactly(values: list[float]) -> None:
    assert list(unpack(pack(values))) == values
    assert len(pack(values)) == 5 + (len(values) + 7) // 8


@given(st.lists(st.floats(-1e6, 1e6, width=32), max_size=30))
def test_numbers_come_back_exactly_in_single_precision(values: list[float]) -> None:
    assert list(unpack(pack(values))) == values


@pytest.mark.parametrize(
    "damaged", [b"b\x05\x00\x00\x00", b"x\x01\x00\x00\x00\x00", pack([0.5, 0.25])[:-1]]
)
def test_damaged_outcomes_are_noticed(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        unpack(damaged)


@given(st.lists(st.tuples(st.floats(-9, 9, width=32), st.booleans()), min_size=1, max_size=40))
def test_items_that_were_not_seen_come_back_as_nan(items: list[tuple[float, bool]]) -> None:
    mask = tuple(seen for _, seen in items)
    packed = pack([value for value, seen in items if seen])
    found = unpack_split(packed, pack_seen(mask))
    assert [v == v for v in found] == list(mask)
    assert [v for v in found if v == v] == [value for value, seen in items if seen]
    assert (pack_seen(mask) is None) == all(mask)


def test_a_mask_of_other_items_is_noticed() -> None:
    with pytest.raises(ValueError, match="damaged"):
        unpack_split(pack([1.0, 0.0]), pack_seen((True, False, False)))


def test_a_result_is_recorded_whole_and_points_come_back_bit_for_bit(engine: Engine) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    attempt = ledger.start_attempt(trial, "search")
    result = Result(attempt, "w0", score=SCORE)
    ledger.finish_attempt(
        result, trial_id=trial, split="search", fitness=0.7, tell=True, spent_s=1.5
    )
    reader = Reader(engine)
    (row,) = reader.trials(ledger.search_id)
    assert (row.state, row.fitness, row.asked, row.told, row.point) == (
        "done",
        0.7,
        1,
        2,
        [0.1, 1 / 3],
    )
    assert reader.outcomes(trial, "search") == SCORE.outcomes
    assert reader.means(ledger.search_id, "search")[trial]["x", "acc"] == pytest.approx(2 / 3)
    assert reader.outcomes(trial, "report") is None
    (stored,) = reader.attempts(ledger.search_id)
    assert (stored.state, stored.worker, stored.merge_s, stored.tokens) == ("done", "w0", 0.1, 30)
    search = reader.find("s")
    assert search.active_s == 1.5


def test_an_outcome_cannot_be_counted_twice(engine: Engine) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    for _ in range(2):
        attempt = ledger.start_attempt(trial, "search")
    ok = Result(attempt, "w0", score=SCORE)
    ledger.finish_attempt(ok, trial_id=trial, split="search", fitness=0.7, tell=True, spent_s=0)
    with pytest.raises(Exception, match="UNIQUE"):
        ledger.finish_attempt(
            ok, trial_id=trial, split="search", fitness=0.9, tell=True, spent_s=0
        )
    (row,) = Reader(engine).trials(ledger.search_id)
    assert (row.fitness, row.told) == (0.7, 2)


def finish(ledger: Ledger, trial: int, split: str, outcomes: Any, **more: Any) -> None:
    ledger.finish_attempt(
        Result(ledger.start_attempt(trial, split), "w0", Score(outcomes, 0.1, 0.2, 3)),
        trial_id=trial,
        split=split,
        tell=split == "search",
        spent_s=0.0,
        **({"fitness": None} | more),
    )


def test_a_trial_that_was_stopped_early_keeps_its_estimate_and_what_it_saw(
    engine: Engine,
) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    seen = {"x": (False, True, True), "y": (False, False)}
    values = {"x": {"acc": (1.0, 0.0)}, "y": {"acc": ()}}
    finish(ledger, trial, "search", values, fitness=0.4, error=0.05, pruned=True, seen=seen)
    reader = Reader(engine)
    (row,) = reader.trials(ledger.search_id)
    assert (row.state, row.fitness, row.error, row.items) == ("pruned", 0.4, 0.05, 2)
    assert row.scored
    assert repr(reader.outcomes(trial, "search")) == "{'x': {'acc': (nan, 1.0, 0.0)}}"
    assert reader.means(ledger.search_id, "search")[trial] == {("x", "acc"): 0.5}
    assert reader.counts(ledger.search_id) == {"pruned": 1}


def test_parts_of_a_split_add_up_to_the_same_bytes_as_the_whole(engine: Engine) -> None:
    ledger = open_ledger(engine)
    whole, parts = add_trial(ledger), add_trial(ledger, "e" * 32)
    values = (0.1, 0.7, 0.3)
    finish(ledger, whole, "validation", {"x": {"m": values}})
    finish(ledger, parts, "validation", {"x": {"m": values[1:]}}, seen={"x": (False, True, True)})
    again = {"x": (True, True, False)}
    with pytest.raises(ValueError, match="an item was scored before"):
        finish(ledger, parts, "validation", {"x": {"m": values[:2]}}, seen=again)
    finish(ledger, parts, "validation", {"x": {"m": values[:1]}}, seen={"x": (True, False, False)})
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT packed, seen FROM outcomes").all()
    assert rows[0] == rows[1]
    assert rows[0].seen is None


def test_one_trial_is_chosen_and_only_that_one_meets_the_report_items(engine: Engine) -> None:
    ledger = open_ledger(engine)
    first, second = add_trial(ledger), add_trial(ledger, "e" * 32, "mean")
    parent = add_trial(ledger, "f" * 32, "plain")
    for trial in (first, second):
        with pytest.raises(StopError, match="no trial is chosen yet"):
            ledger.start_attempt(trial, "report")
    ledger.choose(first)
    later = open_ledger(engine)
    chosen_at = Reader(engine).find("s").chosen_at
    later.choose(first)
    assert Reader(engine).find("s").chosen_at == chosen_at
    with pytest.raises(StopError, match=rf"'t' was chosen at {chosen_at:%Y-%m-%d %H:%M:%S} UTC"):
        later.choose(second)
    with pytest.raises(StopError, match="for the chosen trial alone"):
        later.start_attempt(second, "report")
    assert later.start_attempt(first, "report")
    assert later.start_attempt(parent, "report")
    assert Reader(engine).find("s").chosen_trial_id == first


def test_a_failure_on_other_items_does_not_undo_a_trial(engine: Engine) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    first = ledger.start_attempt(trial, "search")
    ledger.finish_attempt(
        Result(first, "w0", score=SCORE),
        trial_id=trial,
        split="search",
        fitness=0.7,
        tell=True,
        spent_s=0,
    )
    second = ledger.start_attempt(trial, "validation")
    ledger.finish_attempt(
        Result(second, "w0", failed="no"),
        trial_id=trial,
        split="validation",
        fitness=None,
        tell=False,
        spent_s=0,
    )
    (row,) = Reader(engine).trials(ledger.search_id)
    assert (row.state, row.fitness, row.reason) == ("done", 0.7, None)


def test_of_two_drivers_only_the_later_one_writes(engine: Engine) -> None:
    old = open_ledger(engine)
    trial = add_trial(old)
    attempt = old.start_attempt(trial, "search")
    new = open_ledger(engine)
    assert new.search_id == old.search_id
    late = Result(attempt, "w0", score=SCORE)
    for write in (
        lambda: old.finish_attempt(
            late, trial_id=trial, split="search", fitness=1, tell=True, spent_s=0
        ),
        lambda: old.start_attempt(trial, "search"),
        lambda: old.set_state("stopped"),
        lambda: add_trial(old),
    ):
        with pytest.raises(StopError, match="taken over"):
            write()
    new.drop_running()
    (stored,) = Reader(engine).attempts(new.search_id)
    assert stored.state == "lost"
    assert Reader(engine).outcomes(trial, "search") is None


def test_an_exported_candidate_is_the_parent_it_becomes(engine: Engine) -> None:
    ledger = open_ledger(engine)
    add_trial(ledger)
    reader = Reader(engine)
    candidate = reader.trials(ledger.search_id)[0].model_id
    record_export(engine, candidate, "f" * 32, "/out/best", "best")
    second = open_ledger(engine, "e" * 32)
    assert (
        second.add_model(kind="parent", name="best", digest="f" * 32, reference="/out/best")
        == candidate
    )
    found = reader.model_of("f" * 32)
    assert found is not None
    assert (found.id, found.kind, found.reference) == (candidate, "candidate", "/out/best")


def test_searches_are_found_by_name_and_digest(engine: Engine) -> None:
    open_ledger(engine, "ab" * 16)
    open_ledger(engine, "ac" * 16)
    reader = Reader(engine)
    assert reader.find("s").digest == "ac" * 16
    assert reader.find("abab").digest == "ab" * 16
    with pytest.raises(ConfigError, match="fits several"):
        reader.find("a")
    with pytest.raises(ConfigError, match="no search"):
        reader.find("zz")


def test_the_migrations_make_the_tables_that_the_code_names(engine: Engine) -> None:
    found = inspect(engine)
    for table in metadata.sorted_tables:
        columns = {
            c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table.name)
        }
        expected = {
            c.name: (str(c.type.compile(engine.dialect)), c.nullable) for c in table.columns
        }
        assert columns == expected, table.name
        indexed = {
            tuple(i["column_names"]) for i in found.get_indexes(table.name) if not i["unique"]
        }
        assert {tuple(c.name for c in i.columns) for i in table.indexes} == indexed, table.name


def test_an_older_database_is_upgraded_and_can_go_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = make_engine(url)
    migrate(engine, "0001")
    with engine.begin() as connection:
        for statement in OLD.strip().split(";"):
            connection.exec_driver_sql(statement)
    before = keys(engine)
    opened = open_engine(url)
    reader = Reader(opened)
    (trial, failed) = reader.trials(1)
    assert (trial.state, trial.fitness, trial.error, trial.items) == ("done", 0.5, None, 5)
    assert (failed.state, failed.items) == ("failed", None)
    assert reader.outcomes(1, "search") == {"x": {"acc": (1.0, 0.0)}}
    assert reader.search_by_id(1).chosen_at is None
    ledger = open_ledger(opened)
    partial = add_trial(ledger)
    seen = {"x": (True, False)}
    finish(ledger, partial, "search", {"x": {"acc": (1.0,)}}, seen=seen, fitness=0.3, pruned=True)
    assert (keys(opened), metric_type(opened)) == (before, "VARCHAR(200)")
    finish(ledger, partial, "validation", {"x": {"m" * 90: (1.0, 0.0)}})
    opened.dispose()
    migrate(engine, "0001", down=True)
    assert (keys(engine), metric_type(engine)) == (before, "VARCHAR(64)")
    with engine.connect() as connection:
        columns = {
            c["name"]
            for t in ("trials", "outcomes", "searches")
            for c in inspect(connection).get_columns(t)
        }
        assert not columns & {"error", "seen", "chosen_at", "attribution"}
        states = connection.exec_driver_sql("SELECT state, fitness FROM trials").all()
        kept = connection.exec_driver_sql("SELECT trial_id FROM outcomes").all()
    assert [tuple(s) for s in states] == [("done", 0.5), ("failed", None), ("done", 0.3)]
    assert [tuple(k) for k in kept] == [(1,)]
    engine.dispose()


def keys(engine: Engine) -> tuple[list[str], str]:
    """Of the outcomes, which a change of a column's type copies on SQLite."""
    found = inspect(engine)
    (foreign,) = found.get_foreign_keys("outcomes")
    return found.get_pk_constraint("outcomes")["constrained_columns"], foreign["referred_table"]


def metric_type(engine: Engine) -> str:
    columns = inspect(engine).get_columns("outcomes")
    return next(str(c["type"]) for c in columns if c["name"] == "metric")


def migrate(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = migrations()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


OLD = """
INSERT INTO models (id, digest, kind, name, created_at)
VALUES (1, 'm', 'candidate', 'm', '2026-01-01');
INSERT INTO searches (id, digest, name, config, genes, goals, state, epoch, sequence, active_s,
created_at, updated_at, chosen_trial_id)
VALUES (1, 'dddddddddddddddddddddddddddddddd', 's', '{}', '[]', '[]', 'finished', 1, 4, 1.0,
'2026-01-01', '2026-01-01', 1);
INSERT INTO splits VALUES (1, 'search', 'x', '[4, 2]'), (1, 'search', 'y', '[1, 2, 3]'),
(1, 'report', 'x', '[7, 8]');
INSERT INTO trials (id, search_id, number, origin, name, recipe, model_id, state, fitness,
created_at)
VALUES (1, 1, 0, 'optimizer', 't', 'r', 1, 'done', 0.5, '2026-01-01'),
(2, 1, 1, 'optimizer', 'u', 'r', 1, 'failed', NULL, '2026-01-01');
INSERT INTO outcomes VALUES (1, 'search', 'x', 'acc', 0.5, X'620200000080')
"""


def test_a_schema_from_the_future_is_refused(engine: Engine, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StopError, match="schema 9999"):
        open_engine(f"sqlite:///{tmp_path}/store.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello " * 1000)
    with pytest.raises(ConfigError, match="not an Evolve database"):
        open_engine(f"sqlite:///{tmp_path}/text.db")


def test_readers_do_not_block_the_writer(engine: Engine, tmp_path: Path) -> None:
    other = open_engine(f"sqlite:///{tmp_path}/store.db")
    ledger = open_ledger(engine)
    with other.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM searches").all()
        add_trial(ledger)
    other.dispose()
