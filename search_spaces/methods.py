"""The parameters of every merge method, by mergekit's names, defaults and scopes.

The functions that do the arithmetic are in workers/methods; a test holds both sides to the same
keys.
"""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["input", "model", "shared"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method.

    scope: `input` per model of the recipe, `model` per model that is not the base, `shared` once.
    default: the value when a recipe is silent; None means the recipe must give it. gene: natural
    bounds (low, high) when a search may vary it, else None. limits: what any value has to lie in,
    ends included; None where every number means something.
    """

    name: str
    scope: Scope
    default: float | bool | None
    gene: tuple[float, float] | None = None
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Method:
    """base: whether the method needs `base_model`; inputs: how many models without the base."""

    base: Literal["ignored", "required"]
    parameters: tuple[Parameter, ...]
    inputs: int | None = None

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


_WEIGHT = (0.0, 1.5)
_DENSITY = (0.05, 1.0)


def _task_vectors(*, normalize: bool, rescale: bool) -> Method:
    """The family base + lambda * sum w d that mergekit calls generalized task arithmetic."""
    return Method(
        base="required",
        parameters=(
            Parameter("weight", "model", None, _WEIGHT),
            Parameter("density", "model", 1.0, _DENSITY, limits=(0.0, 1.0)),
            Parameter("lambda", "shared", 1.0, (0.0, 2.0)),
            Parameter("normalize", "shared", normalize),
            Parameter("rescale", "shared", rescale),
            Parameter("int8_mask", "shared", False),
        ),
    )


METHODS: dict[str, Method] = {
    "linear": Method(
        base="ignored",
        parameters=(
            Parameter("weight", "input", None, _WEIGHT),
            Parameter("normalize", "shared", True),
        ),
    ),
    "slerp": Method(
        base="required",
        parameters=(Parameter("t", "shared", None, (0.0, 1.0), limits=(0.0, 1.0)),),
        inputs=1,
    ),
    "task_arithmetic": _task_vectors(normalize=False, rescale=False),
    "ties": _task_vectors(normalize=True, rescale=False),
    "dare_linear": _task_vectors(normalize=False, rescale=True),
    "dare_ties": _task_vectors(normalize=False, rescale=True),
}

# Density means nothing to a method that never drops; it is no gene there.
DROPS = frozenset({"ties", "dare_linear", "dare_ties"})
# Here a weight is the length of a step along a task vector, and one tuned scale is a good first
# guess.
SUMS = frozenset({"task_arithmetic", "dare_linear"})
RANDOM = frozenset({"dare_linear", "dare_ties"})
