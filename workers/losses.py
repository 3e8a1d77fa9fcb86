"""Why a worker is gone, in words, from what Ray says."""

from typing import Any

_NO_MEMORY = ("running low on memory", "due to memory pressure")
_NODE = ("node has died", "node was terminated", "Node died", "Node is dead")


def reason_of(ray: Any, error: BaseException) -> str:
    """A sentence that goes on after "worker w3"."""
    text = str(error)
    if isinstance(error, ray.exceptions.OutOfMemoryError) or _has(text, _NO_MEMORY):
        return "was ended by Ray because its machine ran out of memory; lower workers.count"
    if is_of_node(ray, error):
        return "is gone with its machine"
    if isinstance(error, ray.exceptions.ActorUnavailableError):
        return "cannot be reached"
    if "killed by `ray.kill`" in text:
        return "was ended"
    if "died unexpectedly" in text or "worker process has died" in text:
        return "died: its process was ended by a signal, or by the system for want of memory"
    return f"died: {_first_line(error)}"


def is_of_node(ray: Any, error: BaseException) -> bool:
    """Did the whole machine go, or had it gone when the worker was to start there?"""
    kinds = (ray.exceptions.NodeDiedError, ray.exceptions.ActorUnschedulableError)
    return isinstance(error, kinds) or _has(str(error), _NODE)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
