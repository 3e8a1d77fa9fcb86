"""The tensors of a parent: resident in memory for a search, or read one at a time for a single
merge.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import torch
from safetensors import SafetensorError, safe_open

from search_spaces.errors import ParentError
from workers.lora import add_adapter
from workers.parents import Parent


class OnDisk:
    """Reads each tensor when it is asked for; files stay mapped, not loaded."""

    def __init__(self, parent: Parent, device: str = "cpu") -> None:
        self._parent = parent
        self._device = device
        self._files: dict[str, safe_open] = {}

    @property
    def fingerprint(self) -> str:
        return self._parent.fingerprint

    def get(self, tensor: str) -> torch.Tensor:
        """Raises: ParentError when the file is damaged or went away since it was opened."""
        header = self._parent.tensors[tensor]
        weight = self._read(str(header.file), tensor)
        adapter = self._parent.adapter
        if adapter is not None and tensor in adapter.pairs:
            file = str(adapter.file)
            names = adapter.pairs[tensor]
            down, up = (self._read(file, name) for name in names)
            for name, part in zip(names, (down, up), strict=True):
                if not is_finite(part):
                    raise ParentError(f"{file}: tensor '{name}' has NaN or Inf")
            weight = add_adapter(weight, down, up, adapter.scale)
        if not is_finite(weight):
            raise ParentError(
                f"{header.file}: tensor '{tensor}' of parent '{self._parent.reference}' has NaN "
                "or Inf"
            )
        return weight

    def _read(self, file: str, tensor: str) -> torch.Tensor:
        try:
            if file not in self._files:
                self._files[file] = safe_open(file, framework="pt", device=self._device)
            found: torch.Tensor = self._files[file].get_tensor(tensor)  # type: ignore[no-untyped-call]
            return found
        except (SafetensorError, OSError) as error:
            raise ParentError(f"{file}: tensor '{tensor}' cannot be read: {error}") from None


class Resident:
    """All tensors of a parent in memory; tensors that are those of `base` are shared with it."""

    def __init__(
        self, parent: Parent, device: str, dtype: str, base: "Resident | None" = None
    ) -> None:
        """dtype: of the search's recipes, to which all are cast once.

        Raises: ParentError for a damaged file, NaN or Inf.
        """
        self.fingerprint = parent.fingerprint
        self.folder = parent.folder
        self.tensors: dict[str, torch.Tensor] = {}
        disk = OnDisk(parent, device)
        adapted = parent.adapter.pairs if parent.adapter is not None else None
        shared: Mapping[str, torch.Tensor] = {}
        if base is not None and adapted is not None and base.folder == parent.folder:
            shared = {n: t for n, t in base.tensors.items() if n not in adapted}
        self.tensors = {
            n: shared[n] if n in shared else _own(parent, n, disk.get(n), dtype)
            for n in parent.tensors
        }

    @classmethod
    def of(cls, parent: Parent, tensors: dict[str, torch.Tensor]) -> "Resident":
        """Of tensors that somebody has read and checked already."""
        found = cls.__new__(cls)
        found.fingerprint, found.folder, found.tensors = parent.fingerprint, parent.folder, tensors
        return found

    def get(self, tensor: str) -> torch.Tensor:
        return self.tensors[tensor]


class Streamed:
    """A model in pinned host memory; each tensor is copied to the GPU while the one before it is
    merged.
    """

    def __init__(
        self,
        resident: Resident,
        device: torch.device,
        order: Iterable[str],
        pinned: dict[int, torch.Tensor],
    ) -> None:
        """order: in which tensors are asked for; pinned: what is pinned already, by address."""
        self.fingerprint = resident.fingerprint
        self._device = device
        self._host: dict[str, torch.Tensor] = {}
        for name in order:
            found = resident.tensors.pop(name)
            address = found.data_ptr()
            if address not in pinned:
                pinned[address] = found.pin_memory()
            self._host[name] = pinned[address]
        self._following = dict(pairwise(self._host))
        self._coming: dict[str, torch.Tensor] = {}
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def get(self, tensor: str) -> torch.Tensor:
        found = self._coming.pop(tensor, None)
        if found is None:
            found = self._copy(tensor)
        here = torch.cuda.current_stream(self._device)
        here.wait_stream(self._stream)
        found.record_stream(here)
        self._coming.clear()
        following = self._following.get(tensor)
        if following is not None:
            self._coming[following] = self._copy(following)
        return found

    def _copy(self, tensor: str) -> torch.Tensor:
        with torch.cuda.stream(self._stream):
            return self._host[tensor].to(self._device, non_blocking=True)


def have_room(size: int, device: torch.device) -> bool:
    """Do the parents fit on the device, with a fifth of it left for scoring? A CPU has room, or
    nothing has.
    """
    if device.type != "cuda":
        return True
    free, total = torch.cuda.mem_get_info(device)
    return size <= free - total // 5


def _own(parent: Parent, name: str, tensor: torch.Tensor, dtype: str) -> torch.Tensor:
    """A copy in that dtype that does not lie in a mapped file."""
    found = tensor.to(getattr(torch, dtype), copy=True, memory_format=torch.contiguous_format)
    _refuse_overflow(parent, name, tensor, found)
    return found


def fill(parent: Parent, name: str, tensor: torch.Tensor, into: torch.Tensor) -> None:
    """Copies a tensor of a parent to where it will stay, in the dtype of that place.

    Raises: ParentError for values beyond that dtype.
    """
    into.copy_(tensor)
    _refuse_overflow(parent, name, tensor, into)


def _refuse_overflow(parent: Parent, name: str, tensor: torch.Tensor, found: torch.Tensor) -> None:
    if found.dtype != tensor.dtype and not is_finite(found):
        raise ParentError(
            f"{parent.tensors[name].file}: tensor '{name}' has values beyond "
            f"{str(found.dtype).removeprefix('torch.')}; choose a wider dtype for the search"
        )


def is_finite(tensor: torch.Tensor) -> bool:
    """No NaN and no Inf. They show in a sum; where a sum overflows by itself, all is looked at."""
    if torch.isfinite(tensor.sum(dtype=torch.float32)):
        return True
    return bool(torch.isfinite(tensor).all())
