"""Fused kernels give the bits that the same code gives eagerly, and are compiled once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from workers.methods import METHODS, Facts, Inputs, run_pass
from workers.methods.compiling import can_compile, kernel_folder

pytestmark = pytest.mark.skipif(
    not can_compile(torch.device("cpu")), reason="no C++ compiler: make test runs eagerly only"
)
SHARED = {"normalize": True, "rescale": True, "lambda": 0.8, "rescale_norm": "l1"}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOLVE_CACHE", str(folder))
        yield folder


def inputs(dtype: torch.dtype, *, fuse: bool, seed: int = 0) -> Inputs:
    generator = torch.Generator().manual_seed(seed)
    base = 0.02 * torch.randn(311, 257, generator=generator)
    models = [base + 0.003 * torch.randn(311, 257, generator=generator) for _ in range(2)]
    return Inputs(
        base.to(dtype),
        tuple(model.to(dtype) for model in models),
        {"weight": (0.7, 0.5), "density": (0.4, 0.7), "epsilon": (0.1, 0.2)},
        SHARED,
        (5, 6),
        Facts(keep=True),
        ("base", "a", "b"),
        compile_it=fuse,
        number=torch.float64 if dtype == torch.float32 else torch.float32,
    )


@pytest.mark.parametrize(
    ("method", "dtype"),
    [
        pytest.param("ties", torch.float32, marks=pytest.mark.slow),
        ("dare_ties", torch.bfloat16),
    ],
)
def test_fused_and_eager_passes_agree_to_the_bit(method: str, dtype: torch.dtype) -> None:
    found = []
    for fuse in (False, True):
        out = torch.empty(311, 257, dtype=dtype)
        run_pass(METHODS[method](inputs(dtype, fuse=fuse)), out, dtype=dtype, compile_it=fuse)
        found.append(out)
    assert torch.equal(*found)
    kernels = list(kernel_folder().glob("*.pt2"))
    assert kernels
    times = [kernel.stat().st_mtime_ns for kernel in kernels]
    # Another tensor of another size takes the same kernels.
    again = inputs(dtype, fuse=True, seed=1)
    smaller = Inputs(
        again.reference()[:200],
        tuple(model[:200] for model in again.models),
        again.per_model,
        again.shared,
        again.seeds,
        Facts(keep=True),
        ("base:other", "a:other", "b:other"),
        compile_it=True,
        number=again.number,
    )
    out = torch.empty(200, 257, dtype=dtype)
    run_pass(METHODS[method](smaller), out, dtype=dtype, compile_it=True)
    assert [kernel.stat().st_mtime_ns for kernel in kernels] == times
    assert len(list(kernel_folder().glob("*.pt2"))) == len(kernels)
    assert bool(torch.isfinite(out).all())


def test_a_wider_target_gets_the_rounded_values() -> None:
    """A CPU without fast bf16 scores bf16 candidates in fp32: they must hold bf16's values."""
    given = inputs(torch.bfloat16, fuse=True)
    wide, narrow = torch.empty(311, 257), torch.empty(311, 257, dtype=torch.bfloat16)
    for out in (wide, narrow):
        fuse = out is wide
        found = METHODS["task_arithmetic"](given)
        run_pass(found, out, dtype=torch.bfloat16, compile_it=fuse)
    assert torch.equal(wide, narrow.float())
