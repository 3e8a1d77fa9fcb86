"""How many workers fit where: pure arithmetic over what nodes offer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from search_spaces.errors import ConfigError
from search_spaces.messages import WorkerSpec

_SURELY = 0.8
_ROUNDING = 1e-6  # Ray counts in ten-thousandths


@dataclass(frozen=True)
class Offer:
    """Cores, GPUs and bytes of main memory."""

    cpus: float
    gpus: float
    memory_bytes: float


@dataclass(frozen=True)
class Node:
    """A machine of the cluster: what it has, and what of that nobody has taken.

    `free` is what was so a moment ago.
    """

    id: str
    address: str
    total: Offer
    free: Offer


@dataclass(frozen=True)
class Need:
    """What a process of workers takes: own_bytes each, shared_bytes once on every node."""

    cpus: float
    gpus: float
    own_bytes: int = 0
    shared_bytes: int = 0


def need_of(spec: WorkerSpec, gpus: float, shares: bool) -> Need:
    """gpus: of each worker. shares: workers on one node have one copy of the parents.

    A worker with a GPU holds its models there, and only that GPU can say whether they fit.
    """
    cpus = float(spec.threads)
    if gpus > 0 or spec.memory_bytes is None:
        return Need(cpus, gpus)
    shared = (spec.parents_bytes or 0) if shares else 0
    return Need(cpus, gpus, spec.memory_bytes - shared, shared)


def lenient(need: Need) -> Need:
    """For one's own machine, where only what surely does not fit is refused: the count of bytes is
    of the worst moment.
    """
    return replace(
        need,
        own_bytes=int(_SURELY * need.own_bytes),
        shared_bytes=int(_SURELY * need.shared_bytes),
    )


def gpus_each(
    device: str, count: int | None, wanted: float | None, offered: float, *, local: bool
) -> float:
    """GPUs per worker: as told, else a whole one; on one's own machine so much of one that
    `count` workers find room.

    Raises: ConfigError when GPUs are asked for and there are none.
    """
    if device == "cuda" and offered == 0:
        raise ConfigError("workers.device is 'cuda', but Ray finds no GPU; use 'auto' or 'cpu'")
    if device == "cpu" or offered == 0:
        return 0.0
    if wanted is not None:
        return wanted
    if local and count is not None and count > offered:
        return 1 / math.ceil(count / offered)
    return 1.0


def on_empty(need: Need, offer: Offer) -> int:
    """How many fit where nobody is yet."""
    return _fitting(need, offer, shared_there=False)


def room(need: Need, node: Node, ours: int, shared_there: bool, leaving: int = 0) -> int:
    """How many more fit on a node that has `ours` already, started or starting.

    shared_there: one of them has paid for what they share; leaving: ours that have ended, which
    Ray may still count.
    """
    total, free = node.total, node.free
    shared = need.shared_bytes if shared_there else 0

    def left(total: float, free: float, each: float, once: float = 0) -> float:
        # What is missing beyond ours is taken by others.
        others = max(0.0, total - free - each * (ours + leaving) - once)
        return total - each * ours - once - others

    offer = Offer(
        left(total.cpus, free.cpus, need.cpus),
        left(total.gpus, free.gpus, need.gpus),
        left(total.memory_bytes, free.memory_bytes, need.own_bytes, shared),
    )
    return _fitting(need, offer, shared_there)


def most_wanted(
    count: int | None, need: Need, nodes: Sequence[Node], *, local: bool
) -> int | None:
    """At most so many workers; None: as many as fit, now and later."""
    if count is None and local:
        return max(1, sum(on_empty(need, node.total) for node in nodes)) if need.gpus else 1
    return count


def refuse_too_small(need: Need, nodes: Sequence[Node], count: int | None, *, local: bool) -> None:
    """count: of processes; a local Ray must hold all of them, a cluster one.

    Raises: ConfigError when these nodes never can, with what is needed and what they offer.
    """
    fitting = sum(on_empty(need, node.total) for node in nodes)
    if fitting >= (count or 1 if local else 1):
        return
    biggest = max(
        nodes,
        key=lambda n: (
            min(n.total.cpus - need.cpus, n.total.gpus - need.gpus),
            n.total.memory_bytes,
        ),
        default=Node("", "none", Offer(0, 0, 0), Offer(0, 0, 0)),
    )
    asked = f"{count} workers need" if local and (count or 1) > 1 else "a worker needs"
    each = " each" if local and (count or 1) > 1 else ""
    raise ConfigError(
        f"workers: {asked} {_words(_of_one(need))}{each}"
        f"{_also_shared(need, each)}; "
        f"{'this machine' if local else f'the largest node ({biggest.address})'} offers "
        f"{_words(biggest.total)}; lower workers.count, workers.threads or "
        "workers.gpus_per_worker, or take a larger machine"
    )


def placed(counts: Mapping[str, int], rooms: Mapping[str, int]) -> str | None:
    """The node where the next one goes: with the fewest of ours, of those that have room."""
    open_nodes = [name for name, more in rooms.items() if more > 0]
    return min(open_nodes, key=lambda name: (counts.get(name, 0), name), default=None)


def _fitting(need: Need, offer: Offer, shared_there: bool) -> int:
    fits = math.inf
    if need.cpus:
        fits = min(fits, _floor(offer.cpus / need.cpus))
    if need.gpus >= 1:
        fits = min(fits, _floor(offer.gpus / need.gpus))
    elif need.gpus:
        each = _floor(1 / need.gpus)  # a worker lies on one GPU, not across two
        whole = _floor(offer.gpus)
        fits = min(fits, whole * each + _floor((offer.gpus - whole) / need.gpus))
    memory = offer.memory_bytes - (0 if shared_there else need.shared_bytes)
    if memory < 0:
        fits = 0
    if need.own_bytes:
        fits = min(fits, _floor(memory / need.own_bytes))
    return max(0, int(min(fits, 1_000_000)))


def _floor(value: float) -> int:
    return math.floor(value + _ROUNDING)


def _of_one(need: Need) -> Offer:
    return Offer(need.cpus, need.gpus, need.own_bytes)


def _also_shared(need: Need, each: str) -> str:
    if not need.shared_bytes:
        return ""
    return f" and {_gib(need.shared_bytes)} for the parents{', which they share' if each else ''}"


def _words(offer: Offer) -> str:
    parts = [f"{offer.cpus:g} cores"]
    parts += [f"{offer.gpus:g} GPUs"] if offer.gpus else []
    parts += [f"{_gib(offer.memory_bytes)} of memory"] if offer.memory_bytes else []
    return ", ".join(parts)


def _gib(size: float) -> str:
    return f"{size / 2**30:.3g} GiB"
