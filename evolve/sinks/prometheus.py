"""Metrics of one search, served on 127.0.0.1 while its driver lives.

They are made when they are asked for, from one snapshot; nothing is registered globally.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from evolve.progress import Progress
from evolve.sinks.protocol import End, SearchFacts, TrialFacts


@dataclass(frozen=True)
class _Now:
    search: SearchFacts
    best: float | None
    last_trial_at: float
    progress: Progress | None = None


class PrometheusSink:
    """port: 0 takes any that is free; `address` says which."""

    def __init__(self, port: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._port = port
        self._clock = clock
        self._now: _Now | None = None
        self._server: Any = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/metrics"

    def begin(self, search: SearchFacts) -> None:
        """Raises: OSError where the port is taken."""
        from prometheus_client import CollectorRegistry, start_http_server

        self._now = _Now(search, search.best, self._clock())
        registry = CollectorRegistry()
        registry.register(self)
        self._server, self._thread = start_http_server(
            self._port, addr="127.0.0.1", registry=registry
        )

    def ended(self, trial: TrialFacts) -> None:
        now = self._now
        if now is None:
            return
        search = replace(now.search, tokens=now.search.tokens + trial.tokens)
        if trial.origin == "optimizer" and trial.split == "search":
            count = search.trials.get(trial.state, 0) + 1
            search = replace(
                search,
                trials={**search.trials, trial.state: count},
                items=search.items + trial.items,
            )
            now = replace(now, last_trial_at=self._clock())
            if trial.state == "done" and trial.fitness is not None:
                best = trial.fitness if now.best is None else max(now.best, trial.fitness)
                now = replace(now, best=best)
        self._now = replace(now, search=search)

    def progress(self, now: Progress) -> None:
        if self._now is not None:
            self._now = replace(self._now, progress=now)

    def close(self, end: End) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def collect(self) -> Iterator[Any]:
        """What a scrape gets."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            InfoMetricFamily,
        )

        if self._now is None:
            return
        now, search = self._now, self._now.search
        told = InfoMetricFamily("evolve_search", "The search that this driver drives")
        told.add_metric([], {"name": search.name, "digest": search.digest})
        yield told
        trials = CounterMetricFamily(
            "evolve_trials", "Trials of the optimizer that have ended", labels=["state"]
        )
        for state, count in search.trials.items():
            trials.add_metric([state], count)
        yield trials
        yield CounterMetricFamily(
            "evolve_search_items", "Search items scored by trials", value=search.items
        )
        yield CounterMetricFamily("evolve_tokens", "Tokens scored", value=search.tokens)
        yield GaugeMetricFamily(
            "evolve_last_trial_age_seconds",
            "Since a trial ended, or since the driver began",
            value=self._clock() - now.last_trial_at,
        )
        if now.best is not None:
            yield GaugeMetricFamily(
                "evolve_best_fitness", "Best trial on all search items", value=now.best
            )
        yield from _of_progress(search.lost, now.progress, CounterMetricFamily, GaugeMetricFamily)


def _of_progress(lost: int, now: Progress | None, counter: Any, gauge: Any) -> Iterator[Any]:
    yield counter(
        "evolve_attempts_lost",
        "Attempts whose worker went away",
        value=lost + (now.lost if now is not None else 0),
    )
    if now is None:
        return
    phase = gauge("evolve_phase", "1 for what the driver is doing", labels=["phase"])
    phase.add_metric([now.phase], 1)
    yield phase
    if now.workers is not None:
        yield gauge("evolve_workers_alive", "Workers that are alive", value=now.workers)
    if now.busy is not None:
        yield gauge("evolve_workers_busy", "Workers that have a job", value=now.busy)
    yield counter("evolve_worker_seconds", "Time of all workers, summed", value=now.worker_s)
    if now.usd_spent is not None:
        yield counter("evolve_spent_usd", "What these workers cost", value=now.usd_spent)
