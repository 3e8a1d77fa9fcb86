"""What a merge method gets for one tensor, and what it gives: one pass over its elements."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import torch

Found = TypeVar("Found")


class Kernel(Protocol):
    """Elementwise arithmetic of one merge method; hashable, so that it is compiled once."""

    def __call__(self, whole: tuple[torch.Tensor, ...], *operands: torch.Tensor) -> torch.Tensor:
        """whole: what does not depend on the position; operands: equal stretches of all tensors.

        Returns the merged stretch, in the number format of `whole`.
        """
        ...


@dataclass(frozen=True)
class Stretch:
    """Flat positions up to `stop` share `whole`, the kernel's coefficients."""

    stop: int
    whole: tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Pass:
    """One pass over a tensor: what a method gives back.

    operands: tensors of one shape; where `rows` is set they are seen as that many rows, and some
    may have fewer columns. stretches: in order, the last one ending at the end; one with `rows`.
    indexed: the kernel wants the flat position of its first element, int32, as the first of
    `whole`.
    """

    kernel: Kernel
    operands: tuple[torch.Tensor, ...]
    stretches: tuple[Stretch, ...]
    indexed: bool = False
    rows: int = 0


class Facts:
    """What depends on the parents alone, found once per search and kept.

    keep: whether to keep it; a single merge needs nothing twice.
    """

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self._known: dict[Any, Any] = {}

    def once(self, key: Any, make: Callable[[], Found]) -> Found:
        """The fact under `key`, made when it is asked for the first time."""
        if key in self._known:
            found: Found = self._known[key]
            return found
        found = make()
        if self.keep:
            self._known[key] = found
        return found


@dataclass(frozen=True)
class Inputs:
    """One tensor of every model.

    base: the base's tensor, or None where the method has none; models: the others, same shape.
    per_model: parameter -> one value per model, in the order of `models`; shared: parameter ->
    value. seeds: one 64-bit seed per model for random masks, made from (search seed, parent,
    tensor name). names: what tells each model's tensor from others in `facts`, the base's first.
    number: what is computed with, float64 where the result is float32, so that either is right to
    its last bit but one.
    """

    base: torch.Tensor | None
    models: tuple[torch.Tensor, ...]
    per_model: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    shared: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    facts: Facts = field(default_factory=lambda: Facts(keep=False))
    names: tuple[str, ...] = ()
    compile_it: bool = False
    number: torch.dtype = torch.float32

    def reference(self) -> torch.Tensor:
        """The base's tensor, for methods whose registry line says that they need one."""
        if self.base is None:
            raise TypeError("this method needs a base tensor")
        return self.base

    def scalars(self, *values: float) -> torch.Tensor:
        """Coefficients for a kernel, where the tensors are."""
        return torch.tensor(values, dtype=self.number, device=self.models[0].device)

    def once(self, kind: Any, make: Callable[[], Found]) -> Found:
        """A fact about all these tensors together."""
        return self.facts.once((kind, self.names), make)

    def once_of(self, model: int, kind: Any, make: Callable[[], Found]) -> Found:
        """A fact about one model's tensor and the base's."""
        names = (self.names[0], self.names[model + 1]) if self.names else (model,)
        return self.facts.once((kind, names), make)


def settled(value: float) -> float:
    """Rounded to 40 bits: sums over millions of entries come out alike in whatever order and
    stretches they were made, and with them every coefficient of a kernel.
    """
    mantissa, exponent = math.frexp(value)
    return math.ldexp(round(mantissa * 2**40), exponent - 40)


def one_pass(
    kernel: Kernel,
    operands: tuple[torch.Tensor, ...],
    *whole: torch.Tensor,
    indexed: bool = False,
    rows: int = 0,
) -> Pass:
    """A pass whose coefficients are the same everywhere."""
    return Pass(kernel, operands, (Stretch(operands[0].numel(), whole),), indexed, rows)
