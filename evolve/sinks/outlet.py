"""A sink behind a thread of its own: what it is told waits in a bounded queue, and the search goes
on whether anybody reads it or not.

The first error of a sink is said in the log, with what it missed at the end; the later ones are
not. A sink whose beginning failed is tried again, a while later.
"""

import contextlib
import queue
import re
import threading
import time
from collections.abc import Callable

import structlog

from evolve.dispatch import Ended
from evolve.progress import Progress
from evolve.sinks.protocol import End, SearchFacts, Sink, trial_facts

_MOST = 10_000  # events that wait; a search of a million trials must not wait in memory
_MOST_PROGRESS = 100  # the next one says it all again
_AGAIN_S = 30.0
_USER_AND_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")
_LOG = structlog.get_logger()


class Outlet:
    """Tells one sink. All calls return at once."""

    def __init__(self, name: str, sink: Sink, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._sink = sink
        self._clock = clock
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(_MOST)
        self._thread = threading.Thread(target=self._work, name=f"sink-{name}", daemon=True)
        self._search: SearchFacts | None = None
        self._begun = False
        self._try_at = float("-inf")
        self._said = False
        self._missed = 0
        self._end: End | None = None
        self._hurry_at = float("inf")

    def begin(self, search: SearchFacts) -> None:
        self._search = search
        self._thread.start()
        self._offer(lambda: None)

    def ended(self, ended: Ended) -> None:
        self._offer(lambda: self._sink.ended(trial_facts(ended)))

    def progress(self, now: Progress) -> None:
        if self._queue.qsize() < _MOST_PROGRESS:
            self._offer(lambda: self._sink.progress(now))

    def close(self, end: End, within_s: float) -> None:
        """Asks the sink to end. What still waits after half of the time is left out, so that the
        verdict is told.
        """
        if self._search is None:
            return
        self._end, self._hurry_at = end, self._clock() + within_s / 2
        while True:
            try:
                self._queue.put_nowait(None)
                return
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self._queue.get_nowait()
                    self._missed += 1

    def join(self, timeout_s: float) -> None:
        """Waits so long for it to end, then leaves it to its fate: a sink that has an `abandon`
        is told by this call, so that nothing of it keeps the process alive.
        """
        if self._search is None:
            return
        self._thread.join(max(0.0, timeout_s))
        if self._thread.is_alive():
            _LOG.warning("sink did not end in time", sink=self.name, waiting=self._queue.qsize())
            self._said = True
            getattr(self._sink, "abandon", lambda: None)()
        elif self._missed:
            _LOG.warning("sink missed some of the search", sink=self.name, events=self._missed)

    def _offer(self, event: Callable[[], None] | None) -> None:
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self._missed += 1

    def _work(self) -> None:
        while (event := self._queue.get()) is not None:
            if self._clock() <= self._hurry_at:
                self._tell(event)
            else:
                self._missed += 1
        self._tell(self._last_word)

    def _tell(self, event: Callable[[], None]) -> None:
        try:
            if self._ready():
                event()
            else:
                self._missed += 1
        except Exception as error:
            self._missed += 1
            self._say(error)

    def _last_word(self) -> None:
        if self._end is not None:
            self._sink.close(self._end)

    def _ready(self) -> bool:
        """Begins the sink, where that has not been done or is due to be tried again."""
        if self._begun or self._search is None:
            return self._begun
        if self._clock() < self._try_at:
            return False
        self._try_at = self._clock() + _AGAIN_S
        self._sink.begin(self._search)
        self._begun = True
        return True

    def _say(self, error: Exception) -> None:
        if self._said:
            return
        self._said = True
        text = f"{type(error).__name__}: {error}".splitlines()[0][:500]
        _LOG.warning(
            "sink failed; the search goes on without it",
            sink=self.name,
            reason=_USER_AND_PASSWORD.sub("", text),
        )
