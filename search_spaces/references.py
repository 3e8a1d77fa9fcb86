"""The recipes every search is held against: the base, each parent, the plain merges, one scale
for all.

Papers' defaults: task arithmetic with one scale of 0.4 for all task vectors (arXiv:2212.04089, the
value it recommends when nothing can be tuned); TIES with the top 20 % of every task vector and
lambda 1 (arXiv:2306.01708, section 4 and appendix C).
"""

from collections.abc import Mapping, Sequence

from search_spaces.recipe import Recipe

ONE_SCALE_GRID = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2)
PAPERS_SCALE = 0.4
PLAIN = ("uniform", "task_arithmetic", "ties")


def alone(model: str, dtype: str) -> Recipe:
    """The model itself, bit for bit (a weight of one in a normalized sum of one)."""
    return _merge("linear", None, {model: {"weight": 1.0}}, {}, dtype)


def plain_merges(base: str, parents: Mapping[str, str], dtype: str) -> dict[str, Recipe]:
    """Uniform average of the parents, task arithmetic and TIES, with their papers' defaults."""
    refs = list(parents.values())
    return {
        "uniform": soup(refs, dtype),
        "task_arithmetic": one_scale(base, parents, PAPERS_SCALE, dtype),
        "ties": _merge(
            "ties",
            base,
            {r: {"weight": 1.0, "density": 0.2} for r in refs},
            {"normalize": True, "lambda": 1.0},
            dtype,
        ),
    }


def soup(models: Sequence[str], dtype: str) -> Recipe:
    """The plain average of models."""
    return _merge("linear", None, {m: {"weight": 1.0} for m in models}, {}, dtype)


def model_stock(base: str, parents: Mapping[str, str], dtype: str) -> Recipe:
    """arXiv:2403.19522; two parents or more."""
    return _merge("model_stock", base, {r: {} for r in parents.values()}, {}, dtype)


def one_scale(base: str, parents: Mapping[str, str], scale: float, dtype: str) -> Recipe:
    """base + scale * (sum of the task vectors): one weight for all parents."""
    return _merge(
        "task_arithmetic", base, {r: {"weight": scale} for r in parents.values()}, {}, dtype
    )


def one_scales(base: str, parents: Mapping[str, str], dtype: str) -> dict[float, Recipe]:
    """The grid from which the one-scale baseline is tuned on the search items."""
    return {s: one_scale(base, parents, s, dtype) for s in ONE_SCALE_GRID}


def _merge(
    method: str,
    base: str | None,
    models: Mapping[str, Mapping[str, float]],
    parameters: Mapping[str, float | bool],
    dtype: str,
) -> Recipe:
    return Recipe.model_validate(
        {
            "merge_method": method,
            "base_model": base,
            "models": [{"model": m, "parameters": dict(p)} for m, p in models.items()],
            "parameters": dict(parameters),
            "dtype": dtype,
        }
    )
