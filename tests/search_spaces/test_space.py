"""Genes and the space they span, conditions among them included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from search_spaces.space import Gene, Point, Space

SPACE = Space(
    (
        Gene("method", choices=("ties", "linear", "sce")),
        Gene("weight", -0.5, 1.5, when=("method", ("ties", "linear"))),
        Gene("density", 0.05, 1.0, when=("method", ("ties",))),
        Gene("epsilon", 1e-7, 1e-3, log=True, when=("method", ("sce",))),
        Gene("always", 0.0, 2.0),
    )
)
POINTS = arrays(np.float64, (5,), elements=st.floats(0, 1))


@given(st.floats(0, 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_decode_then_encode_is_the_identity(unit: float, log: bool) -> None:
    gene = Gene("x", 0.01, 3.0, log)
    assert gene.encode(gene.decode(unit)) == pytest.approx(unit, abs=1e-9)
    assert 0.01 <= float(gene.decode(unit)) <= 3.0


@given(st.floats(-1, 2))
def test_choices_come_back_and_the_cube_is_left_nowhere(unit: float) -> None:
    gene = Gene("method", choices=("ties", "linear", "slerp"))
    value = gene.decode(unit)
    assert gene.decode(gene.encode(value)) == value


@given(POINTS)
@settings(max_examples=60, deadline=None)
def test_a_genome_comes_back_and_has_the_genes_that_mean_something(point: Point) -> None:
    genome = SPACE.decode(point)
    again = SPACE.decode(SPACE.encode(genome))
    assert again.keys() == genome.keys()
    for name, value in genome.items():
        assert again[name] == (value if isinstance(value, str) else pytest.approx(value))
    meant = {"ties": {"weight", "density"}, "linear": {"weight"}, "sce": {"epsilon"}}
    assert set(genome) == {"method", "always"} | meant[str(genome["method"])]
    assert [g.name for g, on in zip(SPACE.genes, SPACE.active(point), strict=True) if on] == list(
        genome
    )


def test_genes_that_mean_nothing_are_in_their_middle() -> None:
    assert SPACE.encode({"method": "sce", "epsilon": 1e-7, "always": 2.0}).tolist() == [
        pytest.approx(5 / 6),
        0.5,
        0.5,
        0.0,
        1.0,
    ]
