"""One MLflow run per search: parameters, metrics of every trial, verdict and recipe as artifacts.

A search that goes on is logged to the same run, which is found by a tag with the search's digest.
"""

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from evolve.progress import Progress
from evolve.sinks.protocol import End, SearchFacts, TrialFacts

EXPERIMENT, TAG = "evolve", "evolve.digest"
_STATUS = {"finished": "FINISHED", "stopped": "KILLED"}
_LONGEST = 500  # of a parameter's value, which every version of a server takes
_NOT_IN_NAMES = re.compile(r"[^\w./ -]")


class MlflowSink:
    """uri: of a tracking server, or sqlite:///FILE."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._client: Any = None
        self._run = ""
        self._best: float | None = None

    def begin(self, search: SearchFacts) -> None:
        from mlflow.tracking import MlflowClient

        for name in ("mlflow", "alembic", "urllib3"):  # which talk to the terminal
            logging.getLogger(name).setLevel(logging.ERROR)
        client = MlflowClient(tracking_uri=self._uri)
        found = client.get_experiment_by_name(EXPERIMENT)
        experiment = client.create_experiment(EXPERIMENT) if found is None else found.experiment_id
        runs = client.search_runs([experiment], f"tags.`{TAG}` = '{search.digest}'", max_results=1)
        self._best = search.best
        if runs:
            self._run = runs[0].info.run_id
            client.update_run(self._run, status="RUNNING")
        else:
            run = client.create_run(experiment, tags={TAG: search.digest}, run_name=search.name)
            self._run = run.info.run_id
            self._parameters(client, search.config)
            client.log_dict(self._run, dict(search.config), "search.json")
        self._client = client

    def ended(self, trial: TrialFacts) -> None:
        from mlflow.entities import Metric

        values = self._values(trial)
        now = int(time.time() * 1000)
        metrics = [Metric(_name(n), v, now, trial.number) for n, v in values.items()]
        if metrics:
            self._client.log_batch(self._run, metrics=metrics)

    def progress(self, now: Progress) -> None:
        if now.stopped is not None and now.usd_spent is not None:
            self._client.log_metric(self._run, "usd_spent", now.usd_spent, step=now.done)

    def close(self, end: End) -> None:
        if end.verdict is not None:
            self._client.log_dict(self._run, dict(end.verdict), "verdict.json")
            self._client.set_tag(self._run, "evolve.verdict", end.verdict.get("kind", ""))
        if end.recipe is not None:
            self._client.log_text(self._run, end.recipe, "recipe.yaml")
        self._client.set_terminated(self._run, _STATUS.get(end.state, "FAILED"))

    def _values(self, trial: TrialFacts) -> dict[str, float]:
        """Metrics of a trial; step is its number."""
        if trial.fitness is None:
            return {}
        if trial.origin != "optimizer" or trial.split != "search":
            return {f"{trial.split}/{trial.origin}": trial.fitness}
        if trial.state == "done":
            self._best = max(trial.fitness, trial.fitness if self._best is None else self._best)
        found = {
            "fitness": trial.fitness,
            "items": float(trial.items),
            "merge_s": trial.merge_s,
            "score_s": trial.score_s,
        }
        if self._best is not None:
            found["best_fitness"] = self._best
        genes = {f"gene/{n}": float(v) for n, v in trial.genome.items() if not isinstance(v, str)}
        return found | genes

    def _parameters(self, client: Any, config: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        flat = list(_flat(config))
        for start in range(0, len(flat), 100):  # as many as a server takes at once
            client.log_batch(
                self._run,
                params=[Param(_name(k), str(v)[:_LONGEST]) for k, v in flat[start : start + 100]],
            )


def _flat(data: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """Nested mappings with dotted names; what is None is left out."""
    if not isinstance(data, Mapping):
        return [] if data is None else [(prefix, data)]
    return [
        pair
        for key, value in data.items()
        for pair in _flat(value, f"{prefix}.{key}" if prefix else str(key))
    ]


def _name(text: str) -> str:
    """As MLflow takes names."""
    return _NOT_IN_NAMES.sub("_", text)[:250]
