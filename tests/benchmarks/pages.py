"""The pages in a real browser, on a search of 100,000 trials: how soon, how fresh, how big.

    make bench-pages                                     about 15 minutes on 2 cores
    python -m tests.benchmarks.pages --store URL         on this database (SQLite: a copy)
    python -m tests.benchmarks.pages --trials 5000 --repeats 1 --watch 10          a quick look

Debian's headless Chromium without a GPU, server and browser on this machine. A page is usable when
Streamlit is connected and its script has ended, the page's title is there, no skeleton, spinner or
stale element is left, every chart has its data drawn, every table has its canvas and every
component its elements, and when this stays so for 0.3 s; the time is that of the first frame of
those. `tests/browser/ready.js` has it in full.

  cold       a first visit to a server that has just been started: it reads all trials
  fresh      a visit by address to a server that others have used, by a browser that has nothing
             cached: it loads, parses and compiles some megabytes of Streamlit and Plotly
  again      the same by a browser that has been there before
  click      from the click in the navigation, in a tab that has the pages' scripts
  refresh    of a page that keeps itself up to date, from the tab's question to the last change of
             its document; `server` to the last frame that the server sent
  long       the longest task on the tab's main thread meanwhile

A process adds 20 trials a second to the search while refreshes are measured. Medians, with the
largest in brackets. Prints Markdown tables; RESULTS.md keeps them.
"""

import argparse
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from sqlalchemy.engine import make_url

from evolve.store import Reader, open_engine
from tests.browser.chromium import browser
from tests.browser.driving import Tab, tab
from tests.browser.serving import Served, pages
from tests.browser.titles import PAGES
from tests.ui.conftest import fill
from tests.ui.large import fill_large

PER_S = 20.0
SESSIONS, REFRESHES = 10, 200
FEW_REFRESHES = 12


@dataclass(frozen=True)
class Refresh:
    """Milliseconds from a tab's question; kb: what came over the wire."""

    server: float
    whole: float
    kb: float


