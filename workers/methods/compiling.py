"""Fused kernels: the passes compiled by PyTorch's Inductor, for CPU and GPU alike, once a machine.

They are compiled ahead of time (AOTInductor), because a call then costs microseconds where a call
through torch.compile's guards costs tens of them, and a small tensor is a small piece of work. The
compiled packages are kept in the cache folder, so a worker that starts later only loads them.
"""

import fcntl
import hashlib
import importlib.util
import logging
import os
import platform
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch

Function = Callable[..., tuple[torch.Tensor, ...]]
Run = Callable[[list[torch.Tensor]], list[torch.Tensor]]

# Under this length even a fused call is not worth its overhead.
WORTH_FUSING = 1 << 9
# A kernel counts positions in 32 bits.
MOST = 1 << 30

_log = logging.getLogger(__name__)
_loaded: dict[str, Run | None] = {}


def can_compile(device: torch.device) -> bool:
    """Is there what Inductor needs: a C++ compiler for a CPU, Triton for a GPU?"""
    if device.type == "cpu":
        return any(shutil.which(name) for name in ("g++", "clang++", "c++"))
    return importlib.util.find_spec("triton") is not None


def fused(
    name: str, function: Function, whole: Sequence[torch.Tensor], along: Sequence[torch.Tensor]
) -> Run | None:
    """`function(*whole, *along)` as one compiled kernel, or None where that cannot be had.

    name: what tells the function from all others. whole: tensors of a fixed shape; along: tensors
    of one length, any from 2 to 2^30, along which the kernel works.
    """
    if any(t.device.type == "cuda" and t.data_ptr() % 16 for t in along):
        return None  # a kernel would work on an aligned copy, and not in place
    kinds = [f"{t.dtype}{tuple(t.shape)}" for t in whole]
    kinds += [f"{t.dtype}{tuple(t.shape[1:])}" for t in along]
    key = f"{name}|{'|'.join(kinds)}|{along[0].device.type}"
    if key not in _loaded:
        try:
            _loaded[key] = _load(key, function, whole, along)
        except Exception as error:
            _log.warning("no compiled kernel for %s, running it eagerly: %s", name, error)
            _loaded[key] = None
    return _loaded[key]


def _load(
    key: str, function: Function, whole: Sequence[torch.Tensor], along: Sequence[torch.Tensor]
) -> Run:
    folder = kernel_folder()
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.blake2b(f"{key}|{_machine(along[0].device)}".encode(), digest_size=12)
    package = folder / f"{digest.hexdigest()}.pt2"
    with (folder / f"{package.stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not package.exists():
            _compile(package, function, whole, along)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded: Any = torch._inductor.aoti_load_package(str(package))
    run: Run = loaded.loader.run
    return run


def _compile(
    package: Path,
    function: Function,
    whole: Sequence[torch.Tensor],
    along: Sequence[torch.Tensor],
) -> None:
    import torch._inductor
    from torch._inductor import config as inductor_config
    from torch.export import Dim, export

    class Module(torch.nn.Module):
        def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return function(*tensors)

    length = Dim("length", min=2, max=MOST)
    shapes = (*({} for _ in whole), *({0: length} for _ in along))
    examples = (*whole, *(t.new_zeros((4096, *t.shape[1:])) for t in along))
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(dir=package.parent) as partial:
        warnings.simplefilter("ignore")
        # Under inference mode the exporter sees no writes; a kernel of its own needs no gradient.
        with torch.inference_mode(False), torch.no_grad():
            owned = tuple(t.clone() for t in examples)
            program = export(Module(), owned, dynamic_shapes=(shapes,))
            made = Path(partial) / package.name
            # Roundings to a 16-bit dtype stay, though the target may be wider: what is scored is
            # what is exported. On a GPU this also keeps multiplications and sums apart.
            with inductor_config.patch(emulate_precision_casts=True):
                torch._inductor.aoti_compile_and_package(program, package_path=str(made))
        made.replace(package)


def kernel_folder() -> Path:
    """Where compiled kernels are kept."""
    home = os.environ.get("EVOLVE_CACHE") or Path.home() / ".cache" / "evolve"
    return Path(home) / "kernels"


@cache
def _machine(device: torch.device) -> str:
    """What a compiled kernel is for: this code, this PyTorch, this processor, so many threads."""
    code = hashlib.blake2b(digest_size=12)
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    if device.type == "cuda":
        chip = torch.cuda.get_device_name(device)
    else:
        chip = f"{_processor()}|{torch.get_num_threads()}"
    return f"{code.hexdigest()}|{torch.__version__}|{chip}"


def _processor() -> str:
    """The instructions that this processor knows: code for another one may use more."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()}|{platform.processor()}"
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
