"""The models of a search as a worker holds them: on its GPU, in main memory, or in memory that all
workers of the machine share.
"""

from collections.abc import Mapping
from datetime import datetime

import torch

from search_spaces.errors import ParentError
from search_spaces.messages import WorkerSpec
from workers.materialize import DTYPES, Weights
from workers.parents import Parent, open_parent
from workers.shared_parents import Layout, SharedMemory, is_of_base, layout_of
from workers.weights import OnDisk, Resident, Streamed, fill, have_room


def open_all(spec: WorkerSpec) -> dict[str, Parent]:
    """Model reference -> its headers, base first. Raises: ParentError."""
    return {name: open_parent(name) for name in dict.fromkeys([spec.base, *spec.parents])}


def refuse_changed(
    spec: WorkerSpec, opened: Mapping[str, Parent], shared: SharedMemory | None = None
) -> None:
    """Raises: ParentError when a model is not the one that the search began with; names a tensor
    where memory still holds what it was.
    """
    for reference, expected in spec.parents.items():
        parent = opened[reference]
        if parent.fingerprint == expected:
            continue
        what = None if shared is None else _other_tensor(spec, opened, reference, shared)
        raise ParentError(
            f"parent '{reference}' has changed since the search began: "
            f"{what or _newest(parent)} (expected fingerprint {expected}, found "
            f"{parent.fingerprint}); put the old files back and run the same command again, or "
            "begin a new search with the new ones"
        )


def hold(
    spec: WorkerSpec,
    opened: Mapping[str, Parent],
    candidate: int,
    device: torch.device,
    shared: SharedMemory | None = None,
) -> dict[str, Weights]:
    """Every model of the search: on the device, or in pinned host memory where they do not fit.

    opened: base first; candidate: parameters of the deepest one; shared: where they lie already.

    Raises: ParentError for a damaged file, NaN or Inf.
    """
    base = opened[spec.base]
    place = place_of(spec, opened, candidate, device)
    if shared is None:
        first = Resident(base, str(place), spec.dtype)
        held = {
            name: first if name == spec.base else Resident(parent, str(place), spec.dtype, first)
            for name, parent in opened.items()
        }
    else:
        held = _mapped(spec, opened, place, shared)
    if place == device:
        return dict(held)
    pinned: dict[int, torch.Tensor] = {}
    # The base last: adapters share its tensors, which must stay until all are pinned.
    names = [*(name for name in held if name != spec.base), spec.base]
    return {name: Streamed(held[name], device, base.tensors, pinned) for name in names}


def place_of(
    spec: WorkerSpec, opened: Mapping[str, Parent], candidate: int, device: torch.device
) -> torch.device:
    """Where the models go: the device if it has room for them and a candidate."""
    parameters = candidate + sum(parent.parameters for parent in opened.values())
    size = DTYPES[spec.dtype].itemsize * parameters
    return device if have_room(size, device) else torch.device("cpu")


def share(
    spec: WorkerSpec, opened: Mapping[str, Parent], place: torch.device
) -> SharedMemory | None:
    """Reads all models, computing at `place` what is computed about them, into memory that later
    workers of this machine can open; None if there is not enough of it.

    Raises: ParentError for a damaged file, NaN or Inf.
    """
    layout = layout_of(spec, opened)
    try:
        memory = SharedMemory.create(layout)
    except OSError:
        return None
    _fill_all(spec, opened, place, memory, layout)
    memory.seal()
    return memory


def _fill_all(
    spec: WorkerSpec,
    opened: Mapping[str, Parent],
    place: torch.device,
    memory: SharedMemory,
    layout: Layout,
) -> None:
    views = memory.writable(layout)
    for reference, parent in opened.items():
        disk = OnDisk(parent, str(place))
        for name, view in views[reference].items():
            if reference == spec.base or not is_of_base(parent, opened[spec.base], name):
                fill(parent, name, disk.get(name), view)


def _mapped(
    spec: WorkerSpec, opened: Mapping[str, Parent], place: torch.device, shared: SharedMemory
) -> dict[str, Resident]:
    views = shared.views(layout_of(spec, opened))
    copied: dict[int, torch.Tensor] = {}

    def here(tensor: torch.Tensor) -> torch.Tensor:
        """At that place; what two models share is copied once."""
        if place.type == "cpu":
            return tensor
        if tensor.data_ptr() not in copied or tensor.numel() == 0:
            copied[tensor.data_ptr()] = tensor.to(place)
        return copied[tensor.data_ptr()]

    return {
        name: Resident.of(parent, {n: here(t) for n, t in views[name].items()})
        for name, parent in opened.items()
    }


def _other_tensor(
    spec: WorkerSpec, opened: Mapping[str, Parent], reference: str, shared: SharedMemory
) -> str | None:
    """The first tensor whose file holds something else than memory does."""
    parent, disk = opened[reference], OnDisk(opened[reference])
    for name, before in shared.views(layout_of(spec, opened))[reference].items():
        if not torch.equal(disk.get(name).to(before.dtype), before):
            return f"{parent.tensors[name].file}: tensor '{name}' has other values"
    return None


def _newest(parent: Parent) -> str:
    """The file that was written last, and when."""
    files = {header.file for header in parent.tensors.values()}
    files |= {parent.adapter.file} if parent.adapter is not None else set()
    newest = max(files, key=lambda file: file.stat().st_mtime)
    when = datetime.fromtimestamp(newest.stat().st_mtime)
    return f"{newest} was written at {when:%Y-%m-%d %H:%M:%S}"
