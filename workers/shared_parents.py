"""The parents' tensors once per machine: pages of memory that all its workers map.

The first worker reads them into an anonymous file in memory (memfd), which has no name on any
disk and goes when the last process that maps it ends. The others open it through /proc.
"""

import errno
import fcntl
import hashlib
import json
import math
import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from search_spaces.messages import WorkerSpec
from workers.materialize import DTYPES
from workers.parents import Parent

_ALIGNED = 64
_MOST = 0.9  # of the memory that nobody needs
_KEY_BYTES = 64
_SEALED = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
Views = dict[str, dict[str, torch.Tensor]]  # model reference -> name -> tensor in shared pages


@dataclass(frozen=True)
class Layout:
    """Where each tensor lies. offsets: model reference -> name -> byte; key: 64 hex digits over
    what the models are, at the beginning.
    """

    key: str
    size: int
    offsets: dict[str, dict[str, int]]
    shapes: dict[str, dict[str, tuple[int, ...]]]
    dtype: torch.dtype


def layout_of(spec: WorkerSpec, opened: Mapping[str, Parent]) -> Layout:
    """The same in every process that opens the models of `spec`, base first. What an adapter
    leaves as the base has it lies there only once.
    """
    dtype = DTYPES[spec.dtype]
    base = opened[spec.base]
    end = _KEY_BYTES
    offsets: dict[str, dict[str, int]] = {}
    for reference, parent in opened.items():
        own: dict[str, int] = {}
        for name, header in parent.tensors.items():
            if reference != spec.base and is_of_base(parent, base, name):
                own[name] = offsets[spec.base][name]
                continue
            own[name] = end
            size = dtype.itemsize * math.prod(header.shape)
            end += -(-size // _ALIGNED) * _ALIGNED
        offsets[reference] = own
    shapes = {r: {n: h.shape for n, h in p.tensors.items()} for r, p in opened.items()}
    told = json.dumps([spec.dtype, {r: spec.parents.get(r, "") for r in opened}])
    key = hashlib.blake2b(told.encode(), digest_size=_KEY_BYTES // 2).hexdigest()
    return Layout(key, end, offsets, shapes, dtype)


def is_of_base(parent: Parent, base: Parent, name: str) -> bool:
    """Is this tensor of an adapted model the base's own?"""
    if parent.adapter is None or parent.folder != base.folder:
        return False
    return name not in parent.adapter.pairs


class SharedMemory:
    """An open memfd with the models; keeps it alive for those that open `path` later."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @property
    def path(self) -> str:
        """Under which other processes of this user and machine can open it."""
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    @classmethod
    def create(cls, layout: Layout) -> "SharedMemory":
        """All pages are taken at once. Raises: OSError when there are not so many."""
        if layout.size > _MOST * _available_bytes():
            raise OSError(errno.ENOMEM, "not enough memory for a shared copy")
        fd = os.memfd_create("evolve-parents", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.posix_fallocate(fd, 0, layout.size)
        except OSError:
            os.close(fd)
            raise
        return cls(fd)

    @classmethod
    def open(cls, path: str, layout: Layout) -> "SharedMemory | None":
        """What another process made; None if it is gone or holds something else."""
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            sealed = fcntl.fcntl(fd, fcntl.F_GET_SEALS) == _SEALED
            same = os.pread(fd, _KEY_BYTES, 0) == layout.key.encode()
            if sealed and same and os.fstat(fd).st_size == layout.size:
                return cls(fd)
        except OSError:
            pass
        os.close(fd)
        return None

    def writable(self, layout: Layout) -> Views:
        """Tensors to be filled, before `seal`."""
        pages = mmap.mmap(self._fd, layout.size, mmap.MAP_SHARED)
        pages[:_KEY_BYTES] = layout.key.encode()
        return _views(pages, layout)

    def seal(self) -> None:
        """Nobody can write or cut it any more; whatever `writable` gave must be gone by then.

        Raises: OSError when it is not.
        """
        fcntl.fcntl(self._fd, fcntl.F_ADD_SEALS, _SEALED)

    def views(self, layout: Layout) -> Views:
        """The tensors. A process that writes into one writes into a copy of its own."""
        return _views(mmap.mmap(self._fd, layout.size, mmap.MAP_PRIVATE), layout)


def _views(pages: mmap.mmap, layout: Layout) -> Views:
    found: Views = {}
    for reference, offsets in layout.offsets.items():
        found[reference] = {}
        for name, offset in offsets.items():
            shape = layout.shapes[reference][name]
            count = math.prod(shape)
            if count == 0:
                found[reference][name] = torch.empty(shape, dtype=layout.dtype)
                continue
            flat = torch.frombuffer(pages, dtype=layout.dtype, count=count, offset=offset)
            found[reference][name] = flat.view(shape)
    return found


def _available_bytes() -> int:
    """What the system can give without swapping; it ends processes that are given more."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    raise OSError(errno.ENOMEM, "/proc/meminfo says nothing of MemAvailable")
