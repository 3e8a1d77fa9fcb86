"""One W&B run per search, its id the search's digest: a search that goes on is logged to the same
run. `WANDB_MODE=offline` keeps everything in ./wandb, for `wandb sync`; what could not be sent in
time lies there, too.
"""

import contextlib
import threading
from typing import Any

from evolve.progress import Progress
from evolve.sinks.protocol import End, SearchFacts, TrialFacts


class WandbSink:
    """project: in the account that `wandb login` has set up."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._run: Any = None

    def begin(self, search: SearchFacts) -> None:
        import wandb

        wandb.setup(wandb.Settings(silent=True))  # its login talks to the terminal, too
        self._run = wandb.init(
            project=self._project,
            id=search.digest,
            name=search.name,
            resume="allow",
            config=dict(search.config),
            settings=wandb.Settings(
                silent=True, console="off", disable_git=True, disable_code=True, init_timeout=60
            ),
        )
        self._run.define_metric("trial")
        self._run.define_metric("*", step_metric="trial")  # trials end in any order

    def ended(self, trial: TrialFacts) -> None:
        if trial.fitness is None:
            return
        found: dict[str, Any] = {"trial": trial.number}
        if trial.origin == "optimizer" and trial.split == "search":
            found |= {"fitness": trial.fitness, "items": trial.items, "state": trial.state}
            found |= {"merge_s": trial.merge_s, "score_s": trial.score_s}
            found |= {f"gene/{name}": value for name, value in trial.genome.items()}
        else:
            found[f"{trial.split}/{trial.origin}"] = trial.fitness
        self._run.log(found)

    def progress(self, now: Progress) -> None:
        self._run.summary["phase"] = now.phase
        if now.best is not None:
            self._run.summary["best_fitness"] = now.best
        if now.usd_spent is not None:
            self._run.summary["usd_spent"] = now.usd_spent

    def close(self, end: End) -> None:
        import wandb

        self._run.summary["state"] = end.state
        if end.verdict is not None:
            self._run.summary["verdict"] = end.verdict.get("kind")
            self._run.summary["sentence"] = end.verdict.get("sentence")
        if end.recipe is not None:
            recipe = wandb.Artifact(f"recipe-{self._run.id[:8]}", type="recipe")
            with recipe.new_file("recipe.yaml") as file:
                file.write(end.recipe)
            self._run.log_artifact(recipe)
        self._run.finish(exit_code=int(end.state == "failed"))

    def abandon(self) -> None:
        """Ends W&B's own process, for which this one would wait at its exit."""
        import psutil

        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if child.name().startswith("wandb"):
                    child.kill()
        ending = threading.Thread(target=_tear_down, daemon=True)
        ending.start()
        ending.join(1.0)


def _tear_down() -> None:
    import wandb

    with contextlib.suppress(Exception):  # it misses its process
        wandb.teardown()
