"""Who worked on what when: bars, lanes, and a line per worker."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import plotly.io as pio
import pytest

from evolve.store import AttemptRow, Reader, open_engine
from ui import at_work
from ui.charts.workers import worker_chart

START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def attempt(
    number: int,
    start: float,
    end: float | None,
    worker: str | None = "w0",
    state: str = "done",
    split: str = "search",
    reason: str | None = None,
) -> AttemptRow:
    """start, end: seconds after START; an end of None is an attempt under way."""
    return AttemptRow(
        id=number,
        trial_id=1000 + number,
        split=split,
        worker=worker if end is not None else None,
        state=state if end is not None else "running",
        reason=reason,
        started_at=START + timedelta(seconds=start),
        finished_at=None if end is None else START + timedelta(seconds=end),
        merge_s=0.5 if state == "done" and end is not None else None,
        score_s=1.5 if state == "done" and end is not None else None,
        tokens=None,
    )


MIXED = [
    attempt(1, 0, 2),
    attempt(2, 0, 3, "w1"),
    attempt(3, 2, 4, state="failed", reason="<b>NaN</b>"),
    attempt(4, 4, 6, split="validation"),
    attempt(5, 3, 5, "w1", state="lost", reason="worker w1 died"),
    attempt(6, 6, None),
    attempt(7, 7, None),
]
NOW = START + timedelta(seconds=10)
NUMBERS = {1000 + n: n for n in range(1, 8)}


def traces(figure: Any) -> dict[str, Any]:
    return {t.name: t for t in figure.data}


def test_every_attempt_is_a_bar_in_the_row_of_its_worker_told_apart_by_state_and_split() -> None:
    figure = worker_chart(MIXED, NUMBERS, NOW)
    found = traces(figure)
    assert list(found) == ["done", "under way", "failed", "lost", "done, validation items"]
    assert sum(len(t.x) for t in figure.data) == len(MIXED)
    assert list(figure.layout.yaxis.ticktext) == ["w0", "w1", "under way"]
    assert list(found["done"].y) == [0, 1]
    assert found["done, validation items"].marker.pattern.shape == "/"
    assert len({t.marker.color for t in figure.data}) == 4


def test_bars_go_from_start_to_end_and_those_under_way_to_now() -> None:
    found = traces(worker_chart(MIXED, NUMBERS, NOW))
    assert list(found["done"].x) == [2000, 3000]
    assert list(found["done"].base) == [START.timestamp() * 1000] * 2
    assert list(found["under way"].x) == [4000, 3000]
    later = worker_chart(MIXED, NUMBERS, NOW + timedelta(seconds=5))
    assert list(traces(later)["under way"].x) == [9000, 8000]


def test_attempts_under_way_lie_side_by_side_in_one_row() -> None:
    under_way = traces(worker_chart(MIXED, NUMBERS, NOW))["under way"]
    assert list(under_way.width) == [0.4, 0.4]
    first, second = under_way.y
    assert second - first == pytest.approx(0.4)
    assert (first + second) / 2 == pytest.approx(2)


def test_hover_tells_trial_seconds_and_reason_as_text() -> None:
    found = traces(worker_chart(MIXED, NUMBERS, NOW))
    assert found["done"].text[0] == "trial 1, search items<br>0.5 s merging, 1.5 s scoring"
    assert found["failed"].text[0].endswith("failed after 2.0 s: &lt;b&gt;NaN&lt;/b&gt;")
    assert found["under way"].text[0] == "trial 6, search items<br>under way for 4.0 s"


def test_names_of_workers_are_text() -> None:
    figure = worker_chart([attempt(1, 0, 1, "<i>$x$")], {}, NOW)
    assert figure.layout.yaxis.ticktext[0] == "&lt;i&gt;&#36;x&#36;"


def test_the_clock_is_that_of_whoever_looks() -> None:
    zone = ZoneInfo("Asia/Tokyo")
    here, there = (worker_chart(MIXED, NUMBERS, NOW, z) for z in (UTC, zone))
    shift = traces(there)["done"].base[0] - traces(here)["done"].base[0]
    assert shift == 9 * 3600 * 1000
    assert here.layout.xaxis.title.text == "time (UTC)"
    assert there.layout.xaxis.title.text == "time (JST)"


def test_a_timeline_of_two_thousand_attempts_is_small_enough() -> None:
    rows = [attempt(n, n, n + 14.0, f"w{n % 40:02}") for n in range(2000)]
    figure = worker_chart(rows, {1000 + n: n for n in range(2000)}, NOW)
    assert len(pio.to_json(figure, validate=False)) < 300_000
    assert figure.layout.height < 760
    assert worker_chart([], {}, NOW) is not None


def test_attempts_that_were_lost_with_their_driver_reuse_a_place_that_is_free() -> None:
    rows = [attempt(n, 10 * n, 10 * n + 5, None, "lost") for n in range(3)]
    bars = at_work.lanes(rows, NOW)[at_work.LOST]
    assert [(b.part, b.parts) for b in bars] == [(0, 1)] * 3


def test_a_line_per_worker_with_its_busy_share_of_the_time() -> None:
    frame = at_work.workers(MIXED, NOW).set_index("worker")
    assert frame.index.tolist() == ["w0", "w1"]
    assert frame["busy"].tolist() == pytest.approx([0.6, 0.5])
    assert frame["attempts"].tolist() == [3, 2]
    assert frame["failed or lost"].tolist() == [1, 1]
    assert frame["state"].tolist() == ["● at work"] * 2
    late = at_work.workers(MIXED, NOW + timedelta(minutes=5))
    assert late["state"].tolist() == ["○ silent"] * 2
    assert at_work.workers([], NOW).empty


def test_attempts_of_one_worker_that_overlap_do_not_count_twice() -> None:
    rows = [attempt(1, 0, 6), attempt(2, 3, 8), attempt(3, 4, 5)]
    assert at_work.workers(rows, NOW)["busy"].tolist() == pytest.approx([0.8])


def test_real_attempts_are_read_with_the_numbers_of_their_trials(reader: Reader) -> None:
    search = reader.find("reasoning")
    found = reader.newest_attempts(search.id, 20)
    every = reader.attempts(search.id)
    assert found == every[-20:]
    assert reader.newest_attempts(search.id, 10_000) == every
    numbers = reader.numbers_of({a.trial_id for a in found})
    assert all(reader.trial(t).number == n for t, n in numbers.items())
    figure = worker_chart(found, numbers, at_work.last_moment(found, NOW))
    assert any("report items" in name for name in traces(figure))
    assert reader.numbers_of([]) == {}


def test_attempts_whose_ids_do_not_tell_their_search_are_found_by_their_trials(
    filled_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "old.db"
    shutil.copy(filled_url.removeprefix("sqlite:///"), file)
    database = sqlite3.connect(file)
    database.execute("update attempts set id = id % 1000000000 where id < 2000000000")
    database.commit()
    database.close()
    engine = open_engine(f"sqlite:///{file}", create=False)
    reader = Reader(engine)
    search = reader.find("reasoning")
    assert len(reader.newest_attempts(search.id, 1000)) == len(reader.attempts(search.id)) > 0
    engine.dispose()
