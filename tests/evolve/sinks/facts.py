"""A search and its trials, as sinks are told of them."""

from datetime import UTC, datetime

from evolve.dispatch import Ended
from evolve.progress import Progress
from evolve.sinks import End, SearchFacts
from evolve.store import TrialRow
from search_spaces.messages import Result, Score
from search_spaces.recipe import parse_recipe

_RECIPE = """
merge_method: linear
models: [{model: org/a, parameters: {weight: 1.0}}]
dtype: float32
"""
_PARSED = parse_recipe(_RECIPE)
SEARCH = SearchFacts(
    "night",
    "0123456789abcdef0123456789abcdef",
    {"base": "org/base", "parents": {"a": "org/a"}, "seed": 3, "budget": {"trials": 9}},
    trials={"done": 2, "pruned": 1, "failed": 0},
    best=0.5,
    items=100,
    tokens=1000,
    lost=1,
)
NOW = Progress("search", 6, 9, workers=4, busy=3, lost=2, worker_s=7200.0, price=1.5)
END = End(
    "finished", {"kind": "improvement", "sentence": "a merge wins"}, "trial 4", "models: []\n"
)


def ended(number: int, fitness: float | None = 0.25, *, pruned: bool = False) -> Ended:
    """The end of an optimizer's trial on search items; without fitness it has failed."""
    trial = TrialRow(
        id=number,
        number=number,
        origin="optimizer",
        name=f"trial {number}",
        point=[0.5],
        genome={"weight.a": 0.1 * number, "method": "ties"},
        recipe=_RECIPE,
        model_id=1,
        state="asked",
        created_at=datetime.now(UTC),
    )
    score = None if fitness is None else Score({}, 0.5, 2.0, 300)
    reason = "out of memory" if fitness is None else None
    result = Result(number, "w0", score, reason)
    return Ended(
        trial=trial,
        recipe=_PARSED,
        split="search",
        fitness=fitness,
        reason=reason,
        pruned=pruned,
        items=40,
        result=result,
    )
