"""The families of models that a run needs, and the recipes over each, as jobs."""

from collections.abc import Iterable
from pathlib import Path

from tests.parity.grid import Case
from tests.parity.jobs import Job
from tests.parity.models import ARCHITECTURES, MIXED, NAMES, cast_family, make_family

# Over models of several dtypes.
_MIXED = ("linear: weights", "ties: density .4", "slerp: by part")
_HALF = ("task_arithmetic: defaults", "nuslerp: flat, base")


def make_families(folder: Path, architectures: Iterable[str]) -> None:
    """float32 and bfloat16 of each; of Llama float16 and mixed dtypes too."""
    for name in architectures:
        make_family(folder / f"{name}-float32", name)
        kinds = {"bfloat16": dict.fromkeys(NAMES, "bfloat16")}
        if name == "llama":
            kinds |= {"float16": dict.fromkeys(NAMES, "float16"), "mixed": MIXED}
        for kind, dtypes in kinds.items():
            cast_family(folder / f"{name}-float32", folder / f"{name}-{kind}", dtypes)


def jobs_over(work: Path, architectures: Iterable[str], cases: list[Case]) -> list[Job]:
    """Llama gets every case, the others those that are for everywhere."""
    found = []
    for architecture in architectures:
        whole = architecture == "llama"
        chosen = [c for c in cases if whole or c.everywhere]
        kinds = {"float32": chosen, "bfloat16": chosen}
        if whole:
            kinds["mixed"] = [c for c in cases if c.key in _MIXED]
            kinds["float16"] = [c for c in cases if c.key in _HALF]
        found += [
            _job(work, architecture, dtype, case) for dtype, some in kinds.items() for case in some
        ]
    return found


def _job(work: Path, architecture: str, dtype: str, case: Case) -> Job:
    own = work / "models" / f"{architecture}-{dtype}"
    cast = case.recipe.get("dtype")
    narrow = own
    if dtype == "float32" and cast not in (None, "float32"):
        narrow = work / "models" / f"{architecture}-{cast}"
    return Job(case, architecture, dtype, own, narrow, work / "merges" / own.name / case.slug)


ALL = tuple(ARCHITECTURES)
