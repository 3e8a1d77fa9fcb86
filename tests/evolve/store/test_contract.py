"""The laws of the store, each on SQLite and on PostgreSQL."""

import math
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError

from evolve.store import Ledger, Reader
from evolve.store.lease import HeldError, me
from evolve.store.tables import outcomes, searches
from evolve.store.writing import record_export
from search_spaces.errors import ConfigError, StopError
from search_spaces.messages import Result
from tests.evolve.store.drivers import (
    ELSEWHERE,
    SCORE,
    add_trial,
    end,
    let_lease_end,
    open_ledger,
    score,
)


def test_a_result_is_recorded_whole_and_points_come_back_bit_for_bit(engine: Engine) -> None:
    ledger = open_ledger(engine, workers=3)
    trial = add_trial(ledger)
    score(ledger, trial, "search", fitness=0.7, spent_s=1.5, workers=2)
    reader = Reader(engine)
    (row,) = reader.trials(ledger.search_id)
    assert (row.state, row.fitness, row.asked, row.told) == ("done", 0.7, 1, 2)
    assert row.point == [0.1, 1 / 3]
    assert reader.outcomes(trial.id, "search") == SCORE.outcomes
    assert reader.means(ledger.search_id, "search")[trial.id]["x", "acc"] == pytest.approx(2 / 3)
    assert reader.outcomes(trial.id, "report") is None
    (stored,) = reader.attempts(ledger.search_id)
    assert (stored.state, stored.worker, stored.merge_s, stored.tokens) == ("done", "w0", 0.1, 30)
    search = reader.find("s")
    assert (search.active_s, search.worker_s, search.workers) == (1.5, 3.0, 3)


def test_a_trial_is_what_the_store_has_of_it(engine: Engine) -> None:
    ledger = open_ledger(engine)
    added = [add_trial(ledger), add_trial(ledger, "e" * 32, "plain", name="", point=None)]
    ledger.flush()
    stored = Reader(engine).trials(ledger.search_id)
    assert stored == added
    assert [t.name for t in stored] == ["t", "trial 1"]
    assert [t.asked for t in stored] == [1, None]


def test_what_waits_is_seen_by_nobody_and_then_whole(engine: Engine) -> None:
    ledger = open_ledger(engine)
    reader = Reader(engine)
    before = reader.find("s")
    trial = add_trial(ledger)
    attempt = ledger.start_attempt(trial.id, "search")
    end(ledger, trial, "search", Result(attempt, "w0", SCORE), fitness=0.7)
    assert reader.trials(ledger.search_id) == []
    assert reader.attempts(ledger.search_id) == []
    assert reader.model_of("c" * 32) is None
    ledger.flush()
    (row,) = reader.trials(ledger.search_id)
    assert (row.state, row.told) == ("done", 2)
    assert [a.state for a in reader.attempts(ledger.search_id)] == ["done"]
    found = reader.model_of("c" * 32)
    assert found is not None
    assert [e[0] for e in reader.edges()] == [found.id, found.id]
    assert reader.find("s").updated_at > before.updated_at


def test_a_turn_that_fails_leaves_nothing(engine: Engine) -> None:
    ledger = open_ledger(engine)
    first, seen = add_trial(ledger), {"x": (True, False)}
    score(ledger, first, "validation", {"x": {"m": (0.5,)}}, seen=seen)
    before = everything(engine, ledger)
    second = add_trial(ledger, "e" * 32)
    with pytest.raises(ValueError, match="an item was scored before"):
        score(ledger, first, "validation", {"x": {"m": (0.25,)}}, seen=seen)
    assert everything(engine, ledger) == before
    later = open_ledger(engine)
    add = add_trial(later, "f" * 32)
    assert add == replace(second, model_id=add.model_id, created_at=add.created_at)


def test_an_outcome_cannot_be_counted_twice(engine: Engine) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    score(ledger, trial, "search", fitness=0.7)
    with pytest.raises(IntegrityError, match=r"UNIQUE|unique"):
        score(ledger, trial, "search", fitness=0.9)
    (row,) = Reader(engine).trials(ledger.search_id)
    assert (row.fitness, row.told) == (0.7, 2)


def test_asks_and_tells_have_one_order_across_drivers(engine: Engine) -> None:
    first = open_ledger(engine)
    trials = [add_trial(first, c * 32) for c in "123"]
    add_trial(first, "4" * 32, "plain")
    score(first, trials[1], "search", fitness=0.2)
    first.release("stopped")
    second = open_ledger(engine)
    trials.append(add_trial(second, "5" * 32))
    score(second, trials[0], "search", fitness=0.1)
    end(
        second,
        trials[3],
        "search",
        Result(second.start_attempt(trials[3].id, "search"), "w", SCORE),
    )
    second.flush()
    found = [t for t in Reader(engine).trials(second.search_id) if t.origin == "optimizer"]
    assert [(t.asked, t.told) for t in found] == [(1, 6), (2, 4), (3, None), (5, 7)]
    assert [t.number for t in found] == [0, 1, 2, 4]


