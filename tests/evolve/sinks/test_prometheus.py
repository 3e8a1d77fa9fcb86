"""Metrics as a Prometheus server reads them: over HTTP, by its own parser."""

import socket
import urllib.request

import pytest
from structlog.testing import capture_logs

from evolve.blocks import SinksConfig
from evolve.sinks import open_sinks
from evolve.sinks.prometheus import PrometheusSink
from evolve.sinks.protocol import trial_facts
from tests.evolve.sinks.facts import END, NOW, SEARCH, ended

parser = pytest.importorskip("prometheus_client.parser")


def scraped(address: str) -> dict[str, float]:
    """Metric with its labels -> value."""
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - ours
        text = answer.read().decode()
    return {
        sample.name + "".join(f" {v}" for v in sample.labels.values()): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_scrape_shows_the_search_as_it_is() -> None:
    clock = [1000.0]
    sink = PrometheusSink(0, clock=lambda: clock[0])
    sink.begin(SEARCH)
    try:
        before = scraped(sink.address)
        assert before["evolve_trials_total done"] == 2
        assert before["evolve_best_fitness"] == 0.5
        assert before["evolve_attempts_lost_total"] == 1
        assert "evolve_workers_alive" not in before
        for end in (ended(4, 0.75), ended(5, 0.9, pruned=True), ended(6, None)):
            sink.ended(trial_facts(end))
        sink.progress(NOW)
        clock[0] += 7.0
        now = scraped(sink.address)
    finally:
        sink.close(END)
    assert [now[f"evolve_trials_total {s}"] for s in ("done", "pruned", "failed")] == [3, 2, 1]
    assert now["evolve_best_fitness"] == 0.75  # what was stopped early is no best trial
    assert now["evolve_search_items_total"] == 100 + 3 * 40
    assert now["evolve_tokens_total"] == 1000 + 2 * 300
    assert (now["evolve_workers_alive"], now["evolve_workers_busy"]) == (4, 3)
    assert now["evolve_attempts_lost_total"] == 3
    assert now["evolve_last_trial_age_seconds"] == 7
    assert now["evolve_worker_seconds_total"] == 7200
    assert now["evolve_spent_usd_total"] == 3.0
    assert now["evolve_phase search"] == 1
    assert now[f"evolve_search_info {SEARCH.digest} night"] == 1
    with pytest.raises(OSError):
        scraped(sink.address)


def test_a_port_that_is_taken_is_a_warning() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            capture_logs() as logs,
            open_sinks(SinksConfig(prometheus=taken.getsockname()[1])) as sinks,
        ):
            sinks.begin(SEARCH)
            sinks.ended(ended(4))
            sinks.close(END)
    assert [e["sink"] for e in logs] == ["prometheus"] * 2
    assert "in use" in logs[0]["reason"]
