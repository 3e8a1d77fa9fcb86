"""What somebody asks of a driver through the store, on SQLite and on PostgreSQL."""

import time

import pytest
from sqlalchemy import Engine

from evolve.store import Reader
from evolve.store.lease import Heartbeat, me
from evolve.store.wishing import WISHES, ask_driver, silent_for_s
from tests.evolve.store.drivers import ELSEWHERE, let_lease_end, open_ledger


def wish_of(engine: Engine) -> str | None:
    return Reader(engine).find("s").wish


@pytest.mark.parametrize("wish", WISHES)
def test_a_driver_reads_a_wish_with_its_lease(engine: Engine, wish: str) -> None:
    ledger = open_ledger(engine)
    with Heartbeat(engine, ledger.search_id, ledger.epoch, lease_s=0.3) as heartbeat:
        time.sleep(0.1)
        assert heartbeat.wish is None
        assert ask_driver(engine, ledger.search_id, wish)  # type: ignore[arg-type]
        until = time.monotonic() + 10
        while heartbeat.wish is None and time.monotonic() < until:
            time.sleep(0.01)
        assert heartbeat.wish == wish


def test_of_several_wishes_the_last_counts(engine: Engine) -> None:
    ledger = open_ledger(engine)
    ask_driver(engine, ledger.search_id, "stop")
    ask_driver(engine, ledger.search_id, "pause")
    assert wish_of(engine) == "pause"


def test_letting_go_of_a_search_ends_the_wish(engine: Engine) -> None:
    ledger = open_ledger(engine)
    ask_driver(engine, ledger.search_id, "pause")
    ledger.release("stopped")
    assert wish_of(engine) is None
    ledger = open_ledger(engine)
    ask_driver(engine, ledger.search_id, "stop")
    ledger.finish({"kind": "none"})
    assert wish_of(engine) is None


def test_who_runs_a_search_again_wants_it_to_run(engine: Engine) -> None:
    ledger = open_ledger(engine, holder=ELSEWHERE)
    ask_driver(engine, ledger.search_id, "pause")
    let_lease_end(engine)
    open_ledger(engine, holder="other:2")
    assert wish_of(engine) is None


def test_nobody_is_asked_where_nobody_drives(engine: Engine) -> None:
    ledger = open_ledger(engine)
    ledger.release("stopped")
    assert not ask_driver(engine, ledger.search_id, "pause")
    assert wish_of(engine) is None


def test_a_driver_is_silent_when_its_lease_is_over_or_its_process_gone(engine: Engine) -> None:
    ledger = open_ledger(engine, holder=ELSEWHERE)
    assert silent_for_s(engine, ledger.search_id) is None
    let_lease_end(engine)
    assert (silent_for_s(engine, ledger.search_id) or 0.0) >= 1.0
    ledger.release("stopped")
    assert silent_for_s(engine, ledger.search_id) is None
    mine = me()
    gone = mine.replace(mine.rpartition(".")[0].rpartition(".")[2], "1")  # another start
    ledger = open_ledger(engine, holder=gone)
    assert silent_for_s(engine, ledger.search_id) == 0.0
