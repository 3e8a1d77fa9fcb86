"""The point of a parameter space nearest to base + sum weight * (parent - base).

A one-hot sum is a parent, equal weights that sum to one their average, no weights the base. Which
points are such a sum: those of the methods that add task vectors up, where nothing is dropped (a
density of 1); with sign election, those with a single parent in them; those of `linear`, whose
weights sum to one; the ends of the arc between two models.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isclose

from search_spaces.gene_names import Slot
from search_spaces.genes import filters_of, method_gene
from search_spaces.methods import METHODS
from search_spaces.points import Frame, roles
from search_spaces.space import Gene, GeneValue, Genome

_ADDING = frozenset({"task_arithmetic", "dare_linear", "della_linear", "breadcrumbs"})
_ELECTING = frozenset({"ties", "dare_ties", "della", "breadcrumbs_ties"})
_RATIOS = frozenset({"nuslerp", "multislerp"})
_AVERAGES = frozenset({"linear"})
_CLOSE = 1e-9

Weights = Mapping[str, float]
At = Callable[..., float]


@dataclass(frozen=True)
class _Aim:
    """A sum, to be made by a method. keep_all: are densities to be 1 rather than in the middle?"""

    method: str
    weights: Weights
    keep_all: bool


def nearest_point(
    frame: Frame, genes: tuple[Gene, ...], weights: Weights
) -> tuple[dict[str, GeneValue], bool] | None:
    """(genome, whether it is that sum exactly) by the first method for which it is, else by the
    first method that comes near; None where no method has weights. weights: by parent's name.
    """
    found: dict[str, GeneValue] | None = None
    for method in frame.config.method:
        if _size(frame, method) is None:
            continue
        exact = _point(frame, genes, _Aim(method, weights, keep_all=True))
        if is_sum(frame, exact, weights):
            return exact, True
        if found is None:
            found = _point(frame, genes, _Aim(method, weights, keep_all=False))
    return None if found is None else (found, False)


def starting_point(frame: Frame, genes: tuple[Gene, ...], scale: float) -> dict[str, GeneValue]:
    """Where an optimizer begins that knows nothing better: the user's starts; a weight of `scale`
    for all parents; other genes in their middle.
    """
    method = frame.config.method[0]
    found = _point(frame, genes, _Aim(method, dict.fromkeys(frame.parents, scale), keep_all=False))
    normalized = METHODS[method].parameter("normalize") is not None and _normalizes(frame)
    if normalized or method in _RATIOS:  # a common factor changes nothing
        weights = {n for n, sets in frame.layout.parameters.items() if "weight" in sets}
        found |= {g.name: g.decode(0.5) for g in genes if g.name in weights & set(found)}
    return found | {name: start for name, start in frame.layout.starts.items() if name in found}


def is_sum(frame: Frame, genome: Genome, weights: Weights) -> bool:
    """Is the recipe at this point base + sum weight * (parent - base), but for rounding?"""
    return all(
        _cell_is_sum(frame, method, group, part, genome, weights)
        for group, method in enumerate(frame.methods(genome))
        for part in filters_of(frame.config)
        if (group, part) in frame.used
    )


def _size(frame: Frame, method: str) -> str | None:
    """The parameter that says how much of a parent there is, None where a method has none."""
    names = ("weight", "scale", "t") if method != "nearswap" else ()
    return next((n for n in names if METHODS[method].parameter(n) is not None), None)


def _point(frame: Frame, genes: tuple[Gene, ...], aim: _Aim) -> dict[str, GeneValue]:
    """The genes that mean something where every group has that method."""
    choices = {
        name: aim.method
        for group in range(len(frame.ranges))
        if (name := method_gene(frame.config, group, len(frame.ranges))) is not None
    }
    wanted: dict[str, list[float]] = {}
    for slot, value in _sizes(frame, aim):
        gene = frame.layout.slots.get(slot)
        if isinstance(gene, str):
            wanted.setdefault(gene, []).append(value)
    found: dict[str, GeneValue] = {}
    for each in genes:
        if each.when is not None and choices[each.when[0]] not in each.when[1]:
            continue
        if each.choices:
            found[each.name] = choices[each.name]
        elif each.name in wanted:
            values = wanted[each.name]
            found[each.name] = _clipped(each, sum(values) / len(values))
        else:
            found[each.name] = _other(frame, each, aim)
    return found


def _other(frame: Frame, gene: Gene, aim: _Aim) -> GeneValue:
    """A gene that is not the size of a parent's part."""
    if gene.name in frame.layout.starts:
        return frame.layout.starts[gene.name]
    parameters = frame.layout.parameters[gene.name]
    if aim.keep_all and parameters == {"density"}:
        return gene.high
    if parameters == {"lambda"}:
        return _clipped(gene, _lambda(frame, aim))
    return gene.decode(0.5)


