"""What each optimizer can do, and which of them is chosen."""

import subprocess
import sys

import numpy as np
import pytest

from evolve.optimizers import NAMES, choose, make_optimizer, supports
from evolve.optimizers.arrivals import default_population
from search_spaces.space import Gene
from tests.evolve.optimizers.walks import KINDS

NUMBERS, NESTED = KINDS["numbers"], KINDS["nested"]


def test_importing_the_optimizers_imports_none_of_their_libraries() -> None:
    """`evolve --help` and `evolve plan` must not wait for them."""
    heavy = "('optuna', 'cma', 'cmaes', 'scipy', 'torch')"
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, evolve.optimizers; print([m for m in {heavy} if m in sys.modules])",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("genes", [NUMBERS, NESTED])
@pytest.mark.parametrize("objectives", [1, 2, 5])
def test_what_is_not_supported_is_refused_with_what_would_do(
    name: str, genes: tuple[Gene, ...], objectives: int
) -> None:
    wrong = supports(name, genes, objectives)
    start = np.full(len(genes), 0.5)
    if wrong is None:
        made = make_optimizer(name, genes, seed=0, start=start, objectives=objectives)
        assert made.ask().shape == start.shape
        return
    with pytest.raises(ValueError, match=f"^'{name}'") as refused:
        make_optimizer(name, genes, seed=0, start=start, objectives=objectives)
    assert str(refused.value) == wrong
    instead = wrong.split("instead: ")[1].split(", ")
    assert instead
    assert all(supports(other, genes, objectives) is None for other in instead)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    wrong = supports("cmaes", NUMBERS, 1)
    assert wrong is not None
    assert all(name in wrong for name in NAMES)
    with pytest.raises(ValueError, match="there is no optimizer 'cmaes'"):
        make_optimizer("cmaes", NUMBERS, seed=0, start=np.full(3, 0.5))


def test_cma_takes_no_second_objective_and_gp_no_conditional_gene() -> None:
    assert "one objective" in str(supports("cma", NUMBERS, 2))
    assert "'density'" in str(supports("gp", NESTED, 1))
    assert supports("gp", KINDS["mixed"], 2) is None
    assert "at least 2" in str(supports("map-elites", NUMBERS, 1))


@pytest.mark.parametrize("workers", [1, 3, 8, 64])
@pytest.mark.parametrize("name", ["cma", "cma-lra", "catcma", "nsga2", "nsga3"])
def test_a_generation_is_a_whole_number_of_rounds_of_the_workers(name: str, workers: int) -> None:
    made = make_optimizer(
        name, NUMBERS, seed=0, start=np.full(3, 0.5), workers=workers, budget=300
    )
    assert made.population % workers == 0
    assert made.population >= default_population(3, 1)


@pytest.mark.parametrize("budget", [None, 1, 100, 300, 1000])
@pytest.mark.parametrize("objectives", [1, 2, 3, 4, 8])
@pytest.mark.parametrize(
    "genes",
    [
        *KINDS.values(),
        tuple(Gene(f"w{i}") for i in range(64)),
        (Gene("method", choices=("linear", "ties")),),
    ],
)
def test_the_chosen_optimizer_can_do_it_and_the_reason_is_a_sentence(
    genes: tuple[Gene, ...], budget: int | None, objectives: int
) -> None:
    name, why = choose(genes, budget, objectives)
    assert supports(name, genes, objectives) is None
    assert len(why) > 20
    assert "\n" not in why
    assert choose(genes, budget, objectives) == (name, why)


def test_the_choice_follows_the_kinds_of_genes_and_the_budget() -> None:
    many = tuple(Gene(f"w{i}") for i in range(64))
    assert choose(many, 1000, 1)[0] == "thompson"
    assert choose(many, None, 1)[0] == "thompson"
    assert choose(many, 10_000, 1)[0] == "cma"
    assert choose(NESTED, 60, 1)[0] == "thompson"
    assert choose(NUMBERS, 1000, 3)[0] == "nsga2"
    assert choose(NUMBERS, 1000, 5)[0] == "nsga3"
