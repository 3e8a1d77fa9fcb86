"""What a merge method gets for one tensor."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Inputs:
    """One tensor of every model.

    base: the base's tensor, or None where the method ignores bases; models: the others, same
    shape. per_model: parameter -> one value per model, in the order of `models`; shared: parameter
    -> value. seeds: one 64-bit seed per model for random masks, made from (search seed, parent,
    tensor name).
    """

    base: torch.Tensor | None
    models: tuple[torch.Tensor, ...]
    per_model: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    shared: Mapping[str, float] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()

    def reference(self) -> torch.Tensor:
        """The base's tensor, for methods whose registry line says that they need one."""
        if self.base is None:
            raise TypeError("this method needs a base tensor")
        return self.base