def _sizes(frame: Frame, aim: _Aim) -> Iterator[tuple[Slot, float]]:
    """The value that each weight should have."""
    name = _size(frame, aim.method)
    if name is None:
        return
    for group in range(len(frame.ranges)):
        for part in filters_of(frame.config):
            if name == "t":
                yield frame.slot("t", None, group, part), _place_on_arc(frame, aim)
                continue
            scale = _lambda_at(frame, aim, group, part)
            for parent in frame.parents:
                yield frame.slot(name, parent, group, part), _weight(frame, aim, parent) / scale


def _weight(frame: Frame, aim: _Aim, parent: str) -> float:
    """Of a parent; where they have to sum to one, scaled for that."""
    weight = aim.weights.get(parent, 0.0)
    if aim.method in _AVERAGES | {"passthrough"}:
        total = sum(aim.weights.get(name, 0.0) for name in frame.parents)
        return weight / total if total > _CLOSE else 1 / len(frame.parents)
    return weight


def _place_on_arc(frame: Frame, aim: _Aim) -> float:
    base, parents = roles(aim.method, frame.base, frame.parents)
    (second,) = parents
    weight = aim.weights.get(second, 0.0)
    if base == frame.base:
        return weight
    total = sum(aim.weights.get(name, 0.0) for name in frame.parents)
    return weight / total if total > _CLOSE else 0.5


def _normalizes(frame: Frame) -> bool:
    return bool(frame.config.fixed.get("normalize", False))


def _lambda(frame: Frame, aim: _Aim) -> float:
    """What the gene is set to: with normalized weights, what they would have summed to."""
    total = sum(aim.weights.get(name, 0.0) for name in frame.parents)
    return total if _normalizes(frame) and total > 0 else 1.0


def _lambda_at(frame: Frame, aim: _Aim, group: int, part: str | None) -> float:
    """What weights are multiplied by; 1 where that cannot be made up for."""
    if METHODS[aim.method].parameter("lambda") is None or _normalizes(frame):
        return 1.0
    slot = frame.slot("lambda", None, group, part)
    gene = frame.layout.slots.get(slot)
    if isinstance(gene, str):
        (found,) = (g for g in frame.layout.genes if g.name == gene)
        value = float(_other(frame, found, aim))
    else:
        value = frame.number(aim.method, slot, {}) or 0.0
    return value if abs(value) > _CLOSE else 1.0


def _clipped(gene: Gene, value: float) -> float:
    return min(gene.high, max(gene.low, value))


def _cell_is_sum(
    frame: Frame, method: str, group: int, part: str | None, genome: Genome, weights: Weights
) -> bool:
    """Is it that sum for the tensors of one cell?"""

    def at(name: str, parent: str | None = None) -> float:
        found = frame.number(method, frame.slot(name, parent, group, part), genome)
        return 0.0 if found is None else found

    wanted = [weights.get(name, 0.0) for name in frame.parents]
    if method in _ADDING | _ELECTING:
        return _is_sum_of_task_vectors(frame, method, at, wanted)
    if method in _AVERAGES | {"passthrough"}:
        name = "weight" if method == "linear" else "scale"
        found = [at(name, parent) for parent in frame.parents]
        total = sum(found) if method == "linear" and _normalizes(frame) else 1.0
        return (
            abs(total) > _CLOSE
            and _same([w / total for w in found], wanted)
            and isclose(sum(wanted), 1.0, abs_tol=_CLOSE)
        )
    if method == "nuslerp":
        found = [at("weight", parent) for parent in frame.parents]
        end = sorted(w > 0 for w in found) == [False, True] and 0.0 in found
        return end and sum(found) > 1e-5 and _same([float(w > 0) for w in found], wanted)
    if method == "slerp":
        base, parents = roles(method, frame.base, frame.parents)
        t = at("t")
        (second,) = parents
        made = {second: t} if base == frame.base else dict.fromkeys(frame.parents, 1 - t)
        made[second] = t
        return t in (0.0, 1.0) and _same([made[name] for name in frame.parents], wanted)
    return False


def _is_sum_of_task_vectors(frame: Frame, method: str, at: At, wanted: list[float]) -> bool:
    found = [at("weight", parent) for parent in frame.parents]
    scale, total = at("lambda"), sum(found)
    drops = method != "task_arithmetic" and any(at("density", p) < 1 for p in frame.parents)
    present = sum(w != 0 for w in found)
    if drops or (method in _ELECTING and present > 1):
        return False
    if _normalizes(frame) and present:
        # A sum near nothing is kept away from it; see workers/methods/task_kernels.py.
        if abs(total) < 0.05 * sum(map(abs, found)):
            return False
        scale /= total
    return _same([w * scale for w in found], wanted)


def _same(found: list[float], wanted: list[float]) -> bool:
    return all(
        isclose(a, b, rel_tol=_CLOSE, abs_tol=_CLOSE) for a, b in zip(found, wanted, strict=True)
    )
