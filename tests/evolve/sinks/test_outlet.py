"""A sink cannot stop a search, nor slow it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from evolve.blocks import SinksConfig
from evolve.progress import Progress
from evolve.sinks import End, SearchFacts, Sinks, TrialFacts, open_sinks
from evolve.sinks.outlet import Outlet
from search_spaces.errors import ConfigError
from tests.evolve.sinks.facts import END, NOW, SEARCH, ended


@dataclass
class Notebook:
    """Writes down what it is told. act: what it does before that, by the name of the call."""

    act: Callable[[str], None] = lambda call: None
    told: list[str] = field(default_factory=list)

    def begin(self, search: SearchFacts) -> None:
        self._note("begin")

    def ended(self, trial: TrialFacts) -> None:
        self._note(f"ended {trial.number}")

    def progress(self, now: Progress) -> None:
        self._note(f"progress {now.done}")

    def close(self, end: End) -> None:
        self._note(f"close {end.state}")

    def _note(self, what: str) -> None:
        self.act(what)
        self.told.append(what)


def drive(sinks: Sinks, trials: int = 3) -> float:
    """Seconds that the driver was held up."""
    ends = [ended(number) for number in range(trials)]
    before = time.monotonic()
    sinks.begin(SEARCH)
    for one in ends:
        sinks.ended(one)
    sinks.progress(NOW)
    held_up = time.monotonic() - before
    sinks.close(END)
    return held_up


def test_everything_is_told_in_order() -> None:
    book = Notebook()
    drive(Sinks([Outlet("book", book)]))
    assert book.told == ["begin", "ended 0", "ended 1", "ended 2", "progress 6", "close finished"]


def test_a_sink_that_fails_says_so_once_and_the_others_hear_everything() -> None:
    def fail(call: str) -> None:
        if call.startswith("ended"):
            raise OSError("http://me:secret@host/ is away")

    broken, whole = Notebook(fail), Notebook()
    with capture_logs() as logs:
        drive(Sinks([Outlet("broken", broken), Outlet("whole", whole)]))
    assert broken.told == ["begin", "progress 6", "close finished"]
    assert len(whole.told) == 6
    assert [(e["event"], e["sink"]) for e in logs] == [
        ("sink failed; the search goes on without it", "broken"),
        ("sink missed some of the search", "broken"),
    ]
    assert logs[1]["events"] == 3
    assert "secret" not in str(logs)


def test_a_sink_that_hangs_is_left_behind() -> None:
    free = threading.Event()
    hung, whole = Notebook(lambda call: free.wait(60) and None), Notebook()
    with capture_logs() as logs:
        before = time.monotonic()
        held_up = drive(Sinks([Outlet("hung", hung), Outlet("whole", whole)], close_s=0.5))
        took = time.monotonic() - before
    free.set()
    assert held_up < 0.2
    assert 0.4 < took < 2
    assert len(whole.told) == 6
    assert [e["event"] for e in logs] == ["sink did not end in time"]


def test_a_slow_sink_hears_the_verdict_though_not_every_trial() -> None:
    slow = Notebook(lambda call: time.sleep(0.01))
    with capture_logs() as logs:
        held_up = drive(Sinks([Outlet("slow", slow)], close_s=1.0), trials=20_000)
    assert held_up < 2
    assert slow.told[-1] == "close finished"
    assert 1 < len(slow.told) < 200
    missed = logs[-1]["events"]
    assert missed + len(slow.told) == 20_000 + 2  # the queue was too full for progress


def test_a_sink_whose_beginning_failed_is_begun_again() -> None:
    tries = 0
    clock = [0.0]

    def away_at_first(call: str) -> None:
        nonlocal tries
        tries += call == "begin"
        clock[0] += 20
        if tries < 2:
            raise OSError("connection refused")

    book = Notebook(away_at_first)
    with capture_logs():
        sinks = Sinks([Outlet("book", book, clock=lambda: clock[0])])
        sinks.begin(SEARCH)
        for number in range(4):
            sinks.ended(ended(number))
            time.sleep(0.05)
            clock[0] += 20
        sinks.close(END)
    assert book.told[0] == "begin"
    assert book.told[-1] == "close finished"
    assert "ended 3" in book.told
    assert "ended 0" not in book.told


def test_a_search_that_is_left_in_the_middle_closes_its_sinks() -> None:
    book = Notebook()
    with pytest.raises(KeyboardInterrupt), Sinks([Outlet("book", book)]) as sinks:
        sinks.begin(SEARCH)
        raise KeyboardInterrupt
    assert book.told == ["begin", "close stopped"]


def test_sinks_that_were_never_begun_are_silent() -> None:
    book = Notebook()
    with Sinks([Outlet("book", book)]) as sinks:
        sinks.ended(ended(1))
    assert book.told == []


def test_whoever_watches_is_told_first() -> None:
    book, seen = Notebook(), list[Progress]()
    with Sinks([Outlet("book", book)]) as sinks:
        sinks.begin(SEARCH)
        sinks.beside(seen.append)(NOW)
    assert seen == [NOW]
    assert book.told == ["begin", "progress 6", "close stopped"]


def test_none_is_opened_that_is_not_asked_for() -> None:
    watch: list[Progress] = []
    with open_sinks(SinksConfig()) as sinks:
        assert sinks.beside(watch.append) == watch.append


@pytest.mark.parametrize(("key", "value"), [("prometheus", 9000), ("mlflow", "x"), ("wandb", "p")])
def test_a_missing_package_is_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, key: str, value: object
) -> None:
    monkeypatch.setattr("evolve.sinks.opening.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=rf"pip install 'evolve-merge\[{key}\]'"):
        open_sinks(SinksConfig(**{key: value}))
