"""torch.compile, one place: fused passes on CPU and GPU, and a word where it cannot be had."""

import shutil
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import torch

Function = TypeVar("Function", bound=Callable[..., Any])

# Under this many elements a compiled call costs more than it saves.
WORTH_COMPILING = 1 << 14


def can_compile(device: torch.device) -> bool:
    """Is there what torch.compile needs: a C++ compiler for a CPU, Triton for a GPU?"""
    if device.type == "cpu":
        return any(shutil.which(name) for name in ("g++", "clang++", "c++"))
    try:
        import triton  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def compiled(function: Function) -> Function:
    """The function, fused at its first call; sizes are not baked in."""
    import torch._dynamo

    config: Any = torch._dynamo.config
    config.cache_size_limit = max(256, config.cache_size_limit)
    return torch.compile(function, dynamic=True)  # type: ignore[no-any-return]
