"""The parameters of every merge method, by mergekit's names, defaults and scopes.

The functions that do the arithmetic are in workers/methods; a test holds both sides to the same
keys.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Scope = Literal["input", "model", "shared"]
Default = float | int | bool | str | None


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method.

    scope: `input` per model of the recipe, `model` per model that is not the base, `shared` once.
    default: the value when a recipe is silent; None means the recipe must give it; its type is
    the parameter's. gene: natural bounds (low, high) when a search may vary it, else None; log: on
    a log scale. limits: what any value has to lie in, ends included; None where every number
    means something. choices: for a word. absent: the value at which its model takes no part.
    """

    name: str
    scope: Scope
    default: Default
    gene: tuple[float, float] | None = None
    limits: tuple[float, float] | None = None
    log: bool = False
    choices: tuple[str, ...] = ()
    absent: float | None = None

    @property
    def neutral(self) -> float | None:
        """Where a gene is set to see what it gave: `absent`, else its default; None without."""
        if self.absent is not None or self.gene is None or self.default is None:
            return self.absent
        return float(self.default)

    @cached_property
    def kind(self) -> type[bool] | type[int] | type[float] | type[str]:
        """What a value has to be."""
        for kind in (bool, int, str):
            if isinstance(self.default, kind):
                return kind
        return float


@dataclass(frozen=True)
class Method:
    """base: what `base_model` is to the method; inputs: how many models without the base, at least
    and at most.
    """

    base: Literal["ignored", "optional", "required"]
    parameters: tuple[Parameter, ...]
    inputs: tuple[int, int | None] = (1, None)

    def parameter(self, name: str) -> Parameter | None:
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Parameter]:
        return {p.name: p for p in self.parameters}


_SHARE = (0.0, 1.0)
_NO_BOUND = 1e12
_WEIGHT = Parameter("weight", "model", None, (0.0, 1.5), absent=0.0)
_T = Parameter("t", "shared", None, _SHARE, limits=_SHARE)
_INT8 = Parameter("int8_mask", "shared", False)
_SHARED_ENOUGH = Parameter(
    "epsilon", "shared", 1e-5, (1e-7, 1e-3), limits=(0.0, _NO_BOUND), log=True
)


def _task_vectors(
    *extra: Parameter,
    normalize: bool,
    rescale: bool,
    densities: tuple[float, float] = (0.05, 1.0),
) -> Method:
    """The family base + lambda * sum w d that mergekit calls generalized task arithmetic."""
    return Method(
        base="required",
        parameters=(
            _WEIGHT,
            Parameter("density", "model", 1.0, densities, limits=_SHARE),
            *extra,
            Parameter("lambda", "shared", 1.0, (0.0, 2.0)),
            Parameter("normalize", "shared", normalize),
            Parameter("rescale", "shared", rescale),
            Parameter("rescale_norm", "shared", "l1", choices=("l1", "l2", "linf")),
            _INT8,
        ),
    )


_GAMMA = Parameter("gamma", "model", 0.01, (0.0, 0.1), limits=_SHARE)
_EPSILON = Parameter("epsilon", "model", 0.15, (0.01, 0.15), limits=_SHARE)

METHODS: dict[str, Method] = {
    "linear": Method(
        "ignored",
        (
            Parameter("weight", "input", None, (0.0, 1.5), absent=0.0),
            Parameter("normalize", "shared", True),
        ),
    ),
    "slerp": Method("required", (_T,), inputs=(1, 1)),
    "nuslerp": Method(
        "optional",
        (
            _WEIGHT,
            Parameter("nuslerp_row_wise", "shared", False),
            Parameter("nuslerp_flatten", "shared", True),
        ),
        inputs=(2, 2),
    ),
    "multislerp": Method(
        "optional",
        (
            _WEIGHT,
            Parameter("normalize_weights", "shared", True),
            Parameter("eps", "shared", 1e-8, limits=(0.0, 1.0)),
        ),
    ),
    "karcher": Method(
        "ignored",
        (
            Parameter("max_iter", "shared", 10, limits=(0, 10_000)),
            Parameter("tol", "shared", 1e-5, limits=(0.0, 1.0)),
        ),
    ),
    "task_arithmetic": _task_vectors(normalize=False, rescale=False),
    "ties": _task_vectors(normalize=True, rescale=False),
    "dare_linear": _task_vectors(normalize=False, rescale=True),
    "dare_ties": _task_vectors(normalize=False, rescale=True),
    "della": _task_vectors(_EPSILON, normalize=True, rescale=True, densities=(0.2, 0.8)),
    "della_linear": _task_vectors(_EPSILON, normalize=False, rescale=True, densities=(0.2, 0.8)),
    "breadcrumbs": _task_vectors(_GAMMA, normalize=False, rescale=False),
    "breadcrumbs_ties": _task_vectors(_GAMMA, normalize=False, rescale=False),
    "model_stock": Method(
        "required", (Parameter("filter_wise", "shared", False),), inputs=(2, None)
    ),
    "nearswap": Method(
        "required",
        (Parameter("t", "shared", None, (1e-5, 1e-1), limits=(0.0, _NO_BOUND), log=True),),
        inputs=(1, 1),
    ),
    "sce": Method(
        "required",
        (Parameter("select_topk", "shared", 1.0, (0.05, 1.0), limits=_SHARE), _INT8),
    ),
    "ram": Method("required", (_SHARED_ENOUGH,)),
    "ramplus_tl": Method(
        "required",
        (
            Parameter("r", "shared", 0.1, _SHARE),
            Parameter("alpha", "shared", 0.2, _SHARE, limits=(0.0, _NO_BOUND)),
            _SHARED_ENOUGH,
        ),
    ),
    "arcee_fusion": Method("required", (), inputs=(1, 1)),
    "passthrough": Method(
        "ignored", (Parameter("scale", "input", 1.0, (0.0, 2.0)),), inputs=(1, 1)
    ),
}

# Density means nothing to a method that never drops; it is no gene there.
DROPS = frozenset(m for m, spec in METHODS.items() if spec.parameter("density")) - {
    "task_arithmetic"
}
# Here a weight is the length of a step along a task vector, and one tuned scale is a good first
# guess.
SUMS = frozenset({"task_arithmetic", "dare_linear", "della_linear", "breadcrumbs"})
RANDOM = frozenset({"dare_linear", "dare_ties", "della", "della_linear"})
