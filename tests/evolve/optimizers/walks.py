"""Spaces, fitness and walks on which every optimizer is tried."""

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from evolve.optimizers import NAMES, Known, Optimizer, Scores, make_optimizer, supports
from search_spaces.space import Gene, Point, Space

KINDS: dict[str, tuple[Gene, ...]] = {
    "numbers": tuple(Gene(f"weight.p{i}") for i in range(3)),
    "mixed": (
        Gene("weight", low=-1.0, high=2.0),
        Gene("method", choices=("linear", "ties", "slerp")),
        Gene("epsilon", low=1e-3, high=1.0, log=True),
    ),
    "nested": (
        Gene("method", choices=("linear", "ties", "slerp")),
        Gene("density", when=("method", ("ties",))),
        Gene("sign", choices=("sum", "count"), when=("method", ("ties",))),
        Gene("floor", when=("sign", ("count",))),
        Gene("t", when=("method", ("slerp",))),
        Gene("weight"),
    ),
}

CASES = [
    (name, kind, objectives)
    for name in NAMES
    for kind, genes in KINDS.items()
    for objectives in (1, 2)
    if supports(name, genes, objectives) is None
    and (name != "gp" or objectives == 1)  # where a step takes a second; test_sampling.py has it
]

_STEPS = {"gp": 7, "tpe": 30}
_POPULATION = {"gp": 3, "nsga2": 6, "nsga3": 6}
"""Small where a walk would otherwise end before anything is learnt."""

Call = tuple[str, int, Any]


def make(
    name: str,
    kind: str = "numbers",
    objectives: int = 1,
    *,
    seed: int = 0,
    known: tuple[Known, ...] = (),
    workers: int = 1,
    population: int | None = None,
) -> Optimizer:
    genes = KINDS[kind]
    return make_optimizer(
        name,
        genes,
        seed=seed,
        start=np.full(len(genes), 0.4),
        population=population or _POPULATION.get(name),
        workers=workers,
        budget=200,
        objectives=objectives,
        known=known,
    )


def targets(kind: str, objectives: int) -> list[Point]:
    """One best point per objective."""
    generator = np.random.default_rng(len(kind))
    return [generator.uniform(0.2, 0.8, len(KINDS[kind])) for _ in range(objectives)]


def scores_of(kind: str, point: Point, objectives: int = 1) -> Scores:
    """Minus the squared distance to each target, over the genes that mean something."""
    active = Space(KINDS[kind]).active(point)
    return tuple(
        -float(((point - target)[active] ** 2).sum()) for target in targets(kind, objectives)
    )


def known_points(kind: str, objectives: int, count: int = 4) -> tuple[Known, ...]:
    generator = np.random.default_rng(7)
    points = [generator.uniform(size=len(KINDS[kind])) for _ in range(count)]
    return tuple(Known(p, scores_of(kind, p, objectives)) for p in points)


@dataclass(frozen=True)
class Walk:
    """Calls in order: ("ask", number, point) and ("tell", number, scores or None)."""

    calls: tuple[Call, ...]

    @property
    def points(self) -> list[Point]:
        return [what for call, _, what in self.calls if call == "ask"]

    @property
    def bits(self) -> list[bytes]:
        return [point.tobytes() for point in self.points]


def walk(optimizer: Optimizer, kind: str, objectives: int, steps: int = 40) -> Walk:
    """Up to six points in flight, told in a shuffled order, some failed, some never told."""
    order = random.Random(11)
    flying: list[int] = []
    points: list[Point] = []
    calls: list[Call] = []
    for number in range(steps):
        points.append(optimizer.ask())
        calls.append(("ask", number, points[-1].copy()))
        if order.random() > 0.08:  # the others are never told
            flying.append(number)
        while len(flying) > 5 or (flying and order.random() < 0.5):
            one = flying.pop(order.randrange(len(flying)))
            failed = order.random() < 0.1
            scores = None if failed else scores_of(kind, points[one], objectives)
            optimizer.tell(one, scores)
            calls.append(("tell", one, scores))
    return Walk(tuple(calls))


@cache
def walked(name: str, kind: str, objectives: int, seed: int = 5, knows: bool = False) -> Walk:
    known = known_points(kind, objectives) if knows else ()
    optimizer = make(name, kind, objectives, seed=seed, known=known)
    return walk(optimizer, kind, objectives, _STEPS.get(name, 40))


if __name__ == "__main__":  # the bits of every walk, for a process that asks another
    import hashlib

    for case in CASES:
        print(*case, hashlib.sha256(b"".join(walked(*case).bits)).hexdigest())
