"""What runs inside a Ray process: one Worker, made in `start` so that its errors come back
whole.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from search_spaces.faults import reach
from search_spaces.messages import ItemText, Job, Result, Split, TaskItems, WorkerSpec

if TYPE_CHECKING:
    from workers.parents import Parent
    from workers.shared_parents import SharedMemory


@dataclass(frozen=True)
class Hello:
    """The process, and the Ray node it is on."""

    pid: int
    node: str


class WorkerActor:
    """A simulation may derive from it: `start`, `run`, and what else it needs. An actor with
    several slots runs several jobs at a time.
    """

    shares_parents = True  # those on one node ask one of them for `share_parents`

    def hello(self) -> Hello:
        """Answers as soon as the process is there."""
        import ray

        return Hello(os.getpid(), ray.get_runtime_context().get_node_id())

    def prepare(self) -> None:
        """Loads the libraries, while another process reads the models."""
        import workers.tasks
        import workers.worker  # noqa: F401

    def share_parents(self, spec: WorkerSpec) -> str | None:
        """Reads the models into memory that others of this node can open under the path that is
        returned; None if there is too little.

        Raises: ParentError.
        """
        from workers.candidate import pick_device
        from workers.depth import deepened
        from workers.held import open_all, place_of, refuse_changed, share

        self._opened = open_all(spec)
        refuse_changed(spec, self._opened)
        base = self._opened[spec.base]
        most = deepened(base, max(spec.layers or 0, base.layers)).parameters
        place = place_of(spec, self._opened, most, pick_device(spec.device))
        self._shared = share(spec, self._opened, place)
        return None if self._shared is None else self._shared.path

    def start(self, spec: WorkerSpec, name: str, path: str | None) -> str | None:
        """Makes the worker. path: where another process has the models, or this one has.

        Returns under which path others can open what this one has open.

        Raises: ParentError, ConfigError.
        """
        from workers.held import open_all, refuse_changed
        from workers.shared_parents import SharedMemory, layout_of
        from workers.worker import Worker

        reach("worker.starting")
        if self._opened is None:
            self._opened = open_all(spec)
            if path is not None:
                self._shared = SharedMemory.open(path, layout_of(spec, self._opened))
            refuse_changed(spec, self._opened, self._shared)
        self._worker = Worker(spec, name, self._opened, self._shared)
        if spec.splits:
            self._worker.set_splits(spec.splits)
        return None if self._shared is None else self._shared.path

    def describe_tasks(self) -> list[TaskItems]:
        return self._worker.describe_tasks()

    def describe_items(self, items: Mapping[str, Sequence[int]]) -> dict[str, dict[int, ItemText]]:
        return self._worker.describe_items(items)

    def set_splits(self, splits: Mapping[Split, Mapping[str, tuple[int, ...]]]) -> None:
        self._worker.set_splits(splits)

    def run(self, job: Job) -> Result:
        return self._worker.run(job)

    _opened: "dict[str, Parent] | None" = None
    _shared: "SharedMemory | None" = None