def test_a_trial_that_was_stopped_early_keeps_its_estimate_and_what_it_saw(
    engine: Engine,
) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    seen = {"x": (False, True, True), "y": (False, False)}
    values = {"x": {"acc": (1.0, 0.0)}, "y": {"acc": ()}}
    score(ledger, trial, "search", values, fitness=0.4, error=0.05, pruned=True, seen=seen)
    reader = Reader(engine)
    (row,) = reader.trials(ledger.search_id)
    assert (row.state, row.fitness, row.error, row.items) == ("pruned", 0.4, 0.05, 2)
    assert row.scored
    assert repr(reader.outcomes(trial.id, "search")) == "{'x': {'acc': (nan, 1.0, 0.0)}}"
    assert reader.means(ledger.search_id, "search")[trial.id] == {("x", "acc"): 0.5}
    assert reader.counts(ledger.search_id) == {"pruned": 1}


def test_parts_of_a_split_add_up_to_the_same_bytes_as_the_whole(engine: Engine) -> None:
    ledger = open_ledger(engine)
    whole, parts = add_trial(ledger), add_trial(ledger, "e" * 32)
    values = (0.1, 0.7, 0.3)
    score(ledger, whole, "validation", {"x": {"m": values}})
    late, early = (False, True, True), (True, False, False)
    score(ledger, parts, "validation", {"x": {"m": values[1:]}}, seen={"x": late})
    score(ledger, parts, "validation", {"x": {"m": values[:1]}}, seen={"x": early})
    with engine.connect() as connection:
        rows = connection.execute(outcomes.select().order_by(outcomes.c.trial_id)).all()
    assert rows[0].packed == rows[1].packed
    assert rows[0].mean == pytest.approx(rows[1].mean)
    assert rows[0].seen is rows[1].seen is None
    with pytest.raises(ValueError, match="an item was scored before"):
        score(
            ledger, parts, "validation", {"x": {"m": values[:2]}}, seen={"x": (True, True, False)}
        )


def test_one_trial_is_chosen_and_only_that_one_meets_the_report_items(engine: Engine) -> None:
    ledger = open_ledger(engine)
    first, second = add_trial(ledger), add_trial(ledger, "e" * 32, "mean")
    parent = add_trial(ledger, "f" * 32, "plain")
    for trial in (first, second):
        with pytest.raises(StopError, match="no trial is chosen yet"):
            ledger.start_attempt(trial.id, "report")
    ledger.choose(first.id)
    later = open_ledger(engine)
    chosen_at = Reader(engine).find("s").chosen_at
    later.choose(first.id)
    assert Reader(engine).find("s").chosen_at == chosen_at
    with pytest.raises(StopError, match=rf"'t' was chosen at {chosen_at:%Y-%m-%d %H:%M:%S} UTC"):
        later.choose(second.id)
    with pytest.raises(StopError, match="for the chosen trial alone"):
        later.start_attempt(second.id, "report")
    score(later, first, "report")
    score(later, parent, "report")
    assert Reader(engine).find("s").chosen_trial_id == first.id
    with pytest.raises(IntegrityError):
        score(later, first, "report")


def test_a_failure_on_other_items_does_not_undo_a_trial(engine: Engine) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    score(ledger, trial, "search", fitness=0.7)
    second = ledger.start_attempt(trial.id, "validation")
    end(ledger, trial, "validation", Result(second, "w0", failed="no"))
    ledger.flush()
    (row,) = Reader(engine).trials(ledger.search_id)
    assert (row.state, row.fitness, row.reason) == ("done", 0.7, None)


def test_a_lost_attempt_leaves_its_trial_due(engine: Engine) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    end(
        ledger,
        trial,
        "search",
        Result(ledger.start_attempt(trial.id, "search"), "w0", lost="gone"),
    )
    score(ledger, trial, "search", fitness=0.5)
    reader = Reader(engine)
    (row,) = reader.trials(ledger.search_id)
    assert (row.state, row.fitness, row.told) == ("done", 0.5, 2)
    assert [(a.state, a.reason) for a in reader.attempts(ledger.search_id)] == [
        ("lost", "gone"),
        ("done", None),
    ]


