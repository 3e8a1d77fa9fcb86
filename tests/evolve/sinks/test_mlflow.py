"""A real MLflow store in SQLite, read back with MLflow's own client."""

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from evolve.blocks import SinksConfig
from evolve.sinks import End, SearchFacts, open_sinks
from tests.evolve.sinks.facts import END, NOW, SEARCH, ended

pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's own


def log(uri: str, search: SearchFacts, trials: list[Any], end: End) -> None:
    """One driver's time with a search; long enough for MLflow to make its database."""
    sinks = open_sinks(SinksConfig(mlflow=uri))
    sinks._close_s = 60.0
    sinks.begin(search)
    for trial in trials:
        sinks.ended(trial)
    sinks.progress(NOW)
    sinks.close(end)


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # where MLflow puts its artifacts
    return f"sqlite:///{tmp_path}/mlflow.db"


def test_a_search_that_goes_on_is_one_run(uri: str) -> None:
    from mlflow.artifacts import download_artifacts
    from mlflow.tracking import MlflowClient

    log(uri, SEARCH, [ended(3, 0.3), ended(4, 0.7), ended(5, None)], End("stopped"))
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("evolve")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "KILLED"
    log(uri, SEARCH, [ended(6, 0.6, pruned=True), ended(7, 0.9)], END)
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.status, run.info.run_name) == ("FINISHED", "night")
    assert run.data.tags["evolve.digest"] == SEARCH.digest
    assert run.data.tags["evolve.verdict"] == "improvement"
    assert run.data.params["budget.trials"] == "9"
    assert run.data.params["parents.a"] == "org/a"

    def steps(metric: str) -> list[tuple[int, float]]:
        return [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, metric)]

    assert steps("fitness") == [(3, 0.3), (4, 0.7), (6, 0.6), (7, 0.9)]
    assert [value for _, value in steps("best_fitness")] == [0.5, 0.7, 0.5, 0.9]
    assert [step for step, _ in steps("gene/weight.a")] == [3, 4, 6, 7]
    folder = Path(download_artifacts(run_id=run.info.run_id, tracking_uri=uri))
    assert {f.name for f in folder.iterdir()} == {"search.json", "verdict.json", "recipe.yaml"}
    assert json.loads((folder / "verdict.json").read_text())["sentence"] == "a merge wins"
    assert (folder / "recipe.yaml").read_text() == END.recipe


def test_a_server_that_is_away_does_not_hold_up_the_search() -> None:
    with socket.socket() as silent:  # takes connections and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        sinks = open_sinks(SinksConfig(mlflow=f"http://me:secret@127.0.0.1:{_port(silent)}"))
        sinks._close_s = 0.5
        with capture_logs() as logs:
            before = time.monotonic()
            sinks.begin(SEARCH)
            sinks.ended(ended(3))
            held_up = time.monotonic() - before
            sinks.close(END)
            took = time.monotonic() - before
    assert held_up < 0.2
    assert took < 2
    assert [e["event"] for e in logs] == ["sink did not end in time"]


def test_a_server_that_refuses_is_a_warning_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = _port(taken)
    with capture_logs() as logs:
        log(f"http://me:secret@127.0.0.1:{port}", SEARCH, [ended(3)], END)
    assert logs[0]["event"] == "sink failed; the search goes on without it"
    assert str(port) in logs[0]["reason"]
    assert "secret" not in str(logs)


def _port(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])
