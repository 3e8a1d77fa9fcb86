"""The processes of a pool: where they are started, what each waits for, what becomes of a node."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from search_spaces.errors import ConfigError, EvolveError, StopError
from search_spaces.messages import WorkerSpec
from workers.actor import WorkerActor
from workers.losses import is_of_node
from workers.network import is_out_of_memory
from workers.placement import Need, Node, on_empty, placed, room

_PENDING = 32  # processes that Ray is making room for at one time
_HELLO_LIMIT_S = 120.0
_START_LIMIT_S = 3600.0  # large models from a slow disk
_START_LOSSES = 3
_LEAVING_S = 20.0  # for so long Ray may still count what has ended

_LOG = structlog.get_logger()


@dataclass(eq=False)
class Host:
    """An actor's process, and the workers in it.

    stage: hello (Ray makes room), parents (reads them for all of its node), waiting (for another
    that does), start, splits, ready; gone. path: where it has the parents for others to open.
    pays: it asked Ray for the memory that its node shares.
    """

    actor: Any
    node: str
    names: tuple[str, ...]
    spec: WorkerSpec
    pays: bool
    stage: str = "hello"
    since: float = field(default_factory=time.monotonic)
    pid: int | None = None
    path: str | None = None


Ask = Callable[[Host, str, tuple[Any, ...]], None]
"""Ends in an event: the host, what it was asked (its stage), a future of the answer."""


class Fleet:
    """Starts processes while there is room and fewer than `limit`, and takes them through their
    stages.
    """

    def __init__(
        self,
        ray: Any,
        spec: WorkerSpec,
        need: Need,
        ask: Ask,
        *,
        actor: type[WorkerActor],
        workers: int | None,
        slots: int,
        asks_memory: bool,
    ) -> None:
        """workers: at most so many; slots: of them in one process; asks_memory: Ray keeps count
        of the memory, too.
        """
        self.spec = spec
        self.hosts: set[Host] = set()
        self.nodes: dict[str, Node] = {}
        self._ray = ray
        self._need = need
        self._ask = ask
        self._actor = actor
        self._workers = workers
        self._slots = slots
        self._asks_memory = asks_memory
        self._born = 0
        self._leading: dict[str, Host] = {}
        self._unshared: set[str] = set()
        self._unheard: set[str] = set()  # nodes where Ray found no room that was to be there
        self._proven: set[str] = set()
        self._refused: dict[str, EvolveError] = {}
        self._most: dict[str, int] = {}
        self._start_losses: Counter[str] = Counter()
        self._left: list[tuple[str, float]] = []

    @property
    def limit(self) -> int | None:
        """Of processes."""
        return None if self._workers is None else -(-self._workers // self._slots)

    @property
    def alive(self) -> bool:
        """Is there a process that works, or will?"""
        return any(h.stage != "hello" or h.node not in self._unheard for h in self.hosts)

    def see(self, nodes: list[Node]) -> list[Host]:
        """Takes note of the cluster as it is, starts what it has room for; returns the hosts whose
        node has left.
        """
        self.nodes = {node.id: node for node in nodes}
        gone = [host for host in self.hosts if host.node not in self.nodes]
        for host in gone:
            self.forget(host)
        for known in (self._refused, self._start_losses, self._most):
            for node in [n for n in known if n not in self.nodes]:
                del known[node]  # it may come back in better shape
        self.fill()
        return gone

    def fill(self) -> None:
        """Starts processes as long as there is room for them."""
        now = time.monotonic()
        self._left = [(n, at) for n, at in self._left if now - at < _LEAVING_S]
        leaving = Counter(node for node, _ in self._left)
        ours = Counter(host.node for host in self.hosts)
        paid = {host.node for host in self.hosts if host.pays}
        pending = sum(host.stage == "hello" for host in self.hosts)
        rooms = {
            node.id: self._room(node, ours[node.id], node.id in paid, leaving[node.id])
            for node in self.nodes.values()
            if node.id not in self._refused
        }
        while pending < _PENDING and (self.limit is None or len(self.hosts) < self.limit):
            chosen = placed(ours, rooms)
            if chosen is None:
                return
            self._launch(chosen, pays=chosen not in paid)
            paid.add(chosen)
            ours[chosen] += 1
            rooms[chosen] -= 1
            pending += 1

    def answered(self, host: Host, stage: str, answer: Any) -> bool:
        """Goes on with a host that did what it was asked; True if it is ready now."""
        if stage == "hello":
            host.pid = answer.pid
            self._unheard.discard(host.node)
            self._begin(host)
            self.fill()
        elif stage == "parents":
            host.path = answer
            if answer is None:
                self._unshared.add(host.node)
            self._leading.pop(host.node, None)
            self._start(host)
            self._wake(host.node)
        elif host.spec is not self.spec:
            host.path = answer if stage == "start" else host.path
            self._to(host, "splits", self.spec.splits)
            host.spec = self.spec
        else:
            host.path = answer if stage == "start" else host.path
            self._to(host, "ready")
            self._proven.add(host.node)
            self._start_losses.pop(host.node, None)
        return host.stage == "ready"

    def refused(self, host: Host, error: Exception) -> None:
        """A host could not start, and says why. Its node is left alone from now on.

        Raises: that error when no other node is left, or when this node has started one before:
        then a file has changed.
        """
        cause = getattr(error, "cause", error)
        self.end(host)
        if isinstance(cause, MemoryError | RuntimeError) and (
            isinstance(cause, MemoryError) or is_out_of_memory(cause)
        ):
            self._most[host.node] = sum(other.node == host.node for other in self.hosts)
            found: EvolveError = ConfigError(
                "workers: no worker could start for want of memory; take a larger machine, "
                "fewer parents or a smaller dtype"
            )
            if self._most[host.node]:
                _LOG.warning("no memory for a further worker", node=self._address(host.node))
                return
        elif isinstance(cause, EvolveError):
            found = cause
        else:
            found = StopError(f"a worker could not start: {cause!r}")
        self._refuse(host.node, found)

    def lost(self, host: Host, error: BaseException | None, reason: str) -> bool:
        """A process is gone; False if it went with its node, which is nobody's fault.

        Raises: StopError when processes keep dying while they start.
        """
        starting = host.stage not in ("ready", "gone")
        silent = host.stage == "hello" and error is None
        self.end(host)
        if silent:
            self._unheard.add(host.node)
            return False
        if error is not None and is_of_node(self._ray, error):
            return False
        if starting:
            self._start_losses[host.node] += 1
            if self._start_losses[host.node] >= _START_LOSSES:
                self._refuse(host.node, StopError(f"a worker {reason} while starting"))
        return True

    def overdue(self) -> list[tuple[Host, str]]:
        """Hosts that take too long to start, and why they are given up."""
        now = time.monotonic()
        limits = {"hello": _HELLO_LIMIT_S, "parents": _START_LIMIT_S, "start": _START_LIMIT_S}
        return [
            (host, f"did not get past '{host.stage}' within {limits[host.stage]:.0f} s")
            for host in self.hosts
            if now - host.since > limits.get(host.stage, float("inf"))
        ]

    def end(self, host: Host) -> None:
        """Ends its process, however it is, and forgets it."""
        self.forget(host)
        self._ray.kill(host.actor)

    def forget(self, host: Host) -> None:
        """Whoever waited for it waits for another one."""
        if host not in self.hosts:
            return
        self.hosts.discard(host)
        host.stage = "gone"
        self._left.append((host.node, time.monotonic()))
        if self._leading.get(host.node) is host:
            del self._leading[host.node]
            self._wake(host.node)

    def _room(self, node: Node, ours: int, paid: bool, leaving: int) -> int:
        found = room(self._need, node, ours, paid, leaving)
        return min(found, self._most[node.id] - ours) if node.id in self._most else found

    def _launch(self, node: str, *, pays: bool) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        need = self._need
        options: dict[str, Any] = {
            "num_cpus": need.cpus,
            "num_gpus": need.gpus,
            "max_restarts": 0,
            "max_concurrency": self._slots,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=False),
        }
        if self._asks_memory and need.own_bytes:
            options["memory"] = need.own_bytes + (need.shared_bytes if pays else 0)
        actor = self._ray.remote(self._actor).options(**options).remote()
        slots = self._slots
        if self._workers is not None:
            others = sum(len(host.names) for host in self.hosts)
            slots = min(slots, self._workers - others)
        names = tuple(f"w{self._born + slot}" for slot in range(slots))
        self._born += slots
        host = Host(actor, node, names, self.spec, pays)
        self.hosts.add(host)
        self._to(host, "hello")

    def _begin(self, host: Host) -> None:
        """Starts it with the parents that its node has, reads them, or waits for who does."""
        alone = self.limit == 1 or not self._shares(host.node)
        if alone or self._path(host.node) is not None:
            self._start(host)
        elif host.node in self._leading:
            host.stage = "waiting"
            host.actor.prepare.remote()
        else:
            self._leading[host.node] = host
            self._to(host, "parents", host.spec)

    def _shares(self, node: str) -> bool:
        several = node in self.nodes and on_empty(self._need, self.nodes[node].total) > 1
        return several and node not in self._unshared and self._actor.shares_parents

    def _path(self, node: str) -> str | None:
        return next((h.path for h in self.hosts if h.node == node and h.path is not None), None)

    def _wake(self, node: str) -> None:
        for host in self.hosts:
            if host.node == node and host.stage == "waiting":
                self._begin(host)

    def _start(self, host: Host) -> None:
        host.spec = self.spec
        self._to(host, "start", host.spec, host.names[0], host.path or self._path(host.node))

    def _to(self, host: Host, stage: str, *arguments: Any) -> None:
        host.stage, host.since = stage, time.monotonic()
        if stage != "ready":
            self._ask(host, stage, arguments)

    def _refuse(self, node: str, error: EvolveError) -> None:
        if node in self._proven:
            raise error
        self._refused.setdefault(node, error)
        for host in [h for h in self.hosts if h.node == node]:
            self.end(host)
        others = [
            n
            for n in self.nodes.values()
            if n.id not in self._refused and on_empty(self._need, n.total) > 0
        ]
        if not others and not self.hosts:
            raise next(iter(self._refused.values()))
        _LOG.warning("no workers on this node", node=self._address(node), reason=str(error))

    def _address(self, node: str) -> str:
        return self.nodes[node].address if node in self.nodes else node[:8]


def with_splits(spec: WorkerSpec, splits: Any) -> WorkerSpec:
    """A new spec, so that hosts that began with another one are seen to have it."""
    return replace(spec, splits={s: dict(t) for s, t in splits.items()})