def test_of_two_drivers_only_the_later_one_writes(engine: Engine) -> None:
    old = open_ledger(engine)
    trial = add_trial(old)
    attempt = old.start_attempt(trial.id, "search")
    old.flush()
    let_lease_end(engine)
    new = open_ledger(engine, holder="h:2")
    assert new.search_id == old.search_id
    end(old, trial, "search", Result(attempt, "w0", SCORE), fitness=1.0)
    writes: tuple[Callable[[], Any], ...] = (
        old.flush,
        lambda: old.choose(trial.id),
        lambda: old.set_units([], {trial.id: (0.5, None)}),
        lambda: old.attribute({}),
        lambda: old.finish({}),
        lambda: old.release("stopped"),
        lambda: add_trial(old),
    )
    before = everything(engine, new)
    for write in writes:
        with pytest.raises(StopError, match=r"another `evolve run` \(h:2\) has taken over"):
            write()
    assert everything(engine, new) == before
    new.drop_running()
    (stored,) = Reader(engine).attempts(new.search_id)
    assert stored.state == "lost"
    assert Reader(engine).outcomes(trial.id, "search") is None


def test_a_second_driver_is_told_who_holds_the_search(engine: Engine) -> None:
    open_ledger(engine, holder=ELSEWHERE)
    before = Reader(engine).find("s")
    with pytest.raises(
        HeldError, match="process 1 on other-machine is running this search"
    ) as held:
        open_ledger(engine, holder="h:2")
    assert held.value.holder == ELSEWHERE
    assert 0 < held.value.left_s <= 30
    assert Reader(engine).find("s") == before
    assert open_ledger(engine, "e" * 32, holder="h:2").search_id != before.id


def test_a_living_driver_in_another_place_of_the_same_name_and_number_holds_its_search(
    engine: Engine,
) -> None:
    host, _, rest = me().rpartition(":")
    place = rest.partition("/")[2].partition(".")[0]
    for holder in (f"{host}:3999999/other.1.a", f"{host}:1"):
        first = open_ledger(engine, holder=holder)
        with pytest.raises(HeldError):
            open_ledger(engine, holder=me())
        first.release("stopped")
    open_ledger(engine, holder=f"{host}:3999999/{place}.1.a")  # of this place, and gone
    assert open_ledger(engine, holder=me()).epoch == 4


def test_a_driver_stopped_as_it_commits_writes_what_comes_after_once(engine: Engine) -> None:
    """The commit went through, and the driver never heard of it."""
    ledger = open_ledger(engine)
    add_trial(ledger)

    def send_and_stop(*given: Any) -> None:
        Ledger._send(ledger, *given)
        raise KeyboardInterrupt

    ledger._send = send_and_stop  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        ledger.flush()
    del ledger._send  # type: ignore[method-assign]
    add_trial(ledger, "e" * 32)
    ledger.release("stopped")
    found = Reader(engine).find("s")
    assert (found.state, found.holder) == ("stopped", None)
    assert [t.number for t in Reader(engine).trials(found.id)] == [0, 1]


def test_a_lease_that_is_over_can_be_taken_and_one_given_back_at_once(engine: Engine) -> None:
    first = open_ledger(engine, holder=ELSEWHERE)
    let_lease_end(engine)
    second = open_ledger(engine, holder="third:2")
    assert second.epoch == first.epoch + 1
    second.release("stopped")
    third = open_ledger(engine, holder=ELSEWHERE)
    assert third.epoch == second.epoch + 1
    third.finish({"sentence": "no improvement"})
    found = Reader(engine).find("s")
    assert (found.state, found.holder, found.lease_until) == ("finished", None, None)
    assert found.verdict == {"sentence": "no improvement"}


@pytest.mark.parametrize("known", [False, True])
def test_of_drivers_that_open_at_once_one_holds_the_search(engine: Engine, known: bool) -> None:
    if known:
        open_ledger(engine).release("stopped")
    found: list[object] = []
    gate = threading.Barrier(4)

    def drive(number: int) -> None:
        gate.wait()
        try:
            found.append(open_ledger(engine, holder=f"machine-{number}:1"))
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=drive, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (ledger,) = [one for one in found if isinstance(one, Ledger)]
    refused = [one for one in found if isinstance(one, HeldError)]
    assert len(refused) == 3, found
    assert {error.holder for error in refused} == {Reader(engine).find("s").holder}
    add_trial(ledger)
    ledger.flush()


def test_an_exported_candidate_is_the_parent_it_becomes(engine: Engine) -> None:
    ledger = open_ledger(engine)
    candidate = add_trial(ledger).model_id
    ledger.flush()
    record_export(engine, candidate, "f" * 32, "/out/best", "best")
    second = open_ledger(engine, "e" * 32)
    known = second.add_model(kind="parent", name="b", digest="f" * 32, reference="/out/best")
    assert known == candidate
    found = Reader(engine).model_of("f" * 32)
    assert found is not None
    assert (found.id, found.kind, found.reference) == (candidate, "candidate", "/out/best")


