"""The merge methods: pure functions on the tensors of one parameter.

combining.py     linear combinations: linear, passthrough, the spherical ones, model stock
task_vectors.py  base + lambda * sum w d, with dropping and sign election: task arithmetic, TIES,
                 DARE, DELLA, Breadcrumbs
task_kernels.py  their elementwise arithmetic
drops.py         their limits: which entries are kept
selecting.py     SCE, RAM, NearSwap, Arcee Fusion
masks.py         random drop masks: a hash of seed and position
order.py         exact order statistics of magnitudes, without a sort per candidate
ranks.py         ranks inside rows, for DELLA
norms.py         norms of task vectors, for rescaling
products.py      dot products between tensors
inputs.py        what a method gets and gives: Inputs, Pass
passes.py        runs a Pass over a tensor, in place
choosing.py      selections, spelled for fused and for eager code
compiling.py     fused kernels, compiled once a machine

Every method takes an `Inputs` and returns a `Pass`: the elementwise arithmetic of one fused pass,
with its coefficients. Adding a method is one function, one line here and one in
search_spaces/methods.py.
"""

from collections.abc import Callable

from workers.methods.combining import (
    karcher,
    linear,
    model_stock,
    multislerp,
    nuslerp,
    passthrough,
    slerp,
)
from workers.methods.inputs import Facts, Inputs, Pass
from workers.methods.passes import run_pass
from workers.methods.selecting import arcee_fusion, nearswap, ram, ramplus_tl, sce
from workers.methods.task_vectors import (
    breadcrumbs,
    breadcrumbs_ties,
    dare_linear,
    dare_ties,
    della,
    della_linear,
    task_arithmetic,
    ties,
)

METHODS: dict[str, Callable[[Inputs], Pass]] = {
    "linear": linear,
    "slerp": slerp,
    "nuslerp": nuslerp,
    "multislerp": multislerp,
    "karcher": karcher,
    "task_arithmetic": task_arithmetic,
    "ties": ties,
    "dare_linear": dare_linear,
    "dare_ties": dare_ties,
    "della": della,
    "della_linear": della_linear,
    "breadcrumbs": breadcrumbs,
    "breadcrumbs_ties": breadcrumbs_ties,
    "model_stock": model_stock,
    "nearswap": nearswap,
    "sce": sce,
    "ram": ram,
    "ramplus_tl": ramplus_tl,
    "arcee_fusion": arcee_fusion,
    "passthrough": passthrough,
}

__all__ = ["METHODS", "Facts", "Inputs", "Pass", "run_pass"]
