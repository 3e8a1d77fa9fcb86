"""The pool of Ray actors that hands out jobs: one Worker per actor, replaced when it dies."""

import contextlib
import os
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError, EvolveError, StopError, WorkerLostError
from search_spaces.messages import Job, Result, Split, TaskItems, WorkerSpec

_START_LIMIT_S = 600.0
_RESTARTS = 3


class _Actor:
    """What runs inside the Ray process; the Worker is made in `start`, so that its errors come
    back whole.
    """

    def start(self, spec: WorkerSpec, name: str) -> str:
        from workers.worker import Worker

        self._worker = Worker(spec, name)
        if spec.splits:
            self._worker.set_splits(spec.splits)
        return name

    def describe_tasks(self) -> list[TaskItems]:
        return self._worker.describe_tasks()

    def set_splits(self, splits: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        self._worker.set_splits(splits)

    def run(self, job: Job) -> Result:
        return self._worker.run(job)

    def pid(self) -> int:
        return os.getpid()


@dataclass(frozen=True)
class _Idle:
    """A worker without a job. attempt_id: what it did last, whose candidate it still holds."""

    actor: Any
    name: str
    attempt_id: int | None = None


class RayPool:
    """Hands jobs to idle workers and returns results as they come, in no particular order.

    A worker is idle again once its result has been handed out, so that the next part of that
    attempt finds it.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        count: int,
        *,
        gpus_per_worker: float | None = None,
        address: str | None = None,
    ) -> None:
        """Starts Ray (or joins the cluster at `address`) and `count` workers; returns when all are
        ready. gpus_per_worker: if None, the cluster's GPUs are shared out, at most one per worker.

        Raises: whatever a worker's start raised; ConfigError when the cluster has no room for
        them.
        """
        self._ray = _start_ray(count, address)
        self._spec = spec
        self._gpus = 0.0
        self._running: dict[Any, tuple[Any, str, Job]] = {}
        self._starting: dict[Any, tuple[Any, str]] = {}
        self._idle: list[_Idle] = []
        self._born = 0
        self._losses = 0
        self._results: deque[tuple[Result, _Idle | None]] = deque()
        try:
            self._gpus = _gpus_each(spec, count, gpus_per_worker, self._ray.cluster_resources())
            for _ in range(count):
                self._start_worker()
            self._await_start(count)
        except BaseException:
            self.close()
            raise

    def describe_tasks(self) -> list[TaskItems]:
        """The items of every task, from one of the workers."""
        found: list[TaskItems] = self._get(self._idle[0].actor.describe_tasks.remote())
        return found

    def set_splits(self, splits: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        """Tells every worker, and every later one, which items belong to which split."""
        self._spec = replace(self._spec, splits={s: dict(t) for s, t in splits.items()})
        self._get([idle.actor.set_splits.remote(splits) for idle in self._idle])

    @property
    def free(self) -> int:
        """How many jobs could start right now."""
        self._collect(0.0)
        return len(self._idle)

    def submit(self, job: Job) -> str:
        """Gives a job to an idle worker, the one that did this attempt last if it can, and
        returns the worker's name.

        Raises: WorkerLostError when there is none.
        """
        if not self._idle:
            raise WorkerLostError("no worker is idle")
        held = [i for i, idle in enumerate(self._idle) if idle.attempt_id == job.attempt_id]
        chosen = self._idle.pop(held[0] if held else 0)
        self._running[chosen.actor.run.remote(job)] = (chosen.actor, chosen.name, job)
        return chosen.name

    def next(self, timeout_s: float) -> Result | None:
        """The next result, or None when there is none within the time.

        A worker that died gives a result that says so, and another takes its place.

        Raises: StopError when workers keep dying.
        """
        if not self._results:
            self._collect(timeout_s)
        if not self._results:
            return None
        result, idle = self._results.popleft()
        if idle is not None:
            self._idle.append(idle)
        return result

    def close(self) -> None:
        """Ends the workers and leaves Ray; a local Ray ends with it."""
        with contextlib.suppress(Exception):
            done = [idle for _, idle in self._results if idle is not None]
            for actor in [
                *(a for a, *_ in (*self._running.values(), *self._starting.values())),
                *(idle.actor for idle in (*self._idle, *done)),
            ]:
                self._ray.kill(actor)
        self._ray.shutdown()

    def pids(self) -> list[int]:
        """Process ids of the idle workers."""
        found: list[int] = self._get([idle.actor.pid.remote() for idle in self._idle])
        return found

    def _collect(self, timeout_s: float) -> None:
        """Waits for a worker to become ready or to end a job, and takes note of it."""
        futures = [*self._running, *self._starting]
        if not futures:
            time.sleep(min(timeout_s, 0.1))
            return
        done, _ = self._ray.wait(futures, num_returns=1, timeout=timeout_s)
        for future in done:
            if future in self._starting:
                actor, name = self._starting.pop(future)
                self._get(future)
                self._idle.append(_Idle(actor, name))
                continue
            actor, name, job = self._running.pop(future)
            try:
                result: Result = self._ray.get(future)
                self._losses = 0
            except self._ray.exceptions.RayActorError as error:
                lost = f"worker {name} died: {_first_line(error)}"
                self._results.append((Result(job.attempt_id, name, lost=lost), None))
                self._replace()
                continue
            except self._ray.exceptions.RayTaskError as error:
                result = Result(job.attempt_id, name, failed=f"unexpected {error.cause!r}")
            self._results.append((result, _Idle(actor, name, job.attempt_id)))

    def _replace(self) -> None:
        self._losses += 1
        if self._losses > _RESTARTS * max(
            1, len(self._idle) + len(self._results) + len(self._running) + 1
        ):
            raise StopError(
                f"{self._losses} workers died one after another; the machine may be out of "
                "memory. Nothing is lost: lower workers.count or workers.batch_tokens and run the "
                "same command again"
            )
        self._start_worker()

    def _start_worker(self) -> None:
        options = {"num_cpus": 1, "num_gpus": self._gpus, "max_restarts": 0}
        actor = self._ray.remote(_Actor).options(**options).remote()
        name = f"w{self._born}"
        self._born += 1
        self._starting[actor.start.remote(self._spec, name)] = (actor, name)

    def _await_start(self, count: int) -> None:
        ready, waiting = self._ray.wait(
            list(self._starting), num_returns=count, timeout=_START_LIMIT_S
        )
        for future in ready:
            actor, name = self._starting.pop(future)
            self._get(future)
            self._idle.append(_Idle(actor, name))
        if waiting:
            raise ConfigError(
                f"workers: {len(waiting)} of {count} did not start within {_START_LIMIT_S:.0f} s; "
                f"the cluster offers {self._ray.cluster_resources()}"
            )

    def _get(self, future: Any) -> Any:
        try:
            return self._ray.get(future)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, EvolveError):
                raise error.cause from None
            raise
        except self._ray.exceptions.RayActorError as error:
            raise StopError(f"a worker died while starting: {_first_line(error)}") from None


def _gpus_each(
    spec: WorkerSpec, count: int, wanted: float | None, offered: Mapping[str, float]
) -> float:
    """GPUs per worker; ConfigError when the cluster can never hold all workers."""
    gpus, cpus = offered.get("GPU", 0.0), offered.get("CPU", 0.0)
    if spec.device == "cpu":
        each = 0.0
    elif wanted is not None:
        each = wanted
    else:
        each = min(1.0, gpus / count)
    if spec.device == "cuda" and gpus == 0:
        raise ConfigError("workers.device is 'cuda', but Ray finds no GPU; use 'auto' or 'cpu'")
    if each * count > gpus or count > cpus:
        raise ConfigError(
            f"workers: {count} workers with {each:g} GPUs and a CPU each; the cluster offers "
            f"{gpus:g} GPUs and {cpus:g} CPUs; lower workers.count or workers.gpus_per_worker"
        )
    return each


def _start_ray(count: int, address: str | None) -> Any:
    """A local Ray with `count` CPUs, or the cluster at `address`, with its token readable by its
    owner only.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import logging

    import ray

    local = {} if address else {"num_cpus": count, "include_dashboard": False}
    mask = os.umask(0o077)
    try:
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            ignore_reinit_error=True,
            **local,
        )
    except ConnectionError as error:
        raise ConfigError(f"workers.address: no Ray cluster at '{address}': {error}") from None
    finally:
        os.umask(mask)
    token = Path.home() / ".ray" / "auth_token"
    if token.exists():
        token.chmod(0o600)
    return ray


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