def test_two_searches_share_a_recipe_and_its_edges(engine: Engine) -> None:
    first, second = open_ledger(engine), open_ledger(engine, "e" * 32)
    trials = [add_trial(one) for one in (first, second)]
    for one in (first, second):
        one.flush()
    assert trials[0].model_id == trials[1].model_id
    assert trials[0].id != trials[1].id
    assert len(Reader(engine).edges()) == 2
    assert [m.kind for m in Reader(engine).models()].count("candidate") == 1


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


def test_times_are_in_utc_and_now_wherever_the_server_is(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            name = engine.url.database
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET timezone TO 'Asia/Kolkata'")
        engine.dispose()
    before = datetime.now(UTC)
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    score(ledger, trial, "search", fitness=0.1)
    ledger.choose(trial.id)
    after = datetime.now(UTC)
    (row,) = Reader(engine).trials(ledger.search_id)
    search = Reader(engine).find("s")
    times = [row.created_at, row.finished_at, search.created_at, search.chosen_at]
    assert all(t is not None and t.utcoffset() == timedelta(0) for t in times)
    assert all(t is not None and before <= t <= after for t in times)
    assert search.lease_until is not None
    assert before < search.lease_until < after + timedelta(minutes=1)


STRANGE = 'O\'Neil "q" `; DROP TABLE trials; -- %s :x \\ 👩‍🔬 ̀ \u202e \n\t{}'


def test_words_of_others_come_back_as_they_were(engine: Engine) -> None:
    ledger = open_ledger(engine, name=STRANGE, config={STRANGE: [STRANGE]})
    trial = add_trial(ledger, name=STRANGE, recipe=STRANGE, genome={STRANGE: STRANGE})
    attempt = ledger.start_attempt(trial.id, "search")
    end(ledger, trial, "search", Result(attempt, "w", failed=STRANGE))
    score(ledger, trial, "validation", {STRANGE: {STRANGE: (0.25,)}})
    reader = Reader(engine)
    (row,) = reader.trials(ledger.search_id)
    assert (row.name, row.recipe, row.genome, row.reason) == (
        STRANGE,
        STRANGE,
        {STRANGE: STRANGE},
        STRANGE,
    )
    assert reader.outcomes(trial.id, "validation") == {STRANGE: {STRANGE: (0.25,)}}
    assert reader.find(STRANGE).config == {STRANGE: [STRANGE]}


@pytest.mark.parametrize("bad", ["nul \x00 byte", "half \ud83d of a pair"])
def test_what_no_database_holds_is_replaced_in_a_reason(engine: Engine, bad: str) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    attempt = ledger.start_attempt(trial.id, "search")
    end(ledger, trial, "search", Result(attempt, "worker" * 30, failed=bad))
    ledger.flush()
    (row,) = Reader(engine).trials(ledger.search_id)
    assert row.reason in ("nul \ufffd byte", "half \ufffd of a pair")
    (stored,) = Reader(engine).attempts(ledger.search_id)
    assert stored.worker == ("worker" * 30)[:64]


def test_numbers_in_json_are_exact(engine: Engine) -> None:
    point = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 2**53 + 1, math.nextafter(1, 2)]
    ledger = open_ledger(engine, config={"point": point})
    add_trial(ledger, point=point)
    ledger.flush()
    (row,) = Reader(engine).trials(ledger.search_id)
    assert row.point is not None
    assert [str(v) for v in row.point] == [str(v) for v in point]
    assert str(Reader(engine).find("s").config["point"]) == str(point)


def test_a_number_that_is_none_is_refused_and_nothing_is_written(engine: Engine) -> None:
    ledger = open_ledger(engine)
    trial = add_trial(ledger)
    ledger.flush()
    before = everything(engine, ledger)
    with pytest.raises(Exception, match=r"JSON|json"):
        ledger.finish({"gain": math.nan})
    assert everything(engine, ledger) == before
    assert trial.state == "asked"


def test_readers_see_the_last_turn_while_the_next_is_written(engine: Engine) -> None:
    ledger = open_ledger(engine)
    add_trial(ledger)
    ledger.flush()
    writing = engine.connect().execution_options(writes=True)
    with writing, writing.begin():
        writing.execute(update(searches).values(name="later"))
        assert Reader(engine).find("s").name == "s"
        assert len(Reader(engine).trials(ledger.search_id)) == 1
    with engine.connect() as reading:
        reading.execute(searches.select()).all()
        add_trial(ledger, "e" * 32)
        ledger.flush()
    assert len(Reader(engine).trials(ledger.search_id)) == 2


def everything(engine: Engine, ledger: Ledger) -> tuple[object, ...]:
    """All that a reader can see of a search."""
    reader = Reader(engine)
    trials = [asdict(t) for t in reader.trials(ledger.search_id)]
    search = asdict(reader.search_by_id(ledger.search_id))
    scores = [repr(reader.outcomes(t["id"], s)) for t in trials for s in ("search", "report")]
    return search, trials, reader.attempts(ledger.search_id), reader.models(), scores
