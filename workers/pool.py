"""The pool that hands jobs to workers on a Ray cluster and takes their results, at a cost that
does not depend on how many there are.
"""

import contextlib
import queue
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from search_spaces.errors import EvolveError, PauseError, StopError, WorkerLostError
from search_spaces.messages import ItemText, Job, Result, Split, TaskItems, WorkerSpec
from workers.actor import WorkerActor
from workers.cluster import cores_for, nodes_of, start_ray
from workers.ending import Ending
from workers.fleet import Fleet, Host, with_splits
from workers.lookout import Lookout
from workers.losses import is_of_node, reason_of
from workers.network import is_out_of_memory
from workers.placement import Node, gpus_each, lenient, most_wanted, need_of, refuse_too_small

_RESTARTS = 3
_WATCH_S = 0.5
_TEXTS_S = 60.0
_METHODS = {
    "hello": "hello",
    "parents": "share_parents",
    "start": "start",
    "splits": "set_splits",
}


@dataclass(frozen=True)
class _Running:
    host: Host
    job: Job
    ends_at: float


class _Event(NamedTuple):
    """A future is done. stage: "job", or what the host was asked; worker: whose job it was."""

    host: Host
    stage: str
    worker: str
    future: Any


class RayPool:
    """Hands jobs to idle workers and returns results as they come, in no particular order.

    A worker is idle again once its result has been handed out, so that the next part of that
    attempt finds it. Not for several threads.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        count: int | None = None,
        *,
        gpus_per_worker: float | None = None,
        address: str | None = None,
        gone_limit_s: float = 900.0,
        actor: type[WorkerActor] = WorkerActor,
        slots_per_actor: int = 1,
        on_connected: Callable[[], None] = lambda: None,
    ) -> None:
        """Starts Ray (or joins the cluster at `address`) and returns when a worker is ready;
        others come to it, as many as `count` says, or as the cluster has room for if None (on
        one's own machine: one per GPU, one without).

        gpus_per_worker: a whole one if None, or on one's own machine so much that `count` find
        room. gone_limit_s: without any worker for so long, PauseError. on_connected: called once
        Ray has started, which has signal handlers of its own.

        Raises: what a worker's start raised; ConfigError when the cluster can never hold one, or
        one's own machine not all of them; PauseError.
        """
        local = address is None
        self._ray = start_ray(
            cores_for(count, slots_per_actor, spec), address, patience_s=gone_limit_s
        )
        on_connected()
        self._address = address or "this machine"
        self._gone_limit_s = gone_limit_s
        self._events: queue.SimpleQueue[_Event | list[Node]] = queue.SimpleQueue()
        self._idle: dict[str, Host] = {}
        self._attempts: dict[str, int] = {}  # idle worker -> whose candidate it holds
        self._holders: dict[int, str] = {}  # and back
        self._running: dict[str, _Running] = {}
        self._lost: deque[Result] = deque()
        self._most = 0  # processes at a time
        self._losses: dict[str, int] = {}  # node -> workers that died since the last result
        self._watch_at = self._alive_at = time.monotonic()
        self._lookout = Lookout(self._ray, self._events.put)
        self._ending = Ending(self._ray)
        try:
            nodes = nodes_of(self._ray)
            gpus = gpus_each(
                spec.device,
                count,
                gpus_per_worker,
                sum(node.total.gpus for node in nodes),
                local=local,
            )
            shares = actor.shares_parents and count != 1
            need = need_of(spec, gpus, shares)
            need = lenient(need) if local else need
            processes = None if count is None else -(-count // slots_per_actor)
            refuse_too_small(need, nodes, processes, local=local)
            workers = most_wanted(processes, need, nodes, local=local)
            if count is not None:
                workers = count
            elif workers is not None:
                workers *= slots_per_actor
            self._fleet = Fleet(
                self._ray,
                spec,
                need,
                self._ask,
                actor=actor,
                workers=workers,
                slots=slots_per_actor,
                asks_memory=not local,
            )
            self._fleet.see(nodes)
            self._lookout.start()
            while not self._idle:
                self._step(time.monotonic() + 1.0)
        except BaseException:
            self.close()
            raise

    @property
    def free(self) -> int:
        """How many jobs could start right now."""
        return len(self._idle)

    @property
    def size(self) -> int:
        """Workers that are alive, idle or busy."""
        return len(self.names())

    def names(self) -> list[str]:
        """Of those workers."""
        return [name for host in self._ready() for name in host.names]

    def pids(self) -> list[int]:
        """The process of each of those workers, in the same order."""
        return [host.pid or 0 for host in self._ready() for _ in host.names]

    def describe_tasks(self) -> list[TaskItems]:
        """The items of every task, from one of the workers that are idle."""
        while True:
            host = next(iter(self._idle.values()), None)
            if host is None:
                self._step(time.monotonic() + 1.0)
                continue
            try:
                found: list[TaskItems] = self._ray.get(host.actor.describe_tasks.remote())
                return found
            except self._ray.exceptions.RayTaskError as error:
                raise _own_error(error) from None
            except self._ray.exceptions.RayError as error:
                self._lose(host, error, reason_of(self._ray, error))

    def describe_items(self, items: Mapping[str, Sequence[int]]) -> dict[str, dict[int, ItemText]]:
        """What the items say, from one of the workers that are idle; nothing of what it cannot
        tell, or not in time: they are for people to read, and no search waits for them.
        """
        host = next(iter(self._idle.values()), None)
        if host is None:
            return {}
        answer = host.actor.describe_items.remote(items)
        try:
            found: dict[str, dict[int, ItemText]] = self._ray.get(answer, timeout=_TEXTS_S)
            return found
        except (self._ray.exceptions.RayTaskError, self._ray.exceptions.GetTimeoutError):
            return {}
        except self._ray.exceptions.RayError as error:
            self._lose(host, error, reason_of(self._ray, error))
            return {}

    def set_splits(self, splits: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        """Tells every worker, and every later one, which items belong to which split."""
        self._fleet.spec = with_splits(self._fleet.spec, splits)
        told = [(host, host.actor.set_splits.remote(splits)) for host in self._ready()]
        for host, answer in told:
            host.spec = self._fleet.spec
            try:
                self._ray.get(answer)
            except self._ray.exceptions.RayTaskError as error:
                raise _own_error(error) from None
            except self._ray.exceptions.RayError as error:
                self._lose(host, error, reason_of(self._ray, error))

    def submit(self, job: Job) -> str:
        """Gives a job to an idle worker, the one that did this attempt last if it can, and
        returns the worker's name.

        Raises: WorkerLostError when there is none.
        """
        if not self._idle:
            raise WorkerLostError("no worker is idle")
        name = self._holders.get(job.attempt_id) or next(iter(self._idle))
        host = self._leave_idle(name)
        ends_at = float("inf") if job.deadline_s is None else time.monotonic() + job.deadline_s
        self._running[name] = _Running(host, job, ends_at)
        self._send(host, "job", name, host.actor.run.remote(job))
        return name

    def next(self, timeout_s: float) -> Result | None:
        """The next result; None when there is none within the time, or a worker became ready.

        A worker that died gives a result that says so, and another takes its place.

        Raises: StopError when workers keep dying; PauseError when there are none for too long;
        ParentError when a parent is not any more what it was.
        """
        until = time.monotonic() + timeout_s
        while not self._lost:
            found = self._step(until)
            if isinstance(found, Result):
                return found
            if found or time.monotonic() >= until:
                break
        return self._lost.popleft() if self._lost else None

    def close(self) -> None:
        """Ends the workers and leaves Ray; a local Ray ends with it."""
        self._lookout.end()
        fleet = getattr(self, "_fleet", None)
        self._ending.all(list(fleet.hosts) if fleet is not None else [])

    def _step(self, until: float) -> Result | bool:
        """Waits for one event and acts on it; True if a worker became ready."""
        event = self._event(until)
        if event is None:
            return False
        if isinstance(event, list):
            self._see(event)
            return False
        if event.host.stage == "gone":
            return False
        if event.stage == "job":
            return self._ended(event) or False
        return self._went_on(event)

    def _event(self, until: float) -> "_Event | list[Node] | None":
        """What is there comes first: who has answered while nobody listened does not hang."""
        with contextlib.suppress(queue.Empty):
            return self._events.get_nowait()
        now = time.monotonic()
        if now >= self._watch_at:
            self._alive_at += now - self._watch_at  # while nobody asked, nobody was missed
            self._watch_at = now + _WATCH_S
            self._watch(now)
        wait = min(until, self._watch_at) - now
        try:
            return self._events.get(timeout=wait) if wait > 0 else None
        except queue.Empty:
            return None

    def _ended(self, event: _Event) -> Result | None:
        """The result of a job; None if its worker died, whose results are then all lost."""
        name, job = event.worker, self._running[event.worker].job
        try:
            result: Result = event.future.result()
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            no_room = isinstance(cause, MemoryError) or is_out_of_memory(cause)
            failed = f"out of memory: {cause}" if no_room else f"unexpected {cause!r}"
            result = Result(job.attempt_id, name, failed=failed)
        except self._ray.exceptions.RayError as error:
            self._lose(event.host, error, reason_of(self._ray, error))
            return None
        del self._running[name]
        self._losses.clear()
        self._enter_idle(name, event.host, job.attempt_id)
        return result if result.worker == name else replace(result, worker=name)

    def _went_on(self, event: _Event) -> bool:
        """A host did what it was asked on its way to being ready."""
        host = event.host
        try:
            answer = event.future.result()
        except self._ray.exceptions.RayTaskError as error:
            self._fleet.refused(host, error)
            self._lookout.look()
            return False
        except self._ray.exceptions.RayError as error:
            self._lose(host, error, reason_of(self._ray, error))
            return False
        if not self._fleet.answered(host, event.stage, answer):
            return False
        for name in host.names:
            self._idle[name] = host
        return True

    def _lose(self, host: Host, error: BaseException | None, reason: str) -> None:
        """Takes note that a process is gone, with all that its workers were doing.

        Raises: StopError when there were too many.
        """
        if host.stage == "gone":
            return
        self._ending.watch(host)
        self._most = max(self._most, len(self._fleet.hosts))
        of_node = error is not None and is_of_node(self._ray, error)
        self._drop(host, reason, excused=of_node)
        counts = self._fleet.lost(host, error, reason)
        if counts:
            self._losses[host.node] = self._losses.get(host.node, 0) + 1
        losses = sum(self._losses.values())
        if losses > _RESTARTS * (1 + self._most):
            raise StopError(
                f"{losses} workers died one after another, the last one {reason}; the machine may "
                "be out of memory. Nothing is lost: lower workers.count or workers.batch_tokens "
                "and run the same command again"
            )
        if not of_node:
            self._lookout.look()

    def _drop(self, host: Host, reason: str, *, excused: bool) -> None:
        for name in host.names:
            if name in self._running:
                attempt = self._running.pop(name).job.attempt_id
                lost = f"worker {name} {reason}"
                self._lost.append(Result(attempt, name, lost=lost, excused=excused))
            elif name in self._idle:
                self._leave_idle(name)

    def _see(self, nodes: list[Node]) -> None:
        """The cluster as it is now."""
        for host in self._fleet.see(nodes):
            self._drop(host, "is gone with its machine", excused=True)
        for node in set(self._losses) - set(self._fleet.nodes):
            del self._losses[node]

    def _watch(self, now: float) -> None:
        """What nobody tells: workers that hang, and a cluster that is away."""
        self._ending.insist(now)
        hung = {r.host: r.job for r in self._running.values() if now >= r.ends_at}
        for host, job in hung.items():
            self._lose(host, None, f"was silent for {job.deadline_s:g} s")
        for host, reason in self._fleet.overdue():
            self._lose(host, None, reason)
        if self._fleet.alive:
            self._alive_at = now
        if now - self._alive_at > self._gone_limit_s:
            raise PauseError(
                f"workers: none for {self._gone_limit_s:.0f} s on {self._address}. Nothing is "
                "lost: the same command goes on when there are some"
            )
        if now - self._lookout.heard_at > self._gone_limit_s:
            raise PauseError(
                f"workers: the Ray cluster at {self._address} has not answered for "
                f"{self._gone_limit_s:.0f} s. Nothing is lost: the same command goes on"
            )

    def _ready(self) -> list[Host]:
        return [host for host in self._fleet.hosts if host.stage == "ready"]

    def _enter_idle(self, name: str, host: Host, attempt_id: int) -> None:
        self._idle[name] = host
        self._attempts[name] = attempt_id
        self._holders[attempt_id] = name

    def _leave_idle(self, name: str) -> Host:
        attempt = self._attempts.pop(name, None)
        if attempt is not None and self._holders.get(attempt) == name:
            del self._holders[attempt]
        return self._idle.pop(name)

    def _ask(self, host: Host, stage: str, arguments: tuple[Any, ...]) -> None:
        method = getattr(host.actor, _METHODS[stage])
        self._send(host, stage, "", method.remote(*arguments))

    def _send(self, host: Host, stage: str, worker: str, answer: Any) -> None:
        put = self._events.put
        answer.future().add_done_callback(lambda done: put(_Event(host, stage, worker, done)))


def _own_error(error: Any) -> Exception:
    """What the worker's own code raised, if it is one of ours."""
    return error.cause if isinstance(error.cause, EvolveError) else error