def main() -> None:
    """Reads the command line and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", help="a database with the search `large`; else one is made")
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--watch", type=float, default=120.0, help="seconds that the heap is watched"
    )
    parser.add_argument("--only", nargs="*", choices=list(PAGES), default=list(PAGES))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evolve-pages-") as made, browser() as chromium:
        folder = Path(made)
        url = _store(chosen.store, folder, chosen.trials)
        digest, trials = _largest(url)
        print(
            f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Chromium {chromium.version}, "
            f"{trials:,} trials, {make_url(url).get_backend_name()}, medians of "
            f"{chosen.repeats}.\n",
            flush=True,
        )
        _visits(chromium, url, digest, folder, chosen.only, chosen.repeats)
        _refreshes(chromium, url, digest, folder, chosen.only)
        _memory(chromium, url, digest, folder, chosen.watch)


def _visits(
    chromium: Browser, url: str, digest: str, folder: Path, only: Sequence[str], repeats: int
) -> None:
    rows = []
    cold = {name: _cold(chromium, url, digest, folder / f"cold-{name}", name) for name in only}
    with _served(url, folder / "warm") as served:
        for name in only:
            fresh, again, clicks, long = [], [], [], 0.0
            for _ in range(repeats):
                with tab(chromium) as one:
                    fresh.append(one.go(served.page(name, search=digest), PAGES[name]))
                    again.append(one.go(served.page(name, search=digest), PAGES[name]))
                    long = max(long, _longest(one))
                    away = "new" if name != "new" else "searches"
                    one.to(PAGES[away])
                    clicks.append(one.to(PAGES[name]))
                    one.check()
            times = [_many(fresh), _many(again), _many(clicks)]
            rows.append([PAGES[name], f"{cold[name]:.0f}", *times, f"{long:.0f}"])
        after = served.memory_mb
    _table(["page", "cold, ms", "fresh, ms", "again, ms", "click, ms", "long, ms"], rows)
    print(f"Memory of the server after {3 * repeats} visits to each page: {after:,.0f} MB.\n")


def _cold(chromium: Browser, url: str, digest: str, folder: Path, name: str) -> float:
    with _served(url, folder) as served, tab(chromium) as one:
        return one.go(served.page(name, search=digest), PAGES[name])


def _refreshes(
    chromium: Browser, url: str, digest: str, folder: Path, only: Sequence[str]
) -> None:
    rows = []
    with _served(url, folder / "live") as served, _writer(url):
        for name in only:
            with tab(chromium) as one:
                one.go(served.page(name, search=digest), PAGES[name])
                found = _watched(one, FEW_REFRESHES)
                long = _longest(one)
                one.check()
            if found:
                row = [_many([f.server for f in found]), _many([f.whole for f in found])]
                rows.append([PAGES[name], *row, _many([f.kb for f in found]), f"{long:.0f}"])
    _table(["page", "server, ms", "refresh, ms", "sent, kB", "long, ms"], rows)


def _memory(chromium: Browser, url: str, digest: str, folder: Path, watch_s: float) -> None:
    with _served(url, folder / "memory") as served, _writer(url):
        with tab(chromium) as one:
            for name, title in PAGES.items():
                one.go(served.page(name, search=digest), title)
            opened = served.memory_mb
            one.go(served.page("live", search=digest), "Live")
            begun = _heap_mb(one)
            time_up = time.monotonic() + watch_s
            while time.monotonic() < time_up:
                _clear(one)
                one.page.wait_for_timeout(min(10_000, watch_s * 1000))
            ended, nodes = (
                _heap_mb(one),
                one.page.evaluate("document.querySelectorAll('*').length"),
            )
        alone = served.memory_mb
        with _together(chromium, SESSIONS) as many:
            for each in many:
                each.page.goto(served.page("live", search=digest), wait_until="commit")
            count, since = 0, time.monotonic()
            while count < REFRESHES and time.monotonic() - since < 300:
                many[0].page.wait_for_timeout(2_000)
                count = sum(len(each.page.evaluate("evolve.log.sent")) for each in many)
            crowd = served.memory_mb
        time.sleep(2)
        rows = [
            ["server, every page opened once", f"{opened:,.0f} MB"],
            [f"server, and Live watched for {watch_s:.0f} s", f"{alone:,.0f} MB"],
            [f"server, and {SESSIONS} tabs on Live, {count} refreshes", f"{crowd:,.0f} MB"],
            ["server, these tabs closed", f"{served.memory_mb:,.0f} MB"],
            ["JavaScript heap of Live, at first", f"{begun:,.0f} MB"],
            [f"JavaScript heap of Live, {watch_s:.0f} s later", f"{ended:,.0f} MB"],
            ["elements of Live's document then", f"{nodes:,}"],
        ]
    _table(["memory", ""], rows)


def _watched(one: Tab, count: int) -> list[Refresh]:
    """So many refreshes of the page that is open; none where it asks for none in 6 s."""
    _clear(one)
    until = time.monotonic() + 6.0
    while time.monotonic() < until:
        one.page.wait_for_timeout(500)
        seen = len(one.page.evaluate("evolve.log.sent"))
        if seen > count:
            break
        if seen:
            until = time.monotonic() + 10.0
    return refreshes(one.page.evaluate("evolve.log"))


def refreshes(log: dict[str, Any]) -> list[Refresh]:
    """log: `evolve.log` of ready.js. One refresh per question of the tab but for the last, which
    may not have ended; those without an answer are none.
    """
    found = []
    for begun, after in zip(log["sent"], log["sent"][1:], strict=False):
        frames = [(at, size) for at, size in log["frames"] if begun < at < after]
        changes = [at for at in log["changes"] if begun < at < after]
        if frames:
            server = frames[-1][0] - begun
            whole = max([server, *(at - begun for at in changes)])
            found.append(Refresh(server, whole, sum(size for _, size in frames) / 1000))
    return found


def _clear(one: Tab) -> None:
    one.page.evaluate("for (const kept of Object.values(evolve.log)) kept.length = 0")


def _longest(one: Tab) -> float:
    return float(one.page.evaluate("Math.max(0, ...evolve.log.tasks.map((task) => task[1]))"))


def _heap_mb(one: Tab) -> float:
    """What the tab's scripts hold once the rubbish is gone."""
    _clear(one)
    session = one.page.context.new_cdp_session(one.page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    found = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(found["JSHeapUsedSize"]) / 1e6


@contextmanager
def _together(chromium: Browser, count: int) -> Iterator[list[Tab]]:
    opened = [tab(chromium) for _ in range(count)]
    try:
        yield [one.__enter__() for one in opened]
    finally:
        for one in opened:
            one.__exit__(None, None, None)


@contextmanager
def _served(url: str, folder: Path) -> Iterator[Served]:
    folder.mkdir()
    with pages(url, folder) as served:
        yield served


@contextmanager
def _writer(url: str) -> Iterator[None]:
    """A process that goes on with the search."""
    command = [sys.executable, "-m", "tests.ui.large", url, "--live", str(PER_S)]
    process = subprocess.Popen(command)
    try:
        time.sleep(3)
        yield
        if process.poll() is not None:
            raise RuntimeError("the process that adds trials has ended")
    finally:
        process.terminate()
        process.wait(20)


def _store(given: str | None, folder: Path, trials: int) -> str:
    """The URL of a database that may be written to."""
    url = f"sqlite:///{folder / 'large.db'}"
    if given is None:
        print(f"Writing {trials:,} trials ...", file=sys.stderr, flush=True)
        fill(url)
        fill_large(url, trials)
        return url
    if make_url(given).get_backend_name() != "sqlite":
        return given
    shutil.copy(str(make_url(given).database), folder / "large.db")
    return url


def _largest(url: str) -> tuple[str, int]:
    engine = open_engine(url, create=False)
    reader = Reader(engine)
    search = reader.find("large")
    found = reader.tally(search.id)
    engine.dispose()
    return search.digest, found.scored + found.failed + found.asked


def _many(values: Sequence[float]) -> str:
    """`median (largest)`."""
    return f"{statistics.median(values):,.0f} ({max(values):,.0f})"


def _table(head: list[str], rows: list[list[str]]) -> None:
    line: Callable[[Sequence[str]], str] = lambda cells: f"| {' | '.join(cells)} |"  # noqa: E731
    print(line(head), line(["---", *["---:"] * (len(head) - 1)]), *map(line, rows), sep="\n")
    print(flush=True)


if __name__ == "__main__":
    main()
