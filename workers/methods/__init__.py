"""The merge methods: pure functions on the tensors of one parameter.

linear.py        linear, slerp
task_vectors.py  base + lambda * sum w d, with dropping and sign election: task arithmetic, TIES,
DARE
masks.py         which entries are kept: by magnitude, or at random from a seed

Every function takes an `Inputs` and returns the merged tensor in fp32. Adding a method is one
function, one line here and one in search_spaces/methods.py.
"""

from collections.abc import Callable

import torch

from workers.methods.inputs import Inputs
from workers.methods.linear import linear, slerp
from workers.methods.task_vectors import dare_linear, dare_ties, task_arithmetic, ties

METHODS: dict[str, Callable[[Inputs], torch.Tensor]] = {
    "linear": linear,
    "slerp": slerp,
    "task_arithmetic": task_arithmetic,
    "ties": ties,
    "dare_linear": dare_linear,
    "dare_ties": dare_ties,
}

__all__ = ["METHODS", "Inputs"]
